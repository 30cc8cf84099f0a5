"""Doses of vaccine given at a station leave its stock; one entered by mistake goes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeGuard

from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import StockMovement
from facilities.services import Dose, give_back, give_dose
from healthrecords.models import Immunization
from healthrecords.models.facts import Fact, Source
from portal.dates import PartialDate


def take_from_stock(fact: Fact, *, actor: Any, at: datetime) -> None:
    """Deduct a dose that was given here, on a known day, out of a lot that is named.

    What was told or read on a paper was given elsewhere or long ago: no stock of ours loses it.
    """
    if not _is_given_here(fact):
        return
    given = PartialDate.parse(fact.given).as_date() if fact.given else None
    if given is not None:
        dose = Dose(fact.pk, fact.vaccine, fact.lot.strip(), given, fact.code)
        give_dose(actor=actor, facility=fact.facility, dose=dose, at=at)


def _is_given_here(fact: Fact) -> TypeGuard[Immunization]:
    return isinstance(fact, Immunization) and fact.source == Source.SEEN and bool(fact.lot.strip())


def said_of_stock(fact: Fact) -> str:
    """Say what a dose that was given here did to the stock; "" of everything else."""
    if not _is_given_here(fact):
        return ""
    said = {"lot": fact.lot}
    if StockMovement.objects.filter(source_id=fact.pk).exists():
        return _("One dose of lot %(lot)s left the stock.") % said
    return _("Lot %(lot)s is not in the stock of that day here; nothing was deducted.") % said


def put_back(fact: Any, *, actor: Any, at: datetime) -> None:
    """Put a dose that is marked as a mistake back into its lot; a second time changes nothing."""
    if isinstance(fact, Immunization):
        on = timezone.localdate(at)
        give_back(actor=actor, keys=[fact.pk], reason=fact.void_reason, on=on, at=at)
