"""Rows of facilities and practitioners."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Model

from facilities.models import Facility
from facilities.services import Received, register_facility
from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    Evidence,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSubmission,
    Registration,
)
from tests.conftest import SINCE
from tests.walking.world import MARK, World, names, new_key, planted, rows

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
PDF = b"%PDF-1.4\n%%EOF\n"

names("submission_id", "practitioners.profilesubmission")
names("evidence_id", "practitioners.evidence")
names("practitioner_id", "practitioners.practitioner")


@rows("facilities.facility")
def facilities(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        yield (
            Facility.objects.create(organisation=world.station, address="Bản 1")
            if (number == 0 and not Facility.objects.filter(organisation=world.station).exists())
            else register_facility(
                department=world.station,
                received=Received(f"Phòng khám Số {number}", "Bản 2", "Huyện Mường Chà"),
                on=SINCE,
            )
        )


@planted("facilities.facility")
def far_facilities(world: World) -> Iterable[Model]:
    yield register_facility(
        department=world.far_station,
        received=Received(f"Phòng khám {MARK}", f"Phố {MARK}", f"Huyện {MARK}"),
        on=SINCE,
    )


def make_person(name: str, facility: Organisation, *, is_public: bool) -> Practitioner:
    serial = Practitioner.objects.count() + 1
    person = Practitioner.objects.create(
        name=name,
        name_sort=name,
        birth_date=date(1980, 1, 1),
        sex="female",
        verified_at=AT if is_public else None,
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="personal", value=f"011180{serial:06}", is_verified=True
    )
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw=f"{serial:06}/ĐB-GPHN",
        serial=serial,
        issuer_code="ĐB",
        kind="gphn",
        title="doctor",
        issued_on=date(2024, 1, 1),
    )
    Registration.objects.create(practitioner=person, facility=facility, valid_from=SINCE)
    return person


@rows("practitioners.practitioner")
def practitioners(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        yield make_person(f"Lò Thị Số {number}", world.station, is_public=True)


@planted("practitioners.practitioner")
def far_practitioners(world: World) -> Iterable[Model]:
    # Not verified: the public register shows every verified one to everybody, as the law wants.
    yield make_person(f"{MARK} Văn Xa", world.far_station, is_public=False)


@rows("practitioners.registration")
def registrations(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        person = make_person(f"Lò Thị Đăng Ký {number}", world.station, is_public=True)
        yield person.registrations.get()


@planted("practitioners.registration")
def far_registrations(world: World) -> Iterable[Model]:
    return make_person(f"{MARK} Thị Xa", world.far_station, is_public=False).registrations.all()


def make_submission(name: str, facility: Organisation, actor: User) -> ProfileSubmission:
    key = new_key()
    services.keep_evidence(
        content=PDF, name=f"{name}.pdf", proves=["license"], client_key=key, actor=actor, at=AT
    )
    serial = ProfileSubmission.objects.count() + 700
    return services.submit_profile(
        facility=facility,
        values={
            "name": name,
            "birth_date": "1980",
            "sex": "female",
            "qualification_level": "university",
            "license_number": f"{serial:06}/ĐB-GPHN",
            "title": "doctor",
            "license_issued_on": "10/03/2024",
            "license_valid_until": "10/03/2029",
            "scope": "Nội khoa",
            "registered_from": "01/04/2024",
        },
        client_key=key,
        actor=actor,
        at=AT,
    )


@rows("practitioners.profilesubmission")
def submissions(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        sender = world.users["station_head"]
        yield make_submission(f"Vàng Thị Số {number}", world.station, sender)


@planted("practitioners.profilesubmission")
def far_submissions(world: World) -> Iterable[Model]:
    yield make_submission(f"{MARK} Thị Gửi", world.far_station, world.users["station_head"])


@rows("practitioners.evidence")
def papers(world: World, n: int) -> Iterable[Model]:
    for row in submissions(world, n):
        yield Evidence.objects.get(submission=row)


@planted("practitioners.evidence")
def far_papers(world: World) -> Iterable[Model]:
    return Evidence.objects.filter(submission__facility=world.far_station)
