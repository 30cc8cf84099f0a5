"""How do the rows of a list become people: new ones by COPY, known ones by what changed?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from healthrecords.imports.citizens.known import CODED, LISTED
from healthrecords.imports.citizens.speaking import keep_words
from healthrecords.imports.known_people import shared_numbers
from healthrecords.imports.places import Places
from healthrecords.imports.record import PERSONAL_DIGITS, SEXES, nationality_of
from healthrecords.models import CareRelation, Citizen, CitizenIdentifier, TwinCase
from portal.intake.comparing import Staged
from portal.intake.copying import Load, Pipe
from portal.intake.models import Batch, StagedRow
from portal.names import display_name, sort_key

GROUNDS = {
    "number": "number",
    "card": "number",
    "code": "likeness",
    "own": "likeness",
    "likeness": "name_and_birth",
}
TABLES: tuple[type[models.Model], ...] = (Citizen, CitizenIdentifier, CareRelation, TwinCase)
# Fields of a citizen by the column that says them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "HO_TEN": ("name", "name_sort"),
    "NGAY_SINH": ("birth_date", "birth_precision", "birth_time"),
    "GIOI_TINH": ("sex",),
    "DIEN_THOAI": ("phone",),
    "DIA_CHI": ("address",),
    "MAXA_CU_TRU": ("area_id", "home_station_id"),
    **{column: (name,) for column, (name, _list, _length) in CODED.items()},
}
WRITTEN = tuple(name.removesuffix("_id") for names in FIELDS.values() for name in names)
Ground = CareRelation.Ground


@dataclass
class Writer:
    """Writes the chunks of one batch."""

    batch: Batch
    on: date
    places: Places
    rows: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)
    # The number of a row and of a person who was offered for it.
    shared: Mapping[tuple[UUID, str], str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.batch.confirmed_at or timezone.now()

    def write(self, rows: Sequence[Staged], pipe: Pipe) -> dict[UUID, UUID]:
        """Write a chunk; a new person takes the id of the row."""
        self.rows = {model: [] for model in TABLES}
        self.shared = shared_numbers(rows, claims)
        new = [row for row in rows if row.subject_id is None]
        known = [row for row in rows if row.subject_id is not None]
        if known:
            self._change(known)
        for row in new:
            self._new(row)
        pipe.send(Load.of(model, found) for model, found in self.rows.items())
        return {row.pk: row.subject_id for row in rows if row.subject_id is not None}

    def _new(self, row: Staged) -> None:
        said = self._said(row)
        citizen = Citizen(id=row.pk, origin="file", registered_at=self.batch.organisation, **said)
        row.subject_id, row.makes_subject = citizen.pk, True
        self.rows[Citizen].append(citizen)
        self.rows[CitizenIdentifier] += self._numbers(row)
        self.rows[CareRelation] += [
            CareRelation(citizen_id=row.pk, organisation_id=place, ground=ground, since=self.on)
            for place, ground in self._care(row, citizen)
        ]
        if row.ruling == StagedRow.Ruling.OTHER:
            self.rows[TwinCase] += self._twins(row)

    def _said(self, row: Staged) -> dict[str, Any]:
        values, at = row.values, row.values["@"]
        name = display_name(values["HO_TEN"])
        area = UUID(at["area"]) if at.get("area") else None
        return {
            "name": name,
            "name_sort": sort_key(name),
            "birth_date": date.fromisoformat(at["birth"]),
            "birth_precision": at["precision"],
            "birth_time": time.fromisoformat(at["clock"]) if at.get("clock") else None,
            "sex": SEXES.get(str(values.get("GIOI_TINH")), "unknown"),
            "ethnic_group": str(values.get("MA_DANTOC") or "")[:2],
            "occupation": str(values.get("MA_NGHE_NGHIEP") or "")[:5],
            "nationality": nationality_of(values),
            "phone": str(values.get("DIEN_THOAI") or "")[:15],
            "address": " ".join(str(values.get("DIA_CHI") or "").split()),
            "area_id": area,
            "home_station_id": self.places.stations.get(area) if area else None,
        }

    def _numbers(self, row: Staged) -> Iterator[CitizenIdentifier]:
        ends = dict(
            zip(
                row.values.get("MA_THE_BHYT") or (),
                row.values.get("GT_THE_DEN") or (),
                strict=False,
            )
        )
        for kind, value in claims(row.values):
            until = ends.get(value)
            yield CitizenIdentifier(
                citizen_id=row.subject_id or row.pk,
                kind=kind,
                value=value,
                valid_until=date.fromisoformat(until) if until else None,
                origin="file",
                batch_id=self.batch.pk,
            )

    def _care(self, row: Staged, citizen: Citizen) -> Iterator[tuple[UUID, str]]:
        """Yield who cares from now on: where one is insured, and the sender on what ground fits."""
        sender, registered = self.batch.organisation_id, row.values["@"].get("registered")
        if registered:
            yield UUID(registered), Ground.INSURANCE
        if registered != str(sender) and citizen.home_station_id != sender:
            yield sender, Ground.VISIT

    def _twins(self, row: Staged) -> Iterator[TwinCase]:
        for candidate in row.candidates:
            ground = GROUNDS[candidate["ground"]]
            # A number of two people stays an open case until one of them gives it up.
            is_open = ground == "number"
            yield TwinCase(
                older_id=UUID(candidate["id"]),
                newer_id=row.pk,
                ground=ground,
                number=self.shared.get((row.pk, candidate["id"]), "") if is_open else "",
                found_at=self.at,
                answer="" if is_open else "different",
                answered_at=None if is_open else row.ruled_at,
                answered_by_id=None if is_open else row.ruled_by_id,
            )

    def _change(self, rows: Sequence[Staged]) -> None:
        """Write what rows say anew of known people; what was is kept with each row, for an undo."""
        people = Citizen.objects.select_for_update().in_bulk([row.subject_id for row in rows])
        held: dict[UUID, dict[str, CitizenIdentifier]] = {}
        for number in CitizenIdentifier.objects.filter(citizen__in=list(people), ended_on=None):
            held.setdefault(number.citizen_id, {})[number.value] = number
        cared: dict[UUID, list[CareRelation]] = {}
        for relation in CareRelation.objects.select_for_update().filter(citizen__in=list(people)):
            cared.setdefault(relation.citizen_id, []).append(relation)
        kept: list[StagedRow] = []
        for row in rows:
            citizen = people[row.subject_id]
            before = {
                "fields": self._fill(citizen, row),
                "numbers": self._claim(row, held.get(citizen.pk, {})),
                "care": self._look_after(row, citizen, cared.get(citizen.pk, [])),
            }
            kept.append(StagedRow(pk=row.pk, before=before))
        Citizen.objects.bulk_update(people.values(), [*WRITTEN, "withdrawn_at"], batch_size=500)
        StagedRow.objects.bulk_update(kept, ["before"], batch_size=500)
        keep_words(row.pk for row in rows)

    def _fill(self, citizen: Citizen, row: Staged) -> dict[str, list[Any]]:
        """Set what changed; return old and new by field."""
        said, changed = self._said(row), {change[0] for change in row.changes}
        if citizen.withdrawn_at is not None:
            citizen.withdrawn_at, row.makes_subject = None, True
        fields: dict[str, list[Any]] = {}
        for column in changed & FIELDS.keys():
            for name in FIELDS[column]:
                fields[name] = [as_json(getattr(citizen, name)), as_json(said[name])]
                setattr(citizen, name, said[name])
        return fields

    def _claim(self, row: Staged, held: Mapping[str, CitizenIdentifier]) -> list[list[Any]]:
        """Add the numbers a row claims; none is ever taken away, least of all a verified one."""
        mended: list[list[Any]] = []
        for number in self._numbers(row):
            older = held.get(number.value)
            if older is None:
                self.rows[CitizenIdentifier].append(number)
            elif number.valid_until is not None and older.valid_until != number.valid_until:
                mended.append(
                    [str(older.pk), as_json(older.valid_until), as_json(number.valid_until)]
                )
                older.valid_until = number.valid_until
                older.save(update_fields=["valid_until"])
        return mended

    def _look_after(
        self, row: Staged, citizen: Citizen, cared: Sequence[CareRelation]
    ) -> list[list[Any]]:
        """Begin and end care as the row says; return what each relation was, nothing for a new one.

        Where a later card was to bring care, it begins with the list that names the place.
        """
        before: list[list[Any]] = []
        known = {(relation.organisation_id, relation.ground): relation for relation in cared}
        changed = {change[0] for change in row.changes}
        wanted = [
            (place, ground)
            for place, ground in self._care(row, citizen)
            if (LISTED if ground == Ground.VISIT else "MA_DKBD") in changed
        ]
        for place, ground in wanted:
            older = known.get((place, ground))
            if older is None:
                relation = CareRelation(
                    citizen=citizen, organisation_id=place, ground=ground, since=self.on
                )
                relation.save(force_insert=True)
                before.append([str(relation.pk), None])
            elif older.until is not None or older.since > self.on:
                before.append([str(older.pk), as_json(older.until) or "", as_json(older.since)])
                older.until, older.since = None, min(older.since, self.on)
                older.save(update_fields=["since", "until"])
        if "MA_DKBD" in changed:
            before += self._end_insurance(cared, {place for place, _ground in wanted})
        return before

    def _end_insurance(self, cared: Sequence[CareRelation], now: set[UUID]) -> Iterator[list[Any]]:
        for relation in cared:
            is_over = relation.until is not None and relation.until <= self.on
            goes_on = is_over or relation.organisation_id in now
            if relation.ground == Ground.INSURANCE and not goes_on:
                before = [str(relation.pk), as_json(relation.until) or ""]
                relation.until = self.on
                relation.save(update_fields=["until"])
                yield before


def claims(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and value of each number a row claims for its person, once."""
    at, met = values["@"], set()
    found = [(at["number_kind"], at["number"])] if at["number_kind"] and at["number"] else []
    for card in values.get("MA_THE_BHYT") or ():
        if len(card) == 15:
            found.append(("insurance_card", card))
        if len(card) != PERSONAL_DIGITS:
            found.append(("insurance_number", card[-10:]))
    for claim in found:
        if claim not in met:
            met.add(claim)
            yield claim


def as_json(value: Any) -> Any:
    """Return a field's value as it is kept with a row."""
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
