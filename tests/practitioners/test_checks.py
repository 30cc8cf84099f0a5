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
from practitioners.sentences import say
from tests.practitioners.conftest import AT, DECIDED, PROFILE, Send, make_list

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
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    licensing_officer: User,
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
        actor=licensing_officer,
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


@pytest.mark.parametrize(
    ("issued", "says"), [("10/11/2023", "ask"), ("05/11/2023", ""), ("05/11/2020", "")]
)
def test_who_is_to_be_responsible_practised_for_36_months_or_is_asked_for_form_11(
    send: Send, issued: str, says: str
) -> None:
    make_list(
        "practice_rules",
        "Quy định",
        {"responsible_experience": "Thời gian hành nghề"},
        value="36",
        unit="months",
        article="Nghị định 96/2023/NĐ-CP (chưa đối chiếu điều)",
    )
    sent = send(
        position="1",
        license_issued_on=issued,
        license_valid_until="10/11/2028",
        registered_from="05/11/2026",
    )
    assert statuses(sent).get("responsible_new", "") == says
    assert "responsible_new" not in statuses(send(facility=sent.facility, **ANOTHER))


def test_who_is_to_be_responsible_part_time_is_asked_about(
    send: Send, station: Organisation, station_head: User
) -> None:
    sent = send(position="1", full_time="")
    assert statuses(sent)["responsible_part_time"] == "ask"
    for said in ({"position": "1"}, {"position": "2", "full_time": ""}):
        other = send(facility=station, actor=station_head, **ANOTHER, **said)
        assert "responsible_part_time" not in statuses(other)
        other.delete()


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


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ("T2 16:40-18:00", "ask"),
        ("T2 16:30-18:00", "ask"),
        ("T2 16:45-18:00", ""),
        ("CN 19:00-07:20", "ask"),
        ("CN 19:00-07:15", ""),
    ],
)
def test_too_little_time_to_travel_is_a_warning_on_the_desk(
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    hours: str,
    says: str,
) -> None:
    """Hours that touch do not meet, before noon or over the end of the week (article 36(1))."""
    make_list(
        "practice_rules",
        "Quy định",
        {"travel_buffer": "Đi lại", "travel_buffer_same_commune": "Đi lại trong xã"},
        value="15",
        unit="minutes",
    )
    sent = send(facility=station, actor=station_head, full_time="", hours=hours)
    found = statuses(sent)
    assert found.get("hours_travel", "") == says
    assert "hours_meet" not in found
    if says:
        check = sent.checks.get(code="hours_travel")
        assert check.params["needed"] == 15
        assert "Bệnh viện Đa khoa tỉnh Điện Biên" in say(check.code, check.params)
