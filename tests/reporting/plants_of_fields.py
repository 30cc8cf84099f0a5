"""Defects of single fields, a plant for each that a rule looks at: emptied, of no list, or impossible."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from facilities.models import BedCount, Department, Facility, OperatingLicense
from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    Immunization,
    Inquiry,
    Problem,
    Visit,
    VitalSigns,
)
from portal.places import services as places
from portal.places.models import GoverningBody, Organisation
from practitioners.models import PracticeLicense, Practitioner
from tests.reporting.growing import GROWN, SINCE
from tests.reporting.plants import plant


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def _set(record: Any, values: Mapping[str, Any]) -> UUID:
    said = {name: value() if callable(value) else value for name, value in values.items()}
    type(record).objects.filter(pk=record.pk).update(**said)
    found: UUID = record.pk
    return found


def _citizen(values: Mapping[str, Any]) -> Callable[[Any], UUID]:
    def spoil(citizen: Citizen) -> UUID:
        return _set(citizen, values)

    return spoil


OF_CITIZENS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("F01", "sex"): {"sex": "unknown"},
    ("F01", "birth"): {"birth_is_estimated": True},
    ("C04", "occupation"): {"occupation": "zz"},
    ("C05", "birth"): {"birth_date": tomorrow},
}
for said, values in OF_CITIZENS.items():
    plant(*said)(_citizen(values))


@plant("F01", "personal_number")
def no_number_and_no_reason(citizen: Citizen) -> UUID:
    rows = CitizenIdentifier.objects.filter(citizen=citizen, ended_on=None)
    rows.update(ended_on=timezone.localdate(), ending="corrected")
    return citizen.pk


def _never_asked(topic: str) -> Callable[[Any], UUID | None]:
    def spoil(citizen: Citizen) -> UUID | None:
        if TOPICS[topic].objects.filter(citizen=citizen).exists():
            return None
        Inquiry.objects.filter(citizen=citizen, topic=topic).delete()
        return citizen.pk

    return spoil


TOPICS: Mapping[str, Any] = {"problem": Problem, "immunization": Immunization}
for topic in TOPICS:
    plant("F08", topic)(_never_asked(topic))


def _of_visitor(values: Mapping[str, Any]) -> Callable[[Any], UUID | None]:
    """Empty a field of the person whom a visit is of; of a small child some are empty anyway."""

    def spoil(visit: Visit) -> UUID | None:
        if all(getattr(visit.citizen, name) == value for name, value in values.items()):
            return None
        _set(visit.citizen, values)
        return visit.pk

    return spoil


OF_VISITORS: Mapping[str, Mapping[str, Any]] = {
    "ethnic_group": {"ethnic_group": ""},
    "occupation": {"occupation": ""},
    "address": {"address": "", "area": None},
}
for name, values in OF_VISITORS.items():
    plant("F06", name)(_of_visitor(values))


@plant("D05", "birth")
def newborn_of_many_years(visit: Visit) -> UUID | None:
    if visit.citizen.birth_precision != "day" or visit.citizen.birth_date.year > 2010:
        return None
    Diagnosis.objects.filter(visit=visit, rank="main").update(code="A33")
    return visit.pk


@plant("C06", "unlicensed")
def visit_before_the_licence(visit: Visit) -> UUID:
    """The place is licensed only from today on."""
    place = places.create_organisation(
        name=f"{GROWN.upper()} CHƯA PHÉP", kind="clinic", parent=visit.facility.parent,
        area=visit.facility.area, valid_from=SINCE,
    )  # fmt: skip
    Facility.objects.create(organisation=place)
    OperatingLicense.objects.create(
        facility=place, number_raw="99/DB-GPHD", issued_on=tomorrow() - timedelta(days=1)
    )
    then = timezone.now() - timedelta(days=5)
    Visit.objects.filter(pk=visit.pk).update(facility=place, started_at=then, ended_at=then)
    return visit.pk


def _measured(values: Mapping[str, Any]) -> Callable[[Any], UUID | None]:
    def spoil(visit: Visit) -> UUID | None:
        return visit.pk if VitalSigns.objects.filter(visit=visit).update(**values) else None

    return spoil


# Beyond what a body can have, and within what the table takes.
IMPOSSIBLE: Mapping[str, Mapping[str, Any]] = {
    "temperature": {"temperature": 60},
    "systolic": {"systolic": 900, "diastolic": None},
    "diastolic": {"diastolic": 700, "systolic": None},
    "respiratory_rate": {"respiratory_rate": 400},
    "oxygen_saturation": {"oxygen_saturation": 140},
    "weight": {"weight": 900},
    "height": {"height": 400},
    "waist": {"waist": 500},
    "glucose": {"glucose": 99},
}
for name, values in IMPOSSIBLE.items():
    plant("D06", name)(_measured(values))


def _practitioner(values: Mapping[str, Any]) -> Callable[[Any], UUID]:
    def spoil(person: Practitioner) -> UUID:
        return _set(person, values)

    return spoil


OF_PRACTITIONERS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("C04", "nationality"): {"nationality": "QQ"},
    ("C05", "email"): {"email": "a.vang"},
    ("C05", "birth"): {"birth_date": tomorrow},
}
for said, values in OF_PRACTITIONERS.items():
    plant(*said)(_practitioner(values))


def _licensed(values: Mapping[str, Any]) -> Callable[[Any], UUID]:
    def spoil(person: Practitioner) -> UUID:
        _set(PracticeLicense.objects.get(practitioner=person), values)
        return person.pk

    return spoil


OF_LICENSES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("C05", "issued_on"): {"issued_on": tomorrow},
    ("F03", "issued_by"): {"issued_by": ""},
    ("F03", "license"): {"superseded_on": timezone.localdate},
}
for said, values in OF_LICENSES.items():
    plant(*said)(_licensed(values))


@plant("C01", "name")
def practitioner_who_stands_twice(person: Practitioner) -> UUID:
    Practitioner.objects.filter(pk=person.pk).update(name="Người Khác")
    Practitioner.objects.create(
        name="Người Khác", birth_date=person.birth_date, sex=person.sex, area=person.area
    )
    return person.pk


def _facility(values: Mapping[str, Any]) -> Callable[[Any], UUID]:
    def spoil(facility: Facility) -> UUID:
        return _set(facility, values)

    return spoil


OF_FACILITIES: Mapping[str, Mapping[str, Any]] = {
    "form": {"form": ""},
    "ownership": {"ownership": ""},
    "address": {"address": ""},
    "phone": {"phone": ""},
    "insurance_contract": {"has_insurance_contract": None},
    "training": {"trains_practitioners": None},
}
for name, values in OF_FACILITIES.items():
    plant("F02", name)(_facility(values))


@plant("F02", "governing_body")
def facility_under_nobody(facility: Facility) -> UUID:
    GoverningBody.objects.filter(organisation=facility.organisation).delete()
    return facility.pk


@plant("F02", "area")
def facility_in_no_commune(facility: Facility) -> UUID:
    _set(facility.organisation, {"area": None})
    return facility.pk


@plant("F02", "departments")
def facility_without_departments(facility: Facility) -> UUID:
    Department.objects.filter(facility=facility.organisation).delete()
    return facility.pk


def _without_beds(kind: str) -> Callable[[Any], UUID]:
    def spoil(facility: Facility) -> UUID:
        BedCount.objects.filter(facility=facility.organisation, kind=kind).delete()
        return facility.pk

    return spoil


for kind in ("registered", "actual"):
    plant("F02", f"{kind}_beds")(_without_beds(kind))


@plant("C03", "name")
def facility_with_two_spaces(facility: Facility) -> UUID:
    name = facility.organisation.name.replace(" ", "  ", 1)
    Organisation.objects.filter(pk=facility.organisation_id).update(name=name)
    return facility.pk
