"""Who read a record while it was joined with another one stands in its report after they are parted."""

from datetime import datetime, timedelta

import pytest

from healthrecords.access_report import Asked, count, read_all, read_page
from healthrecords.models import Citizen
from healthrecords.veiling import WHOLE
from portal.accounts.models import User
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import join, part
from tests.healthrecords.test_glass_and_looks_pages import look

HOUR = timedelta(hours=1)


@pytest.fixture
def people(citizen: Citizen, clinician: User) -> list[Citizen]:
    """Three records the clinician's station cares for."""
    place = citizen.home_station
    rest = [
        Citizen.objects.create(
            name=name, birth_date=citizen.birth_date, sex="female", home_station=place
        )
        for name in ("Quàng Thị Hạc", "Quàng Thị Hắc")
    ]
    return [citizen, *rest]


def whys(citizen: Citizen) -> list[str]:
    citizen.refresh_from_db()
    shown = [
        str(one.why)
        for one in read_page(citizen, Asked(), veil=WHOLE).looks
        if ": lần " in str(one.why)
    ]
    on_paper = [
        str(one.why) for one in read_all(citizen, Asked(), veil=WHOLE) if ": lần " in str(one.why)
    ]
    assert shown == on_paper
    return [why.partition(": ")[2] for why in reversed(shown)]


def looked(citizen: Citizen, by: User, at: datetime, number: int) -> None:
    look(citizen, by, at=at, reason=f"lần {number}")


def test_what_was_read_of_the_other_record_in_that_time_is_told(
    people: list[Citizen], clinician: User
) -> None:
    survivor, merged, _third = people
    looked(survivor, clinician, AT + HOUR, 1)
    merge = join(clinician, survivor, merged, at=AT + 2 * HOUR)
    looked(survivor, clinician, AT + 3 * HOUR, 2)
    part(clinician, merge, at=AT + 4 * HOUR)
    looked(survivor, clinician, AT + 5 * HOUR, 3)
    looked(merged, clinician, AT + 6 * HOUR, 4)
    assert whys(merged) == ["lần 2; trong lúc gộp với một hồ sơ khác", "lần 4"]
    assert whys(survivor) == ["lần 1", "lần 2", "lần 3"]
    assert count(merged, Asked(), veil=WHOLE) == len(read_all(merged, Asked(), veil=WHOLE))


def test_it_is_told_up_the_chain_of_joinings(people: list[Citizen], clinician: User) -> None:
    first, second, third = people
    lower = join(clinician, second, third, at=AT + HOUR)
    looked(first, clinician, AT + 2 * HOUR, 1)
    upper = join(clinician, first, second, at=AT + 3 * HOUR)
    looked(first, clinician, AT + 4 * HOUR, 2)
    part(clinician, upper, at=AT + 5 * HOUR)
    looked(first, clinician, AT + 6 * HOUR, 3)
    looked(second, clinician, AT + 7 * HOUR, 4)
    part(clinician, lower, at=AT + 8 * HOUR)
    looked(second, clinician, AT + 9 * HOUR, 5)
    beside = "; trong lúc gộp với một hồ sơ khác"
    assert whys(third) == [f"lần 2{beside}", f"lần 4{beside}"]
    assert whys(second) == [f"lần 2{beside}", "lần 4", "lần 5"]
