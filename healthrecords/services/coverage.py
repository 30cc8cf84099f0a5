"""Health insurance of a citizen: which card, from when until when, registered where."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from healthrecords.models import Citizen, Coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.insurance_care import InsuranceCare
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
    is_in_force = not row._state.adding and row.withdrawn_on is None
    before = values_of_row(row) if is_in_force else {}
    stood = (row.registered_at_id, row.valid_until) if is_in_force else None
    row.benefit = str(card.benefit_level or "")
    row.valid_until, row.five_years_on = entry.valid_until, entry.five_years_on
    row.registered_at = entry.registered_at
    row.registered_code = entry.registered_code or code_of(entry.registered_at)
    row.origin, row.withdrawn_on = entry.origin, None
    row.full_clean()
    row.save()
    note_row(row, before, by_card(spoken, entry.origin))
    is_news = stood != (row.registered_at_id, row.valid_until)
    care_where_registered(row, at=spoken.at, is_news=is_news)
    return row


def code_of(organisation: Organisation | None) -> str:
    """Return the insurer's code of a facility, "" when it has none."""
    rows = OrganisationIdentifier.objects.current().filter(
        organisation=organisation, scheme=INSURER
    )
    return str(rows.values_list("value", flat=True).first() or "")[:5]


def care_where_registered(row: Coverage, *, at: datetime, is_news: bool = True) -> None:
    """The facility registered for primary care cares from the day its card begins.

    A form that sends its card again unchanged is no news: it takes back nothing that a list said since.
    """
    if row.registered_at_id is None:
        return
    care = InsuranceCare([row.citizen_id], timezone.localdate(at))
    named = [row.registered_at_id] if is_news else []
    care.judge(row.citizen_id, named=named, gives_way=is_news, last=row.pk)
    care.keep()


def overlapping(citizen: Citizen, entry: CoverageEntry) -> list[Coverage]:
    """Return the other cards of a citizen that are valid on days on which this one is."""
    begin, end = entry.valid_from, entry.valid_until
    if begin is None and end is None:
        return []
    rows = Coverage.objects.filter(citizen=citizen, withdrawn_on=None)
    rows = rows.exclude(number=entry.number, valid_from=begin)
    rows = rows.exclude(valid_from=None, valid_until=None)
    if begin is not None:
        rows = rows.exclude(valid_until__lt=begin)
    if end is not None:
        rows = rows.exclude(valid_from__gt=end)
    return list(rows.select_related("registered_at").order_by("valid_from", "id"))
