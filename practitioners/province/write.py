"""How does the province get into the database: by COPY, history and all, some thousands at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from portal.database.keys import uuid7
from portal.intake.copying import Load, Pipe, copied_columns
from portal.invented.names import key_of
from practitioners.models import (
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
    WorkingSlot,
)
from practitioners.province.defects import Planting
from practitioners.province.people import DIPLOMAS, VERIFIED_AT, Invented
from practitioners.province.plan import Planted, Province

AT_ONCE = 5_000
AUTHORITIES = {"HNO": "Sở Y tế Hà Nội"}
AUTHORITY = "Sở Y tế tỉnh Điện Biên"


class Sheet:
    """Rows of one table; what is not said of a row is what its fields hold by default."""

    def __init__(self, model: type[models.Model]) -> None:
        self.table, self.columns = model._meta.db_table, copied_columns(model)
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.places = {str(field.column): place for place, field in enumerate(fields)}
        self.defaults = [None if field.null else field.get_default() for field in fields]
        self.rows: list[tuple[Any, ...]] = []

    def add(self, **said: Any) -> None:
        """Add a row, by the names of its columns."""
        row = list(self.defaults)
        for name, value in said.items():
            row[self.places[name]] = value
        self.rows.append(tuple(row))

    def take(self) -> Load:
        """Hand the rows out and begin anew."""
        rows, self.rows = self.rows, []
        return Load(self.table, self.columns, rows)


class Sheets:
    """The tables of a practitioner, in the order in which they lean on each other."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.people, self.numbers = Sheet(Practitioner), Sheet(PractitionerIdentifier)
        self.licenses, self.papers = Sheet(PracticeLicense), Sheet(LicenseVersion)
        self.diplomas, self.sources = Sheet(Qualification), Sheet(ProfileSource)
        self.stays, self.slots = Sheet(Registration), Sheet(WorkingSlot)
        self.at = timezone.now()

    def add(self, person: Invented) -> None:
        """Write one person down."""
        key = person.key
        self.people.add(
            id=key,
            name=person.name,
            name_sort=key_of(person.name),
            birth_date=person.born,
            sex=person.sex,
            verified_at=VERIFIED_AT,
        )
        for kind, value, until in person.numbers:
            row = uuid7()
            self.numbers.add(
                id=row,
                practitioner_id=key,
                kind=kind,
                value=value,
                valid_until=until,
                is_verified=until is None,
            )
            if until is None:
                by = {"source": "population", "said_at": VERIFIED_AT}
                self._said(key, row, field="identifier", value=value, **by)
        level, subject = DIPLOMAS[person.title]
        self.diplomas.add(id=uuid7(), practitioner_id=key, level=level, field=subject)
        self._license(person)
        self._stays(person)

    def _license(self, person: Invented) -> None:
        license = uuid7()
        printed = {
            "number_raw": person.number_raw,
            "title": person.title,
            "scope": person.scope,
            "issued_on": person.issued_on,
            "issued_by": AUTHORITIES.get(person.issuer, AUTHORITY),
        }
        self.licenses.add(
            id=license,
            practitioner_id=person.key,
            serial=person.serial,
            issuer_code=person.issuer,
            kind=person.kind,
            valid_until=person.valid_until,
            **printed,
        )
        self.papers.add(
            id=uuid7(),
            license_id=license,
            number=1,
            act="issued",
            scope_codes=person.scope_codes,
            expires_on=person.valid_until,
            valid_from=person.issued_on,
            **printed,
        )

        # A licence of another department is compared with that one's register.
        source = "decision" if person.issuer == self.province.issuer else "register"
        by = {
            "source": source,
            "said_at": timezone.make_aware(datetime.combine(person.issued_on, time(8))),
        }
        self._said(person.key, license, field="license_number", value=person.number_raw, **by)

    def _said(self, person: UUID, row: UUID, **said: Any) -> None:
        """Write which source said a value, and who compared the two: when they were written."""
        self.sources.add(
            id=uuid7(),
            practitioner_id=person,
            row_id=row,
            verified_by_id=self.province.verifier,
            verified_at=self.at,
            **said,
        )

    def _stays(self, person: Invented) -> None:
        with_hours = person.serial % self.province.hours_of_one_in == 0
        for stay in person.stays:
            registration = uuid7()
            place = {"practitioner_id": person.key, "facility_id": stay.facility}
            self.stays.add(
                id=registration,
                is_full_time=stay.is_full_time,
                hours=stay.text,
                valid_from=stay.since,
                **place,
            )
            for weekday in stay.weekdays if with_hours else ():
                self.slots.add(
                    id=uuid7(),
                    registration_id=registration,
                    weekday=weekday,
                    starts=stay.hours[0],
                    ends=stay.hours[1],
                    valid_from=stay.since,
                    **place,
                )

    def loads(self) -> list[Load]:
        """Hand out what was written, people before what hangs on them."""
        sheets = (
            self.people,
            self.numbers,
            self.licenses,
            self.papers,
            self.diplomas,
            self.sources,
            self.stays,
            self.slots,
        )
        return [sheet.take() for sheet in sheets]


def write_province(province: Province) -> Planted:
    """Write a province and return what was planted in it."""
    planting, sheets = Planting(province), Sheets(province)
    for some in _some(planting.everybody()):
        with transaction.atomic(), Pipe() as pipe:
            for person in some:
                sheets.add(person)
            pipe.send(sheets.loads())
    return planting.planted


def _some(people: Iterable[Invented]) -> Iterator[list[Invented]]:
    walk = iter(people)
    while found := list(islice(walk, AT_ONCE)):
        yield found
