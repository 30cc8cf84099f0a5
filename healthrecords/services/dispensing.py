"""Give the medicines of a visit out of the station's stock, and take a mistake back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities import services as stock
from facilities.models import StockLot
from facilities.services import Wanted
from healthrecords.models import Dispensing, Visit
from healthrecords.services.access import require_access
from healthrecords.services.betraying import words_on
from healthrecords.services.citizens import Saved, require_place
from healthrecords.services.hushing import Hush
from portal.codelists.lookup import lists_held
from portal.codelists.sensitivity import strictest

OVER = frozenset({Visit.Status.WITHDRAWN, Visit.Status.CANCELLED})
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine that is handed over."""

    name: str
    quantity: Decimal
    code: str = ""
    unit: str = ""


@lists_held()
@transaction.atomic
def dispense(
    *, actor: Any, visit: Visit, lines: Sequence[Line], client_key: UUID, at: datetime
) -> Saved[list[Dispensing]]:
    """Hand medicines over at a visit and deduct them from the lots that expire first.

    Locks the visit: two who press the button at once give once. All lines or none.
    """
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    require_place(actor, visit.facility)
    require_access(actor, visit.citizen, at)
    if visit.status in OVER:
        raise ValidationError(_("This visit does not stand any more."), code="visit_over")
    stored = list(Dispensing.objects.filter(client_key=client_key, visit=visit))
    if stored:
        return Saved(stored, is_new=False)
    died_on = visit.citizen.died_on
    if died_on is not None and timezone.localdate(at) > died_on:
        raise ValidationError(
            _("This person died on %(day)s; check the day, or whether it is this person."),
            code="given_after_death",
            params={"day": f"{died_on:%d/%m/%Y}"},
        )
    wanted = [line for line in lines if line.quantity > NOTHING]
    if not wanted:
        raise ValidationError(_("Write how much of which medicine."), code="nothing_given")
    rows = [
        _write(visit, line, place, actor=actor, client_key=client_key, at=at)
        for place, line in enumerate(wanted, start=1)
    ]
    stock.give_out(
        actor=actor,
        facility=visit.facility,
        wanted=[Wanted(row.pk, row.name, row.quantity, row.code) for row in rows],
        on=timezone.localdate(at),
        at=at,
    )
    return Saved(rows, is_new=True)


def _write(
    visit: Visit, line: Line, place: int, *, actor: Any, client_key: UUID, at: datetime
) -> Dispensing:
    betrayed = words_on(timezone.localdate(at))
    row = Dispensing(
        visit=visit,
        position=place,
        code=line.code,
        name=line.name,
        unit=line.unit,
        quantity=line.quantity,
        given_at=at,
        given_by=actor,
        client_key=client_key,
        sensitivity=strictest({visit.sensitivity, betrayed.of_medicine(line.name)}),
    )
    row.citizen_id, row.facility_id = visit.citizen_id, visit.facility_id
    row.full_clean(exclude=["citizen", "facility", "visit"])
    row.save(force_insert=True)
    return row


@transaction.atomic
def take_back(
    *, actor: Any, visit: Visit, keys: Sequence[UUID], reason: str, at: datetime
) -> list[Dispensing]:
    """Take back what was given by mistake; it goes back into the lots it came from.

    The book of the stock, which everybody reads who sees supplies, keeps the reason as it may be told.
    """
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    require_place(actor, visit.facility)
    require_access(actor, visit.citizen, at)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write why."), code="reason_missing")})
    rows = list(visit.dispensing_rows.filter(pk__in=list(keys), taken_back_at=None))
    stock.give_back(
        actor=actor,
        keys=[row.pk for row in rows],
        reason=Hush(sees_sensitive=False).text(reason.strip()),
        on=timezone.localdate(at),
        at=at,
    )
    for row in rows:
        row.taken_back_at, row.taken_back_by = at, actor
        row.taken_back_because = reason.strip()
        row.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_because"])
    return rows


@dataclass(frozen=True, slots=True)
class Proposal:
    """A prescribed medicine with what was given of it and what the stock holds."""

    place: int
    code: str
    name: str
    unit: str
    instruction: str
    prescribed: Decimal | None
    given: Decimal
    usable: Decimal
    first_lot: StockLot | None

    @property
    def left(self) -> Decimal:
        """Return what is still to be given."""
        return max((self.prescribed or NOTHING) - self.given, NOTHING)

    @property
    def proposed(self) -> Decimal:
        """Return what can be given of that now."""
        return min(self.left, self.usable)

    @property
    def is_short(self) -> bool:
        return self.left > self.usable


def proposals(visit: Visit, at: datetime) -> list[Proposal]:
    """Return the medicines of a visit with the stock of its facility, in a fixed number of questions."""
    medicines = list(visit.medication_rows.order_by("position"))
    held = stock.usable_lots(
        visit.facility, [(row.code, row.name) for row in medicines], on=timezone.localdate(at)
    )
    given: dict[tuple[str, str], Decimal] = {}
    for handed in visit.dispensing_rows.filter(taken_back_at=None):
        key = (handed.code, handed.name)
        given[key] = given.get(key, NOTHING) + handed.quantity
    found = []
    for place, row in enumerate(medicines):
        lots = held[row.code, row.name]
        found.append(
            Proposal(
                place=place,
                code=row.code,
                name=row.name,
                unit=row.unit,
                instruction=row.instruction,
                prescribed=row.quantity,
                given=given.get((row.code, row.name), NOTHING),
                usable=sum((lot.on_hand for lot in lots), NOTHING),
                first_lot=lots[0] if lots else None,
            )
        )
    return found
