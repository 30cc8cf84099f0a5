"""A province of 100,000 practitioners with planted defects: all are found, and nothing but chance."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from portal.places import services as places
from portal.places.models import Organisation
from practitioners.defects import find_defects
from practitioners.province import Province, write_province
from tests.conftest import SINCE
from tests.practitioners.law import load_law
from tests.practitioners.test_defects import compare

PEOPLE, FACILITIES, ON = 100_000, 400, date(2026, 11, 5)


@pytest.mark.proof
def test_every_defect_of_a_province_is_found(
    department: Organisation, prove: Callable[[str, float, str], None]
) -> None:
    load_law()
    facilities = [
        places.create_organisation(
            name=f"Phòng khám {number}", kind="clinic", parent=department, valid_from=SINCE
        ).pk
        for number in range(FACILITIES)
    ]
    planted = write_province(Province(people=PEOPLE, facilities=facilities, on=ON, seed=3))
    assert sum(map(len, planted.pairs.values())) == 400
    begun = time.monotonic()
    wrong = compare(planted, find_defects(ON))
    prove("province_defects_s", time.monotonic() - begun, "s")
    assert wrong == {}
    assert planted.accidental, "so many people resemble each other by chance as well"
