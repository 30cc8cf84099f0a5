"""Job 3 in a real browser: load facilities, review with the evidence, look up in public."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.intake.services import Sent, confirm_batch, read_batch, receive_file, write_batch
from practitioners import services
from practitioners.models import Practitioner, ProfileSubmission
from practitioners.public.publishing import publish_waiting
from tests.facilities.test_insurer_list import LIST, SAMPLE
from tests.practitioners.conftest import PROFILE, make_list

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8ffff3f0005fe02fea735810000000049454e44ae426082"
)
NEXT = {
    "name": "Mùa A Chống",
    "identifier": "011079002916",
    "birth_date": "1979",
    "license_number": "000417/ĐB-GPHN",
}


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def waiting(data_officer: Any, hospital: Any, licensing_officer: Any) -> list[ProfileSubmission]:
    """A verified doctor with a changed scope, and a second profile behind it."""
    make_list("professional_titles", "Chức danh chuyên môn", {"doctor": "Bác sỹ"})
    make_list(
        "practice_terms",
        "Thời hạn",
        {"publish_registration": "Công bố"},
        count="5",
        unit="working_days",
    )
    first = _send(data_officer, hospital, AT - timedelta(days=200))
    services.verify_all_passing(
        submission_id=first.pk, version=1, actor=licensing_officer, at=AT - timedelta(days=199)
    )
    publish_waiting(at=AT)
    changed = {"scope": "Nội khoa; siêu âm tổng quát", "phone": "0912000552"}
    return [
        _send(data_officer, hospital, AT, **changed),
        _send(data_officer, hospital, AT + timedelta(minutes=1), **NEXT),
    ]


@pytest.fixture
def people(licensing_officer: Any, data_officer: Any) -> tuple[Any, Any]:
    """The official at the desk, and who sends to it."""
    return licensing_officer, data_officer


def _send(actor: Any, facility: Any, at: datetime, **changes: str) -> ProfileSubmission:
    from portal.database.keys import uuid7

    key = uuid7()
    papers = {"cccd.png": ("person", "identifier"), "giay-phep.png": ("license", "scope")}
    papers["bang.png"] = ("qualification",)
    for number, (name, proves) in enumerate(papers.items()):
        content = PNG + bytes([number])
        services.keep_evidence(
            content=content, name=name, proves=proves, client_key=key, actor=actor, at=at
        )
    return services.submit_profile(
        facility=facility, values={**PROFILE, **changes}, client_key=key, actor=actor, at=at
    )


def test_the_officer_verifies_by_keys_alone_and_comes_to_the_next_profile(
    visit: Any, axe: Any, licensing_officer: Any, waiting: list[ProfileSubmission]
) -> None:
    page = visit("/duyet/", licensing_officer)
    assert f"/duyet/{waiting[0].pk}/" in page.url
    assert axe(page) == []
    current = page.locator("tr[aria-current]")
    assert current.get_attribute("data-item") == "contact"
    page.keyboard.press("ArrowDown")
    assert current.get_attribute("data-item") == "scope"
    shown = page.locator("figure.evidence:not([hidden])")
    assert "giay-phep" in shown.inner_text()
    with page.expect_navigation():
        page.keyboard.press("v")
    assert page.locator("tr[data-item=scope] .chip.ok").count() == 1
    assert current.get_attribute("data-item") == "contact"
    with page.expect_navigation():
        page.keyboard.press("v")
    assert f"/duyet/{waiting[1].pk}/" in page.url
    assert "Lò Văn Thoan" in page.locator(".messagelist").inner_text()
    assert Practitioner.objects.get().licenses.get().scope == "Nội khoa; siêu âm tổng quát"


def test_the_officer_returns_by_keys_alone_with_a_reason_and_a_word(
    visit: Any, axe: Any, licensing_officer: Any, waiting: list[ProfileSubmission]
) -> None:
    page = visit(f"/duyet/{waiting[1].pk}/", licensing_officer)
    page.keyboard.press("r")
    assert axe(page) == []
    page.keyboard.press("Space")
    page.locator("#id_reason").fill("Ảnh chụp mờ, chụp lại bằng")
    with page.expect_navigation():
        page.locator("#return_form button").press("Enter")
    waiting[1].refresh_from_db()
    assert (waiting[1].state, waiting[1].reason_code) == ("returned", "evidence_missing")
    assert f"/duyet/{waiting[0].pk}/" in page.url


def test_the_public_finds_the_verified_one_and_not_the_waiting_one(
    visit: Any, axe: Any, waiting: list[ProfileSubmission]
) -> None:
    public = visit("/tra-cuu/")
    public.fill("#id_q", "lo van thoan")
    public.press("#id_q", "Enter")
    public.wait_for_selector(".people")
    assert "001287/ĐB-GPHN" in public.content()
    assert PROFILE["identifier"] not in public.content()
    assert axe(public) == []
    public.fill("#id_q", "mua a chong")
    public.press("#id_q", "Enter")
    public.wait_for_selector(".notice")


def test_the_desk_works_with_scripts_blocked(
    visit: Any, licensing_officer: Any, waiting: list[ProfileSubmission]
) -> None:
    page = visit("/duyet/", licensing_officer, scripts=False)
    page.locator("input[name=item][value=scope]").check()
    page.locator("button[name=_verify]").click()
    page.locator("input[name=item][value=contact]").check()
    page.locator("button[name=_verify]").click()
    assert f"/duyet/{waiting[1].pk}/" in page.url
    page.locator("details.return summary").click()
    page.locator("input[name=reason_code][value=duplicate]").check()
    page.locator("button[name=_return]").click()
    states = dict(ProfileSubmission.objects.values_list("pk", "state"))
    assert (states[waiting[0].pk], states[waiting[1].pk]) == ("verified", "returned")


@pytest.mark.parametrize("width", [1366, 1024, 390, 320])
def test_no_page_of_the_job_scrolls_sideways(
    visit: Any, sideways: Any, people: tuple[Any, Any], waiting: list[ProfileSubmission], width: int
) -> None:
    licensing_officer, data_officer = people
    found = {}
    for address, user in (
        (f"/duyet/{waiting[0].pk}/", licensing_officer),
        ("/ho-so-hanh-nghe/", data_officer),
        ("/ho-so-hanh-nghe/nop/", data_officer),
        ("/tra-cuu/?q=lo", None),
    ):
        found[address] = sideways(visit(address, user, width=width))
    assert {address: pixels for address, pixels in found.items() if pixels > 0} == {}


def test_axe_finds_nothing_on_the_facility_pages(
    visit: Any, axe: Any, data_officer: Any, waiting: list[ProfileSubmission]
) -> None:
    page = visit("/ho-so-hanh-nghe/", data_officer)
    assert axe(page) == []
    page = visit("/ho-so-hanh-nghe/nop/", data_officer)
    assert axe(page) == []
    page.locator("#profile_form button[type=submit]").click()
    page.wait_for_selector(".errornote")
    assert axe(page) == []


def test_the_officer_finds_the_loaded_facilities(
    visit: Any, axe: Any, licensing_officer: Any, department: Any
) -> None:
    content = SAMPLE.read_bytes() if SAMPLE.exists() else LIST.encode()
    batch = receive_file(
        actor=licensing_officer,
        sent=Sent("cskcb.csv", [content]),
        kind="facilities",
        organisation=department,
        at=AT,
    )
    batch = read_batch(batch.pk, at=AT)
    confirm_batch(actor=licensing_officer, batch=batch, at=AT)
    write_batch(batch.pk, at=AT)
    page = visit("/facilities/facility/", licensing_officer)
    assert axe(page) == []
    page.fill("#searchbar", "duyen ha" if not SAMPLE.exists() else "01020")
    page.press("#searchbar", "Enter")
    page.wait_for_selector("#result_list tbody tr")
    assert page.locator("#result_list tbody tr").count() == 1
