"""A provider's or facility's list of continuing training becomes credit hours, and is taken back."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps

from portal.accounts.models import User
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.services import (
    Sent,
    ask_to_undo,
    confirm_batch,
    read_batch,
    receive_file,
    undo_batch,
    write_batch,
)
from portal.places.models import Organisation
from practitioners.models import Practitioner, TrainingActivity
from practitioners.services import link_account
from tests.practitioners.conftest import AT
from tests.practitioners.registered import make_registered
from tests.practitioners.training import make_training_lists

HEAD = "HO_TEN,MACCHN,TEN_HOAT_DONG,HINH_THUC,DEN_NGAY,SO_TIET,SO_GIO\n"


@pytest.fixture
def doctor(hospital: Organisation) -> Practitioner:
    make_training_lists()
    return make_registered("Quàng Thị Hạc", hospital, serial=881)


def read(rows: str, actor: User, place: Organisation) -> Batch:
    """Send a list and read it."""
    batch = receive_file(
        actor=actor,
        sent=Sent("gio-hoc.csv", [(HEAD + rows).encode()]),
        kind="training",
        organisation=place,
        at=AT,
    )
    read_batch(batch_id=batch.pk, at=AT)
    batch.refresh_from_db()
    return batch


def send(rows: str, actor: User, place: Organisation) -> Batch:
    """Send a list, confirm and write what is good of it."""
    batch = read(rows, actor, place)
    confirm_batch(actor=actor, batch=batch, at=AT)
    write_batch(batch_id=batch.pk, at=AT)
    batch.refresh_from_db()
    return batch


def test_rows_count_at_once_and_only_once(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    rows = (
        "Quàng Thị Hạc,000881/ĐB-GPHN,Siêu âm tim,short_course,29/05/2026,24,\n"
        "QUÀNG THỊ HẠC,881/ĐB-GPHN,Hội nghị nội khoa,,30/05/2026,,4\n"
    )
    send(rows, data_officer, hospital)
    again = read(rows.replace(",24,", ",24,24"), data_officer, hospital)
    decisions = StagedRow.objects.filter(batch=again).values_list("decision", flat=True)
    assert set(decisions) == {"unchanged"}
    found = doctor.trainings.order_by("ended_on").values_list("hours", "state", "ended_on")
    assert list(found) == [
        (Decimal(24), "confirmed", date(2026, 5, 29)),
        (Decimal(4), "confirmed", date(2026, 5, 30)),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Quàng Thị Hạc,000882/ĐB-GPHN,Siêu âm,,29/05/2026,,8", "training_person_unknown"),
        ("Lò Thị Hạc,000881/ĐB-GPHN,Siêu âm,,29/05/2026,,8", "training_person_unknown"),
        (
            "Quàng Thị Hạc,000881/ĐB-GPHN,Siêu âm,short_course,29/05/2026,8,12",
            "training_hours_differ",
        ),
        ("Quàng Thị Hạc,000881/ĐB-GPHN,Siêu âm,,29/05/2026,,", "training_hours_missing"),
        ("Quàng Thị Hạc,000881/ĐB-GPHN,Siêu âm,,29/05/2030,,8", "training_in_future"),
    ],
)
def test_a_wrong_row_is_named_and_a_good_one_is_taken(
    doctor: Practitioner, hospital: Organisation, data_officer: User, row: str, code: str
) -> None:
    good = "Quàng Thị Hạc,000881/ĐB-GPHN,Điện tim,,01/06/2026,,8\n"
    batch = send(f"{row}\n{good}", data_officer, hospital)
    codes = set(
        Finding.objects.filter(batch=batch, severity="error").values_list("code", flat=True)
    )
    assert codes == {code}
    assert [one.title for one in TrainingActivity.objects.all()] == ["Điện tim"]


def test_what_a_person_had_declared_waits_again_when_the_list_is_undone(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    declared = TrainingActivity.objects.create(
        practitioner=doctor,
        title="Điện tim",
        ended_on=date(2026, 6, 1),
        hours=8,
        state="declared",
        declared_at=AT,
    )
    rows = (
        "Quàng Thị Hạc,000881/ĐB-GPHN,Điện tim,,01/06/2026,,8\n"
        "Quàng Thị Hạc,000881/ĐB-GPHN,Siêu âm,,02/06/2026,,4\n"
    )
    before = list(TrainingActivity.objects.values())
    batch = send(rows, data_officer, hospital)
    declared.refresh_from_db()
    assert (declared.state, TrainingActivity.objects.count()) == ("confirmed", 2)
    ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm")
    assert undo_batch(batch.pk, at=AT).state == "undone"
    assert list(TrainingActivity.objects.values()) == before


def declare(person: Practitioner, title: str, hours: int) -> TrainingActivity:
    """What a practitioner said of a training of 01/06/2026, waiting for confirmation."""
    return TrainingActivity.objects.create(
        practitioner=person,
        title=title,
        form="short_course",
        organiser="Trường Đại học Y Hà Nội",
        ended_on=date(2026, 6, 1),
        amount=hours,
        hours=hours,
        state="declared",
        declared_at=AT,
    )


def remarks(batch: Batch) -> list[tuple[str, str, dict[str, str]]]:
    return list(Finding.objects.filter(batch=batch).values_list("code", "severity", "params"))


DIFFERS = ("training_hours_declared", "warning", {"declared": "120", "hours": "12"})


def test_a_list_confirms_its_own_hours_and_tells_the_declared_ones(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    declared = declare(doctor, "Cấp cứu", 120)
    before = list(TrainingActivity.objects.values())
    rows = "Quàng Thị Hạc,000881/ĐB-GPHN,Cấp cứu,,01/06/2026,,12\n"
    assert remarks(read(rows, data_officer, hospital)) == [DIFFERS]
    batch = send(rows, data_officer, hospital)
    assert remarks(batch) == [DIFFERS]
    declared.refresh_from_db()
    assert (declared.state, declared.hours, declared.amount) == ("confirmed", 12, None)
    assert declared.organiser == "Trường Đại học Y Hà Nội"
    history = apps.get_model("practitioners", "TrainingActivityHistory").objects
    told = history.filter(pgh_obj_id=declared.pk).order_by("pgh_id")
    assert (Decimal(120), "declared") in told.values_list("hours", "state")
    ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm")
    assert undo_batch(batch.pk, at=AT).state == "undone"
    assert list(TrainingActivity.objects.values()) == before


def test_hours_declared_after_the_preview_are_told_when_the_list_is_written(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    rows = "Quàng Thị Hạc,000881/ĐB-GPHN,Cấp cứu,,01/06/2026,,12\n"
    batch = read(rows, data_officer, hospital)
    assert remarks(batch) == []
    declare(doctor, "Cấp cứu", 120)
    confirm_batch(actor=data_officer, batch=batch, at=AT)
    write_batch(batch_id=batch.pk, at=AT)
    assert remarks(batch) == [DIFFERS]


def test_who_confirms_a_list_confirms_all_trainings_but_their_own(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    link_account(actor=None, practitioner=doctor, user=data_officer, on=date(2026, 1, 1))
    colleague = make_registered("Lò Văn Thoan", hospital, serial=882)
    declare(doctor, "Cấp cứu", 120)
    declare(colleague, "Cấp cứu", 120)
    own = list(doctor.trainings.values())
    before = list(TrainingActivity.objects.values())
    rows = "".join(
        f"{who},{title},,01/06/2026,,120\n"
        for who in ("Quàng Thị Hạc,000881/ĐB-GPHN", "Lò Văn Thoan,000882/ĐB-GPHN")
        for title in ("Cấp cứu", "Điện tim")
    )
    batch = send(rows, data_officer, hospital)
    assert remarks(batch) == [("training_own", "error", {})] * 2
    assert list(doctor.trainings.values()) == own
    assert set(colleague.trainings.values_list("title", "state")) == {
        ("Cấp cứu", "confirmed"),
        ("Điện tim", "confirmed"),
    }
    ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm")
    assert undo_batch(batch.pk, at=AT).state == "undone"
    assert list(TrainingActivity.objects.values()) == before


def test_long_titles_of_two_days_are_two_trainings(
    doctor: Practitioner, hospital: Organisation, data_officer: User
) -> None:
    """What tells rows apart lies behind the room a key has."""
    title = "Cập nhật chẩn đoán và điều trị tăng huyết áp tại tuyến y tế cơ sở " * 4
    rows = "".join(
        f"Quàng Thị Hạc,000881/ĐB-GPHN,{title.strip()},,{day}/05/2026,,8\n" for day in (28, 29)
    )
    batch = send(rows, data_officer, hospital)
    assert not Finding.objects.filter(batch=batch).exists()
    assert doctor.trainings.count() == 2
    again = read(rows.replace(",8\n", ",8.0\n"), data_officer, hospital)
    assert set(StagedRow.objects.filter(batch=again).values_list("decision", flat=True)) == {
        "unchanged"
    }
