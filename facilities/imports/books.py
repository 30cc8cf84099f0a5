"""What did the books have of a lot when a file came that says what is there?"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import StockLot, StockMovement
from facilities.services.stock import NOTHING, Kind
from portal.intake.models import Batch

# Such a movement says what lay there, not what came in or went out.
SAID_TO_LIE_THERE = (Kind.OPENING, Kind.COUNTED)


def had_then(batch: Batch, lots: Collection[StockLot]) -> dict[UUID, Decimal]:
    """Return what the books had of lots when a file came: what they have less what moved since.

    Set right by a count since, they are taken as that count left them: who counted later saw more.
    """
    day = timezone.localdate(batch.received_at)
    since = Q(on__gt=day) | Q(on=day, at__gt=batch.received_at)
    rows = _standing([lot.pk for lot in lots]).filter(since).exclude(kind__in=SAID_TO_LIE_THERE)
    moved = dict(rows.order_by().values_list("lot").annotate(moved=Sum("quantity")))
    return {lot.pk: lot.on_hand - moved.get(lot.pk, NOTHING) for lot in lots}


def require_not_counted_since(batch: Batch, lot: StockLot) -> None:
    """Refuse to set a lot by a file where somebody looked at the shelf after the file came."""
    day = timezone.localdate(batch.received_at)
    files = Batch.objects.filter(received_at__gt=batch.received_at).values("pk")
    since = Q(batch_id=None) & (Q(on__gt=day) | Q(on=day, at__gt=batch.received_at))
    rows = _standing([lot.pk]).filter(since | Q(batch_id__in=files), kind__in=SAID_TO_LIE_THERE)
    last = rows.order_by("on", "at", "id").last()
    if last is None:
        return
    message = _(
        "Lot %(lot)s was entered or counted on %(day)s, after this file had come; the file changes"
        " nothing of it. Count it again where the books are wrong."
    )
    said = {"lot": lot.lot_number, "day": f"{last.on:%d/%m/%Y}"}
    raise ValidationError({"quantity": ValidationError(message, code="counted_since", params=said)})


def _standing(lots: Collection[UUID]) -> QuerySet[StockMovement]:
    """Return movements of lots without those of files that were undone, and what undid them."""
    undoing = Q(kind=Kind.COUNTED, reverses__isnull=False)
    undone = Q(reversed_by__isnull=False, reversed_by__kind=Kind.COUNTED)
    return StockMovement.objects.filter(lot__in=lots).exclude(undoing).exclude(undone)
