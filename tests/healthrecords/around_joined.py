"""What is told of the rows around joined people: where they live, and who belongs to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from healthrecords import services
from healthrecords.models import Citizen, CitizenAddress, RelatedPerson
from healthrecords.services import NumberEntry
from healthrecords.services.addresses import mark_present
from healthrecords.services.entries import RelativeEntry
from healthrecords.services.guests import in_front, with_homes
from healthrecords.services.households import add_relative, end_relative
from healthrecords.services.versions import version_of_citizen
from portal.accounts.models import User
from portal.places.models import Area
from tests.healthrecords.conftest import entry_of
from tests.healthrecords.merging import LATER

RELATIVES = ("Lò Thị Mai", "Quàng Văn Páo")
AROUND: Mapping[type[Any], tuple[str, ...]] = {
    CitizenAddress: ("text", "valid_until"),
    RelatedPerson: ("name", "phone", "until"),
}


@dataclass(kw_only=True)
class ToldAround:
    """Of each row the record it was written for, and what was written there last."""

    clerk: User
    commune: Area
    people: list[Citizen]
    around: dict[UUID, tuple[UUID, tuple[Any, ...]]] = field(default_factory=dict)
    fresh: Iterator[int] = field(default_factory=lambda: count(1))

    def root(self, key: UUID) -> UUID:
        raise NotImplementedError

    def move(self, key: UUID, value: str) -> None:
        """Write another residence, as a clerk does: the form says the rest as it stands."""
        citizen = Citizen.objects.get(pk=key)
        held = citizen.identifiers.filter(ended_on=None).values_list("kind", "value")
        said = {
            "name": citizen.name,
            "phone": citizen.phone,
            "occupation": citizen.occupation,
            "address": value,
            "numbers": [NumberEntry(*number) for number in held],
        }
        services.mend_citizen(
            actor=self.clerk,
            citizen=citizen,
            entry=entry_of(self.commune, **said),
            version=version_of_citizen(citizen),
            at=LATER,
            not_twins=frozenset(one.pk for one in self.people),
        )
        self._written(key)

    def relative(self, i: int, name: str) -> None:
        key = self.root(self.people[i].pk)
        entry = RelativeEntry("mother", name, phone=f"0912{next(self.fresh):06d}")
        citizen = Citizen.objects.get(pk=key)
        front = self._shown(key, name)
        add_relative(actor=self.clerk, citizen=citizen, entry=entry, at=LATER)
        self._written(key, front)
        (shown,) = self._shown(key, name)
        assert shown.phone == entry.phone

    def no_longer(self, i: int, name: str) -> None:
        key = self.root(self.people[i].pk)
        front = self._shown(key, name)
        for row in front:
            end_relative(actor=self.clerk, relative=row, at=LATER)
        self._written(key, front)
        assert not self._shown(key, name)

    @staticmethod
    def _shown(key: UUID, name: str) -> list[RelatedPerson]:
        return list(in_front(RelatedPerson.objects.filter(citizen=key, name=name, until=None)))

    def _written(self, key: UUID, front: Sequence[RelatedPerson] = ()) -> None:
        """Keep what was written for a record: its own rows, new ones, and a guest that was in front."""
        guests = {row.pk for row in front}
        for model, names in AROUND.items():
            for pk, *said in model._default_manager.filter(citizen=key).values_list("pk", *names):
                home = self.around.get(pk, (key,))[0]
                if home == key or pk in guests:
                    self.around[pk] = home, tuple(said)

    def check_around(self, people: Mapping[UUID, Citizen]) -> None:
        """Each residence and relative stands with who speaks for its home, as it was written there."""
        stands = {
            pk: (citizen, tuple(said))
            for model, names in AROUND.items()
            for pk, citizen, *said in model._default_manager.values_list("pk", "citizen", *names)
        }
        assert stands == {pk: (self.root(home), said) for pk, (home, said) in self.around.items()}
        for key, citizen in people.items():
            if self.root(key) != key:
                continue
            rows = mark_present(citizen, with_homes(citizen.addresses.filter(kind="residence")))
            assert [row.text for row in rows if not row.is_over] == [citizen.address]
            for name in RELATIVES:
                assert len(self._shown(key, name)) <= 1
