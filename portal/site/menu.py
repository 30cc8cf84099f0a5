"""Which places of the portal does this person's main menu lead to?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.site.rights import may

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Count:
    """How many things wait behind a menu item; urgent ones are overdue."""

    number: int
    is_urgent: bool = False


@dataclass(frozen=True)
class MenuItem:
    """One place in the main menu, shown to those who hold its capability, or one of several.

    ``also`` names pages of other addresses that belong to the place.
    """

    label: StrOrPromise
    url_name: str
    icon: str
    capability: str = ""
    order: int = 100
    count: Callable[[HttpRequest], Count | None] | None = None
    any_of: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    group: str = "care"
    only: Callable[[HttpRequest], bool] | None = None

    def is_for(self, request: HttpRequest) -> bool:
        """Say whether the person of a request is shown it."""
        if self.only is not None and not self.only(request):
            return False
        if self.any_of:
            return any(may(request, capability) for capability in self.any_of)
        return may(request, self.capability)


@dataclass(frozen=True)
class Entry:
    """A menu item as one person sees it on one page."""

    label: StrOrPromise
    url: str
    icon: str
    is_current: bool = False
    count: Count | None = None
    group: str = ""
    tier: str = ""  # the narrowest window in whose row it stands: "", near, far; "folded" in none

    @property
    def width(self) -> int:
        """Return about how many pixels it takes in the row of the menu."""
        return 46 + round(7.4 * len(str(self.label))) + (30 if self.count else 0)


# What stands in the row of a phone, of a narrow window, of a wide one; the rest is folded away.
ROWS = (("", 190), ("near", 620), ("far", 1190))
FOLD = 110
GROUPS: Mapping[str, StrOrPromise] = {
    "care": _("People and visits"),
    "place": _("The place and its staff"),
    "figures": _("Reports and figures"),
    "protection": _("Protection of data"),
    "settings": _("Settings"),
}


@dataclass(frozen=True)
class Folded:
    """The rest of the menu, by group: what a narrower window does not show stands here too."""

    groups: Sequence[tuple[StrOrPromise, str, Sequence[Entry]]]
    is_urgent: bool
    current: Entry | None
    tier: str  # the narrowest window that needs it

    @property
    def number(self) -> int:
        """Return how many overdue things are folded away in every window."""
        hidden = [
            one for _title, _tier, rows in self.groups for one in rows if one.tier == "folded"
        ]
        return sum(one.count.number for one in hidden if one.count and one.count.is_urgent)


@dataclass(frozen=True)
class PublicLink:
    """A page everybody may read: the public register, the guide, the rules on personal data."""

    label: StrOrPromise
    url_name: str
    icon: str = "search"


_public_links: list[PublicLink] = []
_items: list[MenuItem] = [
    MenuItem(_("Today's work"), "admin:index", "home", order=0),
    MenuItem(_("Lists and settings"), "admin:catalogue", "more", order=1000, group="settings"),
]


def register(item: MenuItem) -> None:
    """Add a place to the menu; registering it twice changes nothing."""
    if item not in _items:
        _items.append(item)


def unregister(item: MenuItem) -> None:
    """Take a place out of the menu again."""
    _items.remove(item)


def register_public(link: PublicLink) -> None:
    """Add a page that needs no login to the login page and the foot of every page."""
    if link not in _public_links:
        _public_links.append(link)


def public_entries() -> list[Entry]:
    """List the pages that need no login."""
    return [Entry(link.label, reverse(link.url_name), link.icon) for link in _public_links]


def entries(request: HttpRequest, *, is_counted: bool = True) -> list[Entry]:
    """List what this person may open, in order, with the current place marked."""
    allowed = [item for item in _items if item.is_for(request)]
    allowed.sort(key=lambda item: item.order)
    urls = [reverse(item.url_name) for item in allowed]
    of_place = {
        reverse(name): url
        for item, url in zip(allowed, urls, strict=True)
        for name in (item.url_name, *item.also)
    }
    current = of_place.get(_closest(request.path, list(of_place)))
    found = [
        Entry(item.label, url, item.icon, url == current, count, item.group)
        for item, url in zip(allowed, urls, strict=True)
        for count in [_counted(item, request) if is_counted else None]
    ]
    return _laid_out(found)


def _laid_out(found: list[Entry]) -> list[Entry]:
    """Say of each entry in which window's row it fits, the first ones first."""
    whole = sum(entry.width for entry in found)
    widths = {tier: width + (FOLD if whole <= width + FOLD else 0) for tier, width in ROWS}
    laid, used = [], 0
    for entry in found:
        used += entry.width
        tier = next((name for name, width in widths.items() if used <= width), "folded")
        laid.append(replace(entry, tier=tier))
    return laid


def folded(found: Sequence[Entry]) -> Folded | None:
    """Return what some window's row leaves out, by group; None where every row holds all."""
    rest = [entry for entry in found if entry.tier]
    if not rest:
        return None
    groups = [
        (title, _widest(rows), rows)
        for name, title in GROUPS.items()
        if (rows := [entry for entry in rest if entry.group == name])
    ]
    return Folded(
        groups,
        is_urgent=any(entry.count and entry.count.is_urgent for entry in rest),
        current=next((entry for entry in rest if entry.is_current), None),
        tier=_widest(rest),
    )


def _widest(entries: Sequence[Entry]) -> str:
    """Return the tier of the entry that is hidden in the widest window."""
    order = ["near", "far", "folded"]
    return max((entry.tier for entry in entries), key=order.index)


def _counted(item: MenuItem, request: HttpRequest) -> Count | None:
    count = item.count(request) if item.count else None
    return count if count and count.number else None


def _closest(path: str, urls: list[str]) -> str:
    """Find the place a page belongs to: the longest address its own one begins with."""
    home = reverse("admin:index")
    under = [url for url in urls if path == url or (url != home and path.startswith(url))]
    return max(under, key=len, default="")
