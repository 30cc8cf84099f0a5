"""Reads of facilities and of what is known about them."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Exists, F, Max, OuterRef, Q, Subquery, When
from django.db.models.functions import Least
from django.utils import timezone
from typing_extensions import override

from portal.database.periods import holds_on, not_over
from portal.names import name_norm
from portal.scope import Scope, ScopedQuerySet

if TYPE_CHECKING:
    from facilities.models import (  # noqa: F401  (named in the strings below)
        Equipment,
        Facility,
        FacilitySuccession,
        Medicine,
        StockLot,
        StockMovement,
    )

M = TypeVar("M", bound=models.Model)


class FacilityQuerySet(ScopedQuerySet["Facility"]):
    """Facilities belong to their own organisation."""

    def found_by(self, text: str) -> Self:
        """Return those with this insurance code or location number, or with all words in a name."""
        words = name_norm(text).split()
        named = Q()
        for word in words[:8]:
            named &= Q(organisation__name_norm__contains=word)
        held = holds_on(timezone.localdate(), "organisation__identifiers__")
        code = held & Q(organisation__identifiers__value=text.strip().upper())
        return self.filter(code | named).distinct() if words else self


class OfFacilityQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a facility."""

    place = "facility__organisation"


def holding_on(day: date) -> Q:
    """Return the condition of a row with a validity that holds on a day."""
    return Q(valid_from__lte=day) & not_over(day)


class AtFacilityQuerySet(ScopedQuerySet[M]):
    """Rows about one place of care, which is its organisation."""

    place = "facility"

    def holding(self, on: date) -> Self:
        """Return the dated rows that hold on a day."""
        return self.filter(holding_on(on))


class OfLicenseQuerySet(AtFacilityQuerySet[M]):
    """Rows that hang on an operating licence."""

    place = "license__facility"


class OfVersionQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a version of an operating licence."""

    place = "version__license__facility"


class OfScheduleQuerySet(ScopedQuerySet[M]):
    """Open hours of a schedule."""

    place = "schedule__facility"


class OfServiceQuerySet(AtFacilityQuerySet[M]):
    """Rows that hang on a service."""

    place = "service__facility"


class OfEquipmentQuerySet(AtFacilityQuerySet[M]):
    """Rows that hang on a device."""

    place = "equipment__facility"


class OfStoreQuerySet(ScopedQuerySet[M]):
    """Rows that hang on a cold store."""

    place = "store__facility"


class OfStocktakeQuerySet(ScopedQuerySet[M]):
    """Lines of a stocktake."""

    place = "stocktake__facility"


class EquipmentQuerySet(AtFacilityQuerySet["Equipment"]):
    """Reads of devices."""

    def kept(self) -> Self:
        """Leave out what was disposed of."""
        return self.exclude(state="disposed")


DAY = models.DateField()


def due_days(devices: Any, inspected: Collection[str]) -> dict[str, Any]:
    """Return, by subject, the day on which something of a device is due.

    What failed is due from that day until it passes; what was never done, from the device's first
    day: an inspection of the kinds in ``inspected``, a licence of what gives off radiation.
    """
    inspections = devices.rows_of("inspections").filter(equipment=OuterRef("pk"))
    licenses = devices.rows_of("radiation_licenses").filter(equipment=OuterRef("pk"))
    states = devices.rows_of("states").filter(equipment=OuterRef("pk"))
    first = Subquery(states.order_by("valid_from").values("valid_from")[:1], output_field=DAY)
    works = Q(state__in=["in_use", "maintenance"])

    def after(kind: str) -> Least:
        rows = inspections.filter(kind=kind).order_by("-done_on", "-id")
        passed = rows.exclude(result="fail").values("next_due_on")[:1]
        failed = rows.annotate(failed=Case(When(result="fail", then=F("done_on")))).values("failed")
        return Least(Subquery(passed, output_field=DAY), Subquery(failed[:1], output_field=DAY))

    never = ~Exists(inspections.filter(kind="inspection"))
    last = licenses.order_by().values("equipment").annotate(last=Max("valid_until"))
    return {
        "inspection": Case(
            When(works & never & Q(inspection_kind__in=list(inspected)), then=first),
            default=after("inspection"),
        ),
        "calibration": after("calibration"),
        "maintenance": after("maintenance"),
        "radiation": Case(
            When(Q(is_radiating=False) | Exists(licenses.filter(valid_until=None)), then=None),
            When(Exists(licenses), then=Subquery(last.values("last"), output_field=DAY)),
            When(works, then=first),
            output_field=DAY,
        ),
    }


def with_first_due(devices: Any, inspected: Collection[str]) -> Any:
    """Return devices with the nearest day on which an inspection or licence of theirs is due."""
    return devices.annotate(due=Least(*due_days(devices, inspected).values()))


class MedicineQuerySet(models.QuerySet["Medicine"]):
    """Reads of the register of medicines."""

    def found_by(self, text: str) -> Self:
        """Return those with this code or registration number, or with all words in the name."""
        plain = text.strip()
        named = Q()
        for word in name_norm(plain).split()[:8]:
            named &= Q(name_norm__contains=word)
        numbered = (
            Q(code__iexact=plain)
            | Q(registration_number__iexact=plain)
            | Q(former_registration_number__iexact=plain)
        )
        return self.filter(named | numbered) if plain else self


class StockLotQuerySet(AtFacilityQuerySet["StockLot"]):
    """Reads of lots."""

    def on_hand(self) -> Self:
        """Leave out lots that are used up."""
        return self.filter(on_hand__gt=Decimal(0))

    def standing(self) -> Self:
        """Leave out lots that nothing was ever booked of, or of which all was taken back."""
        moved = self.rows_of("movements").filter(
            lot=OuterRef("pk"), reverses=None, reversed_by=None
        )
        return self.filter(Exists(moved))

    def usable(self, on: date) -> Self:
        """Return what may be given out on a day: not expired, not blocked."""
        fresh = Q(expires_on=None) | Q(expires_on__gte=on)
        return self.on_hand().filter(fresh, blocked_because="")

    def first_expired_first(self) -> Self:
        """Return lots in the order in which they are given out."""
        return self.order_by(models.F("expires_on").asc(nulls_last=True), "lot_number", "id")


class MovementQuerySet(AtFacilityQuerySet["StockMovement"]):
    """Reads of movements."""

    def between(self, first: date, last: date) -> Self:
        """Return the movements of a period, both days included."""
        return self.filter(on__range=(first, last))


class SuccessionQuerySet(ScopedQuerySet["FacilitySuccession"]):
    """A step is seen where one of its two ends is."""

    @override
    def in_scope(self, scope: Scope) -> Q:
        return Q(old__in=scope.ids) | Q(new__in=scope.ids)

    def standing(self) -> Self:
        """Leave out steps that were withdrawn."""
        return self.filter(withdrawn_at=None)
