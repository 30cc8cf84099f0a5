"""Health insurance of a citizen: which card, from when until when, registered where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, Coverage
from healthrecords.services.entries import CoverageEntry
from healthrecords.services.row_sources import by_card, note_row, values_of_row
from healthrecords.services.sources import Spoken
from portal.identifiers import InsuranceCard
from portal.places.models import Organisation, OrganisationIdentifier

INSURER = "insurance"
INSURED = CareRelation.Ground.INSURANCE
ONE_DAY = timedelta(days=1)


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
    """The facility registered for primary care cares from the day its card begins.

    Of cards that are valid at once the one that begins last says who cares: the facility of an earlier
    one cares until the day before. A card brings care to no place but its own; what files say of
    others moves nothing, but where a relation stands already.
    """
    place = row.registered_at
    if place is None:
        return
    on = timezone.localdate(at)
    relations = {held.organisation_id: held for held in _registered(row.citizen, on)}
    terms = terms_of(row.citizen_id, relations.keys() | {place.pk}, on=on, last=row.pk)
    if place.pk in terms and place.pk not in relations:
        relations[place.pk] = CareRelation.objects.filter(
            citizen=row.citizen, organisation=place, ground=INSURED
        ).first() or CareRelation(citizen=row.citizen, organisation=place, ground=INSURED)
        relations[place.pk].since = max(on, terms[place.pk].begin)
    first = min((term.begin for term in terms.values()), default=None)
    for organisation, relation in relations.items():
        if term := terms.get(organisation):
            begins = max(on, term.begin)
            relation.since = begins if relation.since > on else relation.since
            relation.until = None if term.end == date.max else term.end
        elif first is not None or organisation == place.pk:
            ends = on if first is None else max(on, first - ONE_DAY)
            relation.until = min(ends, relation.until or date.max)
        relation.save()


@dataclass(frozen=True, slots=True)
class Term:
    """From which day to which a place is registered; the last day of all means without end."""

    begin: date
    end: date


def terms_of(
    citizen_id: UUID, places: Collection[UUID], *, on: date, last: UUID | None = None
) -> dict[UUID, Term]:
    """Return since when and how long places are registered, of those for which it is not over.

    A card without a first day begins when it was written down. What was set right ``last`` comes last. A
    relation has one term: who is registered elsewhere in between stays with the place meanwhile.
    """
    rows = Coverage.objects.filter(citizen=citizen_id, withdrawn_on=None)
    rows = rows.filter(registered_at__in=places).exclude(valid_until__lt=on)
    cards = sorted(
        rows, key=lambda card: (card.valid_from or _written(card, on), card.pk == last, card.pk)
    )
    terms: dict[UUID, Term] = {}
    for at, card in enumerate(cards):
        begin, end = card.valid_from or _written(card, on), card.valid_until or date.max
        for later in cards[at + 1 :]:
            if later.registered_at_id != card.registered_at_id:
                end = min(end, (later.valid_from or _written(later, on)) - ONE_DAY)
                break
        if card.registered_at_id is None or end < max(begin, on):
            continue
        known = terms.get(card.registered_at_id, Term(begin, end))
        terms[card.registered_at_id] = Term(min(known.begin, begin), max(known.end, end))
    return terms


def _written(card: Coverage, on: date) -> date:
    """Return the day of a card's key, which carries its moment (RFC 9562, section 5.7)."""
    moment = datetime.fromtimestamp((card.pk.int >> 80) / 1000, tz=UTC)
    return min(timezone.localdate(moment), on)


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


def _registered(citizen: Citizen, on: date) -> QuerySet[CareRelation]:
    """Return where a citizen is registered for insurance beyond a day, or from a later one on."""
    rows = CareRelation.objects.filter(citizen=citizen, ground=INSURED)
    return rows.filter(Q(until=None) | Q(until__gt=on))
