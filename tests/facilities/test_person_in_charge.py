"""Who is responsible for the profession works there full time, with a scope that fits the form."""

from datetime import date

import pytest

from facilities import staff
from facilities.conditions import Check, Mark, Verdict, checks_of, facts_of, verdict_of
from facilities.models import Facility
from facilities.services import Received, register_facility
from facilities.staff import Staffing
from portal.places.models import Area, Organisation
from tests.conftest import SINCE
from tests.shipped import publish

TODAY = date(2026, 11, 5)


@pytest.fixture
def facility(department: Organisation, communes: list[Area], shipped_lists: None) -> Facility:
    publish(frozenset({"practice_scopes", "professional_titles"}))
    received = Received("Bệnh viện Đa khoa Mường Chà", area_id=communes[0].pk)
    return register_facility(
        department=department, received=received, on=SINCE, insurance_code="11005", form="BVDK"
    )


def in_charge(title: str, *scope: str, full_time: bool | None = True) -> Staffing:
    return Staffing(
        "Lò Văn An",
        SINCE,
        40,
        responsible_full_time=full_time,
        responsible_title=title,
        responsible_scope=scope,
        practitioners=3,
    )


def judged(facility: Facility, person: Staffing, code: str, patch: pytest.MonkeyPatch) -> Check:
    patch.setattr(staff, "_tellers", [lambda _place, _on: person])
    found = checks_of(facts_of(facility, TODAY))
    [check] = [check for check in found if check.code.startswith(code)]
    return check


@pytest.mark.parametrize(
    ("full_time", "mark", "verdict"),
    [
        (True, Mark.MET, Verdict.YES),
        (False, Mark.FAILED, Verdict.NO),
        (None, Mark.UNKNOWN, Verdict.NOT_PROVEN),
    ],
)
def test_who_is_in_charge_works_there_full_time(
    facility: Facility,
    monkeypatch: pytest.MonkeyPatch,
    full_time: bool | None,
    mark: Mark,
    verdict: Verdict,
) -> None:
    person = in_charge("doctor", full_time=full_time)
    check = judged(facility, person, "responsible_full_time", monkeypatch)
    assert (check.mark, verdict_of([check])) == (mark, verdict)
    assert "Luật 15/2023/QH15, Điều 36" in check.article


def test_of_a_vacant_post_nothing_is_proven(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("responsible_full_time", "responsible_scope"):
        check = judged(facility, Staffing(practitioners=3), code, monkeypatch)
        assert check.mark == Mark.UNKNOWN


@pytest.mark.parametrize(
    ("form", "person", "mark"),
    [
        ("BVDK", in_charge("doctor", "129"), Mark.MET),
        ("BVDK", in_charge("nurse"), Mark.FAILED),
        ("BVDK", in_charge(""), Mark.UNKNOWN),
        ("TYT", in_charge("assistant_doctor"), Mark.MET),
        ("TYT", in_charge("midwife"), Mark.FAILED),
        ("BVRHM", in_charge("doctor", "116"), Mark.MET),
        ("BVRHM", in_charge("doctor", "102.04"), Mark.FAILED),
        ("BVRHM", in_charge("doctor"), Mark.UNKNOWN),
        ("PCTYHCT", in_charge("traditional_practitioner", "701"), Mark.MET),
        ("BVYHCT", in_charge("traditional_practitioner", "701"), Mark.FAILED),
        ("DVDD", in_charge("nurse"), Mark.LACKING),  # no list says what fits
    ],
)
def test_the_scope_of_who_is_in_charge_fits_the_form(
    facility: Facility, monkeypatch: pytest.MonkeyPatch, form: str, person: Staffing, mark: Mark
) -> None:
    facility.form = form
    check = judged(facility, person, "responsible_scope", monkeypatch)
    assert check.mark == mark
    assert "Nghị định 96/2023/NĐ-CP, Điều 40" in check.article


def test_what_does_not_fit_says_what_the_person_holds_and_what_the_form_asks_for(
    facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    facility.form = "BVRHM"
    person = in_charge("doctor", "102.04")
    check = judged(facility, person, "responsible_scope", monkeypatch)
    assert check.said == "Bác sỹ, Nội tim mạch; hình thức này cần: Bác sỹ, Răng hàm mặt."
