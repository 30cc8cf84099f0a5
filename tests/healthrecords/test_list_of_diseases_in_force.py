"""Where the law asks for a newer list of diseases that nobody has loaded, the pages say so.

Thông tư 06/2026/TT-BYT replaces Quyết định 4469/QĐ-BYT for visits that end from 01/07/2026; its list
has been published as a PDF only. Until a department loads it, the old list serves and is named.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from healthrecords.models import Citizen, Visit
from portal.accounts.models import User
from portal.codelists.lookup import outdated_on, version_on
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from tests.healthrecords.conftest import ON
from tests.healthrecords.pages import logged_in, text_of, visit_url

LAST = date(2026, 6, 30)
NEW_LAW = date(2026, 7, 1)
BEFORE = datetime(2026, 6, 30, 3, tzinfo=UTC)  # 10:00 in Điện Biên
NOTE = "chỉ áp dụng đến hết ngày 30/06/2026"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.mark.parametrize(("on", "is_outdated"), [(LAST, False), (NEW_LAW, True), (ON, True)])
def test_the_list_of_decision_4469_holds_by_law_until_30_06_2026(
    lists: None, on: date, is_outdated: bool
) -> None:
    """A visit that ends later is judged by it all the same, for there is no other one here."""
    assert version_on("icd10", on) is not None
    assert (outdated_on("icd10", on) is not None) is is_outdated


def test_a_newer_list_that_is_loaded_ends_it(lists: None) -> None:
    publish_version(
        code_list=CodeList.objects.get(key="icd10"),
        rows=[Row("I10", "Tăng huyết áp")],
        edition=Edition(valid_from=NEW_LAW, legal_basis="Thông tư 06/2026/TT-BYT"),
    )
    assert outdated_on("icd10", ON) is None
    version = version_on("icd10", ON)
    assert version is not None
    assert version.legal_basis == "Thông tư 06/2026/TT-BYT"
    assert version_on("icd10", LAST) != version


def test_form_visit_and_signature_say_by_which_list_they_judge(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    visit = record(citizen)
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert text_of(client.get(visit_url(citizen))).count(NOTE) == 1
    said = text_of(client.get(page))
    assert said.count(NOTE) == 1
    assert "Thông tư 06/2026/TT-BYT" in said
    signer = logged_in(clinician)
    signer.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    sign = reverse("admin:healthrecords_visit_sign", args=[visit.pk])
    assert text_of(signer.get(sign)).count(NOTE) == 1


def test_a_visit_that_ended_while_the_list_held_says_nothing(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, started_at=BEFORE, at=BEFORE)
    client = logged_in(clerk)
    client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert NOTE not in text_of(client.get(page))


def test_the_page_of_the_list_says_it_to_who_sends_files(lists: None, clerk: User) -> None:
    page = logged_in(clerk).get(reverse("intake:codes", args=["icd10"]))
    assert text_of(page).count(NOTE) == 1
