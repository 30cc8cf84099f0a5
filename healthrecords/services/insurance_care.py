"""Which places care for people because their cards are registered there? One judgement for all who ask.

Of cards that are valid at once the one that begins last says who cares: the place of an earlier one
cares until the day before. A place and who continues for it are one place. A card brings care to no
place but its own; what files say of others moves nothing, but where a relation stands already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from facilities.heirs import taken_over_on
from healthrecords.models import CareRelation, Coverage

INSURED = CareRelation.Ground.INSURANCE
ONE_DAY = timedelta(days=1)
AT_ONCE = 2000
Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says of care: which place, from which day to which; the last day of all has no end."""

    key: UUID
    place: UUID
    begin: date
    end: date

    @classmethod
    def of(cls, key: UUID, place: UUID, days: tuple[date | None, date | None], on: date) -> Card:
        """Read a card; one without a first day begins when it was written down."""
        return cls(key, place, days[0] or _written(key, on), days[1] or date.max)


def _written(key: UUID, on: date) -> date:
    """Return the day of a card's key, which carries its moment (RFC 9562, section 5.7)."""
    moment = datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)
    return min(timezone.localdate(moment), on)


@dataclass(frozen=True, slots=True)
class Term:
    """From which day to which a place is registered; the last day of all means without end."""

    begin: date
    end: date


class InsuranceCare:
    """Who cares for some people on a day by their insurance: as it stands, and as cards say it.

    Reads all of it at once, judges in memory, and :meth:`keep` writes what changed.
    """

    def __init__(self, people: Collection[UUID], on: date) -> None:
        self.on = on
        self.heirs = taken_over_on(on)
        rows = CareRelation.objects.select_for_update().filter(citizen__in=people, ground=INSURED)
        self.rows = list(rows.order_by("pk"))
        self.stored: dict[UUID, Days] = {row.pk: (row.since, row.until) for row in self.rows}
        self.relations: dict[UUID, dict[UUID, CareRelation]] = defaultdict(dict)
        for row in self.rows:
            self.relations[row.citizen_id][row.organisation_id] = row
        self.cards: dict[UUID, list[Card]] = defaultdict(list)
        for card in Coverage.objects.filter(citizen__in=people, withdrawn_on=None):
            if card.registered_at_id is not None:
                days = card.valid_from, card.valid_until
                read = Card.of(card.pk, card.registered_at_id, days, on)
                self.cards[card.citizen_id].append(read)
        # Rows that a relation which begins takes up, instead of a new one.
        self.spare: dict[tuple[UUID, UUID], CareRelation] = {}

    def line_of(self, place: UUID) -> UUID:
        """Return the place that has the people of a place by now: itself while it stands."""
        return self.heirs.get(place, place)

    def goes_on(self, row: CareRelation | None) -> bool:
        """Say whether a place cares beyond today, or from a later day on."""
        return row is not None and (row.until is None or row.until > self.on)

    def judge(
        self,
        citizen: UUID,
        cards: Iterable[Card] | None = None,
        *,
        named: Collection[UUID] = (),
        gives_way: bool = False,
        last: UUID | None = None,
    ) -> None:
        """Let exactly those places care that cards say, of those that do already and the ``named``.

        Where a card was written, care that no card says ``gives_way`` to cards: it ends the day before
        the first begins. Without ``cards`` those of the person count that are not over. Of cards
        of one first day that which was set right ``last`` comes last.
        """
        if cards is None:
            cards = [card for card in self.cards[citizen] if card.end >= self.on]
        relations = self.relations[citizen]
        held = {place: row for place, row in relations.items() if self.goes_on(row)}
        lines = {self.line_of(place) for place in (*held, *named)}
        counted = [card for card in cards if self.line_of(card.place) in lines]
        terms = self._terms(counted, last)
        for place in {*named, *map(self.line_of, named)} - held.keys():
            if (term := terms.get(self.line_of(place))) is not None:
                held[place] = self._begin(citizen, place, max(self.on, term.begin))
        ends = self._ends(counted, terms, named, gives_way=gives_way)
        for row in held.values():
            self._say(row, terms, ends)
        for row in held.values():
            if self.goes_on(row):
                self._follow(row)

    def _say(
        self, row: CareRelation, terms: Mapping[UUID, Term], ends: Mapping[UUID | None, date]
    ) -> None:
        line = self.line_of(row.organisation_id)
        if (term := terms.get(line)) is not None:
            # Until a later card begins the place of the card of today cares; with none it goes on.
            waits = term.begin > self.on and any(one.begin <= self.on for one in terms.values())
            if waits or row.since > self.on:
                row.since = max(self.on, term.begin)
            row.until = None if term.end == date.max else term.end
        elif (day := ends.get(line, ends.get(None))) is not None:
            row.until = min(day, row.until or day)

    def _terms(self, cards: Collection[Card], last: UUID | None) -> dict[UUID, Term]:
        """Return since when and how long places are registered, of those for which it is not over.

        A relation has one term: who is registered elsewhere in between stays with the place meanwhile.
        """
        ordered = sorted(cards, key=lambda card: (card.begin, card.key == last, card.key))
        terms: dict[UUID, Term] = {}
        for at, card in enumerate(ordered):
            line, end = self.line_of(card.place), card.end
            for later in ordered[at + 1 :]:
                if self.line_of(later.place) != line:
                    end = min(end, later.begin - ONE_DAY)
                    break
            if end >= max(card.begin, self.on):
                known = terms.get(line, Term(card.begin, end))
                terms[line] = Term(min(known.begin, card.begin), max(known.end, end))
        return terms

    def _ends(
        self,
        cards: Collection[Card],
        terms: Mapping[UUID, Term],
        named: Collection[UUID],
        *,
        gives_way: bool,
    ) -> dict[UUID | None, date]:
        """Return when care ends where cards give none: of lines, and of all that no card names."""
        first = min((term.begin for term in terms.values()), default=None)
        day = self.on if first is None else max(self.on, first - ONE_DAY)
        ends: dict[UUID | None, date] = dict.fromkeys(
            (self.line_of(place) for place in (*named, *(card.place for card in cards))), day
        )
        if gives_way and first is not None:
            ends[None] = day
        return ends

    def _begin(self, citizen: UUID, place: UUID, since: date) -> CareRelation:
        row = self.relations[citizen].get(place) or self.spare.pop((citizen, place), None)
        if row is None:
            row = CareRelation(citizen_id=citizen, organisation_id=place, ground=INSURED)
            self.rows.append(row)
        row.since = since
        self.relations[citizen][place] = row
        return row

    def _follow(self, row: CareRelation) -> None:
        """Let who continues for a place care for its people as long as the place would."""
        heir, since = self.line_of(row.organisation_id), max(self.on, row.since)
        known = self.relations[row.citizen_id].get(heir)
        if not self.goes_on(known):
            self._begin(row.citizen_id, heir, since).until = row.until
        elif known is not None and known is not row:
            known.since = min(known.since, since)
            known.until = longer(known.until, row.until)

    def part_places(self, citizen: UUID, cards: Iterable[Card], *two: UUID) -> None:
        """Let cards of one of two places, that were one by mistake, give no care to the other."""
        said = {self.line_of(card.place) for card in cards if card.end >= self.on}
        lines = {self.line_of(place) for place in two}
        held = [row for row in self.relations[citizen].values() if self.goes_on(row)]
        if said & lines & {self.line_of(row.organisation_id) for row in held}:
            for row in held:
                if self.line_of(row.organisation_id) in lines - said:
                    row.until = self.on - ONE_DAY

    def keep(self) -> None:
        """Write what was judged otherwise than it is stored."""
        made = [row for row in self.rows if row.pk not in self.stored]
        changed = [row for row in self.rows if self.stored.get(row.pk) not in (None, days_of(row))]
        CareRelation.objects.bulk_create(made, batch_size=AT_ONCE)
        CareRelation.objects.bulk_update(changed, ["since", "until"], batch_size=AT_ONCE)


def longer(one: date | None, other: date | None) -> date | None:
    """Return the later of two last days; None is no end."""
    return None if one is None or other is None else max(one, other)


def days_of(row: CareRelation) -> Days:
    """Return since when and until when a relation holds."""
    return row.since, row.until


def places_by_cards(citizen_id: UUID, on: date) -> set[UUID]:
    """Return the places that a card of a person names or named, with all that are one place with them."""
    history: Any = Coverage._meta.get_field("historys").related_model
    keys = Coverage.objects.filter(citizen=citizen_id).values("pk")
    said = history.objects.filter(pgh_obj__in=keys).exclude(registered_at=None)
    places = set(said.values_list("registered_at", flat=True))
    heirs = taken_over_on(on)
    lines = {heirs.get(place, place) for place in places}
    return places | lines | {old for old, heir in heirs.items() if heir in lines}
