"""What does the register say of a person, in the words of a list, and where does a row say more?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from healthrecords.imports.record import PRECISIONS, SEXES
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier
from portal.codelists.countries import COUNTRIES
from portal.dates import PartialDate
from portal.intake.codebook import CodeBook
from portal.intake.own_marks import marked
from portal.names import display_name, name_norm
from portal.places.models import Area, Organisation

LISTED = "NguoiDan"  # that the sender has the person on a list, told under the list's own title
PAPERS = ("personal", "old_card", "passport")
# Column by field of the citizen that is a code, with its list.
CODED = {
    "MA_DANTOC": ("ethnic_group", "ethnic_groups", 2),
    "MA_NGHE_NGHIEP": ("occupation", "occupations", 5),
    "MA_QUOCTICH": ("nationality", COUNTRIES, 3),
}
SEX_CODES = {sex: code for code, sex in SEXES.items()}


@dataclass(slots=True)
class Words:
    """Says codes by their titles, for the eyes of whoever looks a preview through."""

    book: CodeBook
    on: date
    sender: Organisation

    def of(self, key: str, code: str) -> str:
        """Return the title of a code; the code itself where no list has it."""
        page = self.book.page(key, self.on)
        entry = page.codes.get(code) if page is not None else None
        return entry.title if entry is not None else code


def said_of(values: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Return what a row says of its person; a blank cell says nothing, so that nothing is lost."""
    at = values.get("@", {})
    said: dict[str, Any] = {
        "HO_TEN": display_name(str(values.get("HO_TEN") or "")),
        "NGAY_SINH": values.get("NGAY_SINH"),
        "GIOI_TINH": words.of("sexes", str(values.get("GIOI_TINH") or "")),
        "SO_CCCD": values.get("SO_CCCD"),
        "DIEN_THOAI": str(values.get("DIEN_THOAI") or "")[:15],
        "DIA_CHI": " ".join(str(values.get("DIA_CHI") or "").split()),
        "MAXA_CU_TRU": at.get("area_name"),
        "MA_THE_BHYT": "; ".join(values.get("MA_THE_BHYT") or ()),
        "GT_THE_DEN": "; ".join(_shown(day) for day in values.get("GT_THE_DEN") or ()),
        "MA_DKBD": at.get("registered_name"),
        LISTED: words.sender.name,
    }
    if marked(values.get("MA_BN")) is not None:
        del said[LISTED]  # an own export of people says nothing of who looks after them
    for column, (_field, key, length) in CODED.items():
        code = str(values.get(column) or "")
        said[column] = words.of(key, code) if len(code) <= length else ""
    return {name: value for name, value in said.items() if value}


def area_name(area: Area) -> str:
    """Name a commune so that another of the same name is told apart."""
    return f"{area.name} ({area.code})"


def _shown(day: str) -> str:
    return f"{day[8:10]}/{day[5:7]}/{day[:4]}"


@dataclass(slots=True)
class People:
    """The people of a few thousand rows, read in three queries."""

    words: Words
    citizens: dict[UUID, Citizen] = field(default_factory=dict)
    numbers: dict[UUID, list[CitizenIdentifier]] = field(default_factory=dict)
    registered: dict[UUID, dict[str, str]] = field(default_factory=dict)
    cared: set[UUID] = field(default_factory=set)

    @classmethod
    def read(cls, ids: Iterable[UUID], words: Words) -> People:
        """Read people with their current numbers and places."""
        found = cls(words)
        rows = Citizen.objects.filter(pk__in=set(ids)).select_related("area")
        found.citizens = {row.pk: row for row in rows}
        people = list(found.citizens)
        for row in CitizenIdentifier.objects.filter(citizen__in=people, ended_on=None):
            found.numbers.setdefault(row.citizen_id, []).append(row)
        relations = CareRelation.objects.holding(words.on).filter(citizen__in=people)
        for relation in relations.select_related("organisation"):
            is_insured = relation.ground == CareRelation.Ground.INSURANCE
            lasts = is_insured or relation.until is None
            if lasts and relation.organisation_id == words.sender.pk:
                found.cared.add(relation.citizen_id)
            if is_insured:
                places = found.registered.setdefault(relation.citizen_id, {})
                places[str(relation.organisation_id)] = relation.organisation.name
        return found

    def known(self, person: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is known, as far as the row says something: its own words where they agree.

        Who was withdrawn with a list says nothing any more: the row brings all of it back.
        """
        citizen = self.citizens[person]
        if citizen.withdrawn_at is not None:
            return {}
        said = said_of(values, self.words)
        agreed = self._agreed(citizen, values, said)
        plain = self._plain(citizen)
        return {name: said[name] if name in agreed else plain.get(name) for name in said}

    def is_cared(self, citizen: Citizen) -> bool:
        """Say whether the sender cares for a person already."""
        return citizen.pk in self.cared or citizen.home_station_id == self.words.sender.pk

    def _plain(self, citizen: Citizen) -> dict[str, Any]:
        numbers = self.numbers.get(citizen.pk, ())
        papers = sorted(
            (n for n in numbers if n.kind in PAPERS), key=lambda n: PAPERS.index(n.kind)
        )
        cards = [number for number in numbers if number.kind == "insurance_card"]
        plain: dict[str, Any] = {
            "HO_TEN": citizen.name,
            "NGAY_SINH": citizen.birth.iso(),
            "GIOI_TINH": self.words.of("sexes", SEX_CODES.get(citizen.sex, "")),
            "SO_CCCD": papers[0].value if papers else None,
            "DIEN_THOAI": citizen.phone,
            "DIA_CHI": citizen.address,
            "MAXA_CU_TRU": area_name(citizen.area) if citizen.area else None,
            "MA_THE_BHYT": "; ".join(card.value for card in cards),
            "GT_THE_DEN": "; ".join(_day(card.valid_until) for card in cards if card.valid_until),
            "MA_DKBD": "; ".join(self.registered.get(citizen.pk, {}).values()),
            LISTED: self.words.sender.name if self.is_cared(citizen) else None,
        }
        for column, (name, key, _length) in CODED.items():
            plain[column] = self.words.of(key, getattr(citizen, name))
        return plain

    def _agreed(
        self, citizen: Citizen, values: Mapping[str, Any], said: Mapping[str, Any]
    ) -> set[str]:
        """Name the columns in which a row says nothing that is not known, or says it less well."""
        agreed = set()
        if name_norm(citizen.name) == name_norm(said["HO_TEN"]) and said["HO_TEN"].isascii():
            agreed.add("HO_TEN")  # the same name without its marks
        if _is_vaguer(values["NGAY_SINH"], citizen):
            agreed.add("NGAY_SINH")
        sex = SEXES.get(str(values.get("GIOI_TINH")), "")
        if sex in {"", Citizen.Sex.UNKNOWN, citizen.sex}:
            agreed.add("GIOI_TINH")
        at = values["@"]
        if at.get("area") == str(citizen.area_id):
            agreed.add("MAXA_CU_TRU")
        if at.get("registered") in self.registered.get(citizen.pk, ()):
            agreed.add("MA_DKBD")
        return agreed | self._held(citizen.pk, values)

    def _held(self, person: UUID, values: Mapping[str, Any]) -> set[str]:
        numbers = {n.value: n for n in self.numbers.get(person, ())}
        held = set()
        if values.get("SO_CCCD") in numbers:
            held.add("SO_CCCD")
        cards = values.get("MA_THE_BHYT") or []
        if not cards:
            held.add("GT_THE_DEN")  # a day of no card
        elif all(card in numbers for card in cards):
            held.add("MA_THE_BHYT")
            ends = values.get("GT_THE_DEN") or []
            known = [_day(numbers[card].valid_until) for card in cards]
            if known[: len(ends)] == [_shown(day) for day in ends]:
                held.add("GT_THE_DEN")
        return held


def _is_vaguer(said: str, citizen: Citizen) -> bool:
    born = PartialDate.parse(said)
    exactness: Sequence[str] = ("year", "month", "day")
    less = exactness.index(PRECISIONS[len(said)]) <= exactness.index(citizen.birth_precision)
    return less and born.may_be(citizen.birth)


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
