"""Who answers for a facility, and who belongs to it, told by the register of practitioners."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.places.models import Organisation
from portal.scope import Scope
from practitioners import services
from practitioners.at_facility import staffing
from practitioners.models import (
    LicenseEvent,
    PracticeLicense,
    Practitioner,
    Registration,
    TrainingActivity,
)
from practitioners.staff import waiting_trainings
from tests.practitioners.law import bar
from tests.practitioners.registered import make_registered
from tests.shipped import publish

ON = date(2026, 11, 5)
TODAY = timezone.localdate()


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


def test_the_title_the_scope_and_the_time_of_the_person_in_charge_are_told(
    station: Organisation, responsible: Practitioner
) -> None:
    publish(frozenset({"practice_scopes"}))
    told = staffing(station, ON)
    assert (told.responsible_full_time, told.responsible_title) == (True, "")
    responsible.licenses.update(title="doctor", scope="Chuyên khoa Răng hàm mặt")
    responsible.registrations.update(is_full_time=False)
    told = staffing(station, ON)
    assert (told.responsible_full_time, told.responsible_title) == (False, "doctor")
    assert told.responsible_scope == ("116",)


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


def test_a_ban_speaks_against_the_person_in_charge_whatever_licence_they_hold(
    station: Organisation, responsible: Practitioner
) -> None:
    bar(
        responsible,
        services.Decision(date(2026, 10, 1), "12/2026/HS-ST", date(2026, 9, 28)),
        services.Measure("barred", valid_until=date(2026, 12, 31)),
    )
    told = staffing(station, ON)
    assert told.responsible_doubt == "bị cấm hành nghề"
    assert told.doubtful == 1
    for day in (date(2026, 9, 30), date(2027, 1, 1)):
        assert (staffing(station, day).responsible_doubt, staffing(station, day).doubtful) == (
            "",
            0,
        )


def test_who_died_is_no_more_in_charge(station: Organisation, responsible: Practitioner) -> None:
    Practitioner.objects.update(died_on=date(2026, 11, 3))
    assert staffing(station, ON).responsible_doubt
    assert staffing(station, date(2026, 11, 3)).responsible_doubt == ""


def test_nobody_is_told_where_nobody_is_registered(station: Organisation) -> None:
    told = staffing(station, ON)
    assert (told.responsible, told.practitioners, told.changed_on) == ("", 0, None)


@pytest.mark.parametrize(("days", "is_theirs"), [(30, True), (0, True), (-1, False)])
def test_who_leaves_on_a_day_to_come_stays_with_the_facility_to_that_day(
    days: int, is_theirs: bool, station: Organisation, hospital: Organisation
) -> None:
    person = make_registered("Lò Văn An", hospital, registered_until=TODAY + timedelta(days=days))
    declared = TrainingActivity.objects.create(
        practitioner=person, title="Hồi sức", ended_on=TODAY - timedelta(days=90), hours=8
    )
    TrainingActivity.objects.filter(pk=declared.pk).update(state="declared")
    scope = Scope(frozenset({hospital.pk}))
    expected = [person] if is_theirs else []
    assert list(Practitioner.objects.within(scope)) == expected
    assert [row.practitioner for row in waiting_trainings(scope)] == expected
    assert not Practitioner.objects.within(Scope(frozenset({station.pk}))).exists()
