"""Boxes that take what a clerk types: a date of any precision, a code or words, a commune."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.codelists.lookup import Entry, code_on, find_codes
from portal.dates import PartialDate
from portal.identifiers import Identifier
from portal.names import name_norm
from portal.places.lookup import CommuneFound, find_communes, without_apostrophes
from portal.places.models import Area
from portal.site.widgets import SuggestInput, UnitInput

MOST_NAMED = 6


class BirthField(forms.CharField):
    """A date known to the day, the month or the year; an hour behind it is left to the form."""

    CLOCK = re.compile(r"[\s,]+(?:[01]?\d|2[0-3])\s*[:hg]\s*[0-5]\d$", re.IGNORECASE)

    @override
    def to_python(self, value: Any) -> Any:
        text = self.CLOCK.sub("", str(super().to_python(value) or ""))
        return PartialDate.parse(text, on=timezone.localdate()) if text else None

    @override
    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, PartialDate) else value


class NumberField(forms.CharField):
    """A number on a paper, read by its own kind."""

    def __init__(self, *, kind: type[Identifier], **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(required=False, **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.kind.parse(text) if text else None


class CodedField(forms.CharField):
    """A code of a list, typed as its code or as words without marks; keeps the code."""

    def __init__(self, *, key: str, **kwargs: Any) -> None:
        self.key = key
        url = reverse_lazy("admin:healthrecords_suggest", args=[key])
        kwargs.setdefault("widget", SuggestInput(url, width=kwargs.pop("width", "w-m")))
        super().__init__(required=False, **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return self.read(text, timezone.localdate()) if text else ""

    def read(self, text: str, on: date) -> str:
        found = find_codes(self.key, text, on=on, limit=30)
        folded = name_norm(text)
        clear = [row for row in found if folded in (row.title_norm, row.code.lower())] or found
        if len(clear) == 1:
            return clear[0].code
        raise ValidationError(*_several(text, [f"{row.code} {row.title}" for row in found]))

    @override
    def prepare_value(self, value: Any) -> Any:
        """Show the title of a code; what could not be read stays as it was typed."""
        row: Entry | None = code_on(self.key, value, timezone.localdate()) if value else None
        return row.title if row else value


def _several(text: str, names: list[str]) -> tuple[Any, str, dict[str, str]]:
    if not names:
        message = _("Nothing in the list matches “%(text)s”. Type its code, or fewer words.")
        return message, "code_unknown", {"text": text}
    return (
        _("“%(text)s” may be several: %(names)s. Type more of the right one."),
        "code_ambiguous",
        {"text": text, "names": "; ".join(names[:MOST_NAMED])},
    )


def commune_label(area: Area) -> str:
    """Return a commune with its province, as it is written back into the box."""
    return f"{area.name}, {area.parent.name}" if area.parent else area.name


def clear_commune(found: list[CommuneFound], text: str, near: Any = None) -> Area | None:
    """Return the one commune that is meant: the only one, the exact one, the one of this province."""
    folded = without_apostrophes(name_norm(text))
    exact = [row for row in found if folded in _namings(row.area)]
    for rows in (found, exact):
        if len(rows) == 1:
            return rows[0].area
    nearby = [row for row in (exact or found) if near is not None and row.area.parent_id == near]
    return nearby[0].area if len(nearby) == 1 else None


def _namings(area: Area) -> set[str]:
    bare = area.name.removeprefix(area.name.split(" ", 1)[0]).strip()
    names = (area.name, bare, commune_label(area))
    return {without_apostrophes(name_norm(name)) for name in names}


class CommuneField(forms.CharField):
    """A commune by words without marks, its old name or its code; ``near`` is the clerk's province."""

    near: Any = None

    def __init__(self, **kwargs: Any) -> None:
        url = reverse_lazy("admin:healthrecords_suggest_communes")
        super().__init__(required=False, widget=SuggestInput(url, width="w-2"), **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        found = find_communes(text)
        area = clear_commune(found, text, self.near)
        if area is None:
            raise ValidationError(*_several(text, [commune_label(row.area) for row in found]))
        return area

    @override
    def prepare_value(self, value: Any) -> Any:
        return commune_label(value) if isinstance(value, Area) else value


class MeasureField(forms.CharField):
    """A measured number with its unit; a comma or a full stop parts the decimals."""

    NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?")

    def __init__(self, *, unit: Any, is_whole: bool = False, **kwargs: Any) -> None:
        self.is_whole = is_whole
        kwargs.setdefault("widget", UnitInput(unit))
        super().__init__(required=False, **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "")
        if not text:
            return None
        if not self.NUMBER.fullmatch(text):
            raise ValidationError(
                _("“%(text)s” cannot be read; write a number like 37 or 36,5."),
                "not_a_number",
                {"text": text},
            )
        number = Decimal(text.replace(",", "."))
        if self.is_whole and number != int(number):
            raise ValidationError(
                _("%(text)s has decimals; write a whole number."), "not_whole", {"text": text}
            )
        return int(number) if self.is_whole else number

    @override
    def prepare_value(self, value: Any) -> Any:
        return number_text(value)


def number_text(value: Any) -> Any:
    """Write a number back into its box as it is typed here."""
    if not isinstance(value, Decimal):
        return "" if value is None else value
    return format(value.normalize(), "f").replace(".", ",")


class PressureField(forms.CharField):
    """Blood pressure in one box: 120/80."""

    PRESSURE = re.compile(r"(\d{2,3})\D+(\d{2,3})")

    @override
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return (None, None)
        match = self.PRESSURE.fullmatch(text)
        if match is None:
            raise ValidationError(
                _("Blood pressure “%(text)s” cannot be read; write both numbers, like 120/80."),
                "blood_pressure_unreadable",
                {"text": text},
            )
        return (int(match[1]), int(match[2]))


class NextVisitField(forms.CharField):
    """The day of the next visit, or in how many days; read against the day of this one."""

    def read(self, text: str, on: date) -> date | None:
        plain = text.strip()
        if not plain:
            return None
        if plain.isdecimal() and len(plain) <= 3:
            return on + timedelta(days=int(plain))
        try:
            day = PartialDate.parse(plain, on=on).as_date()
        except ValidationError as refused:
            if refused.code != "date_unreadable":
                raise
            day = None
        if day is None:
            raise ValidationError(
                _(
                    "“%(text)s” is no day; write it like 03/12/2026, or the number of days, like 28."
                ),
                "next_visit_unreadable",
                {"text": plain},
            )
        return day

    @override
    def prepare_value(self, value: Any) -> Any:
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


DOSE = re.compile(r"(?P<number>\d{1,7}(?:\.\d{1,2})?)|(?P<part>\d{1,3})/(?P<whole>\d{1,3})")


def dose_of(text: str) -> Decimal | None:
    """Read a dose: 1, 0,5 or 1/2."""
    plain = text.strip().replace(",", ".").replace(" ", "")
    if not plain:
        return None
    read = DOSE.fullmatch(plain)
    if read and read["number"]:
        return Decimal(read["number"])
    if read and int(read["whole"]):
        return (Decimal(read["part"]) / int(read["whole"])).quantize(Decimal("0.01"))
    raise ValidationError(
        _("“%(text)s” is not a dose; write it like 1, 0,5 or 1/2."),
        "dose_unreadable",
        {"text": text.strip()},
    )


class DoseField(forms.CharField):
    """How much is taken at one time."""

    read: Callable[[str], Decimal | None] = staticmethod(dose_of)

    @override
    def to_python(self, value: Any) -> Any:
        return self.read(str(super().to_python(value) or ""))

    @override
    def prepare_value(self, value: Any) -> Any:
        return number_text(value)
