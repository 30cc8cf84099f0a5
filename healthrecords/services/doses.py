"""Doses of vaccine given at a station leave its stock; one entered by mistake goes back."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from facilities.services import Dose, Outcome, give_dose, outcome_of, take_dose_back
from healthrecords.models import Immunization
from healthrecords.models.facts import Fact, Source
from healthrecords.services.hushing import Hush
from portal.dates import PartialDate


def take_from_stock(fact: Fact, *, actor: Any, at: datetime) -> None:
    """Deduct a dose that was given here, on a known day, out of a lot that is named.

    What was told or read on a paper was given elsewhere or long ago: no stock of ours loses it.
    """
    if _is_given_here(fact) and (dose := _dose(fact)) is not None:
        give_dose(actor=actor, facility=fact.facility, dose=dose, at=at)


def _is_given_here(fact: Fact) -> TypeGuard[Immunization]:
    return isinstance(fact, Immunization) and fact.source == Source.SEEN and bool(fact.lot.strip())


def _dose(fact: Immunization) -> Dose | None:
    """Return the dose of a known day."""
    given = PartialDate.parse(fact.given).as_date() if fact.given else None
    return Dose(fact.pk, fact.vaccine, fact.lot.strip(), given, fact.code) if given else None


def leave_again(facts: Collection[UUID], *, actor: Any, at: datetime) -> None:
    """Deduct doses anew that were put back and are no mistake after all: their records were parted.

    A lot that has nothing left by now, or is blocked, loses nothing.
    """
    rows = Immunization.objects.filter(pk__in=facts, status=Fact.Status.ACTIVE)
    for fact in rows.select_related("facility").order_by("pk"):
        dose = _dose(fact) if _is_given_here(fact) else None
        if dose is not None and outcome_of(facility=fact.facility, dose=dose) is Outcome.BACK:
            with suppress(ValidationError):
                give_dose(actor=actor, facility=fact.facility, dose=dose, at=at)


def said_of_stock(fact: Fact) -> str:
    """Say what a dose that was given here did to the stock; "" of everything else."""
    if not _is_given_here(fact):
        return ""
    said = {"lot": fact.lot.strip()}
    dose = _dose(fact)
    if dose is None:
        return _("Without the day of the dose nothing of lot %(lot)s was deducted.") % said
    return _said_of(outcome_of(facility=fact.facility, dose=dose)) % said


def said_of_mistake(fact: Fact) -> str:
    """Say what became of a dose that had left the stock and was marked as a mistake; "" of others."""
    if not _is_given_here(fact) or (dose := _dose(fact)) is None:
        return ""
    outcome = outcome_of(facility=fact.facility, dose=dose)
    said = {"lot": fact.lot.strip()}
    if outcome is Outcome.LEFT:
        return _("Lot %(lot)s was counted since; the stock stays as it was counted.") % said
    return _said_of(outcome) % said if outcome is Outcome.BACK else ""


def _said_of(outcome: Outcome) -> str:
    match outcome:
        case Outcome.LEFT:
            return _("One dose of lot %(lot)s left the stock.")
        case Outcome.BACK:
            return _("The dose of lot %(lot)s was put back into the stock.")
        case Outcome.COUNTED:
            return _("Lot %(lot)s was counted after that day; nothing more was deducted.")
        case Outcome.SHORT:
            return _(
                "Nothing is left of lot %(lot)s by now; nothing was deducted. Count the stock."
            )
        case Outcome.UNKNOWN:
            return _("Lot %(lot)s is not in the stock of that day here; nothing was deducted.")


def put_back(fact: Any, *, actor: Any, at: datetime) -> None:
    """Put a dose that is marked as a mistake back into its lot; a second time changes nothing."""
    if isinstance(fact, Immunization):
        reason = Hush(sees_sensitive=False).row(fact).void_reason
        take_dose_back(actor=actor, key=fact.pk, reason=reason, at=at)
