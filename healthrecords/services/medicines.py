"""Which medicine does a text mean, how is its use said, and how much is that?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from healthrecords.services.entries import MedicineEntry
from healthrecords.services.vitals import shown
from portal.codelists.lookup import Entry, find_codes
from portal.names import name_norm

LIST = "station_medicines"
LONGEST_DAYS = 365  # beyond this it is a slip of the pen; what the law allows is in the warnings
HOURS_IN_DAY = 24
MOST_AT_ONCE = Decimal(100)
MOST_GIVEN = Decimal(99_999)
ORAL = "uống"
TIMES = ("morning", "noon", "afternoon", "evening")
# What is given out by the piece and taken by the piece; drops come from a bottle, cream from a tube.
COUNTED = frozenset({"viên", "gói", "ống"})
ASK = "confirm_medicine"


def read_medicine(text: str, *, on: date) -> MedicineEntry:
    """Return the station's medicine that a text names, or the text itself: a station buys others too."""
    plain = " ".join(text.split())
    found = find_codes(LIST, plain, on=on, limit=10)
    folded = name_norm(plain)
    exact = [row for row in found if row.title_norm == folded or row.code == plain]
    if not exact and len(found) == 1 and folded in found[0].title_norm:
        exact = list(found)
    return medicine_of(exact[0]) if exact else MedicineEntry(name=plain)


def medicine_of(row: Entry) -> MedicineEntry:
    """Return a code of the list as a medicine without doses."""
    said = row.attributes
    return MedicineEntry(
        name=row.title,
        code=row.code,
        strength=str(said.get("strength", "")),
        unit=str(said.get("unit", "")),
        route=str(said.get("route", "")),
        ingredients=ingredients_of(said),
        atc=str(said.get("atc", "")),
    )


def ingredients_of(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ingredients that a code of a list names."""
    named = (part.strip() for part in str(said.get("ingredients", "")).split(";"))
    return tuple(part for part in named if part)


def per_day(entry: MedicineEntry) -> Decimal:
    """Return how much is taken in a day, at most where it is taken when needed."""
    if entry.as_needed:
        return entry.at_most or Decimal(0)
    if entry.each and entry.every_hours:
        return entry.each * HOURS_IN_DAY / entry.every_hours
    return sum((getattr(entry, time) or Decimal(0) for time in TIMES), Decimal(0))


def completed(entry: MedicineEntry) -> MedicineEntry:
    """Return the entry with the quantity that doses and days make, unless one was said."""
    if entry.quantity is None and entry.days and per_day(entry):
        total = per_day(entry) * entry.days
        return replace(entry, quantity=total.quantize(Decimal("0.001")).normalize() + 0)
    return entry


def uneven(entry: MedicineEntry) -> list[ValidationError]:
    """Ask about a quantity by the piece that the doses of all days do not make.

    Half pieces are made whole: of all days together, or each time, as with an ampoule once opened.
    """
    made = completed(replace(entry, quantity=None)).quantity
    if made is None or entry.quantity is None or entry.as_needed or entry.unit not in COUNTED:
        return []
    if entry.quantity in {made, _whole(made), _opened_each_time(entry)}:
        return []
    return [
        ValidationError(
            gettext_lazy(
                "%(name)s: the doses of %(days)d days make %(made)s %(unit)s, but %(quantity)s"
                " %(unit)s is written. Correct one of them, or write why it is so."
            ),
            code=ASK,
            params={
                "name": entry.name,
                "days": entry.days,
                "made": shown(made),
                "quantity": shown(entry.quantity),
                "unit": entry.unit,
            },
        )
    ]


def _whole(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_CEILING)


def _opened_each_time(entry: MedicineEntry) -> Decimal:
    """Return how many pieces are opened where what is left of one is thrown away."""
    days = Decimal(entry.days or 0)
    if entry.each and entry.every_hours:
        return _whole(days * HOURS_IN_DAY / entry.every_hours) * _whole(entry.each)
    return days * sum((_whole(getattr(entry, time) or Decimal(0)) for time in TIMES), Decimal(0))


def sentence(entry: MedicineEntry) -> str:
    """Say how to take a medicine as a nurse would: “Sáng 1 viên, tối 1 viên, 28 ngày: 56 viên.”

    Written in the language of the country whatever the language of the screen: patients read it.
    """
    with override(settings.LANGUAGE_CODE):
        return _sentence(entry)


def _sentence(entry: MedicineEntry) -> str:
    unit = entry.unit or _("units")
    parts = [*_doses(entry, unit), *([entry.note] if entry.note else [])]
    if entry.route and entry.route != ORAL and parts:
        parts.insert(0, entry.route)
    if entry.days:
        parts.append(_("%(days)d days") % {"days": entry.days})
    text = ", ".join(parts)
    if entry.quantity is not None:
        total = _("%(quantity)s %(unit)s") % {"quantity": shown(entry.quantity), "unit": unit}
        text = f"{text}: {total}" if text else total
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _doses(entry: MedicineEntry, unit: str) -> list[str]:
    """Say how much is taken when: at the times of the day, every so many hours, or when needed."""
    names = {
        "morning": _("morning"),
        "noon": _("noon"),
        "afternoon": _("afternoon"),
        "evening": _("evening"),
    }
    doses = [
        _("%(time)s %(dose)s %(unit)s")
        % {"time": names[time], "dose": shown(getattr(entry, time)), "unit": unit}
        for time in TIMES
        if getattr(entry, time)
    ]
    if entry.each:
        said = {"dose": shown(entry.each), "unit": unit}
        doses.append(_("%(dose)s %(unit)s each time") % said)
    if entry.every_hours:
        hours = {"hours": entry.every_hours}
        doses.append(
            _("at least %(hours)d hours apart") % hours
            if entry.as_needed
            else _("every %(hours)d hours") % hours
        )
    if entry.as_needed:
        doses.insert(0, _("when needed"))
        if entry.at_most:
            most = {"dose": shown(entry.at_most), "unit": unit}
            doses.append(_("at most %(dose)s %(unit)s a day") % most)
    return doses


def check_medicines(medicines: Sequence[MedicineEntry]) -> dict[int, dict[str, ValidationError]]:
    """Return what no prescription can say in each row, by its place and field."""
    errors: dict[int, dict[str, ValidationError]] = {}
    for place, entry in enumerate(medicines):
        found = {**_dose_errors(entry), **_way_errors(entry), **_amount_errors(entry)}
        if any(_same(entry, other) for other in medicines[:place]):
            found["name"] = ValidationError(
                gettext_lazy("%(name)s is written twice; join the two rows."),
                code="medicine_twice",
                params={"name": entry.name},
            )
        if found:
            errors[place] = found
    return errors


def _same(entry: MedicineEntry, other: MedicineEntry) -> bool:
    return name_norm(entry.name) == name_norm(other.name)


def _amount_errors(entry: MedicineEntry) -> dict[str, ValidationError]:
    found: dict[str, ValidationError] = {}
    if entry.days is not None and not 1 <= entry.days <= LONGEST_DAYS:
        found["days"] = ValidationError(
            gettext_lazy("%(days)d days is not possible; write 1 to %(most)d."),
            code="days_impossible",
            params={"days": entry.days, "most": LONGEST_DAYS},
        )
    if entry.quantity is not None and entry.quantity <= 0:
        found["quantity"] = ValidationError(
            gettext_lazy("The quantity must be more than 0; leave it empty when none is given."),
            code="quantity_impossible",
        )
    elif entry.quantity is not None and entry.quantity > MOST_GIVEN:
        found["quantity"] = ValidationError(
            gettext_lazy("%(quantity)s is too much for one visit; write up to %(most)s."),
            code="quantity_impossible",
            params={"quantity": shown(entry.quantity), "most": shown(MOST_GIVEN)},
        )
    return found


def _dose_errors(entry: MedicineEntry) -> dict[str, ValidationError]:
    found: dict[str, ValidationError] = {}
    for name in (*TIMES, "each", "at_most"):
        dose = getattr(entry, name)
        if dose is not None and not 0 <= dose <= MOST_AT_ONCE:
            found[name] = ValidationError(
                gettext_lazy("%(dose)s at one time is not possible; write 0 to %(most)s."),
                code="dose_impossible",
                params={"dose": shown(dose), "most": shown(MOST_AT_ONCE)},
            )
    return found


def _way_errors(entry: MedicineEntry) -> dict[str, ValidationError]:
    """Refuse two ways of taking at once, and half a way."""
    found: dict[str, ValidationError] = {}
    by_time = any(getattr(entry, time) for time in TIMES)
    by_hours = bool(entry.each or entry.every_hours)
    if by_time and by_hours:
        found["each"] = ValidationError(
            gettext_lazy(
                "Doses stand at times of the day and also every so many hours; keep one way."
            ),
            code="dose_two_ways",
        )
    elif entry.every_hours is not None and not 1 <= entry.every_hours <= 168:
        found["every_hours"] = ValidationError(
            gettext_lazy("Write every how many hours, from 1 to 168."), code="hours_impossible"
        )
    elif entry.every_hours and not entry.each:
        found["each"] = ValidationError(
            gettext_lazy("Every %(hours)d hours how much? Write the dose of one time."),
            code="dose_missing",
            params={"hours": entry.every_hours},
        )
    elif entry.each and not entry.every_hours and not entry.as_needed:
        found["every_hours"] = ValidationError(
            gettext_lazy("How often? Write every how many hours, or tick “when needed”."),
            code="hours_missing",
        )
    if entry.at_most and entry.each and entry.at_most < entry.each:
        found["at_most"] = ValidationError(
            gettext_lazy("At most %(most)s a day is less than one dose of %(each)s."),
            code="most_below_dose",
            params={"most": shown(entry.at_most), "each": shown(entry.each)},
        )
    return found
