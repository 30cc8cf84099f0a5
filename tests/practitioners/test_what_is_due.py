"""What a licence asks of its holder, as their own page and the facility's list say it."""

import pytest

from portal.places.models import Organisation
from practitioners.due import of_license
from practitioners.rules import rules_on
from tests.practitioners.given import Given, World, renewal, suspended
from tests.practitioners.law import day, load_law


@pytest.fixture
def world(hospital: Organisation, station: Organisation) -> World:
    load_law()
    return World(hospital, station)


@pytest.mark.parametrize(
    ("given", "on", "due"),
    [
        (World.doctor, "01/07/2028", []),
        (World.doctor, "08/01/2029", ["renewal_due"]),
        (World.doctor, "10/01/2029", ["renewal_late"]),
        (renewal("02/01/2029"), "05/01/2029", ["renewal_waits"]),
        (renewal("09/01/2029"), "20/01/2029", ["renewal_waits"]),
        (renewal("09/01/2029"), "11/03/2029", ["renewal_waits"]),
        (renewal("10/01/2029"), "20/01/2029", ["renewal_late"]),
        (renewal("15/01/2029", is_excused=True), "20/01/2029", ["renewal_waits"]),
        (renewal("02/01/2029", refused="15/01/2029"), "20/01/2029", ["renewal_late"]),
        (suspended("05/11/2026", "04/02/2027"), "06/11/2026", ["license_unusable"]),
    ],
    ids=[
        "more than half a year before",
        "two days before the last day to file",
        "nobody filed",
        "filed, the last day to file is to come",
        "filed on the last day, undecided",
        "filed on the last day, the term is over",
        "filed a day late",
        "filed late with an excuse the law takes",
        "filed and refused",
        "suspended",
    ],
)
def test_who_filed_a_renewal_in_time_is_not_told_that_it_is_late(
    given: Given, on: str, due: list[str], world: World
) -> None:
    given(world)
    rules = rules_on(day(on))
    license = world.license
    found = of_license(license, license.standing_on(day(on), rules), rules, day(on))
    assert [one.code for one in found] == due
