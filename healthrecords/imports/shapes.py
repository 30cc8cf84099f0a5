"""How do people and visits leave in the columns of their own files?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.imports.citizens.known import PAPERS, SEX_CODES
from healthrecords.imports.handler import shapes_of
from healthrecords.imports.record import VISIT_FIELDS
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier, Visit
from portal.intake.own_marks import mark_of
from portal.intake.shapes import Said, Shape
from portal.places.models import OrganisationIdentifier

PARTED = ("MA_BENH_KT", "MA_BENH_YHCT")
CARDS = ("insurance_card", "insurance_number")


@dataclass(slots=True)
class Around:
    """What is written of people beside their own fields, read in three queries for thousands."""

    numbers: Mapping[UUID, list[CitizenIdentifier]] = field(default_factory=dict)
    registered: Mapping[UUID, str] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Sequence[UUID]) -> Around:
        numbers: dict[UUID, list[CitizenIdentifier]] = {}
        rows = CitizenIdentifier.objects.filter(citizen__in=people, ended_on=None)
        for row in rows.order_by("id"):
            numbers.setdefault(row.citizen_id, []).append(row)
        holding = CareRelation.objects.holding(timezone.localdate())
        insured = holding.filter(citizen__in=people, ground=CareRelation.Ground.INSURANCE)
        places = dict(
            insured.order_by("-since", "-id").values_list("citizen_id", "organisation_id")
        )
        codes = codes_of(set(places.values()))
        return cls(numbers, {who: codes[place] for who, place in places.items() if place in codes})

    def said(self, citizen: Citizen) -> dict[str, Any]:
        """Say a person as a file does."""
        numbers = self.numbers.get(citizen.pk, [])
        papers = sorted(
            (row for row in numbers if row.kind in PAPERS), key=lambda row: PAPERS.index(row.kind)
        )
        return {
            "HO_TEN": citizen.name,
            "SO_CCCD": papers[0].value if papers else "",
            "NGAY_SINH": str(citizen.birth),
            "GIOI_TINH": SEX_CODES.get(citizen.sex, ""),
            "DIA_CHI": citizen.address,
            "MAXA_CU_TRU": citizen.area.code if citizen.area else "",
            "DIEN_THOAI": citizen.phone,
            "MA_DANTOC": citizen.ethnic_group,
            "MA_QUOCTICH": citizen.nationality,
            "MA_NGHE_NGHIEP": citizen.occupation,
            **self._cards(citizen, numbers),
        }

    def _cards(self, citizen: Citizen, numbers: Sequence[CitizenIdentifier]) -> dict[str, Any]:
        """Say the cards; a bare insurance number only of somebody without a card."""
        by_kind = {kind: [row for row in numbers if row.kind == kind] for kind in CARDS}
        cards = by_kind["insurance_card"] or by_kind["insurance_number"][:1]
        ends = [day_of(card.valid_until) for card in cards if card.valid_until]
        place = self.registered.get(citizen.pk, "")
        return {
            "MA_THE_BHYT": [card.value for card in cards],
            "MA_DKBD": [place] * max(len(cards), 1) if place else [],
            "GT_THE_DEN": ends if len(ends) == len(cards) else [],
        }


def codes_of(places: set[UUID]) -> dict[UUID, str]:
    """Return the insurance codes that places have now."""
    rows = OrganisationIdentifier.objects.current().filter(
        organisation__in=places, scheme="insurance"
    )
    return dict(rows.values_list("organisation_id", "value"))


def day_of(day: date | None) -> str:
    """Write a day as people do."""
    return f"{day:%d/%m/%Y}" if day else ""


def moment_of(at: datetime | None) -> str:
    """Write a moment by the clock of the country."""
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M}" if at else ""


class CitizenShape(Shape):
    """People as in a list of people; each row bears the mark of its record."""

    kind_id = "citizens"
    about = _("MA_BN holds a mark by which each row finds its person again.")

    @override
    def kept(self, rows: Any) -> Any:
        return rows.select_related("area")

    @override
    def said(self, rows: Sequence[Citizen]) -> Iterator[Said]:
        around = Around.of([row.pk for row in rows])
        for row in rows:
            yield {"MA_BN": mark_of(row.pk), **around.said(row)}


class VisitShape(Shape):
    """Visits as in a workbook of visits; what was typed bears the mark of its visit as MA_LK."""

    kind_id = "visits"
    about = _("Visits that were taken back, and medicines and results, are left out.")

    @override
    def kept(self, rows: Any) -> Any:
        return rows.exclude(status=Visit.Status.WITHDRAWN).select_related("citizen__area")

    @override
    def said(self, rows: Sequence[Visit]) -> Iterator[Said]:
        around = Around.of(list({row.citizen_id for row in rows}))
        codes = codes_of({row.facility_id for row in rows})
        told = shapes_of(rows)
        for row in rows:
            code = codes.get(row.facility_id, "")
            yield {
                **around.said(row.citizen),
                **_visit(told[row.pk]),
                # A facility without a code is found by the visit itself.
                "MA_LK": row.episode_key if row.episode_key and code else mark_of(row.pk),
                "MA_CSKCB": code,
                "NGAY_VAO": moment_of(row.started_at),
                "NGAY_RA": moment_of(row.ended_at),
                "NGAY_TAI_KHAM": day_of(row.next_visit_on),
            }


def _visit(told: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: told.get(name) for name in (*VISIT_FIELDS.values(), "MA_BENH_CHINH")}
    parted = {name: [p for p in str(told.get(name) or "").split("; ") if p] for name in PARTED}
    return {**{name: value for name, value in told.items() if name != "XML2"}, **said, **parted}
