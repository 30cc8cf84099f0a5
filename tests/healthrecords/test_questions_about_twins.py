"""Whether two records are one person is asked once, whichever of the two is mended, and answered at once."""

import pytest

from healthrecords.models import Citizen, TwinCase
from healthrecords.services import NumberEntry, register_citizen
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import mended

pytestmark = pytest.mark.usefixtures("lists")
NUMBER = NumberEntry("personal", "011162004137")


def two(
    clerk: User, station: Organisation, area: Area, numbers: list[NumberEntry]
) -> tuple[Citizen, Citizen]:
    """Register one person twice; the numbers are those of the second time."""
    made: list[Citizen] = []
    for said in ({}, {"numbers": numbers}):
        saved = register_citizen(
            actor=clerk,
            place=station,
            entry=entry_of(area, **said),
            client_key=uuid7(),
            at=AT,
            not_twins=frozenset(one.pk for one in made),
        )
        made.append(saved.row)
    return made[0], made[1]


def test_a_number_of_two_is_asked_about_once_when_the_older_record_is_mended(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    older, _newer = two(clerk, station, communes[0], [NUMBER])
    before = list(TwinCase.objects.values())
    assert len(before) == 1
    mended(clerk, older, communes[0], phone="0912000417")
    assert list(TwinCase.objects.values()) == before


@pytest.mark.parametrize("ground", ["name_and_birth", "phone"])
def test_two_people_said_while_the_older_record_is_mended_answers_what_was_asked(
    ground: str, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    older, newer = two(clerk, station, communes[0], [])
    TwinCase.objects.all().delete()
    asked = TwinCase.objects.create(older=older, newer=newer, ground=ground, found_at=AT)
    mended(clerk, older, communes[0], phone="0912000417")
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("different", clerk)
    assert not TwinCase.objects.filter(answer="").exists()
    answers = TwinCase.objects.values_list("older", "newer", "ground")
    assert len({(frozenset(pair), why) for *pair, why in answers}) == len(answers)


def test_a_number_that_two_claim_stays_asked_about_though_they_are_said_to_be_two(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    older, _newer = two(clerk, station, communes[0], [NUMBER])
    mended(clerk, older, communes[0], phone="0912000417", numbers=[NUMBER])
    assert TwinCase.objects.get(ground="number").answer == ""
