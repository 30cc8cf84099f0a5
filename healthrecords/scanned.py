"""Is the person of a record who the scanned card says?

A number alone makes nobody the same: it may have been written into another record by mistake, and
an identity number of nine digits was given to several people. A different name on the same number is
held until a person has looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from healthrecords.models import Citizen
from portal.identifiers import CardScan, InsuranceScan, identify
from portal.names import name_norm

if TYPE_CHECKING:
    from portal.dates import PartialDate

Pair = tuple[str, str]  # kind, value


@dataclass(frozen=True, slots=True)
class Card:
    """Who a scanned card says its holder is, and by which numbers."""

    by: str
    name: str
    birth: PartialDate | None
    sex: str
    address: str
    number: Pair
    others: tuple[Pair, ...]
    # A number that several people may have: it proposes a record and opens none.
    hint: Pair | None = None

    @property
    def sex_said(self) -> str:
        return str(Citizen.Sex(self.sex).label) if self.sex else ""

    @property
    def firm(self) -> list[Pair]:
        """The numbers of which each person has their own."""
        return [self.number, *self.others]


def card_of(query: str, *, on: date) -> Card | None:
    """Return who a scan names; None for what was typed, or cannot be read."""
    first = next(iter(identify(query, on=on)), None)
    scan = first.value if first is not None else None
    if isinstance(scan, CardScan):
        return Card(
            by="chip_card",
            name=scan.name,
            birth=scan.birth,
            sex=scan.sex,
            address=scan.address,
            number=("personal", scan.personal_number.value),
            others=(),
            hint=("old_card", scan.old_id_card.value) if scan.old_id_card else None,
        )
    if isinstance(scan, InsuranceScan):
        number, *others = scan.card.named_by()
        return Card(
            by="insurance_card",
            name=scan.name,
            birth=scan.birth,
            sex=scan.sex,
            address="",
            number=number,
            others=tuple(others),
        )
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """A record under a number of the card, and in what it says otherwise."""

    citizen: Citizen
    differs: frozenset[str]
    is_mine: bool = False


def differences(card: Card, citizen: Citizen) -> frozenset[str]:
    """Return in which of name, birth and sex a record differs; what one side does not know does not."""
    found = set()
    if _bare(card.name) not in map(_bare, _names_of(citizen)):
        found.add("name")
    is_known = card.birth is not None and not citizen.birth_is_estimated
    if is_known and card.birth is not None and not card.birth.may_be(citizen.birth):
        found.add("birth")
    if card.sex and citizen.sex not in {card.sex, Citizen.Sex.UNKNOWN}:
        found.add("sex")
    return frozenset(found)


def _names_of(citizen: Citizen) -> Iterator[str]:
    """Yield the name, those borne before, and those of the records that were joined with this one."""
    yield citizen.name
    yield from (row.name for row in citizen.former_names.all())
    yield from (row.name for row in citizen.merged.all() if row.withdrawn_at is None)


def compared(card: Card, holders: Sequence[UUID], mine: set[UUID]) -> list[Held]:
    """Return who holds the number of a card, each compared with it."""
    rows = Citizen.objects.filter(pk__in=holders).select_related("area")
    rows = rows.prefetch_related("former_names", "merged")
    return [Held(row, differences(card, row), row.pk in mine) for row in rows.order_by("id")]


def _bare(name: str) -> str:
    """A name without marks, spaces, apostrophes: H'Bia and H Bia are one."""
    return "".join(letter for letter in name_norm(name) if letter.isalnum())
