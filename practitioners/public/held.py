"""What does the register hold of people on a day that the public may know something of?

Read at once for one or for thousands, in as many queries; each row brings the columns that are
published and no others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from practitioners.models import (
    LicenseEvent,
    LicenseVersion,
    PracticeBan,
    PracticeLicense,
    Practitioner,
    Registration,
    Sanction,
    WorkingSlot,
)
from practitioners.querysets import holding_on
from practitioners.rules import Rules
from practitioners.states import Standing, days_of, is_legacy, paper_on, standing_on

PLACE = (
    "id", "practitioner_id", "facility_id", "facility__name", "facility__area__name",
    "position_text", "department", "is_full_time", "hours", "valid_from", "valid_until",
)  # fmt: skip
SLOT = ("practitioner_id", "registration_id", "weekday", "starts", "ends", "valid_until")
PENALTY = (
    "practitioner_id", "kind", "published_text", "decision_no", "decided_on", "published_until",
    "valid_until",
)  # fmt: skip
LICENSE = (
    "id", "practitioner_id", "number_raw", "serial", "issuer_code", "kind", "title", "scope",
    "issued_on", "issued_by", "valid_until", "superseded_on",
)  # fmt: skip
PAPER = (
    "license_id", "number", "number_raw", "title", "scope", "issued_on", "issued_by", "expires_on",
    "valid_from", "valid_until",
)  # fmt: skip
ACT = (
    "license_id", "id", "kind", "decision_no", "valid_from", "valid_until", "duty", "is_excused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldLicense:
    """A licence with its papers and acts, as plain rows: its state is computed as everywhere."""

    row: Any
    papers: list[Any]
    acts: list[Any]

    @property
    def key(self) -> tuple[int, str, str]:
        return self.row.serial, self.row.issuer_code, self.row.kind.upper()

    @property
    def is_legacy(self) -> bool:
        return is_legacy(self.row)

    def paper_on(self, day: date) -> Any:
        """Return the paper that held on a day; none where the register has none of that day."""
        return paper_on(self.papers, day)

    def standing_on(self, day: date, rules: Rules) -> Standing:
        """Say in what state the licence was on a day, since when and by which act."""
        return standing_on(day, days_of(self.row, self.paper_on(day)), self.acts, rules)


@dataclass(frozen=True, slots=True)
class Held:
    """A verified person and what hangs on them: all licences, and the rest as it holds on a day."""

    id: UUID
    name: str
    died_on: date | None
    verified_at: datetime
    verified_by: str
    licenses: list[HeldLicense]
    places: list[Any]
    slots: list[Any]
    penalties: list[Any]
    bans: list[Any]

    def license_on(self, on: date) -> HeldLicense | None:
        """Return the licence that speaks for the person on a day: the one not replaced by then."""
        begun = [one for one in self.licenses if one.row.issued_on <= on]
        standing = [
            one for one in begun if one.row.superseded_on is None or one.row.superseded_on > on
        ]
        return max(standing or begun, key=lambda one: (one.row.issued_on, one.row.id), default=None)


def held_of(people: Collection[UUID], on: date) -> list[Held]:
    """Return what the register holds of people on a day; who is unverified is not there."""
    rows = among(Practitioner.objects.verified().order_by(), people, by="id")
    known = list(rows.values_list("id", "name", "died_on", "verified_at", "keeper__name"))
    keys = [row[0] for row in known]
    licenses = licenses_of(keys)
    places, slots = places_and_slots(keys, on)
    shown = Sanction.objects.filter(holding_on(on), published_until__gte=on)
    penalties = _by_person(among(shown, keys).order_by("-valid_from", "id"), PENALTY)
    bans = _by_person(
        among(PracticeBan.objects.filter(holding_on(on)), keys), ("practitioner_id", "valid_until")
    )
    return [
        Held(
            key,
            name,
            died_on,
            verified_at,
            keeper or "",
            licenses.get(key, []),
            places.get(key, []),
            slots.get(key, []),
            penalties.get(key, []),
            bans.get(key, []),
        )
        for key, name, died_on, verified_at, keeper in known
    ]


def licenses_of(people: Collection[UUID]) -> dict[UUID, list[HeldLicense]]:
    """Return the licences of people with their papers and acts."""
    rows = _rows(among(PracticeLicense.objects.order_by(), people), LICENSE)
    keys = [row.id for row in rows]
    papers, acts = (
        _grouped(
            _rows(among(model.objects.order_by(), keys, by="license_id"), fields), "license_id"
        )
        for model, fields in ((LicenseVersion, PAPER), (LicenseEvent, ACT))
    )
    found: dict[UUID, list[HeldLicense]] = defaultdict(list)
    for row in rows:
        held = HeldLicense(row, papers.get(row.id, []), acts.get(row.id, []))
        found[row.practitioner_id].append(held)
    return found


def places_and_slots(
    people: Collection[UUID], on: date
) -> tuple[dict[UUID, list[Any]], dict[UUID, list[Any]]]:
    """Return where people are registered on a day, and their working hours there."""
    places = Registration.objects.filter(holding_on(on)).complete(on).order_by("valid_from", "id")
    slots = WorkingSlot.objects.filter(holding_on(on), kind=WorkingSlot.Kind.HOURS)
    return (
        _by_person(among(places, people), PLACE),
        _by_person(among(slots.order_by("weekday", "starts"), people), SLOT),
    )


def among(
    rows: QuerySet[Any], keys: Collection[UUID], *, by: str = "practitioner_id"
) -> QuerySet[Any]:
    """Keep the rows of some people: one array, where a list of thousands would be as many parameters."""
    column = f'"{rows.model._meta.db_table}"."{by}"'
    return rows.extra(where=[f"{column} = ANY(%s)"], params=[list(keys)])  # noqa: S610  (our own names)


def _by_person(rows: QuerySet[Any], fields: tuple[str, ...]) -> dict[UUID, list[Any]]:
    return _grouped(_rows(rows, fields), "practitioner_id")


def _rows(rows: QuerySet[Any], fields: tuple[str, ...]) -> list[Any]:
    return list(rows.values_list(*fields, named=True))


def _grouped(rows: Iterable[Any], key: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    of = attrgetter(key)
    for row in rows:
        found[of(row)].append(row)
    return found
