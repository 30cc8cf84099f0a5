"""A signed visit changes by an amendment with its reason, and every version stays."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from healthrecords import services
from healthrecords.differences import differences
from healthrecords.models import (
    Citizen,
    Visit,
    VisitAmendment,
    VisitSeal,
    VisitVersion,
)
from healthrecords.services.amending import (
    amend_by_file,
    drop_amendment,
    open_amendment,
)
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.amending import LATER, REASON, amended
from tests.healthrecords.conftest import AT, visit_of


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    return record(citizen)


def test_an_amendment_is_a_new_version_with_its_reason_and_the_old_one_stays(
    visit: Visit, clinician: User
) -> None:
    """Circular 13/2025/TT-BYT: a correction is a new version, the old text stays readable."""
    first = sign_visit(actor=clinician, visit=visit, at=AT)
    amended(clinician, visit, diagnoses=visit_of("J02").diagnoses)
    second = sign_visit(actor=clinician, visit=visit, at=LATER)
    assert (second.number, second.reason) == (2, REASON)
    kept = VisitVersion.objects.get(pk=first.pk)
    assert kept.content == first.content
    assert json.loads(kept.content)["parts"]["healthrecords.diagnosis"][0]["code"] == "I10"
    assert json.loads(second.content)["parts"]["healthrecords.diagnosis"][0]["code"] == "J02"
    seal = VisitSeal.objects.get(visit=visit)
    assert (seal.version, seal.amendment) == (second, None)
    assert VisitAmendment.objects.get().outcome == "signed"


def test_an_amendment_needs_a_reason(visit: Visit, clinician: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand)."""
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        open_amendment(actor=clinician, visit=visit, reason=" nhầm ", at=AT)
    assert refused.value.error_dict["reason"][0].code == "amendment_without_reason"
    assert not VisitAmendment.objects.exists()


def test_one_amendment_is_open_at_a_time(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    open_amendment(actor=clinician, visit=visit, reason=REASON, at=AT)
    with pytest.raises(ValidationError) as refused:
        open_amendment(actor=clinician, visit=visit, reason=REASON, at=AT)
    assert refused.value.code == "amendment_open"
    assert VisitAmendment.objects.count() == 1


def test_an_amendment_that_changed_nothing_is_dropped_not_signed(
    visit: Visit, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    services.open_access(user=clinician, citizen=visit.citizen, at=LATER)
    open_amendment(actor=clinician, visit=visit, reason=REASON, at=LATER)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=LATER)
    assert refused.value.code == "nothing_amended"
    drop_amendment(actor=clinician, visit=visit, at=LATER)
    assert VisitAmendment.objects.get().outcome == "dropped"
    assert VisitSeal.objects.get(visit=visit).amendment is None
    with pytest.raises(DatabaseError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(advice="khác")


def test_an_amendment_that_changed_something_is_not_dropped(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    amended(clinician, visit, advice="Ăn nhạt")
    with pytest.raises(ValidationError) as refused:
        drop_amendment(actor=clinician, visit=visit, at=LATER)
    assert refused.value.code == "amendment_changed"
    assert VisitAmendment.objects.open().count() == 1


def test_the_same_words_saved_again_are_no_change(visit: Visit, clinician: User) -> None:
    """A correction writes the parts anew, with other keys: what they say is what counts."""
    sign_visit(actor=clinician, visit=visit, at=AT)
    amended(clinician, visit)
    drop_amendment(actor=clinician, visit=visit, at=LATER)
    assert VisitAmendment.objects.get().outcome == "dropped"


def test_an_unsigned_visit_of_an_older_day_is_corrected_with_a_reason(
    visit: Visit, clinician: User
) -> None:
    amended(clinician, visit, advice="Ăn nhạt")
    version = sign_visit(actor=clinician, visit=visit, at=LATER)
    assert (version.number, version.reason) == (1, REASON)


def test_the_next_place_opens_no_amendment(visit: Visit, clinician: User, neighbour: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(PermissionDenied):
        open_amendment(actor=neighbour, visit=visit, reason=REASON, at=AT)
    assert not VisitAmendment.objects.exists()


def test_a_file_opens_an_amendment_and_says_who_signs_again(
    visit: Visit, clinician: User, data_officer: User
) -> None:
    """Circular 48/2017/TT-BYT (read second-hand): what was sent is corrected by a new file."""
    sign_visit(actor=clinician, visit=visit, at=AT)
    batch = uuid7()
    count = amend_by_file(
        [visit.pk], actor=data_officer, batch_id=batch, name="thang-11.xlsx", at=LATER
    )
    amendment = VisitAmendment.objects.get()
    assert count == 1
    assert (amendment.origin, amendment.batch_id, amendment.awaits) == ("file", batch, clinician)
    assert "thang-11.xlsx" in amendment.reason
    assert VisitSeal.objects.get(visit=visit).amendment == amendment
    Visit.objects.filter(pk=visit.pk).update(advice="khác")  # the file may now write
    assert amend_by_file([visit.pk], actor=None, batch_id=uuid7(), name="x", at=LATER) == 0


def test_a_difference_names_people_and_places_and_shows_no_keys(
    citizen: Any, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    visit = record(citizen)
    label = "healthrecords.vitalsigns"
    before = {"visit": {"facility": str(visit.facility_id)}, "parts": {}}
    after = {"visit": {"facility": str(clinician.pk)}, "parts": {}}
    before["parts"] = {label: [{"pulse": 80, "confirmed_by": str(clerk.pk)}]}
    after["parts"] = {label: [{"pulse": 80, "confirmed_by": str(clinician.pk)}]}
    first, second = differences(before, after)
    assert first.before == str(visit.facility)
    # What stands nowhere any more keeps its key.
    assert first.after == str(clinician.pk)
    assert (second.before, second.after) == (str(clerk), str(clinician))
