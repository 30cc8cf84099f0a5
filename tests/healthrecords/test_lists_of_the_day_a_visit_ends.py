"""A stay from 30/06 to 02/07 is coded by the lists that hold on 02/07: the end date picks the version.

The ICD-10 list changed on 01/07/2026 (Thông tư 06/2026/TT-BYT); the end of the visit decides which
one holds, and today while a stay lasts.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from healthrecords.admin.suggestions import codes as suggested
from healthrecords.forms.visit import VisitForm
from healthrecords.models import Citizen, Procedure, Visit
from healthrecords.services.diagnoses import read_diagnosis
from portal.accounts.models import User
from portal.codelists.models import CodeList, CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from tests.healthrecords.pages import fields_of, logged_in, visit_url

pytestmark = pytest.mark.django_db

CHANGE = date(2026, 7, 1)
BEFORE = datetime(2026, 6, 30, 3, tzinfo=UTC)  # 10:00 in Điện Biên
ON_CHANGE = datetime(2026, 7, 1, 3, tzinfo=UTC)
AFTER = datetime(2026, 7, 2, 3, tzinfo=UTC)
OLD_TITLE = "Tăng huyết áp vô căn"
NEW_TITLE = "Tăng huyết áp nguyên phát, danh mục mới"


@pytest.fixture
def lists(few_lists: None) -> None:
    """Two lists of diseases and two of what is protected, the second from 01/07/2026."""
    publish_version(
        code_list=CodeList.objects.get(key="icd10"),
        rows=[
            Row("I10", NEW_TITLE),
            Row("E11.9", "Đái tháo đường týp 2", attributes={"not_main": "1"}),
            Row("J02.9", "Viêm họng cấp"),
        ],
        edition=Edition(valid_from=CHANGE, legal_basis="Thông tư 06/2026/TT-BYT"),
    )
    publish_version(
        code_list=CodeList.objects.get(key="sensitivity_rules"),
        rows=[Row("J02", "Thử", attributes={"first": "J02", "last": "J02", "sensitivity": "tb"})],
        edition=Edition(valid_from=CHANGE, legal_basis="Thử"),
    )


@pytest.fixture
def stay(citizen: Citizen, record: Callable[..., Visit]) -> Callable[..., Visit]:
    def _stay(code: str, *, ended_at: datetime | None, at: datetime = AFTER, **said: Any) -> Visit:
        on = timezone.localdate(ended_at or at)
        whole = {
            "kind": "02",
            "started_at": BEFORE,
            "ended_at": ended_at,
            "diagnoses": [read_diagnosis(code, on=on).entry],
            "medicines": (),
            "is_finished": ended_at is not None,
            **said,
        }
        return record(citizen, at=at, **whole)

    return _stay


def version_at(on: date) -> CodeListVersion:
    return CodeListVersion.objects.holding(on).get(code_list__key="icd10")


@pytest.mark.parametrize("ended_at", [BEFORE + timedelta(hours=1), ON_CHANGE, AFTER])
def test_a_diagnosis_is_of_the_list_that_holds_when_the_visit_ends(
    stay: Callable[..., Visit], ended_at: datetime
) -> None:
    row = stay("I10", ended_at=ended_at).diagnosis_rows.get()
    on = timezone.localdate(ended_at)
    assert row.list_version_id == version_at(on).pk
    assert (row.title == NEW_TITLE) is (on >= CHANGE)


def test_what_may_not_be_the_main_diagnosis_is_judged_by_the_list_of_the_end(
    stay: Callable[..., Visit],
) -> None:
    assert stay("E11.9", ended_at=BEFORE + timedelta(hours=1)).pk
    with pytest.raises(ValidationError) as refused:
        stay("E11.9", ended_at=AFTER)
    assert refused.value.error_dict["diagnoses-0"][0].code == "diagnosis_not_main"
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("ended_at", "at", "sensitivity"),
    [
        (BEFORE + timedelta(hours=1), AFTER, ""),
        (AFTER, AFTER, "tb"),
        (None, BEFORE + timedelta(hours=2), ""),  # it lasts, and nothing is changed yet
        (None, AFTER, "tb"),  # it lasts beyond the change
    ],
)
def test_protection_follows_the_rules_of_the_day_the_visit_ends(
    stay: Callable[..., Visit], ended_at: datetime | None, at: datetime, sensitivity: str
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    seen = stay("J02.9", ended_at=ended_at, at=at)
    assert seen.sensitivity == sensitivity
    assert seen.diagnosis_rows.get().sensitivity == sensitivity


def test_an_ordinary_visit_of_an_earlier_day_ended_on_that_day(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    seen = record(citizen, **entry_on(BEFORE, "J02.9"), at=AFTER)
    assert (seen.sensitivity, seen.diagnosis_rows.get().list_version_id) == (
        "",
        version_at(BEFORE.date()).pk,
    )


@pytest.mark.parametrize(
    ("ended_at", "sensitivity"), [(BEFORE + timedelta(hours=1), ""), (AFTER, "tb")]
)
def test_a_procedure_of_a_visit_goes_by_the_lists_of_the_visits_end(
    stay: Callable[..., Visit], clerk: User, ended_at: datetime, sensitivity: str
) -> None:
    visit = stay("I10", ended_at=ended_at)
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[visit.citizen_id]))
    url = reverse("admin:healthrecords_citizen_procedure_new", args=[visit.citizen_id])
    page = client.get(f"{url}?kham={visit.pk}")
    ended_on = f"{timezone.localdate(ended_at):%d/%m/%Y}"
    assert f'data-list-day="{ended_on}"' in page.content.decode()
    said = {"title": "Rửa họng", "performed_at": "30/06/2026 10:30", "reason": "J02.9"}
    client.post(f"{url}?kham={visit.pk}", fields_of(page, "procedure_form") | said)
    assert Procedure.objects.get(visit=visit).sensitivity == sensitivity


def entry_on(moment: datetime, code: str) -> dict[str, Any]:
    reading = read_diagnosis(code, on=timezone.localdate(moment))
    return {"started_at": moment, "diagnoses": [reading.entry], "medicines": ()}


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({"on": "30/06/2026"}, OLD_TITLE),
        ({"on": "30/06/2026 10:00"}, OLD_TITLE),
        ({"on": "02/07/2026 10:00"}, NEW_TITLE),
        ({"on": "hôm nào"}, NEW_TITLE),
        ({}, NEW_TITLE),
    ],
)
def test_suggestions_are_of_the_day_the_page_asks_about(
    lists: None, rf: Any, said: dict[str, str], title: str
) -> None:
    answer = suggested(rf.get("/", {"q": "I10", **said}), "icd10")
    assert answer.status_code == 200
    assert json.loads(answer.content)["results"][0]["text"] == f"I10 {title}"


def test_the_form_reads_a_diagnosis_by_the_end_that_is_typed(citizen: Citizen, clerk: User) -> None:
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    page = client.get(visit_url(citizen))
    said = fields_of(page, "visit_form") | {
        "kind": "02",
        "reason": "Mệt",
        "started_at": "30/06/2026 10:00",
        "d-0-text": "I10",
    }
    form = VisitForm(said | {"ended_at": "02/07/2026 10:00"}, citizen=citizen, at=AFTER)
    assert form.is_valid(), form.errors
    assert form.checked is not None
    assert form.checked.diagnoses[0].title == NEW_TITLE
    form = VisitForm(said | {"ended_at": "30/06/2026 16:00"}, citizen=citizen, at=AFTER)
    assert form.is_valid(), form.errors
    assert form.checked is not None
    assert form.checked.diagnoses[0].title != NEW_TITLE


def test_the_page_tells_the_suggestions_which_kinds_of_visit_last(
    citizen: Citizen, clerk: User
) -> None:
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    assert 'data-stays="02 03 04 06 09 10"' in client.get(visit_url(citizen)).content.decode()
