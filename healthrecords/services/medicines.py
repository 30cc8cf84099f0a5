"""Which medicine does a text mean, how is its use said, and how much is that?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from healthrecords.services.entries import MedicineEntry
from healthrecords.services.vitals import shown
from portal.codelists.lookup import Entry, find_codes
from portal.names import name_norm

LIST = "station_medicines"
LONGEST_DAYS = 365
MOST_AT_ONCE = Decimal(100)
MOST_GIVEN = Decimal(99_999)
TIMES = ("morning", "noon", "afternoon", "evening")


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
    )


def per_day(entry: MedicineEntry) -> Decimal:
    """Return how much is taken in a day."""
    return sum((getattr(entry, time) or Decimal(0) for time in TIMES), Decimal(0))


def completed(entry: MedicineEntry) -> MedicineEntry:
    """Return the entry with the quantity that doses and days make, unless one was said."""
    if entry.quantity is None and entry.days and per_day(entry):
        return replace(entry, quantity=per_day(entry) * entry.days)
    return entry


def sentence(entry: MedicineEntry) -> str:
    """Say how to take a medicine as a nurse would: “Sáng 1 viên, tối 1 viên, 28 ngày: 56 viên.”

    Written in the language of the country whatever the language of the screen: patients read it.
    """
    with override(settings.LANGUAGE_CODE):
        return _sentence(entry)


def _sentence(entry: MedicineEntry) -> str:
    unit = entry.unit or _("units")
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
    parts = [*doses, *([entry.note] if entry.note else [])]
    if entry.days:
        parts.append(_("%(days)d days") % {"days": entry.days})
    text = ", ".join(parts)
    if entry.quantity is not None:
        total = _("%(quantity)s %(unit)s") % {"quantity": shown(entry.quantity), "unit": unit}
        text = f"{text}: {total}" if text else total
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def check_medicines(medicines: Sequence[MedicineEntry]) -> dict[int, dict[str, ValidationError]]:
    """Return what is wrong with each row, by its place and field."""
    errors: dict[int, dict[str, ValidationError]] = {}
    for place, entry in enumerate(medicines):
        found = _dose_errors(entry)
        if entry.days is not None and not 1 <= entry.days <= LONGEST_DAYS:
            found["days"] = ValidationError(
                gettext_lazy("%(days)d days is not possible; write 1 to %(most)d."),
                code="days_impossible",
                params={"days": entry.days, "most": LONGEST_DAYS},
            )
        if entry.quantity is not None and entry.quantity <= 0:
            found["quantity"] = ValidationError(
                gettext_lazy(
                    "The quantity must be more than 0; leave it empty when none is given."
                ),
                code="quantity_impossible",
            )
        elif entry.quantity is not None and entry.quantity > MOST_GIVEN:
            found["quantity"] = ValidationError(
                gettext_lazy("%(quantity)s is too much for one visit; write up to %(most)s."),
                code="quantity_impossible",
                params={"quantity": shown(entry.quantity), "most": shown(MOST_GIVEN)},
            )
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


def _dose_errors(entry: MedicineEntry) -> dict[str, ValidationError]:
    found: dict[str, ValidationError] = {}
    for time in TIMES:
        dose = getattr(entry, time)
        if dose is not None and not 0 <= dose <= MOST_AT_ONCE:
            found[time] = ValidationError(
                gettext_lazy("%(dose)s at one time is not possible; write 0 to %(most)s."),
                code="dose_impossible",
                params={"dose": shown(dose), "most": shown(MOST_AT_ONCE)},
            )
    return found
