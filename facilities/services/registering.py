"""Enter a facility under its department, and keep every name its code was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from facilities.forms_of_name import read_name
from facilities.models import Facility, FacilityName
from portal.identifiers import FacilityCode
from portal.places import services as places
from portal.places.models import Area, Organisation, OrganisationIdentifier

KNOWN = FacilityName.Kind


@dataclass(frozen=True, slots=True)
class Received:
    """What was said of a facility, and by which file when it was one."""

    name: str
    address: str = ""
    former_district: str = ""
    phone: str = ""
    ownership: str = ""
    level: str = ""
    area_id: UUID | None = None
    batch_id: UUID | None = None


@transaction.atomic
def register_facility(
    *,
    department: Organisation,
    received: Received,
    on: date,
    insurance_code: str = "",
    kind: str = "",
    form: str = "",
) -> Facility:
    """Create the organisation with its code, and the facility; the name says the kind if nobody does.

    A code that another organisation has is refused with that constraint's own sentence.
    """
    reading = read_name(received.name)
    organisation = places.create_organisation(
        name=received.name,
        kind=kind or reading.kind,
        parent=department,
        valid_from=on,
        area=Area.objects.get(pk=received.area_id) if received.area_id else None,
    )
    if insurance_code:
        places.give_code(
            organisation=organisation,
            scheme=OrganisationIdentifier.Scheme.INSURANCE,
            value=str(FacilityCode.parse(insurance_code)),
            valid_from=on,
        )
    facility = Facility(
        organisation=organisation,
        form=form or reading.form,
        ownership=received.ownership,
        level=received.level,
        address=received.address,
        former_district=received.former_district,
        phone=received.phone,
        origin=Facility.Origin.FILE if received.batch_id else Facility.Origin.TYPED,
        batch_id=received.batch_id,
    )
    facility.full_clean()
    facility.save(force_insert=True)
    _name(facility, KNOWN.OFFICIAL, received, on)
    return facility


def _name(facility: Facility, kind: str, received: Received, on: date) -> FacilityName:
    row = FacilityName(
        facility=facility,
        kind=kind,
        name=received.name,
        address=received.address,
        former_district=received.former_district,
        valid_from=on,
        batch_id=received.batch_id,
    )
    row.full_clean(exclude=["name_norm"])
    row.save(force_insert=True)
    return row


@transaction.atomic
def note_received_name(*, facility: Facility, received: Received, on: date) -> FacilityName:
    """Keep what a file says of a facility's code: a name not known yet, or a mended address.

    The official name stays what it is: two names on one code are for a person to settle.
    """
    row = facility.names.filter(name=received.name, valid_until=None).first()
    if row is None:
        return _name(facility, KNOWN.RECEIVED, received, on)
    row.address, row.former_district = received.address, received.former_district
    row.batch_id = received.batch_id or row.batch_id
    row.save(update_fields=["address", "former_district", "batch_id"])
    if row.kind == KNOWN.OFFICIAL:
        facility.address, facility.former_district = received.address, received.former_district
        facility.save(update_fields=["address", "former_district"])
    return row


@transaction.atomic
def rename_facility(*, facility: Facility, name: str, on: date) -> Facility:
    """Give a facility another official name from a day on; the old one keeps its days."""
    row = facility.names.filter(kind=KNOWN.OFFICIAL, valid_until=None).first()
    if name == (row.name if row is not None else facility.organisation.name):
        return facility
    if row is None:
        _keep_unwritten_name(facility, on)
    elif row.valid_from < on:
        row.valid_until = on - timedelta(days=1)
        row.save(update_fields=["valid_until"])
    else:
        row.delete()
    facility.names.filter(name=name, valid_until=None).delete()
    _name(facility, KNOWN.OFFICIAL, Received(name, facility.address, facility.former_district), on)
    organisation = facility.organisation
    organisation.name = name
    organisation.full_clean(exclude=["name_norm"])
    organisation.save(update_fields=["name"])
    return facility


def _keep_unwritten_name(facility: Facility, on: date) -> None:
    """Write down the name an organisation had all along, where nobody wrote it as the official one."""
    organisation, last = facility.organisation, on - timedelta(days=1)
    if organisation.valid_from <= last:
        row = _name(facility, KNOWN.OFFICIAL, Received(organisation.name), organisation.valid_from)
        row.valid_until = last
        row.save(update_fields=["valid_until"])


@transaction.atomic
def describe_organisation(
    *, facility: Facility, kind: str, insurance_code: str, on: date
) -> Organisation:
    """Mend what the organisation tree says of a facility: its kind, and a code it had not yet."""
    organisation = facility.organisation
    if kind and organisation.kind != kind:
        organisation.kind = kind
        organisation.full_clean(exclude=["name_norm"])
        organisation.save(update_fields=["kind"])
    insurance = OrganisationIdentifier.Scheme.INSURANCE
    held = organisation.identifiers.filter(scheme=insurance, valid_until=None)
    if insurance_code and not held.exists():
        places.give_code(
            organisation=organisation, scheme=insurance, value=insurance_code, valid_from=on
        )
    return organisation
