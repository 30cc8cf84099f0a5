"""Citizens and visits: here, and out of sight with what ties them to somebody in sight."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Model

from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    Document,
    Referral,
    Visit,
)
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.walking.world import MARK, World, literal, names, planted, rows

AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)


def _citizen(world: World, name: str, place: Organisation, number: str) -> Citizen:
    citizen = Citizen.objects.create(
        name=name,
        birth_date=date(1962, 3, 12),
        sex="female",
        area=place.area,
        address=f"Bản của {name}",
        home_station=place,
        registered_at=place,
    )
    CitizenIdentifier.objects.create(
        citizen=citizen, kind="personal", value=number, is_verified=True
    )
    CareRelation.objects.create(
        citizen=citizen, organisation=place, ground="residence", since=SINCE
    )
    return citizen


def _visit(world: World, citizen: Citizen, place: Organisation) -> Visit:
    visit = Visit.objects.create(
        citizen=citizen,
        facility=place,
        status="finished",
        started_at=AT,
        reason="Khám",
        entered_by=world.users[Role.STATION_CLERK],
    )
    Diagnosis.objects.create(visit=visit, rank="main", code="I10", title="Tăng huyết áp")
    return visit


@rows("healthrecords.citizen")
def citizens(world: World, n: int) -> Iterable[Model]:
    known = Citizen.objects.count()
    return [
        _citizen(world, f"Quàng Thị Số {k}", world.station, f"0111620{k + known:05}")
        for k in range(n)
    ]


@rows("healthrecords.visit")
def visits(world: World, n: int) -> Iterable[Model]:
    return [_visit(world, person, world.station) for person in citizens(world, n)]  # type: ignore[arg-type]


@planted("healthrecords.citizen")
def far_citizens(world: World) -> Iterable[Model]:
    yield _citizen(world, f"Quàng {MARK}", world.far_station, "012162009999")


@planted("healthrecords.visit")
def far_visits(world: World) -> Iterable[Model]:
    for citizen in Citizen.objects.filter(home_station=world.far_station):
        yield _visit(world, citizen, world.far_station)


def _paper(world: World, visit: Visit, number: int, to: Organisation) -> Document:
    document = Document.objects.create(
        visit=visit,
        kind="referral",
        year=2026,
        number=number,
        content={"diagnosis": f"I10 {to.name}"},
        issued_at=AT,
        issued_by=world.users[Role.STATION_CLERK],
    )
    Referral.objects.create(
        visit=visit, document=document, to_facility=to, to_name=to.name, reason="2", sent_at=AT
    )
    return document


@rows("healthrecords.document")
def papers(world: World, n: int) -> Iterable[Model]:
    visit = (world.seen.get("healthrecords.visit") or list(visits(world, 1)))[0]
    assert isinstance(visit, Visit)
    return [_paper(world, visit, k + 1, world.hospital) for k in range(n)]


@rows("healthrecords.referral")
def referrals(world: World, n: int) -> Iterable[Model]:
    return list(Referral.objects.filter(facility=world.station)[:n])


@planted("healthrecords.document")
def far_papers(world: World) -> Iterable[Model]:
    for number, visit in enumerate(Visit.objects.filter(facility=world.far_station), start=1):
        yield _paper(world, visit, number, world.far_station)


@planted("healthrecords.referral")
def far_referrals(world: World) -> Iterable[Model]:
    yield from Referral.objects.filter(facility=world.far_station)


literal("paper", "sick_leave")
names("document_id", "healthrecords.document")
names("referral_id", "healthrecords.referral")
names("citizen_id", "healthrecords.citizen")
names("visit_id", "healthrecords.visit")
names("other_id", "healthrecords.visit")
literal("key", "icd10")
