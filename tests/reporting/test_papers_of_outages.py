"""A paper counts as the sending once the report is entered and its outage is beyond doubt."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from lxml import html

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.services import give_role
from portal.places.models import Organisation
from reporting import services
from reporting.models import ExpectedReport, Outage, Report
from reporting.periods import ZONE
from reporting.senders import Owed, owed_by_all
from reporting.services.measuring import measure
from reporting.services.outages import confirm_outage, note_outage
from tests.conftest import SINCE, TODAY, make_user
from tests.reporting.conftest import OCTOBER, form, moment
from tests.reporting.test_life_of_a_report import code_of, draft  # noqa: F401  (a fixture)
from tests.reporting.test_long_lists import client_of
from tests.reporting.test_quality_of_reports import found_now, rules  # noqa: F401  (fixtures)
from tests.reporting.test_standings import by_hand, counted

WEEKS_LATER = moment(25, 11)
DUE_DAY = date(2026, 11, 6)


@pytest.fixture
def outage(department: Organisation) -> Outage:
    """The whole province was cut off on the day on which the report was due."""
    return Outage.objects.create(
        organisation=department, began_at=moment(6, 11, hour=7), ended_at=moment(6, 11, hour=17),
        reason="Đứt cáp quang",
    )  # fmt: skip


@pytest.fixture
def on_paper(draft: Callable[..., Report], head: User, outage: Outage) -> Report:  # noqa: F811
    """The report of October, which went on paper on that day and was not entered yet."""
    return services.send_on_paper(
        actor=head, report=draft(), outage=outage, sent_on=DUE_DAY, at=WEEKS_LATER
    )


def owed_of(place: Organisation) -> Owed:
    return owed_by_all(form("BC02"), OCTOBER, [place])[0]


def found_of(place: Organisation) -> set[str]:
    """Return which rules find something at what the place owes of October."""
    measure(at=datetime(2026, 11, 28, 9, tzinfo=ZONE))
    owed = ExpectedReport.objects.get(organisation=place, code="BC02", first_day=OCTOBER.first)
    return {code for code, key, _name in found_now() if key == owed.pk}


def test_what_is_on_paper_and_not_entered_is_open_and_overdue(
    on_paper: Report, station: Organisation, statistician: User
) -> None:
    owed = owed_of(station)
    assert (owed.is_done, owed.sent_on, owed.is_late(WEEKS_LATER.date())) == (False, None, True)
    assert counted(station, WEEKS_LATER) == by_hand(station, WEEKS_LATER.date())
    url = reverse("reporting:senders", args=["BC02", OCTOBER.slug])
    for slug in ("chua-gui", "tre"):
        page = html.fromstring(client_of(statistician).get(f"{url}?loc={slug}").content.decode())
        [row] = [row for row in page.xpath("//tbody/tr") if station.name in row.text_content()]
        assert "đã gửi giấy, chờ nhập bù" in row.text_content()


def test_entering_the_paper_makes_it_a_sending_of_its_day(
    on_paper: Report, head: User, station: Organisation
) -> None:
    services.submit_report(actor=head, report=on_paper, at=WEEKS_LATER)
    owed = owed_of(station)
    assert (owed.is_done, owed.sent_on, owed.was_late) == (True, DUE_DAY, False)
    assert counted(station, WEEKS_LATER) == by_hand(station, WEEKS_LATER.date())


def test_quality_asks_for_a_paper_until_it_is_entered(
    rules: None,  # noqa: F811
    on_paper: Report,
    head: User,
    station: Organisation,
) -> None:
    assert found_of(station) == {"F04", "L02"}
    services.submit_report(actor=head, report=on_paper, at=WEEKS_LATER)
    assert found_of(station) == set()


def test_a_paper_of_the_correction_does_not_make_the_first_sending_earlier(
    rules: None,  # noqa: F811
    draft: Callable[..., Report],  # noqa: F811
    head: User,
    statistician: User,
    station: Organisation,
    outage: Outage,
) -> None:
    late: Any = services.submit_report(actor=head, report=draft(), at=moment(20, 11))
    services.return_report(actor=statistician, report=late, reason="Kiểm lại", at=WEEKS_LATER)
    fresh = services.correct_report(actor=head, report=late, reason="", at=WEEKS_LATER)
    services.send_on_paper(actor=head, report=fresh, outage=outage, sent_on=DUE_DAY, at=WEEKS_LATER)
    services.submit_report(actor=head, report=fresh, at=WEEKS_LATER)
    assert owed_of(station).was_late
    assert found_of(station) == {"L02"}


def note(actor: User, place: Organisation) -> Outage:
    """Note, weeks later, that nothing worked for one minute of the day the report was due."""
    return note_outage(
        actor=actor, organisation=place, began_at=moment(6, 11), reason="Mất điện",
        ended_at=moment(6, 11) + timedelta(minutes=1), at=WEEKS_LATER,
    )  # fmt: skip


@pytest.fixture
def own(head: User, station: Organisation) -> Outage:
    """An outage of the station that its own sender noted."""
    return note(head, station)


@pytest.fixture
def entered(draft: Callable[..., Report], head: User, own: Outage) -> Report:  # noqa: F811
    """The report that the sender put on paper by their own outage, and entered weeks later."""
    report = services.send_on_paper(
        actor=head, report=draft(), outage=own, sent_on=DUE_DAY, at=WEEKS_LATER
    )
    return services.submit_report(actor=head, report=report, at=WEEKS_LATER)


def is_late_on_its_page(report: Report, reader: User) -> bool:
    url = reverse("reporting:report", args=[report.pk])
    return bool(client_of(reader).get(url).context["is_late"])


def test_a_late_sender_does_not_become_punctual_by_an_outage_of_their_own(
    rules: None,  # noqa: F811
    entered: Report,
    station: Organisation,
    head: User,
) -> None:
    owed = owed_of(station)
    assert (owed.sent_on, owed.was_late) == (WEEKS_LATER.date(), True)
    assert is_late_on_its_page(entered, head)
    assert found_of(station) == {"L02"}


def test_an_outage_counts_once_somebody_else_has_confirmed_it(
    rules: None,  # noqa: F811
    entered: Report,
    own: Outage,
    station: Organisation,
    head: User,
    statistician: User,
) -> None:
    confirm_outage(actor=statistician, outage=own, at=WEEKS_LATER)
    own.refresh_from_db()
    assert (own.confirmed_by, own.confirmed_at, own.is_confirmed) == (
        statistician, WEEKS_LATER, True,
    )  # fmt: skip
    owed = owed_of(station)
    assert (owed.sent_on, owed.was_late) == (DUE_DAY, False)
    assert not is_late_on_its_page(entered, head)
    assert found_of(station) == set()


def test_an_outage_noted_by_who_watches_the_place_counts_at_once(
    draft: Callable[..., Report],  # noqa: F811
    head: User,
    station: Organisation,
    statistician: User,
    department: Organisation,
) -> None:
    for place in (station, department):
        assert note(statistician, place).is_confirmed
    outage = Outage.objects.get(organisation=station)
    report = services.send_on_paper(
        actor=head, report=draft(), outage=outage, sent_on=DUE_DAY, at=WEEKS_LATER
    )
    services.submit_report(actor=head, report=report, at=WEEKS_LATER)
    assert not owed_of(station).was_late
    assert not Outage.objects.to_confirm().exists()


def test_who_sends_below_a_body_and_decides_there_does_not_make_themselves_punctual(
    head: User, station: Organisation, department: Organisation
) -> None:
    give_role(
        actor=None, user=head, role=Role.STATISTICIAN, organisation=department,
        valid_from=SINCE, today=TODAY,
    )  # fmt: skip
    assert not note(User.objects.get(pk=head.pk), department).is_confirmed


def test_who_noted_an_outage_does_not_confirm_it_whatever_roles_they_have(
    entered: Report, own: Outage, head: User, department: Organisation, station: Organisation
) -> None:
    give_role(
        actor=None, user=head, role=Role.STATISTICIAN, organisation=department,
        valid_from=SINCE, today=TODAY,
    )  # fmt: skip
    both = User.objects.get(pk=head.pk)
    with pytest.raises(ValidationError) as refused:
        confirm_outage(actor=both, outage=own, at=WEEKS_LATER)
    assert code_of(refused) == "own_outage"
    answer = client_of(both).post(reverse("reporting:confirm_outage", args=[own.pk]), follow=True)
    assert "người khác xác nhận" in answer.content.decode()
    assert list(answer.context["to_confirm"]) == []
    unchanged(own, station)
    # Nor does any statement.
    with pytest.raises(IntegrityError, match="outage_four_eyes"), transaction.atomic():
        Outage.objects.filter(pk=own.pk).update(confirmed_by=head, confirmed_at=WEEKS_LATER)


def unchanged(outage: Outage, place: Organisation) -> None:
    outage.refresh_from_db()
    assert (outage.confirmed_by, outage.confirmed_at, outage.is_confirmed) == (None, None, False)
    assert owed_of(place).was_late


def test_who_does_not_decide_on_the_reports_confirms_no_outage(
    entered: Report, own: Outage, head: User, station: Organisation, department: Organisation
) -> None:
    overseer = make_user("xem", "Lò Văn Xem", Role.OVERSEER, department)
    for actor in (head, overseer, None):
        with pytest.raises(PermissionDenied):
            confirm_outage(actor=actor, outage=own, at=WEEKS_LATER)
    url = reverse("reporting:confirm_outage", args=[own.pk])
    for user in (head, overseer):
        assert client_of(user).post(url).status_code == 403
    unchanged(own, station)


def test_an_outage_is_confirmed_once(own: Outage, statistician: User) -> None:
    confirm_outage(actor=statistician, outage=own, at=WEEKS_LATER)
    with pytest.raises(ValidationError) as refused:
        confirm_outage(actor=statistician, outage=own, at=WEEKS_LATER + timedelta(days=1))
    assert code_of(refused) == "outage_not_waiting"
    own.refresh_from_db()
    assert own.confirmed_at == WEEKS_LATER


def test_who_decides_confirms_from_the_page_of_reports(
    entered: Report, own: Outage, head: User, statistician: User, station: Organisation
) -> None:
    client, due = client_of(statistician), reverse("reporting:due")
    page = html.fromstring(client.get(due).content.decode())
    [form_] = page.xpath("//section[@aria-labelledby='h-confirm']//form")
    sender = client_of(head)
    assert "h-confirm" not in sender.get(due).content.decode()
    told = "khi chưa được xác nhận, báo cáo được tính theo ngày nhập"
    report = reverse("reporting:report", args=[entered.pk])
    assert told in sender.get(report).content.decode()
    assert "chờ xác nhận" in sender.get(reverse("reporting:outages")).content.decode()
    answer = client.post(form_.get("action"), follow=True)
    text = answer.content.decode()
    assert "Đã xác nhận lần ngừng hệ thống" in text
    assert own.reason in text  # whoever confirmed it finds it again
    assert "h-confirm" not in client.get(due).content.decode()
    assert told not in sender.get(report).content.decode()
    assert statistician.full_name in sender.get(reverse("reporting:outages")).content.decode()
    assert not owed_of(station).was_late


def test_a_sender_is_told_that_the_outage_waits(head: User, definitions: None) -> None:
    answer = client_of(head).post(
        reverse("reporting:outages"),
        {"began_at": "01/11/2026 08:00", "ended_at": "01/11/2026 08:01", "reason": "Mất điện"},
        follow=True,
    )
    assert Outage.objects.get().needs_confirmation
    assert "khi người khác, là người duyệt báo cáo" in answer.content.decode()
