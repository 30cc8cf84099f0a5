"""Automatic checks of a submitted profile: what passes, what asks, what is wrong."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import LicenseEvent, Practitioner, ProfileSubmission
from practitioners.profile import read
from tests.practitioners.conftest import AT, DECIDED, PROFILE, Send

ANOTHER = {
    "name": "Mùa A Chống",
    "identifier": "011079002916",
    "birth_date": "1979",
    "license_number": "000417/ĐB-GPHN",
}


def statuses(submission: ProfileSubmission) -> dict[str, str]:
    return dict(submission.checks.values_list("code", "status"))


def test_a_sound_profile_passes_every_check(send: Send) -> None:
    assert set(statuses(send()).values()) == {"pass"}


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"license_number": "012345/HNO-CCHND"}, "license_pharmacist", "fail"),
        ({"license_number": "1976/HNO-GPHĐ"}, "license_operating", "fail"),
        ({"license_number": "không rõ"}, "license_unreadable", "fail"),
        ({"license_valid_until": "04/11/2026"}, "license_expired", "fail"),
        ({"license_valid_until": "05/11/2026"}, "license_in_force", "pass"),
        ({"license_valid_until": ""}, "license_no_term", "ask"),
        (
            {"license_number": "040144/HCM-CCHN", "license_valid_until": ""},
            "license_legacy",
            "pass",
        ),
        ({"title": "pharmacist"}, "title_unknown", "fail"),
        ({"identifier": ""}, "identifier_missing", "ask"),
        ({"sex": "female"}, "identifier_sex", "ask"),
        ({"birth_date": "22/04/1979"}, "identifier_birth", "ask"),
        ({"identifier": "111111111111"}, "identifier_unlikely", "ask"),
        ({"phone": "0912000552"}, "contact_declared", "ask"),
        ({"registered_from": "01/03/2024"}, "registered_before_license", "ask"),
    ],
)
def test_a_check_says_what_is_the_matter(
    send: Send, changes: dict[str, str], code: str, status: str
) -> None:
    assert statuses(send(**changes))[code] == status


def test_an_item_without_its_paper_asks(send: Send) -> None:
    submission = send(papers=("person", "identifier", "qualification"))
    missing = submission.checks.filter(code="evidence_missing")
    assert set(missing.values_list("item_key", flat=True)) == {"license", "scope"}
    assert submission.worst == "ask"


def test_the_licence_of_another_person_is_wrong_however_wide_the_serial(
    send: Send, verified: Practitioner
) -> None:
    submission = send(**{**ANOTHER, "license_number": "0001287/ĐB-GPHN"})
    assert submission.practitioner is None
    check = submission.checks.get(code="license_taken")
    assert (check.status, check.params["name"]) == ("fail", "Lò Văn Thoan")


def test_the_verified_number_of_another_person_is_wrong(send: Send, verified: Practitioner) -> None:
    submission = send(**{**ANOTHER, "identifier": PROFILE["identifier"]})
    assert submission.practitioner is None
    assert statuses(submission)["identifier_taken"] == "fail"


def test_a_namesake_born_the_same_day_asks(send: Send, verified: Practitioner) -> None:
    changes = {**ANOTHER, "name": "LO VAN THOAN", "birth_date": "1978"}
    submission = send(**changes)
    check = submission.checks.get(code="person_twin")
    assert (check.status, check.params["license"]) == ("ask", "001287/ĐB-GPHN")


def test_full_time_at_two_facilities_is_wrong_and_names_the_other(
    send: Send, verified: Practitioner, station: Organisation, station_head: User
) -> None:
    submission = send(facility=station, actor=station_head)
    check = submission.checks.get(code="full_time_elsewhere")
    assert (check.status, check.item_key) == ("fail", "registration")
    assert check.params["facility"] == "Bệnh viện Đa khoa tỉnh Điện Biên"
    part_time = {**PROFILE, "full_time": ""}
    services.return_profile(
        submission_id=submission.pk,
        version=1,
        reason_code="hours_overlap",
        actor=station_head,
        at=AT,
    )
    again = send(facility=station, actor=station_head, **part_time)
    assert statuses(again)["hours_meet"] == "fail"


def test_one_person_is_responsible_for_one_facility_and_a_facility_has_one(
    send: Send, licensing_officer: User, station: Organisation, station_head: User
) -> None:
    first = send(position="1")
    services.verify_all_passing(submission_id=first.pk, version=1, actor=licensing_officer, at=AT)
    there = send(facility=station, actor=station_head, position="1", full_time="")
    assert statuses(there)["responsible_twice"] == "fail"
    here = send(**{**ANOTHER, "position": "1"})
    assert here.checks.get(code="responsible_taken").params["name"] == "Lò Văn Thoan"


def test_the_same_licence_in_another_waiting_profile_asks(
    send: Send, station: Organisation, station_head: User
) -> None:
    send()
    second = send(facility=station, actor=station_head)
    assert statuses(second)["waiting_twin"] == "ask"


def test_nobody_registers_on_a_revoked_licence(
    send: Send, verified: Practitioner, licensing_officer: User
) -> None:
    LicenseEvent.objects.create(
        license=verified.licenses.get(), kind="revoked", valid_from=date(2026, 9, 1), **DECIDED
    )
    submission = send(hours="T7, 07:30 đến 11:30")
    check = submission.checks.get(code="license_revoked")
    assert (check.status, check.item_key) == ("fail", "registration")


def test_a_suspension_ends_by_its_last_day_or_by_being_lifted(verified: Practitioner) -> None:
    license = verified.licenses.get()
    LicenseEvent.objects.create(
        license=license,
        kind="suspended",
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 3, 31),
        **DECIDED,
    )
    LicenseEvent.objects.create(
        license=license, kind="suspended", valid_from=date(2026, 6, 1), **DECIDED
    )
    LicenseEvent.objects.create(license=license, kind="resumed", valid_from=date(2026, 8, 1))
    days = {
        date(2025, 12, 31): "active",
        date(2026, 3, 31): "suspended",
        date(2026, 4, 1): "active",
        date(2026, 7, 31): "suspended",
        date(2026, 8, 1): "active",
        date(2029, 3, 11): "expired",
        date(2024, 3, 9): "not_yet",
    }
    assert {day: license.state_on(day) for day in days} == days


Refused = Callable[..., None]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": "  "}, "name", "name_missing"),
        ({"birth_date": "30/02/1978"}, "birth_date", "no_such_day"),
        ({"birth_date": "01/01/2027"}, "birth_date", "day_in_future"),
        ({"identifier": "11078002915"}, "identifier", "leading_zero_lost"),
        ({"license_issued_on": "06/11/2026"}, "license_issued_on", "day_in_future"),
        ({"license_valid_until": "01/01/2024"}, "license_valid_until", "license_reversed"),
        ({"license_issued_on": "2024"}, "license_issued_on", "day_incomplete"),
        ({"email": "thoan"}, "email", "email_unreadable"),
        ({"sex": "x"}, "sex", "not_in_list"),
        ({"training_title": "Siêu âm"}, "training_hours", "training_incomplete"),
        (
            {
                "training_title": "Siêu âm",
                "training_hours": "0",
                "training_ended_on": "29/05/2026",
            },
            "training_hours",
            "hours_unreadable",
        ),
    ],
)
def test_what_cannot_stand_is_refused_at_its_field(
    changes: dict[str, str], field: str, code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        read({**PROFILE, **changes}, on=date(2026, 11, 5))
    assert [error.code for error in refused.value.error_dict[field]] == [code]


@pytest.mark.django_db
def test_dates_are_read_day_first_and_a_year_alone_stays_a_year() -> None:
    found = read(
        {**PROFILE, "license_issued_on": "03/04/2025", "birth_date": "1978"}, on=date(2026, 11, 5)
    )
    assert (found["license_issued_on"], found["birth_date"]) == ("2025-04-03", "1978")
