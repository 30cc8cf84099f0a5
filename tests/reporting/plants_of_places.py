"""Defects of places of care and of communes, each written past every form."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from django.utils import timezone

from facilities.models import (
    BedCount,
    Facility,
    OpeningSchedule,
    OperatingLicense,
    OperatingLicenseEvent,
    OperatingLicenseVersion,
    Publication,
)
from portal.codelists.models import Code, CodeListVersion
from portal.codelists.population import LIST
from portal.intake.models import Batch, SendingKey
from portal.places import services as places
from portal.places.models import Area, Organisation, OrganisationIdentifier
from practitioners.models import Registration
from tests.reporting.growing import INHABITANTS
from tests.reporting.plants import asker, change, ended_commune, plant
from tests.reporting.plants_of_records import a_batch

_nth = count()
OF_PLACES = ("Facility", "Area")


@plant("F02", "code")
@plant("D04", "code")
def facility_without_its_code(facility: Facility) -> UUID:
    OrganisationIdentifier.objects.filter(organisation=facility.organisation).delete()
    return facility.pk


@plant("D04", "license_in_force")
def facility_whose_licence_ran_out(facility: Facility) -> UUID:
    yesterday = timezone.localdate() - timedelta(days=1)
    OperatingLicense.objects.filter(facility=facility.organisation).update(valid_until=yesterday)
    return facility.pk


@plant("D04", "license_in_force")
def facility_whose_licence_was_revoked(facility: Facility) -> UUID:
    paper = OperatingLicense.objects.get(facility=facility.organisation)
    OperatingLicenseEvent.objects.create(
        license=paper, kind="revoked", valid_from=timezone.localdate() - timedelta(days=3)
    )
    return facility.pk


@plant("L06", "sync")
def software_that_fell_silent(facility: Facility) -> UUID:
    sent_by_software(facility.organisation, days_ago=21)
    return facility.pk


def sent_by_software(place: Organisation, days_ago: float) -> Batch:
    """Write a sending of another system that reached the records so long ago."""
    then = timezone.now() - timedelta(days=days_ago)
    batch = a_batch(place)
    SendingKey.objects.create(user=asker(), key=f"{batch.pk}", batch=batch)
    Batch.objects.filter(pk=batch.pk).update(state="written", received_at=then, written_at=then)
    return batch


@plant("L03", "publication")
def facility_that_never_published_its_hours(facility: Facility) -> UUID:
    Publication.objects.filter(facility=facility.organisation).delete()
    return facility.pk


@plant("F02", "level")
def facility_without_a_level(facility: Facility) -> UUID:
    return change(facility, level="")


@plant("F02", "responsible")
def facility_without_a_person_in_charge(facility: Facility) -> UUID:
    head = Registration.objects.get(facility=facility.organisation)
    Registration.objects.filter(pk=head.pk).update(position="4")
    return facility.pk


@plant("F02", "activities")
def facility_licensed_for_nothing(facility: Facility) -> UUID:
    rows = OperatingLicenseVersion.objects.filter(license__facility=facility.organisation)
    rows.update(scope="")
    return facility.pk


@plant("F02", "operating_license")
def facility_without_a_licence(facility: Facility) -> UUID:
    OperatingLicense.objects.filter(facility=facility.organisation).update(
        superseded_on=timezone.localdate()
    )
    return facility.pk


@plant("F02", "planned_beds")
def facility_that_tells_no_planned_beds(facility: Facility) -> UUID:
    BedCount.objects.filter(facility=facility.organisation, kind="planned").delete()
    return facility.pk


@plant("F02", "opening_hours")
def facility_whose_hours_ended(facility: Facility) -> UUID:
    OpeningSchedule.objects.filter(facility=facility.organisation).update(
        valid_until=timezone.localdate() - timedelta(days=1)
    )
    return facility.pk


@plant("F02", "founded_in")
def facility_of_no_age(facility: Facility) -> UUID:
    return change(facility, founded_in=None)


@plant("C02", "name")
def facility_twice_in_a_commune(facility: Facility) -> UUID:
    namesake(facility, facility.organisation.area)
    return facility.pk


@plant("C02", "name")
def facility_twice_within_two_hundred_metres(facility: Facility) -> UUID:
    """Across a border of communes: 0.001 degrees of latitude are 111 m."""
    standing_at(facility, "21.386")
    near = Area.objects.filter(kind="commune").exclude(pk=facility.organisation.area_id)[0]
    standing_at(namesake(facility, near), "21.387")
    return facility.pk


def namesake(facility: Facility, area: Area | None) -> Facility:
    place = facility.organisation
    other = places.create_organisation(
        name=place.name.upper(), kind="clinic", parent=place.parent, area=area,
        valid_from=place.valid_from,
    )  # fmt: skip
    return Facility.objects.create(organisation=other)


def standing_at(facility: Facility, latitude: str) -> None:
    change(facility, latitude=Decimal(latitude), longitude=Decimal("103.016"))


@plant("C05", "phone")
def facility_with_half_a_phone(facility: Facility) -> UUID:
    return change(facility, phone="0215 38")


@plant("D09", "area")
def facility_in_a_commune_that_ended(facility: Facility) -> UUID:
    place = facility.organisation
    assert place.area is not None
    Organisation.objects.filter(pk=place.pk).update(area=ended_commune(place.area))
    return facility.pk


@plant("F07", "coverage")
def half_of_a_commune_without_a_record(commune: Area) -> UUID:
    return _counted(commune, 2 * INHABITANTS)


@plant("F07", "surplus")
def twice_as_many_records_as_residents(commune: Area) -> UUID:
    return _counted(commune, INHABITANTS // 2)


def _counted(commune: Area, residents: int) -> UUID:
    """Let the list say another number of residents."""
    row = Code.objects.filter(version__code_list__key=LIST, code=commune.code)
    row.update(attributes={"residents": f"{residents}"})
    CodeListVersion.objects.filter(code_list__key=LIST).update(digest=f"spoilt {next(_nth)}")
    return commune.pk
