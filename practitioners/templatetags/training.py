"""Hours, balances, clocks and changes as the pages of practitioners draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from portal.templatetags.portal import chip
from practitioners.models import ProfileSubmission, TrainingActivity
from practitioners.staff_clocks import Clock
from practitioners.training import Balance, plain
from practitioners.wording import Titles, parts

register = template.Library()
WIDTH = 200
STATES = {"declared": ("", "clock"), "confirmed": ("ok", "ok"), "refused": ("bad", "bad")}


@register.filter
def hours(value: Decimal | None) -> str:
    """Write credit hours without zeros that say nothing."""
    return "" if value is None else plain(Decimal(value))


@register.filter
def at(mapping: Mapping[str, str], key: str) -> str:
    """Return what a mapping holds at a key, or the key itself."""
    return mapping.get(key, key) if key else ""


@register.simple_tag
def training_chip(row: TrainingActivity) -> SafeString:
    """Draw whether a training counts."""
    return chip(*STATES[row.state], str(TrainingActivity.State(row.state).label))


@register.simple_tag
def balance_bar(balance: Balance) -> SafeString:
    """Draw earned and waiting hours on the way to what is required, and where an even pace stands."""
    required = Decimal(balance.required)

    def width(part: Decimal) -> str:
        return f"{min(max(part / required, Decimal(0)), Decimal(1)) * WIDTH:.1f}"

    said = _("%(earned)s of %(required)s credit hours; an even pace would have %(expected)s by now")
    label = said % {
        "earned": plain(balance.earned),
        "required": balance.required,
        "expected": plain(balance.expected),
    }
    kind = "ok" if balance.is_enough else "warn" if balance.is_behind else "act"
    pace = width(balance.expected)
    mark = (
        format_html('<path class="c-ink" d="M{0} 0V10"/>', pace)
        if balance.period.is_certain and not balance.is_enough
        else ""
    )
    return format_html(
        '<svg class="hours-bar" viewBox="0 0 200 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="c-track" width="200" height="10" rx="2"/><rect class="c-mute" width="{}" height="10"'
        ' rx="2"/><rect class="c-{}" width="{}" height="10" rx="2"/>{}</svg>',
        label,
        width(balance.earned + balance.waiting),
        kind,
        width(balance.earned),
        mark,
    )


@register.simple_tag
def clock_chip(clock: Clock) -> SafeString:
    """Draw how much of a term is left, in the unit the law counts in."""
    left = clock.left
    if clock.unit == "working_days":
        late = ngettext("%(n)d working day late", "%(n)d working days late", -left)
        rest = ngettext("%(n)d working day left", "%(n)d working days left", left)
    else:
        late = ngettext("%(n)d day late", "%(n)d days late", -left)
        rest = ngettext("%(n)d day left", "%(n)d days left", left)
    day = f"{clock.due_on:%d/%m}"
    if left < 0:
        return chip("bad", "warn", f"{day}, {late % {'n': -left}}")
    kind = "warn" if left <= 2 and clock.is_ours else ""
    return chip(kind, "clock", f"{day}, {rest % {'n': left}}")


@dataclass(frozen=True, slots=True)
class Changed:
    """One item of a change: how it reads before and after."""

    label: StrOrPromise
    before: str
    after: str


@register.filter
def changed_items(row: ProfileSubmission, titles: Titles) -> list[Changed]:
    """Return the items a sent profile changes, as text; ``titles`` are those of the lists."""

    def text(item: Any, values: Mapping[str, str], other: Mapping[str, str]) -> str:
        return ", ".join(part.text for part in parts(item, values, other, titles))

    return [
        Changed(
            one.item.label,
            text(one.item, one.approved, one.submitted),
            text(one.item, one.submitted, one.approved) or "–",
        )
        for one in row.items.all()
        if one.is_changed
    ]
