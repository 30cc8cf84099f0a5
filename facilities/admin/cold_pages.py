"""The page of a cold store: its readings as a drawing, excursions, the lots inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import ColdStore, TemperatureReading
from portal.admin.deeds import Deed
from portal.numbers import shown_number
from portal.site.pages import page

SHOWN = timedelta(days=14)
WIDTH, HEIGHT, LEFT, TOP = 720, 190, 38, 12
MARGIN = Decimal(2)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The readings of two weeks as points and a line, with the band that is allowed."""

    points: list[tuple[float, float, bool, str]]
    line: str
    band: tuple[float, float]
    limits: list[tuple[float, str]]
    days: list[tuple[float, str]]
    sentence: str


def store_page(
    request: HttpRequest, store: ColdStore, *, deeds: Sequence[Deed], may_mend: bool
) -> HttpResponse:
    """Draw a cold store."""
    now = timezone.now()
    readings = list(store.readings.filter(at__gte=now - SHOWN).order_by("at"))
    context = {
        "title": store.name,
        "store": store,
        "last": readings[-1] if readings else None,
        "is_outside": bool(readings) and is_outside(store, readings[-1]),
        "drawing": drawing(store, readings, now),
        "readings": list(reversed(readings))[:40],
        "excursions": store.excursions.order_by("-began_at")[:20],
        "lots": store.lots.on_hand().select_related("medicine").first_expired_first(),
        "deeds": [(deed, url_of(deed, store)) for deed in deeds],
        "missing": missing_today(store, readings, now),
        "may_mend": may_mend,
    }
    return page(request, "facilities/cold_page.html", context)


def url_of(deed: Deed, store: ColdStore) -> str:
    """Return the address of an act on a store."""
    return reverse(f"admin:facilities_coldstore_{deed.slug}", args=[store.pk])


def is_outside(store: ColdStore, reading: TemperatureReading) -> bool:
    """Say whether a reading lies outside the limits of its store."""
    return not store.lowest <= reading.celsius <= store.highest


def missing_today(store: ColdStore, readings: Sequence[TemperatureReading], now: datetime) -> int:
    """Return how many readings of today are still to be taken."""
    today = timezone.localdate(now)
    taken = sum(timezone.localdate(one.at) == today for one in readings)
    return max(store.readings_a_day - taken, 0)


def drawing(
    store: ColdStore, readings: Sequence[TemperatureReading], now: datetime
) -> Drawing | None:
    """Lay the readings out on a sheet of two weeks."""
    if not readings:
        return None
    low = min(store.lowest, *(one.celsius for one in readings)) - MARGIN
    high = max(store.highest, *(one.celsius for one in readings)) + MARGIN
    began = now - SHOWN

    def across(moment: datetime) -> float:
        return round(LEFT + (moment - began) / SHOWN * (WIDTH - LEFT - 10), 1)

    def down(celsius: Decimal) -> float:
        return round(TOP + float((high - celsius) / (high - low)) * (HEIGHT - TOP - 24), 1)

    points = [
        (across(one.at), down(one.celsius), is_outside(store, one), _said(one)) for one in readings
    ]
    outside = sum(point[2] for point in points)
    said = {"n": len(points), "outside": outside, "last": _said(readings[-1])}
    top, bottom = down(store.highest), down(store.lowest)
    return Drawing(
        points=points,
        line=" ".join(f"{x},{y}" for x, y, _outside, _text in points),
        band=(top, round(bottom - top, 1)),
        limits=[(top, shown_number(store.highest)), (bottom, shown_number(store.lowest))],
        days=_days(began, now, across),
        sentence=_("%(n)d readings in two weeks, %(outside)d outside the limits; last %(last)s")
        % said,
    )


def _days(began: datetime, now: datetime, across: Any) -> list[tuple[float, str]]:
    midnight = timezone.localtime(began).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for number in range(1, SHOWN.days + 1, 2):
        moment = midnight + timedelta(days=number)
        if moment <= now:
            found.append((across(moment), f"{moment:%d/%m}"))
    return found


def _said(reading: TemperatureReading) -> str:
    moment = timezone.localtime(reading.at)
    return f"{moment:%d/%m %H:%M}: {shown_number(reading.celsius)} °C"
