"""Where somebody was seen tells of the illness as well as why: “Phòng khám ngoại trú HIV tỉnh”."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthrecords import services
from healthrecords.models import Appointment, Citizen, Visit
from healthrecords.services.betraying import class_of_visit, words_on
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ResultEntry
from healthrecords.services.results import record_report
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in, record_url, text_of
from tests.healthrecords.test_attachments import keep
from tests.healthrecords.test_queue import let_in
from tests.healthrecords.test_results import lab
from tests.queries import questions

pytestmark = pytest.mark.django_db
NAME = "Phòng khám ngoại trú HIV tỉnh"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def clinic(other_station: Organisation) -> Organisation:
    other_station.name = NAME
    other_station.save()
    return other_station


@pytest.fixture
def nurse(clinic: Organisation, citizen: Citizen) -> User:
    """Somebody of that place who has opened the record."""
    user = make_user("ngoaitru", "Vàng Thị Sua", Role.STATION_CLERK, clinic)
    services.break_glass(user=user, citizen=citizen, reason="đến khám theo hẹn", at=AT)
    return user


def test_a_visit_without_a_word_or_code_is_protected_by_where_it_was(
    citizen: Citizen, nurse: User, clinic: Organisation, clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    entry = visit_of(
        reason="Tái khám", diagnoses=[], medicines=[], is_finished=False, started_at=AT
    )
    visit = services.record_visit(
        actor=nurse, citizen=citizen, facility=clinic, entry=entry, client_key=uuid7(), at=AT
    ).row
    assert visit.sensitivity == "hiv"
    assert class_of_visit(visit, words_on(ON)) == "hiv"
    for user, told in ((clerk, False), (clinician, True)):
        services.open_access(user=user, citizen=citizen, at=AT)
        assert (NAME in text_of(logged_in(user).get(record_url(citizen)))) is told


def test_who_is_let_in_there_is_protected_and_stays_so_when_the_visit_is_written(
    citizen: Citizen, nurse: User, clinic: Organisation
) -> None:
    visit = let_in(citizen, nurse, reason="Tái khám")
    assert visit.sensitivity == visit.queuestep_rows.get().sensitivity == "hiv"
    visit = services.correct_visit(
        actor=nurse,
        visit=Visit.objects.get(),
        entry=visit_of(reason="Khám tăng huyết áp", next_visit_on=ON + timedelta(days=14)),
        version=version_of(visit),
        at=AT,
    )
    parts = (visit.diagnosis_rows, visit.medication_rows, visit.queuestep_rows)
    assert {row.sensitivity for rows in parts for row in rows.all()} == {"hiv"}
    assert (visit.sensitivity, Appointment.objects.get().sensitivity) == ("hiv", "hiv")


def test_what_is_found_and_done_and_kept_there_is_protected_without_a_visit(
    citizen: Citizen, nurse: User, clinic: Organisation, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    about = {"actor": nurse, "citizen": citizen, "facility": clinic, "at": AT}
    report = record_report(
        entry=lab(ResultEntry("Glucose máu lúc đói", "5,0", "mmol/L")), client_key=uuid7(), **about
    ).row
    done = record_procedure(
        entry=ProcedureEntry(performed_at=AT, title="Thay băng"), client_key=uuid7(), **about
    ).row
    kept = keep(citizen, nurse, clinic, title="Giấy ra viện")
    assert {report.sensitivity, done.sensitivity, kept.sensitivity} == {"hiv"}
    assert set(report.results.values_list("sensitivity", flat=True)) == {"hiv"}


def test_a_department_of_a_hospital_protects_what_was_done_in_it_alone(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    inside = record(citizen, held_at=NAME)
    beside = record(citizen, started_at=AT + timedelta(days=1), held_at="Khoa Khám bệnh")
    assert (inside.sensitivity, beside.sensitivity) == ("hiv", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bệnh viện Tâm thần tỉnh Điện Biên", "mental"),
        ("Bệnh viện Lao và Bệnh phổi", "tb"),
        ("Cơ sở điều trị Methadone huyện Tuần Giáo", "mental"),
        ("Bệnh viện Đa khoa tỉnh Điện Biên", ""),
        ("Bệnh viện Lão khoa", ""),
        ("Phòng khám đa khoa khu vực Lao Bảo", ""),
        ("Trạm Y tế xã Lao Chải", ""),
        ("Trung tâm Thần kinh", ""),
        ("Phòng khám B20", ""),
    ],
)
def test_the_name_of_a_place_is_read_as_words_are(name: str, expected: str, lists: None) -> None:
    assert words_on(ON).of_place(name) == expected


def test_the_place_costs_no_query(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation
) -> None:
    record(citizen)
    with CaptureQueriesContext(connection) as plain:
        record(citizen, facility=station, started_at=AT + timedelta(days=1))
    station.name = NAME
    station.save()
    with CaptureQueriesContext(connection) as protected:
        visit = record(citizen, facility=station, started_at=AT + timedelta(days=2))
    assert visit.sensitivity == "hiv"
    assert questions(protected) <= questions(plain)
