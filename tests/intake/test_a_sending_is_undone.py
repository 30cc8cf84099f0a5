"""A written sending is taken back: what was new goes, what was changed is as before, nothing else moves."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from healthrecords.models import (
    CareRelation,
    Citizen,
    CitizenIdentifier,
    Diagnosis,
    Medication,
    Visit,
    VitalSigns,
)
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.sending import NOW, confirm, counts, envelope, record, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def undo(batch: Batch, by: User) -> Batch:
    services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp")
    return services.undo_batch(batch.pk, at=NOW)


def state() -> dict[str, list[Any]]:
    """Every row that is in force, without its key where the key is made anew."""
    parts = {}
    for model in (Diagnosis, Medication, VitalSigns):
        rows = model.objects.exclude(visit__status="withdrawn").values()
        parts[model.__name__] = sorted(str({k: v for k, v in r.items() if k != "id"}) for r in rows)
    return {
        "people": list(Citizen.objects.current().order_by("pk").values()),
        "visits": list(Visit.objects.exclude(status="withdrawn").order_by("pk").values()),
        "numbers": list(
            CitizenIdentifier.objects.filter(ended_on=None, citizen__withdrawn_at=None)
            .order_by("pk")
            .values()
        ),
        "care": list(CareRelation.objects.filter(until=None).order_by("pk").values()),
        **parts,
    }


def test_new_visits_and_the_people_who_came_with_them_are_withdrawn(
    data_officer: User, hospital: Organisation
) -> None:
    before = state()
    batch = confirm(
        send(workbook([visit(), visit(MA_LK="2")]), by=data_officer, organisation=hospital),
        data_officer,
    )
    assert (Visit.objects.count(), Citizen.objects.current().count()) == (2, 1)
    batch = undo(batch, data_officer)
    assert (batch.state, batch.undone_by, batch.undone_because) == (
        "undone",
        data_officer,
        "Gửi nhầm tệp",
    )
    assert state() == before
    assert Visit.objects.filter(status="withdrawn").count() == 2
    assert not CareRelation.objects.filter(until=None).exists()


def test_a_changed_visit_is_what_it_was_with_all_its_parts(
    data_officer: User, hospital: Organisation
) -> None:
    first = [visit(), visit(MA_LK="2", HO_TEN="Lò Thị Hai", SO_CCCD="", MA_THE_BHYT="")]
    confirm(send(workbook(first), by=data_officer, organisation=hospital), data_officer)
    before = state()
    mended = [
        visit(MA_BENH_CHINH="I10", MA_BENH_KT="E11.9;J18.9", MACH="90", LY_DO_VV="Đau đầu"),
        first[1],
        visit(
            MA_LK="3", HO_TEN="Quàng Văn Ba", SO_CCCD="011071000124", MA_THE_BHYT="HT2111234567891"
        ),
    ]
    second = send(workbook(mended), by=data_officer, organisation=hospital)
    assert counts(second) == {"changed": 1, "unchanged": 1, "new": 1}
    confirm(second, data_officer)
    assert state() != before
    undo(second, data_officer)
    assert state() == before


def test_the_same_file_comes_back_after_it_was_undone_and_can_be_undone_again(
    data_officer: User, hospital: Organisation
) -> None:
    content = workbook([visit(), visit(MA_LK="2", NGAY_RA="")])
    once = confirm(send(content, by=data_officer, organisation=hospital), data_officer)
    written = state()
    undo(once, data_officer)
    withdrawn = state()
    again = send(content, by=data_officer, organisation=hospital)
    assert counts(again) == {"changed": 2}
    confirm(again, data_officer)
    now = state()
    assert [(v["id"], v["status"]) for v in now["visits"]] == [
        (v["id"], v["status"]) for v in written["visits"]
    ]
    assert now["people"] == written["people"]
    assert now["Diagnosis"] == written["Diagnosis"]
    assert len(now["care"]) == len(written["care"])
    undo(again, data_officer)
    assert state() == withdrawn


@pytest.mark.parametrize(
    ("status", "goes_on"), [("finished", True), ("cancelled", False), ("withdrawn", False)]
)
def test_care_goes_on_for_a_visit_that_took_place_and_not_for_who_left_unseen(
    data_officer: User, hospital: Organisation, status: str, *, goes_on: bool
) -> None:
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    Visit.objects.create(
        citizen=Citizen.objects.get(),
        facility=hospital,
        started_at=NOW,
        ended_at=NOW,
        status=status,
    )
    undo(batch, data_officer)
    assert CareRelation.objects.filter(until=None).exists() is goes_on


def test_a_later_file_that_changed_the_visit_stands_in_the_way_and_is_named(
    data_officer: User, hospital: Organisation
) -> None:
    first = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    later = confirm(
        send(workbook([visit(MACH="99")]), by=data_officer, organisation=hospital, name="sau.xlsx"),
        data_officer,
    )
    before = state()
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=data_officer, batch=first, reason="Gửi nhầm")
    assert "sau.xlsx" in " ".join(refused.value.messages)
    first.refresh_from_db()
    assert first.state == "written"
    assert state() == before
    undo(later, data_officer)
    undo(first, data_officer)
    assert not state()["visits"]


def test_a_person_who_was_known_or_met_again_stays(
    data_officer: User, hospital: Organisation
) -> None:
    first = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    confirm(
        send(workbook([visit(MA_LK="2")]), by=data_officer, organisation=hospital), data_officer
    )
    undo(first, data_officer)
    assert Citizen.objects.current().count() == 1
    assert CareRelation.objects.filter(until=None).count() == 1
    assert list(
        Visit.objects.exclude(status="withdrawn").values_list("episode_key", flat=True)
    ) == ["2"]


def test_an_envelope_with_medicines_is_undone_too(
    data_officer: User, hospital: Organisation
) -> None:
    before = state()
    content = envelope(record())
    batch = send(content, by=data_officer, organisation=hospital, kind="envelope", name="a.xml")
    confirm(batch, data_officer)
    assert Medication.objects.exists()
    undo(batch, data_officer)
    assert state() == before


def test_undoing_needs_a_reason_and_a_written_sending(
    data_officer: User, hospital: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=hospital)
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=data_officer, batch=batch, reason="x")
    assert refused.value.code == "batch_moved_on"
    confirm(batch, data_officer)
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=data_officer, batch=batch, reason="  ")
    assert refused.value.code == "reason_missing"
    assert Visit.objects.exclude(status="withdrawn").count() == 1


def test_the_page_says_what_it_touches_and_only_who_may_confirm_undoes(
    data_officer: User, stranger: User, hospital: Organisation
) -> None:
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    address = reverse("intake:undo", args=[batch.pk])
    client = Client()
    client.force_login(data_officer)
    page = client.get(address).content.decode()
    assert "lượt khám mới" in page
    assert client.post(address, {"reason": ""}).status_code == 400
    other = Client()
    other.force_login(stranger)
    assert other.get(address).status_code in {403, 404}
    assert other.post(address, {"reason": "x"}).status_code in {403, 404}
    batch.refresh_from_db()
    assert batch.state == "written"
    assert client.post(address, {"reason": "Gửi nhầm tệp"}).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "undoing"


def test_history_names_who_undid_it(data_officer: User, hospital: Organisation) -> None:
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    undo(batch, data_officer)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT context.metadata ->> 'batch', context.metadata ->> 'user'"
            " FROM healthrecords_visithistory history"
            " JOIN pghistory_context context ON context.id = history.pgh_context_id"
            " WHERE history.status = 'withdrawn'"
        )
        assert cursor.fetchall() == [(str(batch.pk), str(data_officer.pk))]
