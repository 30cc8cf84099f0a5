"""The report of who looked tells the desk of no protected place, and the person of every one."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from healthrecords import services
from healthrecords.access_report import veil_for
from healthrecords.admin import looks_pages
from healthrecords.models import CareAccess, Citizen, DiagnosticReport, Visit
from healthrecords.models.brought import Brought
from healthrecords.services.background import record_fact
from healthrecords.services.facts import LongTermMedicineEntry
from healthrecords.veiling import PARTS
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.planting import plant
from tests.healthrecords.test_glass_and_looks_pages import look, looks_url

pytestmark = pytest.mark.django_db
NOT_LISTED = "không liệt kê"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def readers(citizen: Citizen, clerk: User, clinician: User) -> tuple[User, User]:
    """Who has no right to protected rows, and who has; the record is open to both."""
    for user in (clerk, clinician):
        services.open_access(user=user, citizen=citizen, at=timezone.now())
    return clerk, clinician


def places(reader: User, citizen: Citizen) -> set[str]:
    page = logged_in(reader).get(looks_url(citizen))
    assert page.status_code == 200
    return {one.place for one in page.context["page"].looks}


def visited(citizen: Citizen, place: Organisation, sensitivity: str) -> Visit:
    return Visit.objects.create(
        citizen=citizen,
        facility=place,
        started_at=AT,
        ended_at=AT + timedelta(hours=1),
        status="finished",
        reason="Khám",
        sensitivity=sensitivity,
    )


def test_a_place_whose_name_betrays_is_told_to_those_with_the_right_alone(
    citizen: Citizen, readers: tuple[User, User], other_station: Organisation, neighbour: User
) -> None:
    Organisation.objects.filter(pk=other_station.pk).update(name="Phòng khám ngoại trú HIV tỉnh")
    look(citizen, neighbour, organisation_id=other_station.pk)
    clerk, clinician = readers
    hidden = text_of(logged_in(clerk).get(looks_url(citizen)))
    assert "HIV" not in hidden
    assert neighbour.full_name not in hidden
    assert NOT_LISTED in hidden
    seen = text_of(logged_in(clinician).get(looks_url(citizen)))
    assert "Phòng khám ngoại trú HIV tỉnh" in seen
    assert NOT_LISTED not in seen


@pytest.mark.parametrize(
    ("classes", "is_told"), [(["hiv"], False), (["hiv", ""], True), ([""], True), ([], True)]
)
def test_a_place_with_nothing_but_protected_rows_of_the_person_is_left_out(
    classes: list[str],
    is_told: bool,
    citizen: Citizen,
    readers: tuple[User, User],
    hospital: Organisation,
    neighbour: User,
) -> None:
    look(citizen, neighbour, organisation_id=hospital.pk)
    for sensitivity in classes:
        visited(citizen, hospital, sensitivity)
    clerk, clinician = readers
    assert (hospital.name in places(clerk, citizen)) is is_told
    assert hospital.name in places(clinician, citizen)


def test_the_readers_own_place_is_told_whatever_it_holds(
    citizen: Citizen, readers: tuple[User, User], station: Organisation
) -> None:
    visited(citizen, station, "mental")
    look(citizen, readers[0], organisation_id=station.pk)
    clerk, _clinician = readers
    assert station.name in places(clerk, citizen)


def test_a_reason_that_betrays_leaves_its_ground(
    citizen: Citizen, readers: tuple[User, User], neighbour: User
) -> None:
    look(citizen, neighbour, ground="glass", reason="Sốc phản vệ khi uống ARV")
    clerk, clinician = readers
    hidden = text_of(logged_in(clerk).get(looks_url(citizen)))
    assert neighbour.full_name in hidden
    assert "ARV" not in hidden
    assert "Sốc phản vệ khi uống ARV" in text_of(logged_in(clinician).get(looks_url(citizen)))


def test_the_paper_is_whole_where_who_prints_it_has_the_right_and_says_so_where_not(
    citizen: Citizen,
    readers: tuple[User, User],
    hospital: Organisation,
    neighbour: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look(citizen, neighbour, organisation_id=hospital.pk)
    visited(citizen, hospital, "hiv")
    printed: list[tuple[set[str], bool]] = []
    make = looks_pages.looks_paper

    def noted(looks: Any, **said: Any) -> bytes:
        printed.append(({one.place for one in looks}, said["is_whole"]))
        return make(looks, **said)

    monkeypatch.setattr(looks_pages, "looks_paper", noted)
    for reader in readers:
        answer = logged_in(reader).get(looks_url(citizen, "looks_paper"))
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    (of_clerk, is_whole), (of_clinician, is_whole_too) = printed
    assert (hospital.name in of_clerk, is_whole) == (False, False)
    assert (hospital.name in of_clinician, is_whole_too) == (True, True)


def test_what_the_page_says_beside_does_not_depend_on_what_there_is(
    citizen: Citizen, record: Callable[..., Visit], readers: tuple[User, User]
) -> None:
    clerk, _clinician = readers
    record(citizen)
    assert NOT_LISTED in text_of(logged_in(clerk).get(looks_url(citizen)))


def test_a_place_that_noted_nothing_but_a_protected_medicine_is_left_out(
    citizen: Citizen, readers: tuple[User, User], hospital: Organisation
) -> None:
    doctor, now = make_user("bsbv", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital), timezone.now()
    services.break_glass(user=doctor, citizen=citizen, reason="cấp cứu ban đêm", at=now)
    who = {"actor": doctor, "citizen": citizen, "facility": hospital, "client_key": uuid7()}
    row = record_fact(entry=LongTermMedicineEntry(name="Tenofovir 300 mg"), at=now, **who).row
    assert row.sensitivity == "hiv"
    look(citizen, doctor, organisation_id=hospital.pk)
    clerk, clinician = readers
    assert hospital.name not in places(clerk, citizen)
    assert hospital.name in places(clinician, citizen)


def test_an_ordinary_result_of_a_protected_visit_tells_its_place_as_little(
    citizen: Citizen, readers: tuple[User, User], hospital: Organisation, neighbour: User
) -> None:
    """Nothing is more open than its visit."""
    visit = visited(citizen, hospital, "hiv")
    said = {"citizen": citizen, "facility": hospital, "kind": "laboratory", "title": "Glucose"}
    DiagnosticReport.objects.create(visit=visit, performed_at=AT, recorded_at=AT, **said)
    look(citizen, neighbour, organisation_id=hospital.pk)
    clerk, clinician = readers
    assert hospital.name not in places(clerk, citizen)
    assert hospital.name in places(clinician, citizen)


def where_rows_stand() -> list[tuple[type[Model], str]]:
    """Return every column that names a place, of every table of a person's rows that have a class."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if not hasattr(model, "pgh_tracked_model")
        for field in model._meta.concrete_fields
        if field.related_model is Organisation
        and {"citizen", "sensitivity"} <= {each.name for each in model._meta.concrete_fields}
    ]


def test_every_table_of_a_persons_rows_keeps_its_place(
    citizen: Citizen,
    register: Register,
    clerk: User,
    clinician: User,
    readers: tuple[User, User],
    station: Organisation,
    hospital: Organisation,
    settings: Any,
    tmp_path: Path,
) -> None:
    """A protected row hides the place it alone stands at, an open one does not.

    What is part of a visit or a report stands where the whole does: the database holds it there.
    """
    settings.MEDIA_ROOT = tmp_path
    mother = register(name="Lò Thị Mẹ", numbers=[])
    plant(citizen, mother, clerk=clerk, doctor=clinician)
    access = CareAccess.objects.filter(user=readers[0], citizen=citizen).latest("opened_at")

    def is_hidden() -> bool:
        return hospital.pk in veil_for(access, at=timezone.now()).places

    visited(citizen, station, "")  # the planted one is signed
    told = {}
    for model, column in where_rows_stand():
        rows = model._base_manager.filter(citizen=citizen)
        if issubclass(model, PARTS) and column == "facility":
            with pytest.raises(DatabaseError), transaction.atomic():
                _move(rows.latest("pk"), facility=hospital)
            continue
        row = (
            rows.filter(visit=None).latest("pk")
            if issubclass(model, Brought)
            else rows.latest("pk")
        )
        with transaction.atomic():
            _move(row, **{column: hospital}, sensitivity="hiv")
            hidden = is_hidden()
            _move(row, sensitivity="")
            told[f"{model._meta.label}.{column}"] = (hidden, is_hidden())
            transaction.set_rollback(True)
    assert len(told) > 8
    assert set(told.values()) == {(True, False)}, told


def _move(row: Model, **said: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**said)
    connection.check_constraints()
