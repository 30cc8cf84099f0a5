"""A visit is signed by who may, stays as it was signed, and changes only by an amendment."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from healthrecords import services
from healthrecords.models import (
    Citizen,
    Diagnosis,
    Medication,
    SignedPaper,
    Visit,
    VisitAmendment,
    VisitSeal,
    VisitVersion,
    VitalSigns,
)
from healthrecords.services.signing import sign_by_emergency, sign_visit, sign_visits
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.signing.models import Signature
from practitioners.models import (
    EmergencyOverride,
    LicenseEvent,
    PracticeLicense,
    Practitioner,
    Registration,
    WorkingSlot,
)
from tests.conftest import SINCE
from tests.healthrecords.conftest import AT, visit_of
from tests.practitioners.conftest import DECIDED
from tests.practitioners.law import load_law


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    return record(citizen)


def test_a_signature_freezes_what_the_visit_says(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a record is locked once it is closed."""
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    said = json.loads(version.content)
    assert version.number == 1
    assert said["format"] == "mach.visit/2"
    assert said["version"]["number"] == 1
    assert said["person"]["name"] == "Quàng Thị Hặc"
    assert said["visit"]["reason"] == "Khám tăng huyết áp"
    assert [row["code"] for row in said["parts"]["healthrecords.diagnosis"]] == ["I10"]
    (vitals,) = said["parts"]["healthrecords.vitalsigns"]
    assert (vitals["weight"], vitals["height"], vitals["pulse"]) == ("58.50", None, 78)
    assert version.content_hash == sha256(version.content.encode()).hexdigest()
    assert version.signature.content_hash == version.content_hash
    assert VisitSeal.objects.get(visit=visit).version == version


def test_who_may_practise_is_asked_and_the_answer_is_stored(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert (version.right, version.right_reasons) == ("yes", [])
    assert version.practitioner == doctor


def test_where_the_register_knows_too_little_the_answer_is_not_proven(
    visit: Visit, clinician: User
) -> None:
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert (version.right, version.right_reasons) == ("not_proven", ["account_unknown"])
    assert version.practitioner is None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: PracticeLicense.objects.update(valid_until=SINCE), "đã hết hạn"),
        (
            lambda p: LicenseEvent.objects.create(
                license=p.licenses.get(), kind="revoked", valid_from=SINCE, **DECIDED
            ),
            "đã bị thu hồi",
        ),
        (
            lambda p: LicenseEvent.objects.create(
                license=p.licenses.get(), kind="suspended", valid_from=SINCE, **DECIDED
            ),
            "đang bị đình chỉ",
        ),
        (lambda p: Registration.objects.update(valid_until=SINCE), "không còn hiệu lực"),
    ],
)
def test_who_may_not_practise_there_and_then_does_not_sign(
    spoil: Any, reason: str, visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    """Law 15/2023/QH15, articles 19, 34 and 36."""
    spoil(doctor)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "may_not_practise"
    assert reason in refused.value.messages[0]
    assert not VisitVersion.objects.exists()
    assert not Signature.objects.exists()


def test_a_clerk_signs_nothing(visit: Visit, clerk: User) -> None:
    with pytest.raises(PermissionDenied):
        sign_visit(actor=clerk, visit=visit, at=AT)
    assert not VisitVersion.objects.exists()


def test_an_unfinished_visit_is_not_signed(
    record: Callable[..., Visit], citizen: Citizen, clinician: User
) -> None:
    visit = record(citizen, is_finished=False)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "visit_unfinished"
    assert not VisitVersion.objects.exists()


def test_a_visit_is_signed_once(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "already_signed"
    assert VisitVersion.objects.count() == 1


def test_what_is_signed_is_not_corrected_even_on_its_day(visit: Visit, clinician: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): changed by a new version only."""
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        services.correct_visit(
            actor=clinician,
            visit=visit,
            entry=visit_of("J02"),
            version=version_of(visit),
            at=AT,
        )
    assert refused.value.code == "visit_signed"
    assert visit.diagnosis_rows.get().code == "I10"


STATEMENTS = {
    "the visit by a statement": lambda v: Visit.objects.filter(pk=v.pk).update(advice="khác"),
    "a part by a statement": lambda v: VitalSigns.objects.filter(visit=v).update(pulse=99),
    "a part by its row": lambda v: v.medication_rows.get().save(),
    "a new part": lambda v: Diagnosis(visit=v, rank="other", code="J02", title="x").save(),
    "many new parts": lambda v: Medication.objects.bulk_create(
        [Medication(visit=v, citizen=v.citizen, facility=v.facility, name="x")]
    ),
    "a part taken away": lambda v: v.diagnosis_rows.all().delete(),
    "the visit taken away": lambda v: Visit.objects.filter(pk=v.pk).delete(),
    "the visit withdrawn": lambda v: Visit.objects.filter(pk=v.pk).update(status="withdrawn"),
    "a part of another visit moved here": lambda v: Diagnosis.objects.exclude(visit=v).update(
        visit=v.pk, citizen=v.citizen_id, facility=v.facility_id, rank="other"
    ),
    "the seal taken off": lambda v: VisitSeal.objects.filter(visit=v).delete(),
    "an amendment without its row": lambda v: VisitSeal.objects.filter(visit=v).update(
        amendment=VisitAmendment.objects.create(
            visit=Visit.objects.exclude(pk=v.pk).get(), reason="x", opened_at=AT
        )
    ),
    "the version counted back": lambda v: VisitSeal.objects.filter(visit=v).update(number=5),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_database_itself_refuses_every_change_of_what_is_signed(
    name: str, visit: Visit, record: Callable[..., Visit], citizen: Citizen, clinician: User
) -> None:
    record(citizen, "J02", started_at=AT - timedelta(days=9), at=AT)
    sign_visit(actor=clinician, visit=visit, at=AT)
    before = version_of(visit)
    if name == "a part by its row":  # a row saved as it is changes nothing and is let through
        row = visit.medication_rows.get()
        row.note = "khác"
        change = lambda _v: row.save()  # noqa: E731
    else:
        change = STATEMENTS[name]
    with pytest.raises((DatabaseError, ProtectedError)) as refused, transaction.atomic():
        change(visit)
    assert any(
        word in str(refused.value)
        for word in ("visit_signed", "seal_kept", "seal_astray", "protected")
    )
    assert version_of(visit) == before
    assert VisitSeal.objects.get(visit=visit).number == 1


def copy_row(sql: str, values: list[Any]) -> None:
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        copy.write_row(values)


def test_copy_does_not_get_past_the_guard(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    row = Diagnosis.objects.filter(visit=visit).values_list().get()
    columns = [f.column for f in Diagnosis._meta.concrete_fields]
    values = [uuid7(), *row[1:]]
    values[columns.index("rank")] = "other"
    sql = f"COPY healthrecords_diagnosis ({', '.join(columns)}) FROM STDIN"
    with pytest.raises(psycopg.Error, match="visit_signed"), transaction.atomic():
        copy_row(sql, values)
    assert visit.diagnosis_rows.count() == 1


@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["healthrecords_visitversion", "healthrecords_signedpaper"])
def test_versions_and_papers_are_written_once(
    deed: str, table: str, visit: Visit, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(deed.format(table))


def test_every_part_of_a_visit_is_guarded() -> None:
    """A table added later, which forgot the guard, would let signed visits change."""
    from healthrecords.snapshots import signed_parts

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
            " WHERE tgname LIKE 'pgtrigger_signed_%%' GROUP BY 1"
        )
        guarded = dict(cursor.fetchall())
    assert guarded["healthrecords_visit"] == 2
    assert {model._meta.db_table for model in signed_parts()} <= {
        table for table, count in guarded.items() if count == 3
    }


test_every_part_of_a_visit_is_guarded = pytest.mark.django_db(test_every_part_of_a_visit_is_guarded)


def test_a_merge_takes_a_signed_visit_along(
    visit: Visit, clinician: User, citizen: Citizen, station: Organisation
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    other = Citizen.objects.create(name="Quàng Thị Hặc", birth_date=date(1962, 3, 12), sex="female")
    Visit.objects.filter(pk=visit.pk).update(citizen=other)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    version = VisitVersion.objects.get(visit=visit)
    assert version.citizen == other
    assert Diagnosis.objects.get(visit=visit).citizen == other
    assert json.loads(version.content)["person"]["id"] == str(citizen.pk)


def test_papers_are_kept_with_their_hash(visit: Visit, clinician: User, settings: Any) -> None:
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    papers = {paper.kind: paper for paper in SignedPaper.objects.filter(version=version)}
    assert set(papers) == {"visit", "prescription"}
    for paper in papers.values():
        content = (Path(settings.MEDIA_ROOT) / paper.path).read_bytes()
        assert content.startswith(b"%PDF")
        assert sha256(content).hexdigest() == paper.sha256


def test_several_are_signed_at_once_and_each_stands_alone(
    record: Callable[..., Visit], citizen: Citizen, clinician: User
) -> None:
    good = record(citizen)
    bad = record(citizen, is_finished=False, started_at=AT - timedelta(hours=2), at=AT)
    outcomes = sign_visits(actor=clinician, visits=[good, bad], at=AT)
    assert [outcome.version is not None for outcome in outcomes] == [True, False]
    assert "chưa kết thúc" in outcomes[1].refusal
    assert VisitVersion.objects.get().visit == good
    assert replace(outcomes[0], refusal="") == outcomes[0]


def test_outside_the_hours_an_emergency_is_kept_and_signed_by(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    """Law 15/2023/QH15, article 36(3)."""
    load_law()
    WorkingSlot.objects.update(starts=0, ends=60)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "may_not_practise"
    sign_by_emergency(actor=clinician, visit=visit, because="Ngừng tuần hoàn", at=AT)
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert (version.right, version.right_reasons) == ("emergency", ["hours_outside"])
    kept = EmergencyOverride.objects.get()
    assert (kept.subject_id, kept.because, kept.reasons) == (
        visit.pk,
        "Ngừng tuần hoàn",
        ["hours_outside"],
    )


def test_an_emergency_lifts_no_suspension(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    """Law 15/2023/QH15, Articles 34 and 36(3) (from digests, not compared)."""
    load_law()
    LicenseEvent.objects.create(
        license=doctor.licenses.get(), kind="suspended", valid_from=SINCE, **DECIDED
    )
    with pytest.raises(ValidationError) as refused:
        sign_by_emergency(actor=clinician, visit=visit, because="Ngừng tuần hoàn", at=AT)
    assert refused.value.code == "emergency_changes_nothing"
    assert not EmergencyOverride.objects.exists()
