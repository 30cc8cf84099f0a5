"""Icons, states, dates, numbers and small drawings, the same on every page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import STATICFILES_STORAGE_ALIAS
from django.core.files.storage import Storage, storages
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.dates import PartialDate
from portal.numbers import shown_number
from portal.provenance import Provenance
from portal.site.problems import Problem, problems_of

register = template.Library()
NARROW = {"w-xs", "w-s", "w-m"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a symbol of the sprite; the word beside it carries the meaning."""
    return _drawn(_sprite(storages[STATICFILES_STORAGE_ALIAS]), name)


@lru_cache(maxsize=8)
def _sprite(storage: Storage) -> str:
    """Return the sprite's address; a page of a hundred rows asks for it hundreds of times."""
    return storage.url("portal/icons.svg")


@lru_cache(maxsize=512)
def _drawn(sprite: str, name: str) -> SafeString:
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.simple_tag
def chip(kind: str, icon_name: str, text: str) -> SafeString:
    """Draw a state: an icon with its word."""
    return format_html(
        '<span class="chip{}">{}{}</span>', f" {kind}" if kind else "", icon(icon_name), text
    )


@register.simple_tag
def provenance(owner: Any, name: str = "") -> SafeString | str:
    """Draw where a value comes from.

    ``owner`` is a ``Provenance``, or an object whose ``provenance_of(name)`` answers one.
    """
    if not isinstance(owner, Provenance):
        ask = getattr(owner, "provenance_of", None)
        owner = ask(name) if ask is not None and name else None
    if owner is None:
        return ""
    return format_html(
        '<span class="prov{}">{}{}{}</span>',
        f" {owner.kind}" if owner.kind else "",
        icon(owner.icon),
        owner.text,
        f" {day(owner.on)}" if owner.on else "",
    )


@register.simple_tag
def problems(form: Any, formsets: Any = ()) -> list[Problem]:
    """List what was refused or asked in a form and its inlines, each with its field."""
    return problems_of(form, formsets or ())


@register.simple_tag
def inline_row(inline: Any, loop: dict[str, Any]) -> dict[str, Any]:
    """Name one row of an inline; the last is the blank that scripts copy."""
    is_blank = bool(loop["last"] and inline.has_add_permission)
    return {
        "is_blank": is_blank,
        "id": f"{inline.formset.prefix}-{'empty' if is_blank else loop['counter0']}",
        "may_delete": inline.formset.can_delete and inline.has_delete_permission,
    }


@register.simple_tag
def labelled(field: BoundField) -> SafeString:
    """Draw a field of a table row with its column's title as its name for screen readers."""
    if field.is_hidden:
        return field.as_widget()
    return field.as_widget(attrs={"aria-label": str(field.label)})


@register.simple_tag
def narrow_errors(line: Any) -> list[Any]:
    """List the refused fields of a line that are too narrow to carry a sentence below them."""
    return [
        field
        for field in line
        if not getattr(field, "is_readonly", False)
        and getattr(field.field.field.widget, "width", "") in NARROW
        and field.errors()
    ]


@register.simple_tag
def chosen_filter(choices: Sequence[dict[str, Any]]) -> str:
    """Name the choice a filter stands on; the first choice of each filter is "all"."""
    return next((str(c["display"]) for c in list(choices)[1:] if c["selected"]), "")


@register.filter
def idno(value: str | None) -> SafeString | str:
    """Write an identity number in threes, by margins: copying it gives the digits alone."""
    text = str(value or "")
    if not text.isdigit() or len(text) < 9:
        return text
    groups = [text[at : at + 3] for at in range(0, len(text), 3)]
    head = format_html_join("", "<i>{}</i>", ((group,) for group in groups[:-1]))
    return format_html('<span class="idno">{}{}</span>', head, groups[-1])


@register.filter
def day(value: date | datetime | PartialDate | int | None) -> str:
    """Write a day as 05/11/2026; what is known only to the month or the year stays so."""
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else str(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Write an instant as 08:41 05/11/2026, in the time of the province."""
    if value is None:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%H:%M %d/%m/%Y")


@register.filter
def number(value: float | Decimal | None, places: int | None = None) -> str:
    """Write a number as the language does: 1.240 or 60,6, and never 220,000 for two hundred and twenty."""
    if value is None:
        return ""
    if places is None and isinstance(value, Decimal):
        return shown_number(value)
    if places is not None:  # number_format cuts where a reader expects rounding
        value = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def signed(value: float | Decimal, places: int | None = None) -> str:
    """Write by how much something moved: +1,2 or −0,4."""
    if value < 0:
        return f"−{number(-value, places)}"
    return f"+{number(value, places)}" if value else number(value, places)


@register.filter
def share(part: int | None, whole: int | None) -> str:
    """Write a share with its counts first: 63/104, 60,6 %."""
    if part is None or not whole:
        return f"{number(part)}/{number(whole)}" if part is not None else ""
    return f"{number(part)}/{number(whole)}, {number(100 * part / whole, 1)} %"


@register.filter
def percent(part: int | None, whole: int | None) -> str:
    """Write the share alone, for a tile that shows the counts in large type."""
    return f"{number(100 * part / whole, 1)} %" if part is not None and whole else ""


@register.filter
def age(born: date | PartialDate | None, on: date | datetime | None = None) -> str:
    """Say how old a person is on a day (today where none is given)."""
    if born is None:
        return ""
    if isinstance(on, datetime):
        on = timezone.localdate(on) if timezone.is_aware(on) else on.date()
    known = born if isinstance(born, PartialDate) else PartialDate.of(born)
    return known.age_text(on or timezone.localdate())


@register.inclusion_tag("portal/tile.html")
def tile(shown: Any) -> dict[str, Any]:
    """Draw one figure of its own; the whole of it is the link."""
    return {"tile": shown, "flat": False}


@register.inclusion_tag("portal/sparkline.html")
def sparkline(values: Sequence[float]) -> dict[str, Any]:
    """Draw the course of a figure; the words beside it carry the meaning."""
    points = _points(list(values), width=96, height=30, margin=4)
    return {"points": " ".join(f"{x},{y}" for x, y in points), "last": points[-1:]}


@register.inclusion_tag("portal/bar.html")
def bar(value: float | None, kind: str = "act") -> dict[str, Any]:
    """Draw a bar of 0 to 100; nothing judged draws the empty track."""
    width = f"{min(max(float(value or 0), 0), 100) * 2:.1f}"
    return {"width": width, "kind": kind or "mute"}


@register.filter
def barwidth(value: float | Decimal, whole: int) -> str:
    """Turn a part of 100 into a length of a drawing, with a decimal point."""
    return f"{min(max(float(value), 0), 100) * whole / 100:.1f}"


def _points(values: list[float], *, width: int, height: int, margin: int) -> list[tuple[str, str]]:
    if not values:
        return []
    low, high = min(values), max(values)
    spread = (high - low) or 1
    step = (width - 2 * margin) / max(len(values) - 1, 1)
    return [
        (
            f"{margin + at * step:.1f}",
            f"{height - margin - (value - low) / spread * (height - 2 * margin):.1f}",
        )
        for at, value in enumerate(values)
    ]
