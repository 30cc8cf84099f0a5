"""Is what a place has and offers within its licence? Beds beside beds, services beside activities."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from facilities.conditions import Check, Mark, Verdict, checks_of, facts_of, verdict_of
from facilities.licensed import Offered, offered_on
from facilities.models import Facility
from facilities.services import (
    Decision,
    Printed,
    Received,
    adjust_operating_license,
    count_beds,
    issue_operating_license,
    offer_service,
    register_facility,
    suspend_operating_license,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Area, Organisation
from tests.conftest import SINCE, make_user

TODAY = date(2026, 11, 5)
PAPER = Decision("7/QĐ-SYT", SINCE, "Sở Y tế Điện Biên")
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.fixture
def licensed(department: Organisation, communes: list[Area]) -> Callable[..., Facility]:
    def enter(**printed: Any) -> Facility:
        facility = register_facility(
            department=department,
            received=Received("Bệnh viện Đa khoa Mường Chà", area_id=communes[0].pk),
            on=SINCE,
            insurance_code="11005",
            form="BVDK",
        )
        issue_operating_license(
            actor=None,
            facility=facility.organisation,
            number="181/ĐB-GPHĐ",
            printed=Printed(**printed),
            valid_from=SINCE,
            decision=PAPER,
        )
        return facility

    return enter


def checks(facility: Facility, on: date = TODAY) -> dict[str, Check]:
    return {one.code: one for one in checks_of(facts_of(facility, on))}


def test_beds_beyond_the_licence_are_told_with_both_numbers(
    licensed: Callable[..., Facility],
) -> None:
    facility = licensed(beds=45)
    count_beds(facility=facility.organisation, kind="actual", count=45, valid_from=SINCE)
    assert checks(facility)["beds_licensed"].mark == Mark.MET
    count_beds(facility=facility.organisation, kind="actual", count=52, valid_from=TODAY)
    found = checks(facility)["beds_licensed"]
    assert found.mark == Mark.LACKING
    assert [number for number in ("52", "45", "7") if number not in str(found.said)] == []
    license = facility.organisation.operatinglicense_rows.get()
    adjust_operating_license(
        actor=None, license=license, changes={"beds": 60}, valid_from=TODAY, decision=PAPER
    )
    assert checks(facility)["beds_licensed"].mark == Mark.MET


def test_beds_are_compared_with_the_licence_of_the_day_alone(
    licensed: Callable[..., Facility],
) -> None:
    facility = licensed()
    assert "beds_licensed" not in checks(facility)  # neither side tells of beds
    count_beds(facility=facility.organisation, kind="actual", count=52, valid_from=SINCE)
    assert checks(facility)["beds_licensed"].mark == Mark.UNKNOWN
    license = facility.organisation.operatinglicense_rows.get()
    suspend_operating_license(
        actor=None, license=license, valid_from=TODAY, decision=PAPER, ground="Vi phạm"
    )
    assert "beds_licensed" not in checks(facility)


def test_a_service_whose_code_the_licence_does_not_hold_is_named(
    licensed: Callable[..., Facility],
) -> None:
    facility = licensed(activities=(("18.0001", "Siêu âm tuyến giáp"), ("02.0085", "Nội soi")))
    place = facility.organisation
    assert "services_licensed" not in checks(facility)
    offer_service(facility=place, name="Siêu âm giáp", code="18.0001.0001", valid_from=SINCE)
    offer_service(facility=place, name="nội  soi", valid_from=SINCE)
    assert checks(facility)["services_licensed"].mark == Mark.MET
    offer_service(facility=place, name="Khám theo yêu cầu", valid_from=SINCE)
    assert checks(facility)["services_licensed"].mark == Mark.UNKNOWN
    offer_service(facility=place, name="Chụp cộng hưởng từ", code="18.0296", valid_from=TODAY)
    found = checks(facility)["services_licensed"]
    assert (found.mark, "Chụp cộng hưởng từ" in str(found.said)) == (Mark.LACKING, True)
    before = checks(facility, date(2026, 11, 4))["services_licensed"]
    assert before.mark == Mark.UNKNOWN


@pytest.mark.parametrize(
    "printed",
    [
        {"activities": (("18.0001", "Siêu âm tuyến giáp"), ("", "Ngoại khoa"))},
        {"activities": (("18.0001", "Siêu âm tuyến giáp"), ("NGOAI", "Ngoại khoa"))},
        {"activities": (("18.0001", "Siêu âm"),), "scope": "Đa khoa, chẩn đoán hình ảnh"},
    ],
    ids=["a field in words", "a field by a code of its own", "the scope in words"],
)
def test_a_licence_that_speaks_in_words_too_accuses_no_service(
    licensed: Callable[..., Facility], printed: dict[str, Any]
) -> None:
    facility = licensed(**printed)
    for code, name in (("18.0001", "Siêu âm"), ("18.0296", "Chụp cộng hưởng từ"), ("MRI", "MRI")):
        offer_service(facility=facility.organisation, name=name, code=code, valid_from=SINCE)
    found = checks(facility)["services_licensed"]
    assert (found.mark, "Chụp cộng hưởng từ" in str(found.said)) == (Mark.UNKNOWN, False)


def test_who_judges_no_licence_reads_no_list_of_services(
    licensed: Callable[..., Facility], monkeypatch: pytest.MonkeyPatch
) -> None:
    facility = licensed(activities=(("18.0001", "Siêu âm"),))
    offer_service(facility=facility.organisation, name="Siêu âm", code="18.0001", valid_from=SINCE)
    head = make_user("lan.giam.doc", "Lò Thị Lan", Role.STATION_HEAD, facility.organisation)
    asked: list[Organisation] = []

    def counted(place: Organisation, on: date) -> list[Offered]:
        asked.append(place)
        return offered_on(place, on)

    monkeypatch.setattr("facilities.conditions.facts.offered_on", counted)
    client = Client()
    assert (
        client.get(reverse("facilities:place", args=[facility.organisation_id])).status_code == 200
    )
    client.force_login(head)
    assert client.get("/").status_code == 200
    assert asked == []
    assert checks(facility)["services_licensed"].mark == Mark.MET
    assert asked == [facility.organisation]


def test_a_licence_in_words_alone_is_one_line_that_says_nothing_was_compared(
    licensed: Callable[..., Facility],
) -> None:
    facility = licensed(scope="Khám bệnh, chữa bệnh đa khoa", activities=(("", "Ngoại khoa"),))
    for number in range(3):
        offer_service(
            facility=facility.organisation,
            name=f"Dịch vụ {number}",
            code=f"18.000{number}",
            valid_from=SINCE,
        )
    found = [one for one in checks(facility).values() if one.code == "services_licensed"]
    assert [(one.mark, one.is_notice) for one in found] == [(Mark.UNKNOWN, True)]


def test_what_the_licence_does_not_hold_is_told_and_stops_nobody(
    licensed: Callable[..., Facility],
) -> None:
    facility = licensed(beds=45)
    notices = [one for one in checks(facility).values() if one.is_notice]
    met = Check("license", "", Mark.MET, "")
    count_beds(facility=facility.organisation, kind="actual", count=99, valid_from=SINCE)
    beyond = [one for one in checks(facility).values() if one.is_notice]
    assert {one.mark for one in notices + beyond} == {Mark.UNKNOWN, Mark.LACKING}
    assert verdict_of([met, *notices, *beyond]) == Verdict.YES
    assert verdict_of(beyond) == Verdict.NOT_PROVEN


def test_a_code_typed_before_a_technique_is_kept_and_stays_through_an_adjustment(
    licensed: Callable[..., Facility], licensing_officer: User
) -> None:
    facility = licensed()
    client = Client()
    client.force_login(licensing_officer)
    url = reverse("admin:facilities_facility_licence_adjust", args=[facility.pk])
    said = {"valid_from": "01/10/2026", "decision_no": "9/QĐ-SYT", "beds": "45"}
    typed = "Nội khoa\n18.0001 Siêu âm tuyến giáp"
    assert client.post(url, said | {"activities": typed}).status_code == 302
    license = facility.organisation.operatinglicense_rows.get()

    def activities() -> list[tuple[str, str]]:
        version = license.versions.order_by("-number").first()
        assert version is not None
        return list(version.activities.values_list("code", "title"))

    assert activities() == [("", "Nội khoa"), ("18.0001", "Siêu âm tuyến giáp")]
    assert "18.0001 Siêu âm tuyến giáp" in client.get(url).content.decode()


def test_the_page_shows_the_beds_beyond_the_licence(
    licensed: Callable[..., Facility], licensing_officer: User
) -> None:
    facility = licensed(beds=45)
    count_beds(facility=facility.organisation, kind="actual", count=52, valid_from=SINCE)
    client = Client()
    client.force_login(licensing_officer)
    page = client.get(reverse("admin:facilities_facility_change", args=[facility.pk]))
    assert "Số giường thực kê không vượt số giường ghi trên giấy phép" in page.content.decode()
