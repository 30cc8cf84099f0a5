"""Who sends reports and closes sums at one place sees what they owe and what waits for them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.services import give_role
from portal.places.models import Organisation
from reporting import services
from reporting.home import reports_to_decide, waiting_count
from reporting.models import Report
from tests.conftest import SINCE, TODAY, make_user
from tests.reporting.conftest import LATER, OCTOBER
from tests.reporting.crawling import Crawler
from tests.reporting.test_long_lists import client_of
from tests.reporting.test_senders_that_sum import (  # noqa: F401  (fixtures)
    begun,
    centre,
    clinic,
    close,
    closer,
    sent,
)

DUE = "reporting:due"


@pytest.fixture
def both(closer: User, centre: Organisation) -> User:  # noqa: F811
    """Closes the sums of the centre, and sends its own reports."""
    give_role(
        actor=None, user=closer, role=Role.HOSPITAL_DATA_OFFICER, organisation=centre,
        valid_from=SINCE, today=TODAY,
    )  # fmt: skip
    return User.objects.get(pk=closer.pk)


def titles(client: Client) -> list[str]:
    page = html.fromstring(client.get(reverse(DUE)).content.decode())
    return [one.get("aria-labelledby") for one in page.xpath("//div[@id='content-main']//section")]


def listed(client: Client, section: str) -> list[str]:
    """Return the addresses of the reports that a section of the page lists."""
    page = html.fromstring(client.get(reverse(DUE)).content.decode())
    links = page.xpath(f"//section[@aria-labelledby='{section}']//a[contains(@href, '/bao-cao/')]")
    return sorted({one.get("href") for one in links})


def address(report: Report) -> str:
    return reverse("reporting:report", args=[report.pk])


def test_who_has_both_roles_sees_what_they_owe_and_what_waits_for_them(
    both: User,
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    own, part = sent(centre), sent(clinic)
    client = client_of(both)
    answer = client.get(reverse(DUE))
    assert titles(client) == ["h-due", "h-wait", "h-done", "h-progress"]
    assert listed(client, "h-wait") == sorted([address(own), address(part)])
    assert answer.context["open_lines"]
    assert waiting_count(answer.wsgi_request) == answer.context["waiting"].paginator.count == 2


def test_every_number_of_who_has_both_roles_leads_to_what_it_counts(
    both: User,
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    sent(centre), sent(clinic)
    crawler = Crawler(client_of(both))
    assert crawler.wrong() == []
    assert {"figure reports_due", "menu"} <= set(crawler.followed)


def test_who_has_both_roles_looks_over_the_senders_and_closes_the_sum_from_the_page(
    both: User,
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    sent(centre), sent(clinic)
    client = client_of(both)
    senders = reverse("reporting:senders", args=["BC02", OCTOBER.slug])
    total = reverse("reporting:summary", args=["BC02", OCTOBER.slug])
    assert client.get(senders).status_code == 200
    assert client.get(total).status_code == 200
    answer = client.post(total, {"reason": "Hạn"})
    whole = Report.objects.get(is_summary=True)
    assert (answer.status_code, answer["Location"]) == (302, address(whole))
    assert whole.submitted_by == both


def test_who_sends_alone_looks_over_nobody(
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    sent(centre), sent(clinic)
    sender = make_user("gui", "Lò Văn Gửi", Role.HOSPITAL_DATA_OFFICER, centre)
    client = client_of(sender)
    assert titles(client) == ["h-due", "h-done"]
    for name in ("senders", "summary"):
        url = reverse(f"reporting:{name}", args=["BC02", OCTOBER.slug])
        assert client.get(url).status_code == 403
        assert client.post(url, {"reason": "Hạn"}).status_code in {403, 405}
    assert not Report.objects.filter(is_summary=True).exists()


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.OVERSEER])
def test_who_watches_alone_owes_nothing(
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
    role: Any,
) -> None:
    part = sent(clinic)
    client = client_of(make_user("xem", "Lò Văn Xem", role, centre))
    assert titles(client) == ["h-wait", "h-progress"]
    assert listed(client, "h-wait") == [address(part)]


def test_what_one_sent_oneself_waits_for_a_colleague_and_not_for_ones_own_decision(
    closer: User,  # noqa: F811
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    part = sent(clinic)
    whole = close(closer, centre)
    client = client_of(closer)
    answer = client.get(reverse(DUE))
    assert listed(client, "h-wait") == [address(part)]
    assert waiting_count(answer.wsgi_request) == answer.context["waiting"].paginator.count == 1
    module = reports_to_decide(answer.wsgi_request)
    assert module is not None
    assert (module.number, [row.url for row in module.rows]) == (1, [address(part)])
    # It stands with what they sent, in words.
    assert titles(client) == ["h-wait", "h-done", "h-progress"]
    assert listed(client, "h-done") == [address(whole)]
    assert "chờ đồng nghiệp duyệt" in answer.content.decode()
    colleague = client_of(make_user("hai", "Lò Thị Hai", Role.STATISTICIAN, centre))
    assert listed(colleague, "h-wait") == sorted([address(part), address(whole)])
    assert titles(colleague) == ["h-wait", "h-progress"]


def test_a_report_of_the_place_that_one_sent_oneself_is_listed_once_as_waiting_for_a_colleague(
    both: User,
    centre: Organisation,  # noqa: F811
    clinic: Organisation,  # noqa: F811
) -> None:
    part = sent(clinic)
    draft = begun(centre)
    own = services.submit_report(actor=both, report=draft, at=LATER)
    whole = close(both, centre)
    client = client_of(both)
    page = client.get(reverse(DUE)).content.decode()
    assert listed(client, "h-wait") == [address(part)]
    assert listed(client, "h-done") == sorted([address(own), address(whole)])
    assert page.count("chờ đồng nghiệp duyệt") == 2
    assert Crawler(client).wrong() == []
    # Once a colleague has decided, nothing waits for one any more.
    colleague = make_user("hai", "Lò Thị Hai", Role.STATISTICIAN, centre)
    services.approve_report(actor=colleague, report=whole, at=LATER)
    assert listed(client, "h-done") == [address(own)]
