"""Is a place open in hours that its licence does not name? The licence prints them as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from facilities.hours import EVENING, Slot, always_open, read_hours, sentence_of
from facilities.models import OpeningSchedule, OperatingLicenseVersion

WEEK = range(1, 8)


@dataclass(frozen=True, slots=True)
class HoursBeside:
    """Opening hours beside those of the licence; None in ``outside`` where one cannot be read."""

    opened: str
    licensed: str
    outside: Sequence[Slot] | None
    is_unread_sign: bool = False  # it is the sign that cannot be read, not the licence

    @property
    def said(self) -> str:
        """Tell both, and what follows."""
        both = _("Open: %(opened)s. The licence says: %(licensed)s.") % {
            "opened": self.opened.rstrip("."),
            "licensed": self.licensed.rstrip("."),
        }
        if self.outside is None and self.is_unread_sign:
            more = _("Not compared: the opening hours are not entered by weekday.")
        elif self.outside is None:
            more = _("Not compared: the hours of the licence cannot be read.")
        elif self.outside:
            more = _("Outside licensed hours: %(hours)s.") % {"hours": sentence_of(self.outside)}
        else:
            return both
        return f"{both} {more}"


def hours_beside(
    schedule: OpeningSchedule | None, version: OperatingLicenseVersion | None
) -> HoursBeside | None:
    """Compare the hours of a place with those of its licence; None where one of them is not told."""
    if schedule is None or version is None or not version.hours.strip():
        return None
    opened, licensed = _opened(schedule), _read(version.hours)
    if opened is None or licensed is None:
        return HoursBeside(schedule.text, version.hours, None, is_unread_sign=opened is None)
    return HoursBeside(schedule.text, version.hours, beyond(opened, licensed))


def beyond(opened: Iterable[Slot], licensed: Iterable[Slot]) -> list[Slot]:
    """Return the parts of opening hours that lie in none of the licensed ones."""
    found: list[Slot] = []
    allowed = sorted(licensed)
    for slot in sorted(opened):
        begins = slot.opens
        for one in allowed:
            if one.weekday != slot.weekday or one.closes <= begins or one.opens >= slot.closes:
                continue
            if one.opens > begins:
                found.append(Slot(slot.weekday, begins, one.opens))
            begins = one.closes
        if begins < slot.closes:
            found.append(Slot(slot.weekday, begins, slot.closes))
    return found


def _opened(schedule: OpeningSchedule) -> list[Slot] | None:
    if schedule.is_always_open:
        return _all_week()
    rows = schedule.slots.all()
    return [Slot(row.weekday, row.opens, row.closes) for row in rows] or None


def _read(text: str) -> list[Slot] | None:
    if always_open(text):
        return _all_week()
    try:
        return read_hours(text)
    except ValidationError:
        return None


def _all_week() -> list[Slot]:
    return [Slot(day, 0, EVENING) for day in WEEK]
