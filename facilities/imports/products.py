"""Which products does a stock file name, which does it enter, and which leave again when it is undone?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from facilities.models import Medicine, StockLot, StockMovement, StocktakeLine
from portal.intake.models import Batch, StagedRow

CODE, NAME, UNIT, NUMBER = "MA_THUOC", "TEN_THUOC", "DON_VI_TINH", "SO_DANG_KY"
STAYS = (
    ("is_held_here", _("“%(what)s” stays in the register: lots of it were booked here besides.")),
    ("is_held_elsewhere", _("“%(what)s” stays in the register: another place has lots of it.")),
    ("is_mended", _("“%(what)s” stays in the register: its entry was mended since.")),
)


def products_named(codes: Collection[str]) -> dict[str, Medicine]:
    """Return products by these codes: their own, or that of the list; their own comes first."""
    held = Medicine.objects.filter(Q(code__in=codes) | Q(list_code__in=codes)).order_by("code")
    by_list: dict[str, Medicine] = {}
    for medicine in held:
        by_list.setdefault(medicine.list_code, medicine)
    named = {**by_list, **{medicine.code: medicine for medicine in held}}
    return {code: named[code] for code in codes if code in named}


def enter_product(row: Mapping[str, Any], batch: Batch) -> Medicine:
    """Enter a product that the register lacks, as a row tells it."""
    medicine = Medicine(
        code=row[CODE],
        name=row[NAME],
        unit=row.get(UNIT) or "",
        registration_number=row.get(NUMBER) or "",
        batch_id=batch.pk,
    )
    medicine.full_clean(exclude=["name_norm"])
    medicine.save(force_insert=True)
    return medicine


class Leaving(NamedTuple):
    """The products that leave the register with a file, and why others of it stay."""

    going: Sequence[Medicine]
    staying: Sequence[tuple[StrOrPromise, int]]


def leaving(batch: Batch) -> Leaving:
    """Say which products a stock file entered that nothing but files taken back speaks of.

    Those of an earlier file that was undone while this one still needed them go with this one.
    """
    undone = Batch.objects.filter(kind=batch.kind, state=Batch.State.UNDONE)
    named = StockLot.objects.filter(pk__in=_written(Q(batch=batch)))
    entered = Medicine.objects.filter(
        Q(batch_id=batch.pk)
        | Q(batch_id__in=undone.values("pk"), pk__in=named.order_by().values("medicine"))
    )
    lots = StockLot.objects.filter(_used(batch), medicine=OuterRef("pk"))
    mended = apps.get_model("facilities", "MedicineHistory")._default_manager.filter(
        pgh_obj_id=OuterRef("pk"), pgh_label="update"
    )
    judged = entered.annotate(
        is_held_here=Exists(lots.filter(facility=batch.organisation_id)),
        is_held_elsewhere=Exists(lots.exclude(facility=batch.organisation_id)),
        is_mended=Exists(mended),
    )
    going: list[Medicine] = []
    staying: list[tuple[StrOrPromise, int]] = []
    for medicine in judged.order_by("name_norm", "strength", "id"):
        why = next((text for name, text in STAYS if getattr(medicine, name)), None)
        if why is None:
            going.append(medicine)
        else:
            staying.append((why % {"what": str(medicine)}, 1))
    return Leaving(going, staying)


def _written(of: Q) -> QuerySet[StagedRow, Any]:
    """Return the lots that rows of files became."""
    rows = StagedRow.objects.filter(of).exclude(Q(written_at=None) | Q(target_id=None))
    return rows.order_by().values("target_id")


def _used(batch: Batch) -> Q:
    """Say of a lot that something speaks of it besides this file and files that were taken back."""
    moved = StockMovement.objects.filter(lot=OuterRef("pk"))
    by_people = moved.filter(
        Q(batch_id=None, reverses=None) | Q(reverses__isnull=False, reverses__batch_id=None)
    )
    by_files = moved.filter(reverses=None, reversed_by=None).exclude(
        Q(batch_id=None) | Q(batch_id=batch.pk)
    )
    written = Q(batch__kind=batch.kind, batch__state=Batch.State.WRITTEN) & ~Q(batch=batch)
    return Q(
        Exists(by_people)
        | Exists(by_files)
        | Exists(StocktakeLine.objects.filter(lot=OuterRef("pk")))
        | Q(pk__in=_written(written))
    )


def take_out(batch: Batch) -> None:
    """Take products out of the register with the lots and bookings that only undone files made.

    They are locked, then looked at again: what another place took in at that moment stays.
    """
    found = [medicine.pk for medicine in leaving(batch).going]
    locked = Medicine.objects.select_for_update().filter(pk__in=found).order_by("pk")
    held = set(locked.values_list("pk", flat=True))
    going = [medicine for medicine in leaving(batch).going if medicine.pk in held]
    lots = StockLot.objects.filter(medicine__in=going)
    moved = StockMovement.objects.filter(lot__in=lots)
    moved.exclude(reverses=None).delete()
    moved.delete()
    lots.delete()
    Medicine.objects.filter(pk__in=[medicine.pk for medicine in going]).delete()
