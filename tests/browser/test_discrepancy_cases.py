"""A discrepancy case in a real browser: both sides write, an official decides, nothing gets lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.roles import Role
from portal.database.keys import uuid7
from practitioners import services
from practitioners.models import DiscrepancyCase, Registration
from tests.conftest import make_user
from tests.practitioners.conftest import PDF, PROFILE, make_list


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def head(station: Any) -> Any:
    return make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)


@pytest.fixture
def case(
    data_officer: Any, hospital: Any, licensing_officer: Any, station: Any, head: Any
) -> DiscrepancyCase:
    """A doctor full time at the hospital, whom the station sends as full time, too."""
    make_list("professional_titles", "Chức danh chuyên môn", {"doctor": "Bác sỹ"})
    make_list("practice_terms", "Thời hạn", {"case_statement": "Giải trình"}, count="10", unit="working_days")  # fmt: skip
    now = timezone.now()
    common = {"client_key": uuid7(), "actor": data_officer, "at": now - timedelta(days=90)}
    services.keep_evidence(content=PDF, name="giay.pdf", proves=("person",), **common)
    first = services.submit_profile(facility=hospital, values=PROFILE, **common)
    row = first
    for key in list(first.items.filter(decision="pending").values_list("key", flat=True)):
        row = services.verify_item(
            submission_id=first.pk,
            key=key,
            version=row.version,
            actor=licensing_officer,
            at=common["at"],
        )
    values = {**PROFILE, "registered_from": f"{now - timedelta(days=2):%d/%m/%Y}"}
    services.submit_profile(facility=station, values=values, client_key=uuid7(), actor=head, at=now)
    return DiscrepancyCase.objects.get(kind="hours_overlap")


def state(page: Any, words: str) -> None:
    page.locator("input[name=stance][value=holds]").first.check()
    page.locator("textarea[name=statement]").first.fill(words)
    page.locator("button[name=_state]").first.click()


def test_both_sides_state_and_an_official_decides(
    visit: Any,
    axe: Any,
    case: DiscrepancyCase,
    head: Any,
    data_officer: Any,
    licensing_officer: Any,
    tmp_path: Path,
) -> None:
    page = visit("/", head)
    page.get_by_role("link", name="Lò Văn Thoan").first.click()
    assert f"/vu-viec/{case.pk}/" in page.url
    assert axe(page) == []
    paper = tmp_path / "hop-dong.pdf"
    paper.write_bytes(PDF)
    page.locator("input[name=papers]").first.set_input_files(str(paper))
    state(page, "Đã ký hợp đồng từ đầu tháng.")
    assert "hop-dong" in page.locator(".papers").inner_text()
    officer = visit(f"/vu-viec/{case.pk}/", licensing_officer)
    officer.locator("input[name=outcome][value=second_holds]").check()
    officer.locator("#id_decision").fill("Bệnh viện xác nhận đã cho thôi việc.")
    officer.locator("button[name=_decide]").click()
    # The hospital still has time: nothing was decided, and the reason stands where it was typed.
    assert officer.locator(".errornote").count() == 1
    assert officer.locator("#id_decision").input_value() == "Bệnh viện xác nhận đã cho thôi việc."
    hospital = visit("/vu-viec/", data_officer, scripts=False)
    hospital.get_by_role("link", name="Lò Văn Thoan").first.click()
    state(hospital, "Bác sỹ Thoan đã thôi việc từ cuối tháng trước.")
    officer.locator("button[name=_decide]").click()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("decided", "second_holds")
    assert Registration.objects.get().ended_because == "Bệnh viện xác nhận đã cho thôi việc."
    assert axe(officer) == []


@pytest.mark.parametrize("width", [1366, 1024, 390, 320])
def test_no_page_of_a_case_scrolls_sideways(
    visit: Any, sideways: Any, case: DiscrepancyCase, licensing_officer: Any, width: int
) -> None:
    for address in ("/vu-viec/", f"/vu-viec/{case.pk}/", "/duyet/so-viec/"):
        assert sideways(visit(address, licensing_officer, width=width)) <= 0, address
