"""Which test of the list is meant, what is its value, and how does it lie to its limits?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

from healthrecords.models import Result
from healthrecords.services.vitals import Range, range_of
from portal.codelists.lookup import Entry, codes_on, version_on
from portal.names import name_norm

LIST = "lab_tests"
NUMBER = re.compile(r"([<>≤≥]?=?)\s*(-?\d{1,10}(?:[.,]\d{1,5})?)")
POSITIVE = re.compile(r"\b(?:duong tinh|positive|pos|phat hien|co phan ung)\b|^\(?\+{1,4}\)?$")
NEGATIVE = re.compile(r"\b(?:am tinh|negative|neg|khong phat hien|khong phan ung)\b|^-$|^\(-\)$")
Limit = Decimal | None
WORST = ("critical_low", "critical_high", "abnormal", "low", "high", "normal", "")


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which values a test is normal, and beyond which it is dangerous."""

    low: Limit = None
    high: Limit = None
    critical_low: Limit = None
    critical_high: Limit = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None

    def widened_by(self, other: "Limits") -> "Limits":
        """Return limits within which lies what is normal by either."""
        lows, highs = {self.low, other.low}, {self.high, other.high}
        return replace(
            self,
            low=None if None in lows else min(low for low in lows if low is not None),
            high=None if None in highs else max(high for high in highs if high is not None),
        )


@dataclass(frozen=True, slots=True)
class KnownTest:
    """A test of the list."""

    code: str
    loinc: str
    title: str
    unit: str
    specimen: str
    sensitivity: str
    values: tuple[str, ...]
    limits: Limits
    limits_female: Limits
    plausible: Range
    other_units: tuple[tuple[str, Decimal], ...] = ()

    def range_in(self, unit: str) -> Range | None:
        """Return what a value in a unit may be; in none that the list knows nothing is said."""
        if not unit or same_unit(unit, self.unit):
            return self.plausible
        for other, factor in self.other_units:
            if same_unit(unit, other):
                return self.plausible.times(factor, unit=other)
        return None

    def likely_unit(self, value: Decimal) -> str:
        """Return the other unit in which a value would be likely, "" where there is none."""
        likely = (
            other
            for other, factor in self.other_units
            if factor != 1 and self.plausible.times(factor, unit=other).is_likely(value)
        )
        return next(likely, "")

    def limits_of(self, sex: str) -> Limits:
        """Return the limits of a sex; where it is not known, the wider of both."""
        if sex == "female":
            return self.limits_female
        return self.limits if sex == "male" else self.limits.widened_by(self.limits_female)


# The limits of the list are those of people of at least so many years.
LIMITS_FROM_AGE = 18
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests of a day, found by any name a sender gives them.

    What names mean is remembered: a file of a month has the same few hundred in all of its records.
    """

    by_code: Mapping[str, KnownTest]
    by_name: Mapping[str, KnownTest]
    words: Mapping[str, str]
    _found: dict[tuple[str, str], KnownTest | None] = field(default_factory=dict, compare=False)

    def find(self, name: str, code: str = "") -> KnownTest | None:
        """Return the test that a code or a name means."""
        key = (name, code)
        if key not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[key] = self._find(name, code)
        return self._found[key]

    def _find(self, name: str, code: str) -> KnownTest | None:
        found = self.by_code.get(code.strip().lower()) if code else None
        if found is not None:
            return found
        folded = name_norm(name)
        bare = re.sub(r"\s*\[[^\]]*\]$", "", folded)  # Định lượng Glucose [Máu]
        return self.by_name.get(folded) or self.by_name.get(bare)


def known_tests(on: date) -> Tests:
    """Return the tests of the list on a day; a version is read once."""
    version = version_on(LIST, on)
    return _tests(()) if version is None else _tests_of(version.pk, version.digest, on)


@lru_cache(maxsize=16)
def _tests_of(version: UUID, digest: str, on: date) -> Tests:
    return _tests(codes_on(LIST, on))


def _tests(entries: Iterable[Entry]) -> Tests:
    by_code: dict[str, KnownTest] = {}
    by_name: dict[str, KnownTest] = {}
    words: dict[str, str] = {}
    for entry in entries:
        known = _known(entry)
        by_code |= {known.code: known, known.loinc.lower(): known}
        synonyms = str(entry.attributes.get("synonyms", "")).split(";")
        for name in (entry.title, *synonyms):
            if folded := name_norm(name):
                by_name.setdefault(folded, known)
                if known.sensitivity:
                    words.setdefault(name.strip(), known.sensitivity)
    return Tests(by_code, by_name, words)


def _known(entry: Entry) -> KnownTest:
    said = entry.attributes
    limits = {name: number_in(str(said.get(name, ""))) for name in Limits.__slots__}
    female = {
        **limits,
        "low": number_in(str(said.get("low_female") or said.get("low") or "")),
        "high": number_in(str(said.get("high_female") or said.get("high") or "")),
    }
    return KnownTest(
        code=entry.code,
        loinc=str(said.get("loinc", "")),
        title=entry.title,
        unit=str(said.get("unit", "")),
        specimen=str(said.get("specimen", "")),
        sensitivity=str(said.get("sensitivity", "")),
        values=tuple(v for v in str(said.get("values", "")).split(";") if v),
        limits=Limits(**limits),
        limits_female=Limits(**female),
        plausible=range_of(entry),
        other_units=tuple(units_of(str(said.get("other_units", "")))),
    )


def units_of(text: str) -> Iterator[tuple[str, Decimal]]:
    """Read ``mg/dL=18.016;…``: how many of another unit one of the list's own makes."""
    for part in filter(None, text.split(";")):
        unit, _sign, factor = part.rpartition("=")
        if unit and (number := number_in(factor)):
            yield unit.strip(), number


def number_in(text: str) -> Decimal | None:
    """Return a plain number; what has a sign of comparison or words beside it is none."""
    match = NUMBER.fullmatch(text.strip())
    return _decimal(match[2]) if match and not match[1] else None


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def same_unit(one: str, other: str) -> bool:
    """Say whether two units are one, however they are written: µmol/L, umol/l, μmol/L."""
    return _unit(one) == _unit(other)


@lru_cache(maxsize=1_024)
def _unit(text: str) -> str:
    return text.lower().replace("µ", "u").replace("μ", "u").replace(" ", "").replace("^", "")


def judge(
    value: str,
    unit: str,
    known: KnownTest | None,
    *,
    sex: str = "",
    age: int | None = None,
    sent: Limits | None = None,
) -> dict[str, Any]:
    """Return the columns of a result that follow from its value: number, limits and flag.

    A laboratory's own limits come first; those of the list stand only beside the list's own unit,
    and are those of adults: a child's value has no mark by them. ``age`` is in years, where it is known.
    """
    number = number_in(value)
    said: dict[str, Any] = {
        "number": number,
        "low": None,
        "high": None,
        "limits_from": "",
        "flag": "",
    }
    if number is None:
        return said | {"flag": _flag_of_words(value)}
    is_child = age is not None and age < LIMITS_FROM_AGE
    limits = sent or (None if is_child else _of_list(unit, known, sex))
    if not limits:
        return said
    return said | {
        "low": limits.low,
        "high": limits.high,
        "limits_from": str(Result.Limits.SENT if sent else Result.Limits.LIST),
        "flag": flag_of(number, limits),
    }


def _of_list(unit: str, known: KnownTest | None, sex: str) -> Limits | None:
    if known is None or not same_unit(unit, known.unit):
        return None
    return known.limits_of(sex)


def flag_of(number: Decimal, limits: Limits) -> str:
    """Say how a number lies to its limits; on a limit it is normal."""
    if limits.critical_low is not None and number < limits.critical_low:
        return str(Result.Flag.CRITICAL_LOW)
    if limits.critical_high is not None and number > limits.critical_high:
        return str(Result.Flag.CRITICAL_HIGH)
    if limits.low is not None and number < limits.low:
        return str(Result.Flag.LOW)
    if limits.high is not None and number > limits.high:
        return str(Result.Flag.HIGH)
    return str(Result.Flag.NORMAL)


def _flag_of_words(value: str) -> str:
    folded = name_norm(value)
    if NEGATIVE.search(folded):
        return str(Result.Flag.NORMAL)
    if POSITIVE.search(folded):
        return str(Result.Flag.ABNORMAL)
    return ""
