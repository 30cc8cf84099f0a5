"""Rows that were written before words protected anything are protected, signed ones too."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from healthrecords import services
from healthrecords.models import (
    Citizen,
    Document,
    Procedure,
    Visit,
    VisitNote,
    VisitSeal,
    VisitVersion,
)
from healthrecords.services.amending import unchanged
from healthrecords.services.betraying import CODE
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_everyday_words_protect_nothing import EVERYDAY, PROTECTED
from tests.healthrecords.test_papers import issue

pytestmark = pytest.mark.django_db(transaction=True)
# 0048 as it was done once more, with the words of a later update.
MIGRATION = "healthrecords.migrations.0060_places_and_plain_names_protect"


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def as_owner(*statements: str) -> None:
    """Do what a migration does, as who migrates."""
    served = connection.settings_dict
    with psycopg.connect(
        host=served["HOST"],
        port=served["PORT"],
        user=served["OWNER"]["USER"],
        password=served["OWNER"]["PASSWORD"],
        dbname=served["NAME"],
    ) as owner:
        owner.execute(
            "SELECT set_config('pghistory.context_id', %s, true),"
            " set_config('pghistory.context_metadata', '{}', true)",
            [str(uuid7())],
        )
        for statement in statements:
            owner.execute(statement)


def opened(visit: Visit, *words: tuple[str, str]) -> None:
    """Store a visit as it was stored before: open, with words nobody looked at."""
    as_owner(
        "ALTER TABLE healthrecords_visit DISABLE TRIGGER USER",
        *(
            f"UPDATE healthrecords_visit SET {column} = '{text}' WHERE id = '{visit.pk}'"
            for column, text in words
        ),
        "ALTER TABLE healthrecords_visit ENABLE TRIGGER USER",
    )


def test_what_betrays_is_protected_and_the_rest_stays_as_it_is(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    services.open_access(user=clinician, citizen=citizen, at=AT)
    plain, told, papers = (record(citizen) for _n in range(3))
    hangs, names = issue(told, clerk), issue(papers, clerk)
    signed = sign_visit(actor=clinician, visit=told, at=AT)
    other = sign_visit(actor=clinician, visit=plain, at=AT)
    opened(told, ("reason", "Tái khám HIV, lấy thuốc ARV"))
    as_owner(
        'UPDATE healthrecords_document SET content = content || \'{"note": "uống Lamivudine"}\''
        f" WHERE id = '{names.pk}'",
        f"UPDATE healthrecords_visitversion SET content = content || ' HIV' WHERE id = '{signed.pk}'",
    )
    for _again in range(2):
        as_owner(*import_module(MIGRATION).STATEMENTS)
    found = dict(Visit.objects.values_list("pk", "sensitivity"))
    assert found == {plain.pk: "", told.pk: "hiv", papers.pk: ""}
    assert dict(Document.objects.values_list("pk", "sensitivity")) == {
        hangs.pk: "hiv",
        names.pk: "hiv",
    }
    assert set(told.medication_rows.values_list("sensitivity", flat=True)) == {"hiv"}
    assert dict(VisitVersion.objects.values_list("pk", "sensitivity")) == {
        signed.pk: "hiv",
        other.pk: "",
    }
    assert list(VisitSeal.objects.values_list("has_later", flat=True)) == [False, False]
    assert unchanged(plain)
    with pytest.raises(psycopg.Error, match="visit_signed"):
        as_owner(f"UPDATE healthrecords_visit SET reason = 'x' WHERE id = '{told.pk}'")


def test_a_note_that_is_raised_with_its_visit_and_by_its_own_words_stops_nothing(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    told = record(citizen)
    note = VisitNote.objects.create(
        visit=told,
        citizen=citizen,
        facility=told.facility,
        kind=VisitNote.Kind.values[0],
        text="HIV",
        written_at=AT,
    )
    opened(told, ("advice", "tư vấn cai nghiện"))
    as_owner(*import_module(MIGRATION).STATEMENTS)
    note.refresh_from_db()
    told.refresh_from_db()
    assert (told.sensitivity, note.sensitivity) == ("mental", "hiv")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")
        assert cursor.fetchone() == (0,)


def test_what_stood_at_a_place_that_betrays_or_under_a_small_code_is_protected(
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
    clinician: User,
    hospital: Organisation,
) -> None:
    guest = make_user("bsbv", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)
    services.break_glass(user=guest, citizen=citizen, reason="đến khám theo hẹn", at=AT)
    services.open_access(user=clinician, citizen=citizen, at=AT)
    told, papers, plain = (record(citizen) for _n in range(3))
    there = record(citizen, actor=guest, facility=hospital)
    signed = sign_visit(actor=clinician, visit=told, at=AT)
    paper, other = issue(papers, clerk), issue(plain, clerk)
    for user, place in ((guest, hospital), (clerk, told.facility)):
        record_procedure(
            actor=user,
            citizen=citizen,
            facility=place,
            entry=ProcedureEntry(performed_at=AT, title="Thay băng"),
            client_key=uuid7(),
            at=AT,
        )
    hospital.name = "Phòng khám ngoại trú HIV tỉnh"
    hospital.save()
    opened(told, ("advice", "tái khám b20"))
    as_owner(
        'UPDATE healthrecords_document SET content = content || \'{"note": "B20, uống đều"}\''
        f" WHERE id = '{paper.pk}'",
        f"UPDATE healthrecords_visitversion SET content = content || ' b20' WHERE id = '{signed.pk}'",
    )
    as_owner(*import_module(MIGRATION).STATEMENTS)
    found = dict(Visit.objects.values_list("pk", "sensitivity"))
    assert found == {told.pk: "hiv", there.pk: "hiv", papers.pk: "", plain.pk: ""}
    assert set(there.diagnosis_rows.values_list("sensitivity", flat=True)) == {"hiv"}
    assert VisitVersion.objects.get().sensitivity == "hiv"
    assert dict(Document.objects.values_list("pk", "sensitivity")) == {
        paper.pk: "hiv",
        other.pk: "",
    }
    done = dict(Procedure.objects.values_list("facility", "sensitivity"))
    assert done == {hospital.pk: "hiv", told.facility_id: ""}


def test_nothing_that_was_made_for_it_is_left_in_the_session(citizen: Citizen) -> None:
    statements = import_module(MIGRATION).STATEMENTS
    as_owner(
        *statements,
        "DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM pg_proc"
        " WHERE pronamespace = pg_my_temp_schema()); END $$",
    )


@pytest.mark.parametrize("with_lists", [True, False])
def test_stored_words_are_judged_as_those_that_are_written(
    citizen: Citizen, *, with_lists: bool
) -> None:
    """The lists of this update are loaded after it, so it finds their words without them."""
    statements = list(import_module(MIGRATION).STATEMENTS)
    texts = {**dict.fromkeys(EVERYDAY, ""), **PROTECTED}
    codes = {"Tái khám B20, lĩnh thuốc": "hiv", "A15.0 đang điều trị": "tb", "thuốc X84A, B200": ""}
    of_codes = [text for text in texts if CODE.search(text)]
    codes |= {text: texts.pop(text) for text in of_codes}
    asked = "".join(
        f"ASSERT pg_temp.told($w${text}$w$) = '{kind}', $w${text}: $w$ || pg_temp.told($w${text}$w$);"
        for text, kind in {**texts, **(codes if with_lists else {})}.items()
    )
    emptied = "UPDATE codelists_code SET attributes = '{}' WHERE attributes ? 'sensitivity'"
    statements = statements[:1] if with_lists else [emptied, statements[0]]
    as_owner(*statements, f"DO $do$ BEGIN {asked} END $do$", "ROLLBACK")
