"""Practitioners and facilities with nothing wrong, for a generated province that has none."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from facilities.models import Facility
from portal.places import services as places
from portal.places.models import Organisation
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
)

SINCE = date(2025, 7, 1)
GROWN = "Phòng khám Sống Khỏe số"
_number = count(1)


def grow_practitioner(place: Organisation) -> Practitioner:
    """Write a practitioner of whom every rule about practitioners holds."""
    n = next(_number)
    today = timezone.localdate()
    person = Practitioner.objects.create(
        name=f"Vàng Thị Mỷ {'ABCDEGHIKL'[n % 10] * (n // 10 + 1)}",
        birth_date=date(1990, 5, 4),
        sex="female",
        ethnic_group="01",
        nationality="VN",
        area=place.area,
        phone="0912345678",
        keeper=place.parent,
        verified_at=timezone.now(),
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="personal", value=f"011190{n:06}", is_verified=True
    )
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw=f"{n:06}/DB-GPHN",
        serial=900_000 + n,
        issuer_code="DB",
        kind="gphn",
        title="bac_si",
        scope="Khám bệnh, chữa bệnh đa khoa",
        issued_on=date(2024, 3, 1),
        issued_by="Sở Y tế tỉnh Điện Biên",
        valid_until=today + timedelta(days=900),
    )
    Qualification.objects.create(practitioner=person, level="university", field="Y đa khoa")
    Registration.objects.create(
        practitioner=person,
        facility=place,
        hours="T2T3T4T5T6 0730-1630",
        valid_from=today - timedelta(days=200),
        added_on=today - timedelta(days=200),
        announced_on=today - timedelta(days=195),
    )
    return person


def grow_facility(near: Organisation) -> Facility:
    """Write a clinic of which every rule about facilities holds."""
    n = next(_number)
    place = places.create_organisation(
        name=f"{GROWN} {n}",
        kind="clinic",
        parent=near.parent,
        area=near.area,
        valid_from=SINCE,
    )
    places.give_code(
        organisation=place, scheme="insurance", value=f"{70_000 + n}", valid_from=SINCE
    )
    return Facility.objects.create(
        organisation=place,
        form="PKDK",
        ownership="private",
        level="primary",
        address="Số 1 đường Hoàng Công Chất",
        phone="0215 3825 100",
    )
