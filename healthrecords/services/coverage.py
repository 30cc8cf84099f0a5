"""Health insurance of a citizen: which card, from when until when, registered where."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.access import care_for
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.row_sources import by_card, note_row, values_of_row
from healthrecords.services.sources import Spoken
from portal.identifiers import InsuranceCard
from portal.places.models import Organisation, OrganisationIdentifier

INSURER = "insurance"


def keep_coverage(citizen: Citizen, entry: CoverageEntry, *, spoken: Spoken) -> Coverage:
    """Keep a card for its time; the same card of the same first day is set right, not doubled."""
    card = InsuranceCard(entry.number)
    row = Coverage.objects.filter(
        citizen=citizen, number=card.value, valid_from=entry.valid_from
    ).first() or Coverage(citizen=citizen, number=card.value, valid_from=entry.valid_from)
    before = {} if row._state.adding or row.withdrawn_on else values_of_row(row)
    row.benefit = str(card.benefit_level or "")
    row.valid_until, row.five_years_on = entry.valid_until, entry.five_years_on
    row.registered_at = entry.registered_at
    row.registered_code = entry.registered_code or code_of(entry.registered_at)
    row.origin, row.withdrawn_on = entry.origin, None
    row.full_clean()
    row.save()
    note_row(row, before, by_card(spoken, entry.origin))
    care_where_registered(row, at=spoken.at)
    return row


def code_of(organisation: Organisation | None) -> str:
    """Return the insurer's code of a facility, "" when it has none."""
    rows = OrganisationIdentifier.objects.current().filter(
        organisation=organisation, scheme=INSURER
    )
    return str(rows.values_list("value", flat=True).first() or "")[:5]


def care_where_registered(row: Coverage, *, at: datetime) -> None:
    """The facility registered for primary care cares while the card holds; the one before no longer."""
    on = timezone.localdate(at)
    if row.registered_at is None or (row.valid_until is not None and row.valid_until < on):
        return
    for relation in _registered(row.citizen, on).exclude(organisation=row.registered_at):
        relation.until = max(on, relation.since)
        relation.save(update_fields=["until"])
    relation = care_for(
        citizen=row.citizen,
        organisation=row.registered_at,
        ground=CareRelation.Ground.INSURANCE,
        at=at,
    )
    relation.until = _last_day(row.citizen, row.registered_at)
    relation.save(update_fields=["until"])


def _last_day(citizen: Citizen, organisation: Organisation) -> date | None:
    """Return the last day of the cards that are registered at a facility, None where one has no end.

    A day that was set right may lie before the one it replaces: it is read from all the cards.
    """
    cards = Coverage.objects.filter(
        citizen=citizen, registered_at=organisation, withdrawn_on=None
    ).values_list("valid_until", flat=True)
    days = [day for day in cards if day is not None]
    return max(days) if len(days) == len(cards) else None


def _registered(citizen: Citizen, on: date) -> QuerySet[CareRelation]:
    """Return where a citizen is registered for insurance beyond a day."""
    rows = CareRelation.objects.filter(citizen=citizen, ground=CareRelation.Ground.INSURANCE)
    return rows.filter(Q(until=None) | Q(until__gt=on))
