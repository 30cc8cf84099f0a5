"""Discrepancy cases: opened by checks once, both sides heard, decided for a reason, carried out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Practitioner,
    PractitionerAccount,
    ProfileSource,
    ProfileSubmission,
    Registration,
)
from tests.practitioners.conftest import AT, PDF, Send

PAST_DUE = AT + timedelta(days=40)
ELSEWHERE = {"license_number": "002001/SL-GPHN", "license_issued_by": "Sở Y tế tỉnh Sơn La"}


@pytest.fixture
def case(
    send: Send, verified: Practitioner, station: Organisation, station_head: User
) -> DiscrepancyCase:
    """A second licence of another province, sent by the station."""
    send(facility=station, actor=station_head, full_time="", position_text="", **ELSEWHERE)
    return DiscrepancyCase.objects.get(kind="two_licenses")


def side(case: DiscrepancyCase, position: int) -> CaseSide:
    return case.sides.get(position=position)


def hear(case: DiscrepancyCase, *people: User) -> None:
    for position, user in enumerate(people, 1):
        services.state_side(
            side_id=side(case, position).pk,
            stance="holds",
            statement="Hồ sơ gốc lưu tại đơn vị.",
            actor=user,
            at=AT,
        )


def decide(case: DiscrepancyCase, outcome: str, officer: User, at: datetime = PAST_DUE) -> None:
    services.decide_case(
        case_id=case.pk, outcome=outcome, reason="Đã đối chiếu sổ gốc.", actor=officer, at=at
    )


def checks_of(submission: ProfileSubmission) -> dict[str, str]:
    return dict(submission.checks.values_list("code", "status"))


def test_a_second_licence_of_another_province_opens_one_case_with_its_sides(
    case: DiscrepancyCase,
    verified: Practitioner,
    department: Organisation,
    station: Organisation,
) -> None:
    assert (case.origin, case.opened_by, case.department) == ("checks", None, department)
    assert case.practitioner == verified
    first, second, person = case.sides.order_by("position")
    assert (first.organisation, first.license) == (verified.keeper, verified.licenses.get())
    assert first.claim["license_number"] == "001287/ĐB-GPHN"
    assert second.organisation == station
    assert second.claim["license_number"] == "002001/SL-GPHN"
    assert person.is_of_person
    assert list(case.steps.values_list("kind", flat=True)) == ["opened", *["asked"] * 3]
    submission = second.submission
    assert submission is not None
    check = submission.checks.get(code="second_license")
    assert (check.status, check.params["case"]) == ("fail", str(case.pk))
    assert submission.worst_code == "second_license"


def test_the_same_clash_met_again_keeps_its_one_open_case(
    case: DiscrepancyCase,
    send: Send,
    station: Organisation,
    station_head: User,
    licensing_officer: User,
) -> None:
    sent = ProfileSubmission.objects.waiting().get()
    services.return_profile(
        submission_id=sent.pk,
        version=sent.version,
        reason_code="duplicate",
        actor=licensing_officer,
        at=AT,
    )
    again = send(facility=station, actor=station_head, full_time="", position_text="", **ELSEWHERE)
    assert DiscrepancyCase.objects.filter(kind="two_licenses").count() == 1
    assert again.checks.get(code="second_license").params["case"] == str(case.pk)


def test_the_item_of_an_open_case_is_not_verified_at_the_desk(
    case: DiscrepancyCase, licensing_officer: User
) -> None:
    sent = ProfileSubmission.objects.waiting().get()
    with pytest.raises(ValidationError) as refused:
        services.verify_item(
            submission_id=sent.pk,
            key="license",
            version=sent.version,
            actor=licensing_officer,
            at=AT,
        )
    assert refused.value.code == "item_fails"
    assert not sent.items.filter(decision="verified").exists()


def test_nobody_decides_before_both_sides_were_heard_or_let_their_time_pass(
    case: DiscrepancyCase, licensing_officer: User, station_head: User
) -> None:
    CaseSide.objects.update(due_on=date(2026, 11, 19))
    hear(case, licensing_officer)
    with pytest.raises(ValidationError) as refused:
        decide(case, "first_holds", licensing_officer, at=AT)
    assert refused.value.code == "side_not_heard"
    case.refresh_from_db()
    assert (case.state, case.steps.filter(kind="decided").count()) == ("open", 0)
    decide(case, "first_holds", licensing_officer, at=datetime(2026, 11, 20, 3, tzinfo=UTC))
    case.refresh_from_db()
    assert case.state == "decided"


@pytest.mark.parametrize(
    ("outcome", "reason", "code"),
    [("first_holds", " ", "case_without_reason"), ("", "Đã xem.", "case_without_reason")],
)
def test_a_decision_has_an_outcome_and_a_written_reason(
    case: DiscrepancyCase,
    licensing_officer: User,
    station_head: User,
    outcome: str,
    reason: str,
    code: str,
) -> None:
    hear(case, licensing_officer, station_head)
    with pytest.raises(ValidationError) as refused:
        services.decide_case(
            case_id=case.pk, outcome=outcome, reason=reason, actor=licensing_officer, at=AT
        )
    assert code in {error.code for error in refused.value.error_dict["__all__"]}
    case.refresh_from_db()
    assert case.is_open


def test_the_first_side_holds_and_the_profile_goes_back_with_the_reason(
    case: DiscrepancyCase, licensing_officer: User, station_head: User, verified: Practitioner
) -> None:
    hear(case, licensing_officer, station_head)
    decide(case, "first_holds", licensing_officer)
    sent = side(case, 2).submission
    assert sent is not None
    assert (sent.state, sent.reason_code) == ("returned", "license_wrong")
    assert sent.reason == "Đã đối chiếu sổ gốc."
    assert verified.licenses.get().superseded_on is None
    assert case.steps.filter(kind="effect").count() == 1


def test_the_second_side_holds_and_the_profile_can_be_verified(
    case: DiscrepancyCase, licensing_officer: User, station_head: User, verified: Practitioner
) -> None:
    hear(case, licensing_officer, station_head)
    decide(case, "second_holds", licensing_officer)
    sent = side(case, 2).submission
    assert sent is not None
    assert checks_of(sent)["case_for"] == "pass"
    services.verify_item(
        submission_id=sent.pk,
        key="license",
        version=sent.version,
        actor=licensing_officer,
        at=PAST_DUE,
    )
    sent.refresh_from_db()
    assert sent.items.get(key="license").decision == "verified"


def test_a_decided_case_takes_no_more_statements_and_no_second_decision(
    case: DiscrepancyCase, licensing_officer: User, station_head: User
) -> None:
    hear(case, licensing_officer, station_head)
    decide(case, "first_holds", licensing_officer)
    steps = case.steps.count()
    with pytest.raises(ValidationError) as refused:
        hear(case, licensing_officer)
    assert refused.value.code == "case_closed"
    with pytest.raises(ValidationError) as refused:
        decide(case, "second_holds", licensing_officer)
    assert refused.value.code == "case_closed"
    assert case.steps.count() == steps


def test_more_time_is_a_later_day_with_a_reason(
    case: DiscrepancyCase, licensing_officer: User
) -> None:
    CaseSide.objects.update(due_on=date(2026, 11, 19))
    for day, reason, code in (
        (date(2026, 11, 19), "Chờ công văn.", "no_more_time"),
        (date(2026, 12, 1), " ", "extension_without_reason"),
    ):
        with pytest.raises(ValidationError) as refused:
            services.extend_side(
                side_id=side(case, 2).pk, due_on=day, reason=reason, actor=licensing_officer, at=AT
            )
        assert refused.value.code == code
    assert side(case, 2).due_on == date(2026, 11, 19)
    services.extend_side(
        side_id=side(case, 2).pk,
        due_on=date(2026, 12, 1),
        reason="Chờ công văn.",
        actor=licensing_officer,
        at=AT,
    )
    assert side(case, 2).due_on == date(2026, 12, 1)


def test_full_time_at_two_places_ends_the_former_registration_when_the_second_holds(
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
) -> None:
    send(facility=station, actor=station_head, registered_from="01/11/2026")
    case = DiscrepancyCase.objects.get(kind="hours_overlap")
    held = Registration.objects.get(practitioner=verified)
    assert side(case, 1).registration == held
    assert side(case, 1).organisation == held.facility
    hear(case, sender, station_head)
    decide(case, "second_holds", licensing_officer)
    held.refresh_from_db()
    assert held.valid_until == date(2026, 10, 31)
    assert held.ended_because == "Đã đối chiếu sổ gốc."
    sent = side(case, 2).submission
    assert sent is not None
    assert "full_time_elsewhere" not in checks_of(sent)


def test_a_second_post_of_responsibility_ends_the_first_post_and_not_the_practice(
    send: Send,
    verified: Practitioner,
    station: Organisation,
    station_head: User,
    sender: User,
    licensing_officer: User,
) -> None:
    held = Registration.objects.get(practitioner=verified)
    held.position, held.is_full_time, held.valid_until = "1", False, date(2027, 6, 30)
    held.save()
    held.slots.update(valid_until=held.valid_until)
    services.assign_technique(
        actor=sender,
        registration=held,
        assignment=services.Assignment("18.0001", "07/QĐ-BV", date(2026, 9, 1), "Siêu âm"),
        at=AT,
    )
    week = set(held.slots.values_list("weekday", "starts", "ends"))
    send(
        facility=station,
        actor=station_head,
        registered_from="01/11/2026",
        position="1",
        full_time="",
        hours="T7, 07:30 đến 11:30",
    )
    case = DiscrepancyCase.objects.get(kind="responsible_twice")
    hear(case, sender, station_head)
    decide(case, "second_holds", licensing_officer)
    rows = Registration.objects.filter(practitioner=verified).order_by("valid_from")
    assert [(row.position, row.valid_until) for row in rows] == [
        ("1", date(2026, 10, 31)),
        ("", date(2027, 6, 30)),
    ]
    former, now = rows
    assert (former.ended_because, now.ended_because) == ("Đã đối chiếu sổ gốc.", "")
    assert now.hours == held.hours
    assert set(now.slots.values_list("weekday", "starts", "ends")) == week
    assert {slot.valid_until for slot in now.slots.all()} == {now.valid_until}
    assert [row.valid_until for row in former.techniques.all()] == [date(2026, 10, 31)]
    (technique,) = now.techniques.all()
    assert (technique.code, technique.decision_no) == ("18.0001", "07/QĐ-BV")
    said = ProfileSource.objects.filter(row_id=technique.pk, field="extratechnique.decision_no")
    assert said.get().said_by == sender


def test_both_sides_see_the_case_and_write_only_their_own_statement(
    case: DiscrepancyCase,
    station_head: User,
    sender: User,
    licensing_officer: User,
    foreign_officer: User,
    clerk: User,
) -> None:
    address = reverse("practitioners:case", args=[case.pk])
    own, other = side(case, 2), side(case, 1)
    client = Client()
    client.force_login(station_head)
    said = {"_state": "1", "stance": "holds", "statement": "Bản gốc có dấu."}
    assert client.post(address, {**said, "side": str(other.pk)}).status_code == 403
    with_paper = {**said, "side": str(own.pk), "papers": [_upload()]}
    assert client.post(address, with_paper).status_code == 302
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.stance, own.stated_by, other.stance) == ("holds", station_head, "")
    paper = reverse("practitioners:case-paper", args=[own.papers.get().pk])
    assert client.post(address, {"_decide": "1", "outcome": "first_holds"}).status_code == 403
    expected = {licensing_officer: 200, foreign_officer: 404, sender: 404, clerk: 403}
    for user, status in expected.items():
        client.force_login(user)
        shown = client.get(paper)
        assert (client.get(address).status_code, shown.status_code) == (status, status), user
        b"".join(shown.streaming_content if shown.streaming else ())
    case.refresh_from_db()
    assert case.is_open


def test_the_practitioner_is_a_side_and_states_with_their_own_account(
    case: DiscrepancyCase, verified: Practitioner, clerk: User, licensing_officer: User
) -> None:
    services.link_account(
        actor=licensing_officer, practitioner=verified, user=clerk, on=date(2026, 11, 1)
    )
    assert PractitionerAccount.objects.filter(user=clerk).exists()
    client = Client()
    client.force_login(clerk)
    address = reverse("practitioners:case", args=[case.pk])
    said = {"_state": "1", "stance": "explains", "statement": "Giấy cũ đã trả lại Sở Sơn La."}
    assert client.post(address, {**said, "side": str(side(case, 3).pk)}).status_code == 302
    assert side(case, 3).stated_by == clerk


def test_what_is_missing_in_a_statement_is_said_and_nothing_typed_is_lost(
    case: DiscrepancyCase, station_head: User
) -> None:
    client = Client()
    client.force_login(station_head)
    answer = client.post(
        reverse("practitioners:case", args=[case.pk]),
        {"_state": "1", "side": str(side(case, 2).pk), "statement": "Chưa chọn ý kiến"},
    )
    assert answer.status_code == 400
    assert "Chưa chọn ý kiến" in answer.content.decode()
    assert side(case, 2).stated_at is None


def _upload() -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("cong-van.pdf", PDF, "application/pdf")


def test_nobody_decides_a_case_about_themselves_or_about_what_they_sent(
    case: DiscrepancyCase, verified: Practitioner, station_head: User, second_officer: User
) -> None:
    verified.accounts.create(user=second_officer, valid_from=date(2026, 1, 1))
    before = case.steps.count()
    for actor in (second_officer, station_head):
        with pytest.raises(ValidationError) as refused:
            decide(case, "second_holds", actor)
        assert refused.value.code == "case_own"
        with pytest.raises(ValidationError) as refused:
            services.drop_case(case_id=case.pk, reason="x", actor=actor, at=PAST_DUE)
        assert refused.value.code == "case_own"
    case.refresh_from_db()
    assert (case.state, case.decided_by, case.steps.count()) == ("open", None, before)
