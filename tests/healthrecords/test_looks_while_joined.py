"""Who read a record while it was joined with another one stands in its report after they are parted."""

from datetime import datetime, timedelta

import pytest

from healthrecords.access_report import WHOLE, Asked, count, read_all, read_page
from healthrecords.models import Citizen
from portal.accounts.models import User
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import join, part
from tests.healthrecords.test_glass_and_looks_pages import look

HOUR = timedelta(hours=1)


@pytest.fixture
def people(citizen: Citizen, clerk: User) -> list[Citizen]:
    """Three records the clerk's station cares for."""
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
    people: list[Citizen], clerk: User
) -> None:
    survivor, merged, _third = people
    looked(survivor, clerk, AT + HOUR, 1)
    merge = join(clerk, survivor, merged, at=AT + 2 * HOUR)
    looked(survivor, clerk, AT + 3 * HOUR, 2)
    part(clerk, merge, at=AT + 4 * HOUR)
    looked(survivor, clerk, AT + 5 * HOUR, 3)
    looked(merged, clerk, AT + 6 * HOUR, 4)
    assert whys(merged) == ["lần 2; trong lúc gộp với một hồ sơ khác", "lần 4"]
    assert whys(survivor) == ["lần 1", "lần 2", "lần 3"]
    assert count(merged, Asked(), veil=WHOLE) == len(read_all(merged, Asked(), veil=WHOLE))


def test_it_is_told_up_the_chain_of_joinings(people: list[Citizen], clerk: User) -> None:
    first, second, third = people
    lower = join(clerk, second, third, at=AT + HOUR)
    looked(first, clerk, AT + 2 * HOUR, 1)
    upper = join(clerk, first, second, at=AT + 3 * HOUR)
    looked(first, clerk, AT + 4 * HOUR, 2)
    part(clerk, upper, at=AT + 5 * HOUR)
    looked(first, clerk, AT + 6 * HOUR, 3)
    looked(second, clerk, AT + 7 * HOUR, 4)
    part(clerk, lower, at=AT + 8 * HOUR)
    looked(second, clerk, AT + 9 * HOUR, 5)
    beside = "; trong lúc gộp với một hồ sơ khác"
    assert whys(third) == [f"lần 2{beside}", f"lần 4{beside}"]
    assert whys(second) == [f"lần 2{beside}", "lần 4", "lần 5"]
