"""Results and procedures join a visit of their own place; of another's they stand alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, Procedure, Visit, VisitSeal
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.results import record_report
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import fields_of, logged_in
from tests.healthrecords.test_results import lab

KINDS = ("report", "procedure")


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    return record(citizen)


def written(kind: str, actor: User, visit: Visit, *, alone: bool = False) -> Any:
    """Write a result or a procedure at the place of the actor, in the visit or alone."""
    by: dict[str, Any] = {
        "actor": actor,
        "citizen": visit.citizen,
        "facility": actor.place_of_work,
        "client_key": uuid7(),
        "at": AT,
        "visit": None if alone else visit,
    }
    if kind == "report":
        return record_report(entry=lab(), **by).row
    return record_procedure(entry=ProcedureEntry("Khâu vết thương", AT), **by).row


def nothing_written() -> bool:
    return not DiagnosticReport.objects.exists() and not Procedure.objects.exists()


@pytest.fixture
def nightly(neighbour: User, visit: Visit) -> User:
    """A clerk of the next station who opened the record for a reason."""
    said = {"reason": "Cấp cứu ban đêm", "at": AT}
    services.break_glass(user=neighbour, citizen=visit.citizen, **said)
    return neighbour


@pytest.mark.parametrize("kind", KINDS)
def test_another_place_adds_nothing_to_a_signed_visit(
    kind: str, visit: Visit, nightly: User, clinician: User
) -> None:
    """Who signs a visit answers for all that stands with it."""
    services.open_access(user=clinician, citizen=visit.citizen, at=AT)
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        written(kind, nightly, visit)
    assert refused.value.code == "visit_of_another_place"
    assert nothing_written()
    assert not VisitSeal.objects.get().has_later
    assert written(kind, nightly, visit, alone=True).visit is None
    assert not VisitSeal.objects.get().has_later


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["withdrawn", "cancelled"])
def test_nothing_is_added_to_a_visit_that_does_not_stand(
    kind: str, status: str, visit: Visit, clerk: User
) -> None:
    # The visit in hand was read before: what the database says now counts.
    Visit.objects.filter(pk=visit.pk).update(status=status)
    with pytest.raises(ValidationError) as refused:
        written(kind, clerk, visit)
    assert refused.value.code == "visit_over"
    assert nothing_written()


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_place_adds_to_a_visit(kind: str, visit: Visit, clerk: User) -> None:
    assert written(kind, clerk, visit).visit == visit


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_anothers_visit_offers_no_writing_and_its_address_attaches_nothing(
    kind: str, visit: Visit, nightly: User, clerk: User
) -> None:
    new = reverse(f"admin:healthrecords_citizen_{kind}_new", args=[visit.citizen_id])
    link = f"{new}?kham={visit.pk}"
    page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert link in logged_in(clerk).get(page).content.decode()
    client = logged_in(nightly)
    services.break_glass(
        user=nightly, citizen=visit.citizen, reason="Cấp cứu ban đêm", at=timezone.now()
    )
    shown = client.get(page)
    assert shown.status_code == 200
    assert link not in shown.content.decode()
    said = {**fields_of(client.get(link), f"{kind}_form"), "title": "Siêu âm", "kind": "other"}
    assert client.post(link, said).status_code == 302
    model: Any = DiagnosticReport if kind == "report" else Procedure
    assert model.objects.get().visit is None
