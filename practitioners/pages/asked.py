"""Which day or moment does a page ask about?"""

from __future__ import annotations

from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from portal.dates import PartialDate


def day_asked(request: HttpRequest, today: date, name: str = "ngay") -> date:
    """Return the day of the address; today where none, or none that can be read, is said."""
    return day_of(request.GET.get(name, ""), today) or today


def day_of(text: str, today: date) -> date | None:
    """Read a day typed day first."""
    if not text.strip():
        return None
    try:
        return PartialDate.parse(text, on=today).as_date()
    except ValidationError:
        return None


def moment_of(day: date, minute: int) -> datetime:
    """Return a minute of a day in Vietnam."""
    at = datetime.combine(day, time(minute // 60 % 24, minute % 60))
    return timezone.make_aware(at)
