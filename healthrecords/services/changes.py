"""How much may a measurement have changed since it was last taken?

A child of three kilograms weighs six after two months and is as it should be; after three days it is
another child, or a slip. What is expected of an age stands in the code list ``measurement_changes``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from healthrecords.models import Citizen, Visit, VitalSigns
from portal.codelists.lookup import Entry, codes_on

LIST = "measurement_changes"
# The least that is written of a figure: a limit finer than the instrument would be read as a slip.
STEP = Decimal("0.1")
# So many measured visits are looked back upon for the last time a figure was taken.
LOOKED_BACK = 12
Number = Decimal | int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a figure was when it was last measured."""

    value: Number
    on: date


@dataclass(frozen=True, slots=True)
class Expected:
    """What was measured last, and between what the figure is expected to lie by now."""

    before: Taken
    low: Decimal
    high: Decimal

    def includes(self, value: Number) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Band:
    """How a figure changes in the days of life ``first`` to ``last``: at once, and day by day.

    ``share`` (of the value before) or ``amount`` is no change at all: clothes, a meal, another scale.
    """

    first: int
    last: int | None
    share: Decimal
    amount: Decimal
    up: Decimal
    down: Decimal

    def holds(self, age: int) -> bool:
        return self.first <= age and (self.last is None or age <= self.last)

    def days_of(self, age_then: int, age_now: int) -> int:
        """Return how many of the days lived between two ages fall into the band."""
        end = age_now if self.last is None else min(age_now, self.last + 1)
        return max(0, end - max(age_then, self.first))


def bands_on(on: date) -> dict[str, list[Band]]:
    """Return the bands of each figure as the list of a day has them."""
    found: dict[str, list[Band]] = {}
    for row in codes_on(LIST, on):
        found.setdefault(str(row.attributes["figure"]), []).append(_band(row))
    return found


def _band(row: Entry) -> Band:
    said = row.attributes
    last = str(said.get("age_to_days", "") or "")
    return Band(
        first=int(said.get("age_from_days") or 0),
        last=int(last) if last else None,
        share=_number(said, "share"),
        amount=_number(said, "amount"),
        up=_number(said, "up_a_day"),
        down=_number(said, "down_a_day"),
    )


def _number(said: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(said.get(name, "") or 0))


def last_taken(
    citizen: Citizen,
    figures: Iterable[str],
    *,
    before: datetime,
    besides: Visit | None = None,
) -> dict[str, Taken]:
    """Return when and as what each figure was last measured at an ordinary visit before a moment."""
    wanted = set(figures)
    rows = VitalSigns.objects.filter(
        citizen=citizen, sensitivity="", visit__started_at__lt=before
    ).exclude(visit__status=Visit.Status.WITHDRAWN)
    if besides is not None:
        rows = rows.exclude(visit=besides)
    latest = rows.order_by("-visit__started_at", "-id").values("visit__started_at", *wanted)
    found: dict[str, Taken] = {}
    for row in latest[:LOOKED_BACK] if wanted else ():
        on = timezone.localdate(row["visit__started_at"])
        for name in wanted - found.keys():
            if row[name] is not None:
                found[name] = Taken(row[name], on)
    return found


def expected_on(
    on: date, *, age_days: int, last: Mapping[str, Taken], bands: Mapping[str, Sequence[Band]]
) -> dict[str, Expected]:
    """Return between what each figure is expected on a day; a figure without bands is not judged."""
    found = {}
    for name, taken in last.items():
        expected = _expected(taken, age_days, (on - taken.on).days, bands.get(name, ()))
        if expected is not None:
            found[name] = expected
    return found


def _expected(taken: Taken, age: int, days: int, bands: Iterable[Band]) -> Expected | None:
    bands = list(bands)
    then = max(age - max(days, 0), 0)
    held = next((band for band in bands if band.holds(then)), None)
    if held is None:
        return None
    value = Decimal(taken.value)
    still = max(value * held.share, held.amount)
    up = sum((band.up * band.days_of(then, age) for band in bands), still)
    down = sum((band.down * band.days_of(then, age) for band in bands), still)
    return Expected(taken, max(_round(value - down), Decimal(0)), _round(value + up))


def _round(value: Decimal) -> Decimal:
    return value.quantize(STEP)
