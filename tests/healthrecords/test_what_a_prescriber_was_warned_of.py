"""What a prescriber was warned of is told to those who may see protected rows; the reason to all."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Allergy, Citizen, Medication, Visit
from healthrecords.services.amending import open_amendment
from healthrecords.services.background import record_fact
from healthrecords.services.facts import AllergyEntry, read_allergen
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.conftest import ON, visit_of
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_stopped_medicines import medicine

pytestmark = pytest.mark.django_db
BETRAYS = "phát hiện khi đang điều trị HIV"
REASON = "đã thử liều nhỏ, dung nạp"
TOLD = f"Vẫn dùng vì: {REASON}"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def warned(citizen: Citizen, clerk: User, clinician: User, papers_of_their_own: None) -> Visit:
    """An open visit whose doctor was warned of an allergy, in words that betray."""
    now = timezone.now()
    for user in (clerk, clinician):
        services.open_access(user=user, citizen=citizen, at=now)
    assert clinician.place_of_work is not None
    who = {"actor": clinician, "citizen": citizen, "facility": clinician.place_of_work, "at": now}
    said = {**read_allergen("Penicillin", on=ON), "severity": "mild", "reaction": BETRAYS}
    record_fact(entry=AllergyEntry(**said), client_key=uuid7(), **who)
    given = medicine("Amoxicilin 500 mg", days=5, reason=REASON)
    entry = visit_of(started_at=now - timedelta(hours=1), medicines=[given])
    visit = services.record_visit(entry=entry, client_key=uuid7(), **who).row
    assert (Allergy.objects.get().sensitivity, visit.sensitivity) == ("", "")
    assert BETRAYS in Medication.objects.get().warnings["said"][0]
    return visit


def read_by(user: User, page: str, *args: object, query: str = "") -> str:
    url = reverse(f"admin:healthrecords_visit_{page}", args=args) + query
    answer = logged_in(user).get(url)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_visit_tells_the_warning_to_those_with_the_right_and_the_reason_to_all(
    warned: Visit, clerk: User, clinician: User
) -> None:
    mine, theirs = (read_by(user, "change", warned.pk) for user in (clinician, clerk))
    assert BETRAYS in mine
    assert BETRAYS not in theirs
    assert TOLD in mine
    assert TOLD in theirs


def test_a_signed_version_tells_the_warning_in_sentences_to_those_with_the_right_alone(
    warned: Visit, clerk: User, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=warned, at=timezone.now())
    mine, theirs = (read_by(user, "version", warned.pk, 1) for user in (clinician, clerk))
    assert f"({BETRAYS}). Chọn thuốc khác, hoặc ghi vì sao vẫn dùng. {TOLD}" in mine
    assert f"Cảnh báo {TOLD}" in theirs
    assert BETRAYS not in theirs
    assert "said" not in mine + theirs


def amended(visit: Visit, by: User, **kept: Any) -> datetime:
    """Let a signed visit keep other words of its one medicine."""
    now = timezone.now()
    sign_visit(actor=by, visit=visit, at=now)
    open_amendment(actor=by, visit=visit, reason="xem lại cảnh báo", at=now)
    (row,) = visit.medication_rows.all()
    row.warnings = {**row.warnings, **kept}
    row.save()
    return now


def test_what_differs_between_versions_and_since_the_signature_tells_no_warning_either(
    warned: Visit, clerk: User, clinician: User
) -> None:
    now = amended(warned, clinician, reason="có bác sĩ theo dõi")
    since = [read_by(user, "versions", warned.pk) for user in (clinician, clerk)]
    sign_visit(actor=clinician, visit=Visit.objects.get(pk=warned.pk), at=now)
    compared = [
        read_by(user, "versions", warned.pk, query="?so=1&voi=2") for user in (clinician, clerk)
    ]
    for mine, theirs in (since, compared):
        assert BETRAYS in mine
        assert BETRAYS not in theirs
        assert "Vẫn dùng vì: có bác sĩ theo dõi" in mine
        assert "Vẫn dùng vì: có bác sĩ theo dõi" in theirs
        assert "said" not in mine + theirs


def test_a_warning_that_alone_changed_is_no_difference_to_who_may_not_read_it(
    warned: Visit, clerk: User, clinician: User
) -> None:
    amended(warned, clinician, said=["Một cảnh báo khác."])
    mine, theirs = (read_by(user, "versions", warned.pk) for user in (clinician, clerk))
    assert "Một cảnh báo khác." in mine
    assert "Một cảnh báo khác." not in theirs
    assert "Vẫn dùng vì" not in theirs
