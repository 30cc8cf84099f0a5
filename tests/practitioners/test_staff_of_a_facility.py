"""Who answers for a facility, told to its page by the register of practitioners."""

from datetime import date

import pytest

from portal.places.models import Organisation
from practitioners.at_facility import staffing
from practitioners.models import LicenseEvent, PracticeLicense, Practitioner, Registration

ON = date(2026, 11, 5)


@pytest.fixture
def responsible(station: Organisation) -> Practitioner:
    person = Practitioner.objects.create(
        name="Lò Văn An", birth_date="1980-05-01", sex="male", keeper=station
    )
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw="001234/ĐB-GPHN",
        serial=1234,
        issuer_code="ĐB",
        kind="gphn",
        issued_on=date(2024, 3, 10),
    )
    Registration.objects.create(
        practitioner=person, facility=station, position="1", valid_from=date(2025, 7, 1)
    )
    return person


def test_the_person_in_charge_is_told_with_the_months_of_practice(
    station: Organisation, responsible: Practitioner
) -> None:
    told = staffing(station, ON)
    assert (told.responsible, told.responsible_since) == ("Lò Văn An", date(2025, 7, 1))
    assert (told.responsible_months, told.responsible_doubt) == (31, "")
    assert (told.practitioners, told.doubtful, told.changed_on) == (1, 0, date(2025, 7, 1))


def test_a_suspended_licence_speaks_against_the_person_in_charge(
    station: Organisation, responsible: Practitioner
) -> None:
    LicenseEvent.objects.create(
        license=responsible.licenses.get(),
        kind="suspended",
        decision_no="9/QĐ-SYT",
        decided_on=date(2026, 9, 28),
        authority="Sở Y tế Điện Biên",
        valid_from=date(2026, 10, 1),
        valid_until=date(2027, 1, 1),
    )
    told = staffing(station, ON)
    assert told.responsible_doubt
    assert told.doubtful == 1
    assert staffing(station, date(2026, 9, 1)).responsible_doubt == ""


def test_nobody_is_told_where_nobody_is_registered(station: Organisation) -> None:
    told = staffing(station, ON)
    assert (told.responsible, told.practitioners, told.changed_on) == ("", 0, None)
