"""Why something was corrected, cancelled, taken back or a mistake hides no row, and betrays nobody.

That every way out of every such column is hushed is walked in ``walking/test_words_beside.py``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import StockLot, StockMovement
from healthrecords import services
from healthrecords.models import Allergy, Citizen, DiagnosticReport, Dispensing, Document, Visit
from healthrecords.services import documents
from healthrecords.services.background import record_fact, void_fact
from healthrecords.services.dispensing import take_back
from healthrecords.services.facts import AllergyEntry, read_allergen
from healthrecords.services.report_entries import ResultEntry
from healthrecords.services.results import amend_report, record_report
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_giving_out_medicines import give, lot
from tests.healthrecords.test_papers import issue
from tests.healthrecords.test_results import lab

__all__ = ["lot"]

pytestmark = pytest.mark.django_db
BETRAYS = "nhầm với mẫu xét nghiệm HIV của người này"
PLAIN = "nhầm với mẫu của người bên cạnh"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User) -> Visit:
    """An ordinary visit; the record is open to who has no right to protected rows and to who has."""
    for user in (clerk, clinician):
        for at in (AT, timezone.now()):
            services.open_access(user=user, citizen=citizen, at=at)
    return record(citizen)


def served(user: User, name: str, row: Any) -> dict[str, Any]:
    """Return a row as another system reads it."""
    found = logged_in(user).get(f"/api/v1/{name}/{row.pk}/")
    assert found.status_code == 200
    said: dict[str, Any] = found.json()
    return said


def pages(user: User, *addresses: str) -> str:
    answers = [logged_in(user).get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return " ".join(map(text_of, answers))


@pytest.mark.parametrize(("why", "is_told"), [(BETRAYS, False), (PLAIN, True)])
def test_a_result_is_corrected_for_a_reason_told_to_whom_it_may_be(
    why: str, is_told: bool, visit: Visit, clerk: User, clinician: User
) -> None:
    """On its page, to another system, among what is not signed yet, and in the signed version."""
    glucose = "Glucose máu lúc đói"
    who = {"citizen": visit.citizen, "facility": visit.facility, "visit": visit}
    said = [lab(ResultEntry(glucose, value, "mmol/L")) for value in ("5,0", "5,1")]
    row = record_report(actor=clerk, entry=said[0], client_key=uuid7(), at=AT, **who).row
    sign_visit(actor=clinician, visit=visit, at=AT)
    new = amend_report(actor=clerk, report=row, entry=said[1], reason=why, at=AT)
    assert new.sensitivity == ""
    report = reverse("admin:healthrecords_citizen_report", args=[visit.citizen_id, new.pk])
    versions = reverse("admin:healthrecords_visit_versions", args=[visit.pk])
    for address in (report, versions):
        assert (why in pages(clerk, address)) is is_told
        assert why in pages(clinician, address)
    assert served(clerk, "reports", new)["amend_reason"] == (why if is_told else "")
    sign_visit(actor=clinician, visit=visit, at=AT)
    signed = reverse("admin:healthrecords_visit_version", args=[visit.pk, 2])
    for address in (signed, f"{versions}?so=1&voi=2"):
        hidden = pages(clerk, address)
        assert "5,1" in hidden
        assert (why in hidden) is is_told
        assert why in pages(clinician, address)
    assert served(clinician, "reports", new)["amend_reason"] == why
    assert DiagnosticReport.objects.get(pk=new.pk).amend_reason == why


@pytest.mark.parametrize(("why", "is_told"), [(BETRAYS, False), (PLAIN, True)])
def test_a_paper_is_cancelled_for_a_reason_told_to_whom_it_may_be(
    why: str, is_told: bool, visit: Visit, clerk: User, clinician: User
) -> None:
    paper = issue(visit, clerk)
    documents.cancel(actor=clerk, document=paper, reason=why, at=timezone.now())
    own = reverse("admin:healthrecords_visit_document", args=[visit.pk, paper.pk])
    for address in (own, record_url(visit.citizen)):
        hidden, seen = pages(clerk, address), pages(clinician, address)
        assert (why in hidden) is is_told
        assert why in seen
        assert "Đã hủy" in hidden
    assert served(clerk, "documents", paper)["cancel_reason"] == (why if is_told else "")
    assert served(clinician, "documents", paper)["cancel_reason"] == why
    assert Document.objects.get(pk=paper.pk).cancel_reason == why


@pytest.mark.parametrize(("why", "is_told"), [(BETRAYS, False), (PLAIN, True)])
def test_a_medicine_is_taken_back_for_a_reason_told_to_whom_it_may_be(
    why: str,
    is_told: bool,
    visit: Visit,
    clerk: User,
    clinician: User,
    lot: StockLot,
) -> None:
    """The book of the stock is read by everybody who sees supplies: it keeps what may be told."""
    (row,) = give(clerk, visit, 28)
    take_back(actor=clerk, visit=visit, keys=[row.pk], reason=why, at=timezone.now())
    address = reverse("admin:healthrecords_visit_dispense", args=[visit.pk])
    hidden = pages(clerk, address)
    assert "Đã nhận lại" in hidden
    assert (why in hidden) is is_told
    assert why in pages(clinician, address)
    assert StockMovement.objects.get(kind="returned").reason == (why if is_told else "")
    assert Dispensing.objects.get().taken_back_because == why


def test_a_mistake_stays_a_mistake_where_its_reason_is_not_told(
    citizen: Citizen, clerk: User, clinician: User, station: Organisation
) -> None:
    now = timezone.now()
    for user in (clerk, clinician):
        services.open_access(user=user, citizen=citizen, at=now)
    entry = AllergyEntry(**read_allergen("Penicillin", on=ON), severity="severe")
    who = {"actor": clerk, "citizen": citizen, "facility": station}
    row = record_fact(entry=entry, client_key=uuid7(), at=now, **who).row
    void_fact(actor=clerk, fact=row, reason=BETRAYS, at=now)
    address = reverse("admin:healthrecords_citizen_background", args=[citizen.pk])
    page = logged_in(clerk).get(address)
    assert "HIV" not in text_of(page)
    assert "ghi nhầm" in text_of(page)
    assert f"<del>{row.substance}</del>" in page.content.decode()
    assert row.substance not in pages(clerk, record_url(citizen))
    assert BETRAYS in pages(clinician, address)
    assert Allergy.objects.get().void_reason == BETRAYS
