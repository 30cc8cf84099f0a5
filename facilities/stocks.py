"""How much of each medicine does a place have, how long does it last, what expires?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Min, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from facilities.models import Medicine, StockLot, StockMovement
from facilities.rules import SupplyRules, supply_rules
from facilities.services.stock import Kind
from portal.dates import months_later
from portal.numbers import shown_number
from portal.places.models import Organisation

NOTHING = Decimal(0)
ZERO = Value(NOTHING, output_field=DecimalField(max_digits=18, decimal_places=3))


@dataclass(frozen=True, slots=True)
class Held:
    """One medicine at one place: what is usable, how it is used, what expires first."""

    medicine: Medicine
    on_hand: Decimal
    usable: Decimal
    expired: Decimal
    blocked: Decimal
    monthly: Decimal
    first_expiry: date | None
    on: date
    rules: SupplyRules

    @property
    def months(self) -> Decimal | None:
        """Return for how many months the usable stock lasts, None where nothing was used."""
        if self.monthly <= NOTHING:
            return None
        return (self.usable / self.monthly).quantize(Decimal("0.1"))

    @property
    def days_left(self) -> int | None:
        return (self.first_expiry - self.on).days if self.first_expiry else None

    @property
    def expiry_step(self) -> int | None:
        """Return the narrowest step of days before expiry that is reached."""
        days = self.days_left
        if days is None:
            return None
        return min((step for step in self.rules.expiry_steps if days <= step), default=None)

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """Return what is to be said of it as kind, icon and word; nothing where all is well."""
        return [*self._of_amount(), *self._of_expiry()]

    def _of_amount(self) -> list[tuple[str, str, str]]:
        months = self.months
        if self.usable <= NOTHING:
            return [("bad", "bad", _("Out of stock"))]
        if months is not None and months < self.rules.months_low:
            return [("bad", "warn", _("Lasts %(n)s months") % {"n": shown_number(months)})]
        if months is not None and months > self.rules.months_high:
            return [("warn", "warn", _("Too much: %(n)s months") % {"n": shown_number(months)})]
        return []

    def _of_expiry(self) -> list[tuple[str, str, str]]:
        found = []
        if self.expired > NOTHING:
            found.append(("bad", "bad", _("Expired: %(n)s") % {"n": shown_number(self.expired)}))
        if self.blocked > NOTHING:
            found.append(("bad", "lock", _("Blocked: %(n)s") % {"n": shown_number(self.blocked)}))
        if self.expiry_step is not None:
            nearest = self.rules.expiry_steps[-1]
            kind = "bad" if self.expiry_step <= nearest else "warn"
            found.append((kind, "clock", _("Expires in %(n)d days") % {"n": self.days_left}))
        return found

    @property
    def is_in_order(self) -> bool:
        return not self.chips


def stock_of(facility: Organisation, on: date) -> list[Held]:
    """Return what a place holds and lately used, by name; two questions however much there is."""
    rules = supply_rules(on)
    used = _monthly_use(facility, on, rules.months_counted)
    held = _sums(facility, on)
    rows = Medicine.objects.in_bulk([*{*held, *used}])
    found = [
        Held(
            medicine=medicine,
            on_hand=sums.get("on_hand") or NOTHING,
            usable=sums.get("usable") or NOTHING,
            expired=sums.get("expired") or NOTHING,
            blocked=sums.get("blocked") or NOTHING,
            monthly=used.get(key, NOTHING),
            first_expiry=sums.get("first_expiry"),
            on=on,
            rules=rules,
        )
        for key, medicine in rows.items()
        for sums in [held.get(key, {})]
    ]
    return sorted(found, key=lambda one: (one.medicine.name_norm, one.medicine.strength))


def _sums(facility: Organisation, on: date) -> dict[Any, dict[str, Any]]:
    fresh = Q(expires_on=None) | Q(expires_on__gte=on)
    usable = fresh & Q(blocked_because="", on_hand__gt=NOTHING)
    rows = StockLot.objects.filter(facility=facility).on_hand().order_by()
    sums = rows.values("medicine").annotate(
        total=Sum("on_hand"),
        usable=Coalesce(Sum("on_hand", filter=usable), ZERO),
        expired=Coalesce(Sum("on_hand", filter=~fresh), ZERO),
        blocked=Coalesce(Sum("on_hand", filter=fresh & ~Q(blocked_because="")), ZERO),
        first_expiry=Min("expires_on", filter=usable),
    )
    return {row["medicine"]: {**row, "on_hand": row["total"]} for row in sums}


def _monthly_use(facility: Organisation, on: date, months: int) -> dict[Any, Decimal]:
    """Return the mean use of a month over the last months; what was given back is not used."""
    first = months_later(on, -months) + timedelta(days=1)
    rows = StockMovement.objects.filter(
        facility=facility, kind__in=[Kind.ISSUED, Kind.RETURNED]
    ).between(first, on)
    sums = rows.order_by().values("lot__medicine").annotate(moved=Sum("quantity"))
    return {row["lot__medicine"]: max(-row["moved"] / months, NOTHING) for row in sums}


@dataclass(frozen=True, slots=True)
class Turnover:
    """One lot over a period, as the stock report writes it (form BC13)."""

    lot: StockLot
    opening: Decimal
    received: Decimal
    issued: Decimal
    lost: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.received - self.issued - self.lost


def turnover(facility: Organisation, first: date, last: date) -> list[Turnover]:
    """Return opening, received, issued, lost and closing of each lot moved or held in a period.

    A difference of a stocktake counts as received or lost by its sign; what was given back lessens
    what was issued, so that opening + received - issued - lost is always the closing sum.
    """
    moved = F("movements__quantity")
    during = Q(movements__on__range=(first, last))

    def total(condition: Q) -> Coalesce:
        return Coalesce(Sum(moved, filter=condition), ZERO)

    issued = Q(movements__kind__in=[Kind.ISSUED, Kind.RETURNED])
    lost = Q(movements__kind__in=[Kind.LOST, Kind.DESTROYED]) | Q(
        movements__kind=Kind.COUNTED, movements__quantity__lt=NOTHING
    )
    out = Q(movements__kind=Kind.TRANSFER_OUT)
    rows: Any = StockLot.objects.filter(facility=facility, movements__on__lte=last)
    rows = rows.select_related("medicine").annotate(
        sum_before=total(Q(movements__on__lt=first)),
        sum_issued=total(during & (issued | out)),
        sum_lost=total(during & lost),
        sum_received=total(during & ~issued & ~lost & ~out),
    )
    found = [
        Turnover(row, row.sum_before, row.sum_received, -row.sum_issued, -row.sum_lost)
        for row in rows.order_by("medicine__name_norm", "expires_on", "lot_number", "id")
    ]
    return [one for one in found if one.opening or one.received or one.issued or one.lost]
