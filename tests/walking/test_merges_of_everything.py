"""(f) Whatever a table holds of a citizen comes along when records are joined, and goes back exactly."""

from random import Random

from healthrecords.models import CareAccess, Citizen, MergedRow
from healthrecords.services import open_access
from healthrecords.services.belongings import belongings
from healthrecords.services.standing import roots_of
from portal.accounts.roles import Role
from tests.healthrecords.merging import LATER, changes, everything, join, part
from tests.healthrecords.planting import plant
from tests.walking.world import World


def told(world: World) -> None:
    """Write of everything something for three people, what the walk's own rows leave out."""
    clerk, doctor = (world.users[role] for role in (Role.STATION_CLERK, Role.STATION_CLINICIAN))
    mine = Citizen.objects.current().filter(home_station=world.station, merges=None, joinings=None)
    first, *others = mine.order_by("id")[:3]
    for citizen in (first, *others):
        plant(citizen, others[0] if citizen == first else first, clerk=clerk, doctor=doctor)


def test_everything_of_everyone_is_joined_into_one_and_parted_again(world: World) -> None:
    clerk, clinician = (world.users[role] for role in (Role.STATION_CLERK, Role.STATION_CLINICIAN))
    told(world)
    # The joinings that other walks need stand without their rows moved.
    people = list(
        Citizen.objects.current()
        .filter(home_station=world.station, merges=None, joinings=None)
        .order_by("id")
    )
    assert len(people) > 5
    for one in people:  # the opening itself is no difference
        for somebody in (clerk, clinician):
            open_access(user=somebody, citizen=one, at=LATER)
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
        "healthrecords_relatedperson",  # nobody is related to themselves
    }
    Random(7).shuffle(merges)  # noqa: S311
    for merge in merges:
        part(clinician, merge)
    accesses = CareAccess._meta.db_table
    differ = {k: v for k, v in changes(before, everything()).items() if k[0] != accesses}
    assert differ == {}
    assert not MergedRow.objects.exists()


def test_every_table_of_citizens_is_among_them(world: World) -> None:
    told(world)
    assert not {one.table for one in belongings() if not one.rows.exists()}
