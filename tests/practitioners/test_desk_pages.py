"""The review desk: who may, in which order, what stays, and what a second official reads."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner, ProfileSubmission
from tests.practitioners.conftest import AT, PDF, Send
from tests.queries import asked_of, questions
from tests.reporting.crawling import Crawler


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def desk_of(submission: ProfileSubmission) -> str:
    return reverse("practitioners:desk", args=[submission.pk])


def many(send: Send, number: int) -> list[ProfileSubmission]:
    return [
        send(
            name=f"Lò Văn Số {n}",
            identifier=f"0110780{n:05d}",
            license_number=f"00{1000 + n}/ĐB-GPHN",
            at=AT + timedelta(minutes=n),
        )
        for n in range(number)
    ]


def test_the_officer_sees_the_profile_with_its_evidence_and_the_read_is_logged(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    answer = client_of(licensing_officer).get(desk_of(submission))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Lò Văn Thoan" in text
    assert reverse("practitioners:evidence", args=[submission.evidence.get().pk]) in text
    log = AccessLog.objects.get(action="opened")
    assert (log.people, log.user_id) == ([submission.pk], licensing_officer.pk)


def test_a_colleague_may_another_department_and_the_sender_may_not(
    send: Send, second_officer: User, foreign_officer: User, sender: User, clerk: User
) -> None:
    submission = send()
    paper = reverse("practitioners:evidence", args=[submission.evidence.get().pk])
    expected = {second_officer: (200, 200), foreign_officer: (404, 404)}
    expected |= {sender: (403, 200), clerk: (403, 404)}
    for user, statuses in expected.items():
        client = client_of(user)
        shown = client.get(paper)
        b"".join(shown.streaming_content if shown.streaming else ())
        found = client.get(desk_of(submission)).status_code, shown.status_code
        assert found == statuses, user
        if statuses[0] != 200:
            client.post(desk_of(submission), {"_verify_passing": "1", "version": "1"})
            client.post(desk_of(submission), {"_return": "1", "version": "1", "reason": "x"})
    submission.refresh_from_db()
    assert (submission.state, submission.version) == ("submitted", 1)
    assert not Practitioner.objects.exists()


def test_a_visitor_is_asked_to_log_in(send: Send) -> None:
    answer = Client().get(desk_of(send()))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("admin:login"))


def test_the_paper_is_sent_as_what_it_is_and_may_stand_in_our_own_frame_only(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    url = reverse("practitioners:evidence", args=[submission.evidence.get().pk])
    answer = client_of(licensing_officer).get(url)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline")
    assert "no-store" in answer["Cache-Control"]
    assert AccessLog.objects.filter(ground="evidence", people=[submission.pk]).exists()


def test_a_decision_leads_to_the_next_item_then_to_the_next_profile_in_the_same_filter(
    send: Send, licensing_officer: User, hospital: Organisation
) -> None:
    first = send(phone="0912000552")
    second = send(
        name="Mùa A Chống",
        identifier="011079002916",
        birth_date="1979",
        license_number="000417/ĐB-GPHN",
        at=AT + timedelta(minutes=1),
    )
    client = client_of(licensing_officer)
    chosen = f"?facility={hospital.pk}"
    opened = client.get(reverse("practitioners:desk-queue") + chosen)
    assert opened.url == desk_of(first) + chosen
    answer = client.post(desk_of(first) + chosen, {"_verify_passing": "1", "version": "1"})
    assert answer.url == desk_of(first) + f"{chosen}&item=contact#item-now"
    answer = client.post(
        desk_of(first) + chosen, {"_verify": "1", "item": "contact", "version": "2"}
    )
    assert answer.url == desk_of(second) + chosen
    assert client.get(reverse("practitioners:desk-queue")).url == desk_of(second) + chosen
    answer = client.post(
        desk_of(second),
        {"_return": "1", "version": "1", "reason_code": "evidence_differs", "reason": "Mờ"},
    )
    assert answer.url == reverse("practitioners:desk-queue")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("verified", "returned")


def test_the_queue_stands_in_the_order_of_due_days_and_can_be_narrowed(
    send: Send, licensing_officer: User
) -> None:
    late, early = many(send, 2)
    ProfileSubmission.objects.filter(pk=late.pk).update(due_on="2026-11-20", worst="fail")
    client = client_of(licensing_officer)
    assert client.get(reverse("practitioners:desk-queue")).url == desk_of(early)
    narrowed = client.get(reverse("practitioners:desk-queue") + "?risk=fail")
    assert narrowed.url == desk_of(late) + "?risk=fail"
    empty = client.get(reverse("practitioners:desk-queue") + "?risk=ask")
    assert empty.status_code == 200
    assert b"?due=" in empty.content


def test_the_second_official_gets_409_with_a_sentence_and_keeps_what_was_typed(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    answer = client_of(second_officer).post(
        desk_of(submission), {"_return": "1", "version": "1", "reason": "Ảnh mờ"}
    )
    assert answer.status_code == 409
    assert "Nguyễn Văn Minh" in answer.content.decode()
    submission.refresh_from_db()
    assert submission.state == "verified"


def test_a_return_without_reason_keeps_the_page_and_says_so(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    answer = client_of(licensing_officer).post(
        desk_of(submission), {"_return": "1", "version": "1", "wrong_item": "scope"}
    )
    assert answer.status_code == 400
    assert 'id="errornote"' in answer.content.decode()
    assert 'value="scope" selected' in answer.content.decode()
    submission.refresh_from_db()
    assert submission.state == "submitted"


# What is asked of the database for a page, however many wait, and for one decision, whoever it is about.
PAGE, DECIDING = 15, 52


@pytest.mark.parametrize("number", [5, 50])
def test_the_desk_asks_the_database_the_same_number_of_times_from_the_first_opening_on(
    send: Send, licensing_officer: User, number: int
) -> None:
    submission = many(send, number)[0]
    client = client_of(licensing_officer)
    for _opening in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(desk_of(submission)).status_code == 200
        assert questions(asked) <= PAGE, asked_of(asked)


def test_a_decision_and_the_next_profile_ask_little_of_the_database(
    send: Send, licensing_officer: User
) -> None:
    first, second = many(send, 2)
    client = client_of(licensing_officer)
    client.get(desk_of(first))
    with CaptureQueriesContext(connection) as deciding:
        answer = client.post(desk_of(first), {"_verify_passing": "1", "version": "1"})
    assert answer.headers["Location"].startswith(desk_of(second))
    with CaptureQueriesContext(connection) as following:
        assert client.get(answer.headers["Location"]).status_code == 200
    assert questions(deciding) <= DECIDING, asked_of(deciding)
    assert questions(following) <= PAGE, asked_of(following)


# The decision and the next profile as one answer: one frame of questions is saved.
IN_ONE = DECIDING + PAGE - 4
PART = {"X-Part": "main"}


def test_a_script_gets_the_next_profile_as_the_answer_to_a_decision(
    send: Send, licensing_officer: User
) -> None:
    first, second = many(send, 2)
    client = client_of(licensing_officer)
    client.get(desk_of(first) + "?risk=pass&page=2&item=scope")
    here, sent = desk_of(first) + "?risk=pass", {"_verify_passing": "1", "version": "1"}
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(here, sent, headers=PART)
    text = answer.content.decode()
    assert (answer.status_code, answer["Vary"].count("X-Part")) == (200, 1)
    assert answer["Content-Location"] == desk_of(second) + "?risk=pass"
    assert second.name in text
    assert f"Đã xác thực hồ sơ của {first.name}." in text
    assert "nav-main" not in text
    assert questions(asked) <= IN_ONE
    for row in (first, second):
        row.refresh_from_db()
    assert (first.state, second.state) == ("verified", "submitted")
    assert (second.assignee, client.cookies["desk_place"].value) == (
        licensing_officer,
        str(second.pk),
    )
    assert AccessLog.objects.filter(action="opened", people=[second.pk]).count() == 1


def test_a_script_is_told_where_to_go_when_the_queue_is_done_and_what_was_said_is_kept(
    send: Send, licensing_officer: User
) -> None:
    only = send()
    client = client_of(licensing_officer)
    sent = {"_verify_passing": "1", "version": "1"}
    answer = client.post(desk_of(only), sent, headers=PART)
    queue = reverse("practitioners:desk-queue")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Location"] == queue
    assert only.name in client.get(queue).content.decode()


def test_a_script_gets_a_refusal_in_its_place_too(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    submission = send()
    services.verify_all_passing(
        submission_id=submission.pk, version=1, actor=licensing_officer, at=AT
    )
    sent = {"_return": "1", "version": "1", "reason": "Ảnh mờ"}
    answer = client_of(second_officer).post(desk_of(submission), sent, headers=PART)
    assert (answer.status_code, answer["Content-Location"]) == (409, desk_of(submission))
    assert 'id="errornote"' in answer.content.decode()


def test_a_decision_stands_though_the_next_profile_cannot_be_drawn(
    send: Send, licensing_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = many(send, 2)
    client = client_of(licensing_officer)
    client.raise_request_exception = False

    def broken(*_args: object, **_kwargs: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("practitioners.pages.desk.draw", broken)
    sent = {"_verify_passing": "1", "version": "1"}
    assert client.post(desk_of(first), sent, headers=PART).status_code == 500
    for row in (first, second):
        row.refresh_from_db()
    assert (first.state, second.state) == ("verified", "submitted")
    assert not AccessLog.objects.filter(action="opened", people=[second.pk]).exists()


def test_the_home_page_lists_what_is_due_for_the_officer_alone(
    send: Send, licensing_officer: User, sender: User
) -> None:
    submission = send()
    assert desk_of(submission) in client_of(licensing_officer).get("/").content.decode()
    assert desk_of(submission) not in client_of(sender).get("/").content.decode()


def test_the_home_page_says_how_many_i_decided_today_and_opens_them(
    send: Send, licensing_officer: User, second_officer: User
) -> None:
    first, second, third, _waits = many(send, 4)
    for row, officer in (
        (first, licensing_officer),
        (second, licensing_officer),
        (third, second_officer),
    ):
        services.verify_all_passing(
            submission_id=row.pk, version=1, actor=officer, at=timezone.now()
        )
    crawler = Crawler(client_of(licensing_officer))
    assert [one for one in crawler.wrong() if one.startswith("decided_today")] == []
    home = crawler.open("/")
    assert home.xpath("//a[@data-figure='decided_today']/@data-number") == ["2"]


def test_a_profile_decided_on_very_often_keeps_its_version_readable(
    send: Send, licensing_officer: User
) -> None:
    submission = send()
    ProfileSubmission.objects.update(version=1234)
    text = client_of(licensing_officer).get(desk_of(submission)).content.decode()
    assert 'name="version" value="1234"' in text


@pytest.mark.parametrize("said", ["VN", "000", "Việt Nam"])
def test_the_desk_names_the_country_whatever_code_was_sent(
    send: Send, licensing_officer: User, said: str
) -> None:
    submission = send(nationality=said)
    assert submission.values["nationality"] == "VN"
    text = client_of(licensing_officer).get(desk_of(submission)).content.decode()
    assert "Việt Nam" in text
    assert ">000<" not in text


def test_a_country_that_no_list_has_is_refused_at_its_field(send: Send) -> None:
    with pytest.raises(ValidationError) as refused:
        send(nationality="Sao Hỏa")
    assert refused.value.error_dict["nationality"][0].code == "not_in_list"
    assert not ProfileSubmission.objects.exists()
