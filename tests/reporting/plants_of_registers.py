"""Defects of practitioners and facilities, each written past every form."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from facilities.models import Facility
from portal.places import services as places
from portal.places.models import Organisation, OrganisationIdentifier
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
)
from tests.reporting.plants import ended_commune, plant

OF_REGISTERS = ("Practitioner", "Facility")


@plant("D01", "personal_number")
def practitioner_with_the_number_of_a_man(person: Practitioner) -> UUID:
    row = PractitionerIdentifier.objects.get(practitioner=person)
    value = row.value[:3] + "0" + row.value[4:]
    PractitionerIdentifier.objects.filter(pk=row.pk).update(value=value)
    return person.pk


@plant("C01", "personal_number")
def practitioner_with_the_number_of_another(person: Practitioner) -> UUID:
    value = PractitionerIdentifier.objects.get(practitioner=person).value
    other = Practitioner.objects.create(name="Người Khác", birth_date="1990-01-02", sex="female")
    PractitionerIdentifier.objects.create(practitioner=other, kind="personal", value=value)
    return person.pk


@plant("C03", "name")
def practitioner_called_none(person: Practitioner) -> UUID:
    return _change(person, name="Chưa rõ")


@plant("C04", "ethnic_group")
def practitioner_of_no_ethnic_group(person: Practitioner) -> UUID:
    return _change(person, ethnic_group="99")


@plant("C05", "phone")
def practitioner_with_half_a_phone(person: Practitioner) -> UUID:
    return _change(person, phone="0912")


@plant("D09", "area")
def practitioner_of_a_commune_that_ended(person: Practitioner) -> UUID:
    assert person.area is not None
    return _change(person, area=ended_commune(person.area))


@plant("D03", "license")
def licence_never_compared(person: Practitioner) -> UUID:
    return _change(person, verified_at=None)


@plant("F03", "identifier")
def practitioner_without_a_number(person: Practitioner) -> UUID:
    rows = PractitionerIdentifier.objects.filter(practitioner=person)
    rows.update(valid_until=timezone.localdate() - timedelta(days=1))
    return person.pk


@plant("F03", "scope")
def licence_without_scope(person: Practitioner) -> UUID:
    PracticeLicense.objects.filter(practitioner=person).update(scope="")
    return person.pk


@plant("F03", "qualification")
def practitioner_without_a_diploma(person: Practitioner) -> UUID:
    Qualification.objects.filter(practitioner=person).delete()
    return person.pk


@plant("F03", "hours")
def registered_without_hours(person: Practitioner) -> UUID:
    Registration.objects.filter(practitioner=person).update(hours="")
    return person.pk


@plant("L04", "license")
def practises_by_a_lapsed_licence(person: Practitioner) -> UUID:
    yesterday = timezone.localdate() - timedelta(days=1)
    PracticeLicense.objects.filter(practitioner=person).update(valid_until=yesterday)
    return person.pk


@plant("L04", "announced")
def joined_and_was_never_announced(person: Practitioner) -> UUID:
    Registration.objects.filter(practitioner=person).update(announced_on=None)
    return person.pk


def _change(record: Any, **values: Any) -> UUID:
    type(record).objects.filter(pk=record.pk).update(**values)
    found: UUID = record.pk
    return found


@plant("D04", "code")
def facility_without_its_code(facility: Facility) -> UUID:
    OrganisationIdentifier.objects.filter(organisation=facility.organisation).delete()
    return facility.pk


@plant("F02", "level")
def facility_without_a_level(facility: Facility) -> UUID:
    return _change(facility, level="")


@plant("C02", "name")
def facility_twice_in_a_commune(facility: Facility) -> UUID:
    place = facility.organisation
    other = places.create_organisation(
        name=place.name.upper(), kind="clinic", parent=place.parent, area=place.area,
        valid_from=place.valid_from,
    )  # fmt: skip
    Facility.objects.create(organisation=other)
    return facility.pk


@plant("C05", "phone")
def facility_with_half_a_phone(facility: Facility) -> UUID:
    return _change(facility, phone="0215 38")


@plant("D09", "area")
def facility_in_a_commune_that_ended(facility: Facility) -> UUID:
    place = facility.organisation
    assert place.area is not None
    Organisation.objects.filter(pk=place.pk).update(area=ended_commune(place.area))
    return facility.pk
