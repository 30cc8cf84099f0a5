"""Enter what a list says of many facilities at once: new ones, further names, mended addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.db import transaction

from facilities.forms_of_name import read_name
from facilities.models import Facility, FacilityName
from facilities.services.registering import Received
from portal.identifiers import FacilityCode
from portal.places.models import Organisation, OrganisationIdentifier
from portal.places.services import add_organisations

SAID = ("address", "former_district")
Kind = FacilityName.Kind


@dataclass(frozen=True, slots=True)
class Given:
    """What a row says under an insurance code."""

    insurance_code: str
    received: Received


@dataclass
class _Register:
    """The facilities of some codes as they become, row by row; nothing is written until the end."""

    department: Organisation
    on: date
    known: dict[str, Facility]
    names: dict[Facility, dict[str, FacilityName]] = field(default_factory=dict)
    organisations: list[Organisation] = field(default_factory=list)
    codes: list[OrganisationIdentifier] = field(default_factory=list)
    made: list[Facility] = field(default_factory=list)
    named: list[FacilityName] = field(default_factory=list)
    renamed: dict[FacilityName, None] = field(default_factory=dict)
    described: dict[Facility, None] = field(default_factory=dict)

    def take(self, given: Given) -> Facility:
        facility = self.known.get(given.insurance_code)
        if facility is None:
            facility = self.known[given.insurance_code] = self._new(given)
            self._name(facility, Kind.OFFICIAL, given.received)
        else:
            self._note(facility, given.received)
        return facility

    def _new(self, given: Given) -> Facility:
        received, reading = given.received, read_name(given.received.name)
        organisation = Organisation(
            name=received.name,
            kind=reading.kind,
            area_id=received.area_id,
            valid_from=self.on,
        )
        facility = Facility(
            organisation=organisation,
            form=reading.form,
            ownership=received.ownership,
            level=received.level,
            phone=received.phone,
            origin=Facility.Origin.FILE if received.batch_id else Facility.Origin.TYPED,
            batch_id=received.batch_id,
            **{name: getattr(received, name) for name in SAID},
        )
        facility.clean_fields(exclude=["organisation"])
        code = OrganisationIdentifier(
            organisation=organisation,
            scheme=OrganisationIdentifier.Scheme.INSURANCE,
            value=str(FacilityCode.parse(given.insurance_code)),
            valid_from=self.on,
        )
        self.organisations.append(organisation)
        self.codes.append(code)
        self.made.append(facility)
        self.names[facility] = {}
        return facility

    def _name(self, facility: Facility, kind: str, received: Received) -> None:
        row = FacilityName(
            facility=facility,
            kind=kind,
            name=received.name,
            valid_from=self.on,
            batch_id=received.batch_id,
            **{name: getattr(received, name) for name in SAID},
        )
        row.clean_fields(exclude=["name_norm", "facility"])
        self.names[facility][received.name] = row
        self.named.append(row)

    def _note(self, facility: Facility, received: Received) -> None:
        """Keep a name not known yet, or a mended address: the official name stays what it is."""
        if facility not in self.names:
            held = facility.names.all()
            self.names[facility] = {row.name: row for row in held if row.valid_until is None}
        row = self.names[facility].get(received.name)
        if row is None:
            self._name(facility, Kind.RECEIVED, received)
            return
        row.batch_id = received.batch_id or row.batch_id
        changed: list[FacilityName | Facility] = [row]
        self.renamed[row] = None
        if row.kind == Kind.OFFICIAL:
            changed.append(facility)
            self.described[facility] = None
        for one in changed:
            for name in SAID:
                setattr(one, name, getattr(received, name))

    def write(self) -> None:
        add_organisations(parent=self.department, organisations=self.organisations)
        OrganisationIdentifier.objects.bulk_create(self.codes)
        Facility.objects.bulk_create(self.made)
        FacilityName.objects.bulk_create(self.named)
        new: set[FacilityName | Facility] = {*self.named, *self.made}
        FacilityName.objects.bulk_update(_older(self.renamed, new), [*SAID, "batch_id"])
        Facility.objects.bulk_update(_older(self.described, new), SAID)


M = TypeVar("M", FacilityName, Facility)


def _older(rows: Iterable[M], new: set[FacilityName | Facility]) -> list[M]:
    return [row for row in rows if row not in new]


@transaction.atomic
def receive_facilities(
    *,
    department: Organisation,
    given: Sequence[Given],
    known: Mapping[str, Facility],
    on: date,
) -> list[Facility]:
    """Enter rows in their order; ``known`` are the facilities of their codes, with their names.

    The number of queries does not depend on the number of rows.
    """
    register = _Register(department, on, dict(known))
    found = [register.take(one) for one in given]
    register.write()
    return found
