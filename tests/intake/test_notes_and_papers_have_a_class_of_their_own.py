"""A note or paper that names a protected illness is protected, also where its visit is not."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from healthrecords import services as records
from healthrecords.models import Referral, Visit, VisitNote
from healthrecords.services.inheriting import inherit_sensitivity
from healthrecords.snapshots import canonical, shown_of, snapshot_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import StagedRow
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.pages import logged_in, record_url
from tests.intake.envelopes import NURSE
from tests.intake.papers_of_files import (
    ALL,
    DISCHARGE,
    SUMMARY,
    TRANSFER,
    bring,
    read_in,
    standing,
    undo,
)
from tests.intake.sending import counts

pytestmark = pytest.mark.usefixtures("lists", "registers")
WORDS = "Test nhanh HIV: dương tính."
NOTE = {"STT": "1", "THOI_DIEM_DBLS": "202611030900", "NGUOI_THUC_HIEN": NURSE}
OPEN = {**NOTE, "DIEN_BIEN_LS": "Đỡ đau đầu."}
TELLING = {**NOTE, "STT": "2", "THOI_DIEM_DBLS": "202611031000", "DIEN_BIEN_LS": WORDS}
BETRAYING: dict[str, list[dict[str, str]]] = {
    **ALL,
    "XML5": [OPEN, TELLING],
    "XML8": [{**SUMMARY, "TOMTAT_KQ": WORDS}],
    "XML13": [{**TRANSFER, "TOMTAT_KQ": WORDS}],
}


@pytest.fixture
def doctor(hospital: Organisation) -> User:
    return make_user("doctor", "Bác sĩ", Role.HOSPITAL_DOCTOR, hospital)


@pytest.fixture
def desk(hospital: Organisation) -> User:
    """Who may read records, and no protected ones."""
    return make_user("desk", "Quầy", Role.STATION_CLERK, hospital)


def classes() -> dict[str, str]:
    return {kind: one.sensitivity for kind, one in standing().items() if one.sensitivity}


def test_words_protect_the_note_and_the_paper_and_not_their_visit(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    assert Visit.objects.get().sensitivity == ""
    assert classes() == {"summary": "hiv", "referral": "hiv"}
    assert Referral.objects.get().sensitivity == "hiv"
    assert {one.text: one.sensitivity for one in VisitNote.objects.all()} == {
        "Đỡ đau đầu.": "",
        WORDS: "hiv",
    }


def test_a_ticked_box_protects_as_its_words_would(
    data_officer: User, hospital: Organisation
) -> None:
    ended = {
        "MA_DINH_CHI_THAI": "1",
        "NGUYENNHAN_DINHCHI": "Theo chỉ định",
        "THOIGIAN_DINHCHI": "202611030900",
        "TUOI_THAI": "8",
    }
    bring(data_officer, hospital, {**ALL, "XML7": [{**DISCHARGE, **ended}]}, MA_BENH_CHINH="J18")
    assert classes() == {"discharge": "reproductive"}


def shown_to(user: User) -> str:
    """All that a person reads of the visit: the timeline, the visit and its papers."""
    client, row = logged_in(user), Visit.objects.get()
    pages = [record_url(row.citizen), reverse("admin:healthrecords_visit_change", args=[row.pk])]
    pages += [
        reverse("admin:healthrecords_visit_document", args=[row.pk, paper.pk])
        for paper in standing().values()
    ]
    return "".join(client.get(page).content.decode() for page in pages)


def test_who_may_not_see_protected_rows_reads_the_others_alone(
    data_officer: User, hospital: Organisation, doctor: User, desk: User
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    hidden, seen = shown_to(desk), shown_to(doctor)
    assert "Đỡ đau đầu." in hidden
    assert "Test nhanh" not in hidden
    assert seen.count(WORDS) >= 4


def test_the_page_to_sign_leaves_out_what_the_signer_may_not_see(
    data_officer: User, hospital: Organisation, doctor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=timezone.now())
    client, page = logged_in(doctor), reverse("admin:healthrecords_visit_sign", args=[row.pk])
    assert len(client.get(page).context["notes"]) == 2
    monkeypatch.setattr("healthrecords.admin.opening.sees_sensitive", lambda _access: False)
    assert [one.text for one in client.get(page).context["notes"]] == ["Đỡ đau đầu."]


def test_a_comparison_names_protected_ones_by_their_digest_alone(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    assert counts(read_in(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")) == {
        "unchanged": 1
    }
    other = "Xét nghiệm HIV: âm tính."
    again = read_in(
        data_officer,
        hospital,
        {
            **BETRAYING,
            "XML5": [OPEN, {**TELLING, "DIEN_BIEN_LS": other}],
            "XML13": [{**TRANSFER, "TOMTAT_KQ": other}],
        },
        MA_BENH_CHINH="J18",
    )
    changes: list[list[Any]] = StagedRow.objects.get(batch=again).changes
    assert sorted(name for name, _old, _new in changes) == ["XML13", "XML5"]
    for _name, old, new in changes:
        assert "•••" in old
        assert "•••" in new
        assert "HIV" not in old + new
        assert "CT-31" not in old + new


def test_what_is_written_anew_is_never_more_open_than_it_was(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    keys = {kind: one.pk for kind, one in standing().items()}
    told = {**ALL, "XML5": [OPEN, {**TELLING, "DIEN_BIEN_LS": "Đã tư vấn."}]}
    again = bring(data_officer, hospital, told, MA_BENH_CHINH="J18")
    assert {kind: one.pk for kind, one in standing().items()} == keys
    assert standing()["summary"].content["results"] == SUMMARY["TOMTAT_KQ"]
    assert classes() == {"summary": "hiv", "referral": "hiv"}
    assert Referral.objects.get().sensitivity == "hiv"
    assert VisitNote.objects.get(text="Đã tư vấn.").sensitivity == "hiv"
    assert VisitNote.objects.get(text="Đỡ đau đầu.").sensitivity == ""
    undo(again, data_officer)
    assert VisitNote.objects.get(text=WORDS).sensitivity == "hiv"


def test_a_note_that_a_file_does_not_write_anew_becomes_as_protected_as_its_visit(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, {"XML5": [OPEN]})
    row, note = Visit.objects.get(), VisitNote.objects.get()
    row.sensitivity = "mental"
    row.save()
    inherit_sensitivity([row])
    note.refresh_from_db()
    assert note.sensitivity == "mental"
    row.sensitivity = ""
    row.save()
    inherit_sensitivity([row])
    note.refresh_from_db()
    assert note.sensitivity == "mental"


def test_the_text_that_is_signed_holds_what_the_signer_sees_and_shows_the_rest_to_nobody_else(
    data_officer: User, hospital: Organisation
) -> None:
    bring(data_officer, hospital, BETRAYING, MA_BENH_CHINH="J18")
    visit = Visit.objects.get()
    whole = snapshot_of(visit)
    assert WORDS in canonical(whole)
    mine = canonical(snapshot_of(visit, sees_sensitive=False))
    assert (WORDS in mine, "Đỡ đau đầu." in mine) == (False, True)
    shown = canonical(shown_of(whole, sees_sensitive=False))
    assert (WORDS in shown, "Đỡ đau đầu." in shown) == (False, True)
    # What another one signed before stays as it was signed.
    assert snapshot_of(visit, sees_sensitive=False, before=whole) == whole
