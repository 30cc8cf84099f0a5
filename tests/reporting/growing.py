"""Practitioners and facilities with nothing wrong, for a generated province that has none."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from facilities.models import (
    BedCount,
    Department,
    Facility,
    OpeningSchedule,
    OperatingLicense,
    OperatingLicenseVersion,
    Publication,
)
from healthrecords.models import Citizen
from portal.codelists.population import LIST
from portal.codelists.services import Edition, keep_list, publish_version
from portal.codelists.tables import Row
from portal.places import services as places
from portal.places.models import Area, GoverningBody, Organisation
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
)

SINCE = date(2025, 7, 1)
GROWN = "Phòng khám Sống Khỏe số"
INHABITANTS = 10
_number = count(1)


def _letters(number: int) -> str:
    """Write a number in letters: names of people bear no digits, and stay short however many there are."""
    return "".join("ABCDEGHIKL"[int(digit)] for digit in str(number))


def grow_practitioner(place: Organisation, position: str = "") -> Practitioner:
    """Write a practitioner of whom every rule about practitioners holds."""
    n = next(_number)
    today = timezone.localdate()
    person = Practitioner.objects.create(
        name=f"Vàng Thị Mỷ {_letters(n)}",
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
    license = PracticeLicense.objects.create(
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
    ProfileSource.objects.create(
        practitioner=person, row_id=license.pk, field="license_number", value=license.number_raw,
        source="register", said_at=timezone.now(), verified_at=timezone.now(),
    )  # fmt: skip
    Qualification.objects.create(practitioner=person, level="university", field="Y đa khoa")
    Registration.objects.create(
        practitioner=person,
        facility=place,
        position=position,
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
    _grow_all_it_tells(place, n)
    return Facility.objects.create(
        organisation=place,
        form="PKDK",
        ownership="private",
        level="primary",
        address="Số 1 đường Hoàng Công Chất",
        phone="0215 3825 100",
        founded_in=2012,
        has_insurance_contract=True,
        trains_practitioners=False,
    )


def _grow_all_it_tells(place: Organisation, n: int) -> None:
    """Write what a facility tells beside its own row (Circular 38/2024/TT-BYT, article 10)."""
    since = {"valid_from": SINCE}
    GoverningBody.objects.create(
        organisation=place, kind="private", name="Công ty Sống Khỏe", **since
    )
    paper = OperatingLicense.objects.create(
        facility=place, number_raw=f"{n:05}/DB-GPHD", serial=n, issuer_code="DB",
        issued_on=date(2015, 1, 1),
    )  # fmt: skip
    OperatingLicenseVersion.objects.create(
        license=paper, number=1, scope="Đa khoa", valid_from=date(2015, 1, 1)
    )
    OpeningSchedule.objects.create(facility=place, text="T2T3T4T5T6 0730-1630", **since)
    Department.objects.create(facility=place, name="Khoa Khám bệnh", **since)
    for kind in ("planned", "registered", "actual"):
        BedCount.objects.create(facility=place, kind=kind, count=0, **since)
    grow_practitioner(place, position="1")
    for duty in ("opening_hours", "practitioners_hours"):
        Publication.objects.create(
            facility=place,
            duty=duty,
            published_on=timezone.localdate() - timedelta(days=198),
            place="Trang thông tin của cơ sở",
        )


def grow_commune(near: Organisation) -> Area:
    """Write a commune with a station, and a record for everybody who lives there."""
    n = next(_number)
    province = near.area.parent if near.area else None
    assert province is not None
    commune = Area.objects.create(
        kind="commune", code=f"9{n:04}", name=f"Xã Đủ Người {n}", unit="xã", parent=province,
        valid_from=SINCE,
    )  # fmt: skip
    places.create_organisation(
        name=f"Trạm Y tế xã Đủ Người {n}", kind="station", parent=near.parent, area=commune,
        valid_from=SINCE,
    )  # fmt: skip
    people = (
        Citizen(
            name=f"Hờ Thị Đông {_letters(n)} {'ABCDEGHIKL'[one] * 3}", birth_date=date(1988, 4, 5), sex="female",
            ethnic_group="01", area=commune,
        )
        for one in range(INHABITANTS)
    )  # fmt: skip
    Citizen.objects.bulk_create(people)
    return commune


def count_residents(communes: Iterable[Area]) -> None:
    """Load the list of residents, as a department does: as many as have a record."""
    rows = [Row(one.code, one.name, attributes={"residents": f"{INHABITANTS}"}) for one in communes]
    said = Edition(valid_from=SINCE, legal_basis="Niên giám thống kê tỉnh", digest="grown")
    if rows:
        publish_version(code_list=keep_list(key=LIST, title="Dân số"), rows=rows, edition=said)
