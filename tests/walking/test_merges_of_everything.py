"""(f) Whatever a table holds of a citizen comes along when records are joined, and goes back exactly."""

from random import Random

from healthrecords.models import (
    Appointment,
    CareAccess,
    Citizen,
    CitizenAddress,
    Coverage,
    DiagnosticReport,
    Dispensing,
    FamilyIllness,
    FieldSource,
    FormerName,
    Household,
    HouseholdMember,
    Immunization,
    Inquiry,
    LongTermMedicine,
    Medication,
    MedicineStop,
    MergedRow,
    Problem,
    Procedure,
    QueueStep,
    RelatedPerson,
    Result,
    Visit,
    VisitNote,
    VitalSigns,
)
from healthrecords.services import open_access
from healthrecords.services.belongings import belongings
from healthrecords.services.standing import roots_of
from portal.accounts.roles import Role
from tests.healthrecords.merging import LATER, changes, everything, join, part
from tests.walking.rows.healthrecords import AT
from tests.walking.world import World, new_key

# Tables of which nobody plants a row yet; whoever plants one takes it out of here.
BARE = {"healthrecords_identitycheck", "healthrecords_visitversion"}


def around(citizen: Citizen, world: World) -> None:
    """Write where a person lives and lived, with whom, insured how, who said so: of each the like."""
    place, day = world.station, AT.date()
    household = Household.objects.create(area=place.area)
    HouseholdMember.objects.create(household=household, citizen=citizen, relation="head", since=day)
    RelatedPerson.objects.create(citizen=citizen, relation="mother", name="Lò Thị Mẹ")
    FormerName.objects.create(citizen=citizen, name="Lò Thị Tên Cũ")
    CitizenAddress.objects.create(citizen=citizen, kind="permanent", text="Bản Cũ", area=place.area)
    Coverage.objects.create(
        citizen=citizen, number="GD4110116200413", registered_code="11001", valid_from=day
    )
    FieldSource.objects.create(
        citizen=citizen, field="phone", value="0912000418", source="card", said_at=AT
    )


def told(world: World) -> None:
    """Write what the walk's own rows leave out: what somebody told, was given and had done."""
    clerk, place = world.users[Role.STATION_CLERK], world.station
    mine = Citizen.objects.current().filter(home_station=place, merges=None, joinings=None)
    for citizen in mine.order_by("id")[:3]:
        said = {"citizen": citizen, "facility": place, "recorded_at": AT, "recorded_by": clerk}
        Problem.objects.create(**said, code="I10", title="Tăng huyết áp")
        LongTermMedicine.objects.create(**said, name="Amlodipin")
        Immunization.objects.create(**said, vaccine="Vắc xin sởi")
        FamilyIllness.objects.create(**said, relation="mother", code="E11", title="Đái tháo đường")
        Procedure.objects.create(**said, title="Khâu vết thương", performed_at=AT)
        around(citizen, world)
        asked = {"topic": "family", "answer": "listed", "asked_at": AT, "asked_by": clerk}
        Inquiry.objects.create(citizen=citizen, facility=place, **asked)
    visit = Visit.objects.filter(citizen__in=mine).order_by("id").first()
    Medication.objects.create(visit=visit, name="Paracetamol")
    VitalSigns.objects.create(visit=visit, pulse=72)
    stopped = {"stopped_on": AT.date(), "reason": "Phù chân", "noted_at": AT, "noted_by": clerk}
    MedicineStop.objects.create(visit=visit, name="Paracetamol", noted_where=place, **stopped)
    VisitNote.objects.create(visit=visit, kind="progress", written_at=visit.started_at, text="Đỡ")
    handed = {"given_at": AT, "given_by": clerk, "client_key": new_key()}
    Dispensing.objects.create(visit=visit, name="Paracetamol", quantity=5, **handed)
    held = {"visit": visit, "citizen_id": visit.citizen_id, "facility_id": visit.facility_id}
    Appointment.objects.create(**held, on=AT.date(), made_at=AT)
    QueueStep.objects.create(**held, number=1, kind="arrived", at=AT, by=clerk, on=AT.date())
    report = DiagnosticReport.objects.filter(citizen__in=mine).order_by("id").first()
    assert report is not None
    whole = {"citizen_id": report.citizen_id, "facility_id": report.facility_id}
    Result.objects.create(report=report, **whole, name="Glucose", value="5,4", said_at=AT)


def test_everything_of_everyone_is_joined_into_one_and_parted_again(world: World) -> None:
    clerk = world.users[Role.STATION_CLERK]
    told(world)
    # The joinings that other walks need stand without their rows moved.
    people = list(
        Citizen.objects.current()
        .filter(home_station=world.station, merges=None, joinings=None)
        .order_by("id")
    )
    assert len(people) > 5
    for one in people:  # the opening itself is no difference
        open_access(user=clerk, citizen=one, at=LATER)
    before = everything()
    merges = [join(clerk, people[0], other) for other in people[1:]]
    roots = roots_of(Citizen.objects.in_bulk([one.pk for one in people]))
    assert set(roots.values()) == {people[0].pk}
    left = {
        (one.table, row.pk)
        for one in belongings()
        for row in one.of([key for key in roots if key != people[0].pk])
    }
    # What stays behind has its like in front: the same care, the same card, a household.
    assert {table for table, _key in left} <= {
        "healthrecords_carerelation",
        "healthrecords_twincase",
        "healthrecords_consent",
        "healthrecords_coverage",
        "healthrecords_householdmember",
        "healthrecords_legalhold",
        "healthrecords_disposalitem",
    }
    Random(7).shuffle(merges)  # noqa: S311
    for merge in merges:
        part(clerk, merge)
    accesses = CareAccess._meta.db_table
    differ = {k: v for k, v in changes(before, everything()).items() if k[0] != accesses}
    assert differ == {}
    assert not MergedRow.objects.exists()


def test_every_table_of_citizens_is_among_them(world: World) -> None:
    told(world)
    empty = {one.table for one in belongings() if not one.rows.exists()}
    assert empty <= BARE
