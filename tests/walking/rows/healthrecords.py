"""Citizens and visits: here, and out of sight with what ties them to somebody in sight."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from django.db.models import Model

from healthrecords.models import (
    Allergy,
    Attachment,
    CareRelation,
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    Diagnosis,
    DiagnosticReport,
    Document,
    Referral,
    TwinCase,
    Visit,
)
from portal.accounts.roles import Role
from portal.attachments.keeping import keep
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


def visit_of(world: World, citizen: Citizen, place: Organisation) -> Visit:
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
    return [visit_of(world, person, world.station) for person in citizens(world, n)]  # type: ignore[arg-type]


@planted("healthrecords.citizen")
def far_citizens(world: World) -> Iterable[Model]:
    yield _citizen(world, f"Quàng {MARK}", world.far_station, "012162009999")


@planted("healthrecords.visit")
def far_visits(world: World) -> Iterable[Model]:
    for citizen in Citizen.objects.filter(home_station=world.far_station):
        yield visit_of(world, citizen, world.far_station)


def here_and_far(label: str, make: Callable[[World, Citizen, Organisation], Model]) -> None:
    """Make a row for people of the station, and one for everybody out of sight."""

    @rows(label)
    def near(world: World, n: int) -> Iterable[Model]:
        return [make(world, person, world.station) for person in citizens(world, n)]  # type: ignore[arg-type]

    @planted(label)
    def far(world: World) -> Iterable[Model]:
        for citizen in Citizen.objects.filter(home_station=world.far_station):
            yield make(world, citizen, world.far_station)


def _allergy(world: World, citizen: Citizen, substance: str, place: Organisation) -> Allergy:
    return Allergy.objects.create(
        citizen=citizen,
        facility=place,
        substance=substance,
        severity="severe",
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


@rows("healthrecords.allergy")
def allergies(world: World, n: int) -> Iterable[Model]:
    return [
        _allergy(world, person, "Nhóm penicillin", world.station)  # type: ignore[arg-type]
        for person in citizens(world, n)
    ]


@planted("healthrecords.allergy")
def far_allergies(world: World) -> Iterable[Model]:
    for citizen in Citizen.objects.filter(home_station=world.far_station):
        yield _allergy(world, citizen, f"Lá {MARK}", world.far_station)


def _report(world: World, citizen: Citizen, title: str, place: Organisation) -> DiagnosticReport:
    return DiagnosticReport.objects.create(
        citizen=citizen,
        facility=place,
        kind="imaging",
        title=title,
        status="preliminary",
        conclusion=f"Kết luận của {title}",
        is_ai=True,
        device="LungScan",
        device_version="2.4",
        confidence="0.87",
        performed_at=AT,
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


@rows("healthrecords.diagnosticreport")
def reports(world: World, n: int) -> Iterable[Model]:
    return [
        _report(world, person, "X-quang ngực", world.station)  # type: ignore[arg-type]
        for person in citizens(world, n)
    ]


@planted("healthrecords.diagnosticreport")
def far_reports(world: World) -> Iterable[Model]:
    for citizen in Citizen.objects.filter(home_station=world.far_station):
        yield _report(world, citizen, f"X-quang {MARK}", world.far_station)


def _attachment(world: World, citizen: Citizen, title: str, place: Organisation) -> Attachment:
    return Attachment.objects.create(
        citizen=citizen,
        facility=place,
        file=keep(content=f"%PDF-{title}".encode(), name=title, at=AT),
        title=title,
        recorded_at=AT,
        recorded_by=world.users[Role.STATION_CLERK],
    )


@rows("healthrecords.attachment")
def attachments(world: World, n: int) -> Iterable[Model]:
    return [
        _attachment(world, person, "Giấy ra viện", world.station)  # type: ignore[arg-type]
        for person in citizens(world, n)
    ]


@planted("healthrecords.attachment")
def far_attachments(world: World) -> Iterable[Model]:
    for citizen in Citizen.objects.filter(home_station=world.far_station):
        yield _attachment(world, citizen, f"Giấy {MARK}", world.far_station)


@rows("healthrecords.twincase")
def twins(world: World, n: int) -> Iterable[Model]:
    people = list(citizens(world, 2 * n))
    return [
        TwinCase.objects.create(
            older=people[2 * k], newer=people[2 * k + 1], ground="likeness", found_at=AT
        )
        for k in range(n)
    ]


@planted("healthrecords.twincase")
def far_twins(world: World) -> Iterable[Model]:
    """Somebody out of sight who may be somebody in sight, and two who are both out of sight."""
    far = [
        _citizen(world, f"Quàng {MARK} {n}", world.far_station, f"01216200888{n}") for n in range(2)
    ]
    near = next(iter(citizens(world, 1)))
    TwinCase.objects.create(older=near, newer=far[0], ground="likeness", found_at=AT)
    yield TwinCase.objects.create(older=far[0], newer=far[1], ground="likeness", found_at=AT)


@rows("healthrecords.citizenmerge")
def merges(world: World, n: int) -> Iterable[Model]:
    """Joinings as they stand after both were settled by hand: the rows stay where they are."""
    return [
        CitizenMerge.objects.create(
            survivor=one,
            merged=other,
            organisation=world.station,
            merged_at=AT,
            merged_by=world.users[Role.STATION_CLERK],
        )
        for one, other in zip(citizens(world, n), citizens(world, n), strict=True)
    ]


@planted("healthrecords.citizenmerge")
def far_merges(world: World) -> Iterable[Model]:
    far = [
        _citizen(world, f"Quàng {MARK} {n}", world.far_station, f"01216200777{n}") for n in range(2)
    ]
    yield CitizenMerge.objects.create(
        survivor=far[0],
        merged=far[1],
        organisation=world.far_station,
        merged_at=AT,
        merged_by=world.users[Role.STATION_CLERK],
    )


names("twin_id", "healthrecords.citizen")
names("merge_id", "healthrecords.citizenmerge")


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
names("report_id", "healthrecords.diagnosticreport")
names("procedure_id", "healthrecords.procedure")
names("attachment_id", "healthrecords.attachment")
names("fact_id", "healthrecords.allergy")
literal("topic", "allergy")
names("visit_id", "healthrecords.visit")
names("other_id", "healthrecords.visit")
literal("key", "icd10")
literal("deed", "household")
