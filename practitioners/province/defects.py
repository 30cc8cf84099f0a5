"""Which defects are planted: each on people of its own, each noted with whom it is on.

The codes are those under which ``practitioners.defects`` finds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from portal.names import name_norm
from practitioners.province.people import Invented, People, Stay, personal_number
from practitioners.province.plan import Planted, Province, ordered

FULL_TIME_TEXT = "T2T3T4T5T6 0730-1630"


class Planting:
    """Goes through the people of a province and plants on the first of them, one kind after another."""

    def __init__(self, province: Province) -> None:
        self.province, self.people = province, People(province)
        self.planted = Planted()
        self._next = province.people
        self._met: dict[tuple[str, date, str], list[UUID]] = defaultdict(list)

    def everybody(self) -> Iterator[Invented]:
        """Yield all people with what was planted, those made twice after their first row."""
        each = self.province.each_defect
        for number in range(self.province.people):
            person = self.people.draw(number)
            kind = number // each if each else len(KINDS)
            if kind < len(KINDS):
                yield from KINDS[kind](self, person)
            else:
                yield self._noted(person)

    def _noted(self, person: Invented) -> Invented:
        """Remember who resembles whom by chance."""
        met = self._met[name_norm(person.name), person.born, person.sex]
        planted = set().union(*self.planted.pairs.values()) if self.planted.pairs and met else set()
        for other in met:
            if (pair := ordered(person.key, other)) not in planted:
                self.planted.accidental.add(pair)
        met.append(person.key)
        return person

    def _again(self, person: Invented) -> Invented:
        """Make a second row of a person, under a licence and at a place of its own."""
        number, self._next = self._next, self._next + 1
        other = self.people.draw(number)
        return replace(
            other,
            name=person.name,
            sex=person.sex,
            born=person.born,
            issuer=self.province.other_issuer,
            numbers=[("personal", personal_number(person.born, person.sex, other.serial), None)],
            stays=[replace(other.stays[0], is_full_time=False, weekdays=(8,))],
        )

    def two_licenses(self, person: Invented) -> Iterator[Invented]:
        """Plant a second licence of one person under the number of a former identity card."""
        old_card = f"0{person.numbers[0][1][-8:]}"
        person.numbers.append(("old_card", old_card, date(2021, 5, 1)))
        second = self._again(person)
        second.numbers = [("old_card", old_card, None)]
        self.planted.pair("two_licenses", person.key, second.key)
        yield self._noted(person)
        yield self._noted(second)

    def twins(self, person: Invented) -> Iterator[Invented]:
        """Plant a person entered twice, with nothing but name, sex and birthday in common."""
        second = self._again(person)
        self.planted.pair("twin", person.key, second.key)
        yield self._noted(person)
        yield self._noted(second)

    def full_time_twice(self, person: Invented) -> Iterator[Invented]:
        """Plant somebody whom two facilities list as full time in the same hours."""
        person.stays = person.stays[:1]
        facilities = self.province.facilities
        place = (facilities.index(person.stays[0].facility) + 1) % len(facilities)
        since = person.stays[0].since
        person.stays.append(Stay(facilities[place], since, weekdays=(), text=FULL_TIME_TEXT))
        self.planted.person("full_time_twice", person.key)
        self.planted.person("hours_overlap", person.key)
        yield self._noted(person)

    def expired(self, person: Invented) -> Iterator[Invented]:
        """Plant somebody who still practises under a licence that has run out."""
        person.issued_on = self.province.on - timedelta(days=5 * 365 + 200)
        person.issued_on = max(person.issued_on, date(2021, 1, 4))
        person.valid_until = self.province.on - timedelta(days=30)
        self.planted.person("license_unusable", person.key)
        yield self._noted(person)

    def wrong_scope(self, person: Invented) -> Iterator[Invented]:
        """Plant a nurse's licence that carries a doctor's scope."""
        person.title, person.scope_codes = "nurse", ["102"]
        self.planted.person("scope_of_other_title", person.key)
        yield self._noted(person)


KINDS: tuple[Callable[[Planting, Invented], Iterator[Invented]], ...] = (
    Planting.two_licenses,
    Planting.twins,
    Planting.full_time_twice,
    Planting.expired,
    Planting.wrong_scope,
)
