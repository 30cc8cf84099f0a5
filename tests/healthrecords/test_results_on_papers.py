"""A paper tells the results its visit has: those that stand, none that waits for a person."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, Visit
from healthrecords.services.documents import MOST_TOLD, first_content, results_told
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import (
    amend_report,
    record_report,
    review_reading,
    void_report,
)
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_results import lab, reading

Write = Callable[..., DiagnosticReport]


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit], clinician: User) -> Visit:
    services.open_access(user=clinician, citizen=citizen, at=AT)
    return record(citizen)


@pytest.fixture
def write(visit: Visit, clinician: User) -> Write:
    def write_it(entry: ReportEntry, **said: Any) -> DiagnosticReport:
        return record_report(
            actor=clinician,
            citizen=visit.citizen,
            facility=visit.facility,
            entry=entry,
            visit=said.get("visit", visit),
            client_key=uuid7(),
            at=AT,
        ).row

    return write_it


def test_values_stand_with_their_unit_and_what_lies_outside_is_marked(
    visit: Visit, write: Write, clinician: User
) -> None:
    write(
        lab(
            ResultEntry(
                "Glucose máu lúc đói", "7,9", "mmol/L", low=Decimal("3.9"), high=Decimal("6.4")
            ),
            ResultEntry("Creatinin", "84", "µmol/L"),
        )
    )
    told = "Hóa sinh máu: Glucose máu lúc đói 7,9 mmol/L (cao); Creatinin 84 µmol/L."
    for kind in ("summary", "referral"):
        assert first_content(visit, kind, actor=clinician)["results"] == told


def test_a_reading_by_ai_is_left_out_until_a_named_person_confirmed_it(
    visit: Visit, write: Write, clinician: User
) -> None:
    report = write(reading())
    assert results_told(visit) == ""
    review_reading(actor=clinician, report=report, confirms=True, at=AT)
    told = results_told(visit)
    assert "Nghi đám mờ thùy trên phổi phải" in told
    assert clinician.full_name in told
    assert "AI" in told


def test_a_rejected_reading_never_stands_on_a_paper(
    visit: Visit, write: Write, clinician: User
) -> None:
    review_reading(
        actor=clinician, report=write(reading()), confirms=False, reason="phim mờ", at=AT
    )
    assert results_told(visit) == ""


def test_a_corrected_result_stands_alone_and_a_mistake_not_at_all(
    visit: Visit, write: Write, clinician: User
) -> None:
    first = write(lab(ResultEntry("Creatinin", "840", "µmol/L")))
    right = lab(ResultEntry("Creatinin", "84", "µmol/L"))
    new = amend_report(actor=clinician, report=first, entry=right, reason="gõ nhầm", at=AT)
    assert results_told(visit) == "Hóa sinh máu: Creatinin 84 µmol/L."
    void_report(actor=clinician, report=new, reason="nhầm người", at=AT)
    assert results_told(visit) == ""


def test_a_result_more_protected_than_its_visit_stays_off_its_papers(
    visit: Visit, write: Write
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    report = write(lab(ResultEntry("HIV Ag/Ab", "dương tính")))
    assert report.sensitivity == "hiv"
    assert results_told(visit) == ""


def test_so_many_results_that_they_do_not_fit_are_cut_at_a_line(visit: Visit, write: Write) -> None:
    for number in range(12):
        write(reading(ai=None, title=f"Phim {number}", conclusion="x" * 600))
    told = results_told(visit)
    assert len(told) <= MOST_TOLD
    assert all(line.endswith("x.") for line in told.splitlines())
