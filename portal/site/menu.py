"""Which places of the portal does this person's main menu lead to?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

    def is_for(self, request: HttpRequest) -> bool:
        """Say whether the person of a request is shown it."""
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


@dataclass(frozen=True)
class PublicLink:
    """A page everybody may read: the public register, the guide, the rules on personal data."""

    label: StrOrPromise
    url_name: str
    icon: str = "search"


_public_links: list[PublicLink] = []
_items: list[MenuItem] = [
    MenuItem(_("Today's work"), "admin:index", "home", order=0),
    MenuItem(_("Lists and settings"), "admin:catalogue", "more", order=1000),
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


def entries(request: HttpRequest) -> list[Entry]:
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
    return [
        Entry(item.label, url, item.icon, url == current, _counted(item, request))
        for item, url in zip(allowed, urls, strict=True)
    ]


def _counted(item: MenuItem, request: HttpRequest) -> Count | None:
    count = item.count(request) if item.count else None
    return count if count and count.number else None


def _closest(path: str, urls: list[str]) -> str:
    """Find the place a page belongs to: the longest address its own one begins with."""
    home = reverse("admin:index")
    under = [url for url in urls if path == url or (url != home and path.startswith(url))]
    return max(under, key=len, default="")
