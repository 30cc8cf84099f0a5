"""The facility's list: what each person lacks, which terms of the law run, what waits."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.codelists.models import Holiday
from portal.places.models import Organisation
from portal.scope import scope_of
from practitioners import services
from practitioners.models import (
    Practitioner,
    PractitionerAccount,
    ProfileSubmission,
    Registration,
    TrainingActivity,
)
from practitioners.services import (
    end_registration,
)
from practitioners.staff import waiting_changes
from practitioners.staff_clocks import clocks_of
from tests.practitioners.conftest import AT, Send, make_list
from tests.practitioners.law import load_law
from tests.practitioners.registered import make_registered
from tests.practitioners.test_checks import ANOTHER
from tests.practitioners.test_own_pages import client_of, doctor
from tests.practitioners.training import make_training_lists

__all__ = ["doctor"]
TODAY = timezone.localdate()
OLD = TODAY - timedelta(days=800)


@pytest.fixture
def rules(db: None) -> None:
    """The terms that run for a facility."""
    make_list(
        "practice_rules",
        "Quy định",
        {"join_list": "Gửi danh sách bổ sung", "leave_report": "Báo cáo thôi hành nghề"},
        value="10",
        unit="calendar_days",
        article="Nghị định 96/2023/NĐ-CP, Điều 29",
    )


def staff_page(user: User, **query: str) -> Any:
    answer = client_of(user).get(reverse("practitioners:staff"), query)
    assert answer.status_code == 200
    return answer


def test_the_list_says_what_is_missing_of_whom(
    doctor: Practitioner, hospital: Organisation, sender: User
) -> None:
    make_registered("Vàng A Dơ", hospital, valid_until=date(2026, 1, 31))
    rows = {row.person.name: row for row in staff_page(sender).context["members"]}
    assert {one.code for one in rows["Vàng A Dơ"].dues} >= {
        "license_unusable",
        "identifier_none",
        "qualification_none",
    }
    assert rows["Vàng A Dơ"].dues[0].code == "license_unusable"
    filtered = staff_page(sender, nhom="license").context["members"]
    assert [row.person.name for row in filtered] == ["Vàng A Dơ"]


def test_the_list_takes_the_queries_of_one_for_thirty(
    hospital: Organisation, sender: User, lists: None
) -> None:
    make_training_lists()
    make_registered("Sùng A Lử", hospital)
    client = client_of(sender)
    client.get(reverse("practitioners:staff"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("practitioners:staff"))
    for number in range(29):
        make_registered(f"Sùng A {number}", hospital)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("practitioners:staff"))
    assert len(many) == len(one) <= 22
    with CaptureQueriesContext(connection) as chosen:
        shown = client.get(reverse("practitioners:staff"), {"co-so": str(hospital.pk)})
    assert shown.context["chosen"] == hospital.pk
    assert len(chosen) == len(one)


def test_a_joiner_s_term_counts_down_until_the_list_is_sent(
    hospital: Organisation, sender: User, rules: None
) -> None:
    person = make_registered("Sùng A Lử", hospital)
    row = person.registrations.get()
    row.added_on = TODAY - timedelta(days=7)
    row.save()
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.due_on, clock.left) == ("join_list", TODAY + timedelta(days=3), 3)
    client_of(sender).post(
        reverse("practitioners:move-registration", args=[row.pk]), {"deed": "joined"}
    )
    row.refresh_from_db()
    assert row.announced_on == TODAY


def test_a_list_is_due_on_the_tenth_day_even_when_that_is_a_sunday(
    hospital: Organisation, sender: User
) -> None:
    """Ten calendar days from adding (Decree 96/2023/NĐ-CP, article 29)."""
    load_law()
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    row.added_on = date(2026, 11, 5)
    row.save()
    (clock,) = clocks_of(scope_of(sender, "submit_practitioners"), date(2026, 11, 9))
    assert (clock.code, clock.due_on, clock.due_on.isoweekday()) == (
        "join_list",
        date(2026, 11, 15),
        7,
    )
    assert clock.left == 6


def test_who_leaves_on_the_friday_before_tet_is_reported_three_working_days_later(
    hospital: Organisation, sender: User
) -> None:
    """The days off of the year's table do not count (Decree 96/2023/NĐ-CP, article 29)."""
    load_law()
    days_off = [date(2026, 2, day) for day in range(16, 21)]
    Holiday.objects.bulk_create(
        [Holiday(day=day, name="Tết Nguyên đán", kind="off") for day in days_off],
        ignore_conflicts=True,
    )
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    friday = date(2026, 2, 13)
    row.valid_until, row.ended_because = friday, "Chuyển công tác"
    row.save()
    (clock,) = clocks_of(scope_of(sender, "submit_practitioners"), friday)
    assert (clock.code, clock.due_on) == ("leave_report", date(2026, 2, 25))


def test_whoever_has_left_is_to_be_reported_though_nobody_wrote_why(
    hospital: Organisation, sender: User, rules: None
) -> None:
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    end_registration(actor=sender, registration=row, last_day=TODAY, at=timezone.now())
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.registration) == ("leave_report", row)


def test_who_only_changes_the_post_has_not_left(
    hospital: Organisation, sender: User, rules: None
) -> None:
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    last = TODAY
    end_registration(actor=sender, registration=row, last_day=last, at=timezone.now())
    Registration.objects.create(
        practitioner=row.practitioner,
        facility=hospital,
        position_text="Khoa Nội",
        valid_from=TODAY + timedelta(days=1),
    )
    assert staff_page(sender).context["clocks"] == []


def test_a_leaver_s_term_counts_down_until_it_is_reported(
    hospital: Organisation, sender: User, rules: None
) -> None:
    row = make_registered("Sùng A Lử", hospital).registrations.get()
    end_registration(
        actor=sender, registration=row, last_day=TODAY, because="Nghỉ hưu", at=timezone.now()
    )
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.is_ours) == ("leave_report", True)
    address = reverse("practitioners:move-registration", args=[row.pk])
    client_of(sender).post(address, {"deed": "reported"})
    row.refresh_from_db()
    assert row.leaving_announced_on == TODAY
    assert staff_page(sender).context["clocks"] == []


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("join_list", {"added_on": OLD}),
        ("publish_list", {"added_on": OLD, "announced_on": OLD}),
        ("leave_report", {"valid_until": OLD}),
    ],
)
def test_what_is_still_open_keeps_its_term_however_old(
    code: str, facts: dict[str, date], hospital: Organisation, sender: User
) -> None:
    load_law()
    registrations = make_registered("Sùng A Lử", hospital).registrations
    registrations.update(valid_from=OLD - timedelta(days=30), **facts)
    (clock,) = staff_page(sender).context["clocks"]
    assert (clock.code, clock.registration) == (code, registrations.get())
    assert OLD < clock.due_on < OLD + timedelta(days=60)
    assert clock.left < -500


def test_a_joiner_s_profile_that_was_returned_keeps_its_term_however_old(
    send: Send, verified: Practitioner, licensing_officer: User, sender: User, rules: None
) -> None:
    joiner = {**ANOTHER, "registered_from": f"{AT + timedelta(days=1):%d/%m/%Y}"}
    sent = send(**joiner)
    services.return_profile(
        submission_id=sent.pk,
        version=1,
        reason_code="identity_differs",
        actor=licensing_officer,
        at=AT,
    )
    ProfileSubmission.objects.filter(pk=sent.pk).update(submitted_at=AT - timedelta(days=800))
    scope = scope_of(sender, "submit_practitioners")
    (clock,) = clocks_of(scope, AT.date() + timedelta(days=700))
    assert (clock.code, clock.name, clock.is_ours) == ("join_list", sent.name, True)


def test_what_a_data_officer_sends_of_a_colleague_is_no_change_the_colleague_sent(
    send: Send, verified: Practitioner, sender: User, hospital: Organisation
) -> None:
    """Though the data officer is a practitioner with an account of their own."""
    own = make_registered("Quàng Thị Nga", hospital)
    services.link_account(actor=None, practitioner=own, user=sender, on=date(2026, 1, 1))
    scope = scope_of(sender, "submit_practitioners")
    send(scope="Nội khoa; siêu âm")
    assert not waiting_changes(scope).exists()


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_change_somebody_sent_of_themselves_waits_while_the_account_is_theirs(
    is_linked: bool, send: Send, verified: Practitioner, sender: User
) -> None:
    services.link_account(actor=None, practitioner=verified, user=sender, on=date(2026, 1, 1))
    sent = send(scope="Nội khoa; siêu âm")
    if not is_linked:
        PractitionerAccount.objects.update(valid_until=date(2026, 6, 1))
    scope = scope_of(sender, "submit_practitioners")
    assert list(waiting_changes(scope)) == ([sent] if is_linked else [])


def test_another_facility_s_people_are_no_address(station: Organisation, sender: User) -> None:
    row = make_registered("Sùng A Lử", station).registrations.get()
    address = reverse("practitioners:move-registration", args=[row.pk])
    answer = client_of(sender).post(address, {"deed": "reported"})
    assert answer.status_code == 404
    assert Registration.objects.get(pk=row.pk).leaving_announced_on is None
    assert "Sùng A Lử" not in staff_page(sender).content.decode()


def test_somebody_without_licence_is_listed_with_what_is_missing(
    hospital: Organisation, sender: User
) -> None:
    person = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=date(1978, 4, 22), sex="male"
    )
    Registration.objects.create(practitioner=person, facility=hospital, valid_from=date(2025, 7, 1))
    TrainingActivity.objects.create(
        practitioner=person,
        title="Siêu âm",
        hours=8,
        ended_on=date(2025, 7, 1),
        state="declared",
    )
    (row,) = staff_page(sender).context["members"]
    assert "license_none" in {one.code for one in row.dues}
