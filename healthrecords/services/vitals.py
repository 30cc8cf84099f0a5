"""Can this value be, for a person of this age, and is it likely?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from healthrecords.services.changes import Expected, Number
from healthrecords.services.entries import VitalEntry
from portal.codelists.lookup import Entry, codes_on

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LIST = "vital_signs"
CODES = {"glucose": "capillary_glucose"}
ASK = "confirm_unlikely"


@dataclass(frozen=True, slots=True)
class Range:
    """What a value may be: outside the outer limits impossible, outside the inner ones unlikely."""

    title: str
    unit: str
    impossible_low: Decimal | None
    unlikely_low: Decimal | None
    unlikely_high: Decimal | None
    impossible_high: Decimal | None

    def is_possible(self, value: Number) -> bool:
        low, high = self.impossible_low, self.impossible_high
        return (low is None or value >= low) and (high is None or value <= high)

    def is_likely(self, value: Number) -> bool:
        low, high = self.unlikely_low, self.unlikely_high
        return (low is None or value >= low) and (high is None or value <= high)

    def times(self, factor: Decimal, *, unit: str) -> "Range":
        """Return the range in another unit, of which one of this one makes so many."""

        def scaled(limit: Decimal | None) -> Decimal | None:
            return None if limit is None else limit * factor

        return Range(
            self.title,
            unit,
            scaled(self.impossible_low),
            scaled(self.unlikely_low),
            scaled(self.unlikely_high),
            scaled(self.impossible_high),
        )

    def meant(self, value: Number) -> Decimal | None:
        """Return what was probably meant: one digit too many, one too few, the comma forgotten."""
        guesses = (Decimal(value) / 10, Decimal(value) * 10)
        return next((guess.normalize() for guess in guesses if self.is_likely(guess)), None)


def ranges_on(on: date, *, age_days: int) -> dict[str, Range]:
    """Return the range of each measured field on a day, for an age."""
    rows = codes_on(LIST, on)
    found: dict[str, Range] = {}
    for row in rows:
        if not row.parent:
            found[row.code] = range_of(row)
    for row in rows:
        if row.parent in found and _fits(row.attributes, age_days):
            found[row.parent] = range_of(row, title=found[row.parent].title)
    return found


def _fits(said: Mapping[str, Any], age_days: int) -> bool:
    first, last = _limit(said, "age_from_days"), _limit(said, "age_to_days")
    return (first is None or age_days >= first) and (last is None or age_days <= last)


def range_of(row: Entry, title: str = "") -> Range:
    """Return the range that a code of a list gives."""
    said = row.attributes
    return Range(
        title=title or row.title,
        unit=str(said.get("unit", "")),
        impossible_low=_limit(said, "impossible_low"),
        unlikely_low=_limit(said, "unlikely_low"),
        unlikely_high=_limit(said, "unlikely_high"),
        impossible_high=_limit(said, "impossible_high"),
    )


def _limit(said: Mapping[str, Any], name: str) -> Decimal | None:
    value = str(said.get(name, "") or "")
    return Decimal(value) if value else None


def check_vitals(
    entry: VitalEntry,
    ranges: Mapping[str, Range],
    *,
    expected: Mapping[str, Expected] | None = None,
) -> dict[str, list[ValidationError]]:
    """Return what is wrong with each value; a confirmed value is no longer asked about.

    ``expected`` says between what a figure lies that changed since it was last measured as figures do.
    """
    errors: dict[str, list[ValidationError]] = {}
    for name, value in entry.measured().items():
        error = _check(name, value, ranges) or _stray(value, (expected or {}).get(name))
        if error is not None and not (error.code == ASK and name in entry.confirmed):
            errors.setdefault(name, []).append(error)
    _check_pressure(entry, errors)
    return errors


def _check(name: str, value: Number, ranges: Mapping[str, Range]) -> ValidationError | None:
    limits = ranges.get(CODES.get(name, name))
    if limits is None:
        return None
    params = {
        "title": limits.title,
        "value": shown(value),
        "low": shown(limits.impossible_low),
        "high": shown(limits.impossible_high),
    }
    if not limits.is_possible(value):
        return ValidationError(_impossible(limits, value, params), "impossible", params)
    if not limits.is_likely(value):
        message = _("%(title)s %(value)s is unlikely. Measure again, or tick “measured again”.")
        return ValidationError(message, ASK, params)
    return None


def _impossible(limits: Range, value: Number, params: dict[str, str]) -> "StrOrPromise":
    meant = limits.meant(value)
    if meant is None:
        return _(
            "%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s)."
            " Read the instrument again."
        )
    params["meant"] = shown(meant)
    return _(
        "%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s)."
        " Perhaps a digit or the comma is wrong: type %(meant)s."
    )


def _stray(value: Number, expected: Expected | None) -> ValidationError | None:
    if expected is None or expected.includes(value):
        return None
    params = {
        "value": shown(value),
        "before": shown(expected.before.value),
        "on": f"{expected.before.on:%d/%m/%Y}",
        "low": shown(expected.low),
        "high": shown(expected.high),
    }
    return ValidationError(
        _(
            "%(value)s differs much from the last time (%(before)s on %(on)s): %(low)s to %(high)s"
            " would be expected by now. Measure again, or tick “measured again”."
        ),
        ASK,
        params,
    )


def _check_pressure(entry: VitalEntry, errors: dict[str, list[ValidationError]]) -> None:
    upper, lower = entry.systolic, entry.diastolic
    if upper is not None and lower is not None and upper <= lower:
        params = {"upper": upper, "lower": lower}
        message = _(
            "The upper blood pressure %(upper)s must be higher than the lower one %(lower)s;"
            " write them as 120/80."
        )
        errors.setdefault("systolic", []).insert(
            0, ValidationError(message, "blood_pressure_reversed", params)
        )
    elif (upper is None) != (lower is None):
        message = _("Blood pressure needs both numbers; write them as 120/80.")
        errors.setdefault("systolic", []).append(ValidationError(message, "blood_pressure_half"))


def asked(errors: Mapping[str, Sequence[ValidationError]]) -> set[str]:
    """Return the fields where nothing is refused and something is asked."""
    return {name for name, found in errors.items() if all(e.code == ASK for e in found)}


def bmi(weight: Decimal | None, height: Decimal | None) -> Decimal | None:
    """Return the body-mass index, rounded to one place."""
    if not weight or not height:
        return None
    return (Decimal(weight) / (Decimal(height) / 100) ** 2).quantize(Decimal("0.1"))


def shown(value: Number | None) -> str:
    """Write a number as it is read here: 36,8 and never 36.80."""
    if value is None:
        return ""
    plain = Decimal(value).normalize()
    return number_format(plain.quantize(Decimal(1)) if plain == plain.to_integral() else plain)
