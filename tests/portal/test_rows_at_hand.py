"""What a row points at and is known to be there is not looked for again; what is not known is."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.database.keys import uuid7
from portal.places.models import Organisation
from practitioners.models import Practitioner, Registration
from tests.conftest import SINCE


@pytest.fixture
def practitioner(db: None) -> Practitioner:
    return Practitioner.objects.create(
        name="Lò Văn Thoan", name_sort="thoan lo van", birth_date=date(1978, 4, 22), sex="male"
    )


def asked_by(row: Registration) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        row.full_clean()
    return [one["sql"] for one in asked if one["sql"].startswith("SELECT")]


def registration(person: Practitioner, place: Organisation, position: str = "") -> Registration:
    return Registration(
        practitioner=person, facility=place, position=position, valid_from=SINCE, hours="T2"
    )


def test_a_row_asks_for_its_checks_and_for_what_others_could_hold_and_for_nothing_else(
    practitioner: Practitioner, station: Organisation
) -> None:
    # The checks, and whether the person is registered here in these days.
    assert len(asked_by(registration(practitioner, station))) == 2
    # Who is responsible is so for one facility, and is the only one there.
    assert len(asked_by(registration(practitioner, station, "1"))) == 4


def test_a_row_named_by_its_key_alone_is_looked_for(practitioner: Practitioner) -> None:
    row = Registration(practitioner=practitioner, facility_id=uuid7(), valid_from=SINCE)
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert set(refused.value.error_dict) == {"facility"}


def test_a_row_that_was_never_saved_is_looked_for(station: Organisation) -> None:
    nobody = Practitioner(name="Lò Văn Thoan", birth_date=date(1978, 4, 22), sex="male")
    with pytest.raises(ValidationError) as refused:
        registration(nobody, station).full_clean()
    assert set(refused.value.error_dict) == {"practitioner"}


def test_a_key_changed_after_the_row_was_read_is_looked_for(
    practitioner: Practitioner, station: Organisation
) -> None:
    row = registration(practitioner, station)
    row.facility_id = uuid7()
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert set(refused.value.error_dict) == {"facility"}


@pytest.mark.parametrize("position", ["1", "3"])
def test_a_condition_that_takes_the_row_in_is_asked_of_the_database(
    practitioner: Practitioner, station: Organisation, position: str
) -> None:
    other = Practitioner.objects.create(
        name="Lò Thị Tâm", name_sort="tam lo thi", birth_date=date(1980, 1, 1), sex="female"
    )
    registration(practitioner, station, "1").save()
    with pytest.raises(ValidationError) as refused:
        registration(other, station, position).full_clean()
    codes = [error.code for error in refused.value.error_dict["__all__"]]
    assert codes == ["responsible_taken"]
