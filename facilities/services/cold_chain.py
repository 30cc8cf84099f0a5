"""Read the thermometers of cold stores; an excursion blocks its lots until somebody decides."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as plain_text
from django.utils.translation import gettext_lazy as _

from facilities.models import ColdStore, StockLot, TemperatureExcursion, TemperatureReading
from facilities.services.stock import Booked, Kind, book

Decision = TemperatureExcursion.Decision


@transaction.atomic
def read_temperature(
    *,
    actor: Any,
    store: ColdStore,
    celsius: Decimal,
    at: datetime,
    now: datetime,
    origin: str = TemperatureReading.Origin.TYPED,
) -> TemperatureReading:
    """Note a reading; the first outside the limits opens an excursion, the next inside ends it.

    Readings come in any order: a logger's file may be read after today's was typed.
    """
    store = ColdStore.objects.select_for_update().get(pk=store.pk)
    if at > now:
        raise ValidationError(
            {"at": ValidationError(_("This moment is still to come."), code="moment_in_future")}
        )
    reading = TemperatureReading(store=store, at=at, celsius=celsius, origin=origin, read_by=actor)
    reading.full_clean()
    reading.save(force_insert=True)
    if store.lowest <= celsius <= store.highest:
        _end(store, at)
    else:
        _open_or_widen(store, reading)
    return reading


def _end(store: ColdStore, at: datetime) -> None:
    open_ = store.excursions.filter(ended_at=None, began_at__lte=at)
    open_.update(ended_at=at)


def _open_or_widen(store: ColdStore, reading: TemperatureReading) -> None:
    found = store.excursions.filter(ended_at=None).first()
    if found is None:
        found = _of_this_time(store, reading)
    if found is None:
        # A late reading between two good ones ends with the good one after it.
        later = store.readings.filter(
            at__gt=reading.at, celsius__range=(store.lowest, store.highest)
        )
        ended = later.order_by("at").values_list("at", flat=True).first()
        found = TemperatureExcursion.objects.create(
            store=store,
            began_at=reading.at,
            ended_at=ended,
            lowest=reading.celsius,
            highest=reading.celsius,
        )
        _block_lots(found, reading)
        return
    found.began_at = min(found.began_at, reading.at)
    found.lowest = min(found.lowest, reading.celsius)
    found.highest = max(found.highest, reading.celsius)
    found.save(update_fields=["began_at", "lowest", "highest"])
    if found.ended_at is None:
        _block_lots(found, reading)  # what came into the store since it began lies there too


def _of_this_time(store: ColdStore, reading: TemperatureReading) -> TemperatureExcursion | None:
    """Return an ended, undecided excursion that the moment of a late reading lies in."""
    rows = store.excursions.filter(began_at__lte=reading.at, ended_at__gte=reading.at, decision="")
    return rows.first()


def _block_lots(excursion: TemperatureExcursion, reading: TemperatureReading) -> None:
    store = excursion.store
    because = plain_text("%(store)s was at %(celsius)s °C on %(day)s") % {
        "store": store.name,
        "celsius": f"{reading.celsius}".replace(".", ","),
        "day": f"{timezone.localtime(reading.at):%d/%m/%Y %H:%M}",
    }
    lots = StockLot.objects.select_for_update().filter(store=store, blocked_because="")
    for lot in lots.on_hand().order_by("pk"):
        lot.blocked_because, lot.blocked_by = because, excursion
        lot.save(update_fields=["blocked_because", "blocked_by"])


@transaction.atomic
def decide_excursion(
    *,
    actor: Any,
    excursion: TemperatureExcursion,
    decision: str,
    reason: str,
    on: date,
    at: datetime,
) -> TemperatureExcursion:
    """Let the lots an excursion blocked be used again, or destroy them, with the reason.

    What somebody blocked for another reason, a recall, stays as it is. The store must be within its
    limits again: else the next reading asks the same question.
    """
    excursion = TemperatureExcursion.objects.select_for_update().get(pk=excursion.pk)
    if excursion.decision:
        raise ValidationError(_("This was decided already."), code="excursion_decided")
    if excursion.ended_at is None:
        raise ValidationError(
            _("The cold store is still outside its limits; move the lots or mend it first."),
            code="excursion_open",
        )
    excursion.decision, excursion.reason = decision, reason.strip()
    excursion.decided_at, excursion.decided_by = at, actor
    excursion.full_clean()
    excursion.save()
    others = excursion.store.excursions.filter(decision="").exclude(pk=excursion.pk)
    if decision == Decision.KEEP and others.exists():
        return excursion  # another excursion of the same store still keeps its lots
    lots = StockLot.objects.select_for_update(of=("self",))
    for lot in lots.filter(blocked_by__store=excursion.store).order_by("pk"):
        if decision == Decision.DISCARD and lot.on_hand:
            said = Booked(on=on, at=at, actor=actor, reason=lot.blocked_because)
            book(lot, Kind.DESTROYED, -lot.on_hand, said)
        elif decision == Decision.KEEP:
            lot.blocked_because, lot.blocked_by = "", None
            lot.save(update_fields=["blocked_because", "blocked_by"])
    return excursion
