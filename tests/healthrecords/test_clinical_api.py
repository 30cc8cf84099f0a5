"""Other systems read what belongs to people of their scope, and write allergies and results once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Allergy, Citizen, DiagnosticReport, MedicineStop, Visit
from healthrecords.services import documents, referrals
from healthrecords.services.background import record_fact
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.facts import AllergyEntry, ImmunizationEntry, ProblemEntry
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import record_report, review_reading
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import logged_in
from tests.healthrecords.test_papers import SENT, SICK

pytestmark = pytest.mark.django_db
TABLES = (
    *("allergies", "problems", "immunizations", "reports", "procedures", "prescriptions"),
    *("appointments", "referrals", "documents"),
)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def fill(visit: Visit, actor: User, to: Organisation) -> None:
    """Give a person one row in every table."""
    services.open_access(user=actor, citizen=visit.citizen, at=AT)
    whose: dict[str, Any] = {"actor": actor, "citizen": visit.citizen, "facility": visit.facility}
    facts: list[Any] = [
        AllergyEntry(substance="Phấn hoa", reaction="Hắt hơi"),
        ProblemEntry(diagnosis=read_diagnosis("I10", on=ON).entry),  # type: ignore[arg-type]
        ImmunizationEntry(vaccine="Uốn ván", given=PartialDate(2024, 5)),
    ]
    for entry in facts:
        record_fact(entry=entry, client_key=uuid7(), at=AT, **whose)
    said = ReportEntry("laboratory", "Hóa sinh máu", AT, [ResultEntry("Glucose máu", "7,9")])
    record_report(entry=said, client_key=uuid7(), at=AT, visit=visit, **whose)
    done = ProcedureEntry("Khâu vết thương", AT)
    record_procedure(entry=done, client_key=uuid7(), at=AT, visit=visit, **whose)
    by: dict[str, Any] = {"actor": actor, "visit": visit, "at": AT}
    documents.issue(kind="sick_leave", content=SICK, client_key=uuid7(), **by)
    way = referrals.Way(reason="2", to=to)
    referrals.refer(way=way, content=SENT, client_key=uuid7(), **by)


@pytest.fixture
def filled(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, hospital: Organisation
) -> Visit:
    visit = record(citizen, next_visit_on=date(2026, 12, 3))
    fill(visit, clerk, hospital)
    return visit


def read(user: User, table: str, rest: str = "") -> Any:
    return logged_in(user).get(f"/api/v1/{table}/{rest}")


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_read_within_scope_and_leaves_a_trace(
    table: str, filled: Visit, clerk: User, neighbour: User, stranger: User
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): the log holds reads, too."""
    rows = read(clerk, table, f"?citizen={filled.citizen_id}").json()["results"]
    assert rows
    assert {row["citizen_id"] for row in rows} == {str(filled.citizen_id)}
    one = read(clerk, table, f"{rows[0]['id']}/")
    assert one.json() == rows[0]
    assert AccessLog.objects.filter(action="opened", people=[filled.citizen_id]).exists()
    for user in (neighbour, stranger):
        assert read(user, table).json()["results"] == []
        assert read(user, table, f"{rows[0]['id']}/").status_code == 404


@pytest.mark.parametrize("status", ["withdrawn", "cancelled"])
@pytest.mark.parametrize("table", ["prescriptions", "appointments", "referrals", "documents"])
def test_what_a_withdrawn_visit_gave_is_not_read_any_more(
    table: str, status: str, filled: Visit, clerk: User
) -> None:
    """The visit itself says that it was withdrawn; what it prescribed would be taken for given."""
    row = read(clerk, table).json()["results"][0]
    Visit.objects.filter(pk=filled.pk).update(status=status)
    assert read(clerk, table).json()["results"] == []
    assert read(clerk, table, f"{row['id']}/").status_code == 404
    assert read(clerk, "visits", f"{filled.pk}/").json()["status"] == status


@pytest.mark.parametrize("table", TABLES)
def test_who_sees_no_records_gets_none(table: str, filled: Visit, licensing_officer: User) -> None:
    assert read(licensing_officer, table).status_code == 403


@pytest.mark.parametrize("table", [name for name in TABLES if name not in {"allergies", "reports"}])
def test_what_is_only_read_is_not_written(table: str, filled: Visit, clerk: User) -> None:
    answer = logged_in(clerk).post(f"/api/v1/{table}/", {}, "application/json")
    assert answer.status_code in {403, 405}


@pytest.mark.parametrize("table", TABLES)
def test_a_protected_visit_brings_no_row_to_those_without_the_right(
    table: str, filled: Visit, clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    Visit.objects.filter(pk=filled.pk).update(sensitivity="hiv")
    for rows in (filled.medication_rows, filled.document_rows, filled.referral_rows):
        rows.update(sensitivity="hiv")
    filled.appointment_rows.update(sensitivity="hiv")
    shown = {row.get("visit_id") for row in read(clerk, table).json()["results"]}
    assert str(filled.pk) not in shown
    assert read(clinician, table).json()["results"]


def test_the_list_costs_the_same_for_one_report_and_for_many(filled: Visit, clerk: User) -> None:
    counted = []
    for number in range(4):
        said = ReportEntry("laboratory", f"Lần {number}", AT, [ResultEntry("Glucose máu", "5")] * 3)
        record_report(
            actor=clerk,
            citizen=filled.citizen,
            facility=filled.facility,
            entry=said,
            client_key=uuid7(),
            at=AT,
        )
        with CaptureQueriesContext(connection) as asked:
            read(clerk, "reports")
        counted.append(len(asked))
    assert len(set(counted)) == 1


class TestWriting:
    def allergy(self, citizen: Citizen, **said: Any) -> dict[str, Any]:
        return {
            "citizen": str(citizen.pk),
            "client_key": str(uuid7()),
            "substance": "penicillin",
            "severity": "severe",
            **said,
        }

    def report(self, visit: Visit, **said: Any) -> dict[str, Any]:
        return {
            "citizen": str(visit.citizen_id),
            "visit": str(visit.pk),
            "client_key": str(uuid7()),
            "kind": "laboratory",
            "title": "Hóa sinh máu",
            "performed_at": (timezone.now() - timedelta(minutes=5)).isoformat(),
            "results": [{"name": "Glucose máu lúc đói", "value": "7,9", "unit": "mmol/L"}],
            **said,
        }

    def send(self, user: User, table: str, body: dict[str, Any]) -> Any:
        return logged_in(user).post(f"/api/v1/{table}/", body, "application/json")

    def test_an_allergy_is_written_once_and_read_as_the_list_names_it(
        self, citizen: Citizen, clerk: User
    ) -> None:
        body = self.allergy(citizen)
        first, second = (self.send(clerk, "allergies", body) for _time in range(2))
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        stored = Allergy.objects.get()
        assert (stored.substance, stored.severity) == ("Nhóm penicillin", "severe")
        assert (stored.recorded_by, stored.facility) == (clerk, clerk.place_of_work)

    def test_a_result_is_written_with_its_values_and_judged(
        self, record: Callable[..., Visit], citizen: Citizen, clerk: User
    ) -> None:
        answer = self.send(clerk, "reports", self.report(record(citizen)))
        assert answer.status_code == 201
        (value,) = answer.json()["results"]
        assert (value["value"], value["flag"], value["limits_from"]) == ("7,9", "high", "list")

    def test_what_ai_read_stays_preliminary(
        self, record: Callable[..., Visit], citizen: Citizen, clerk: User
    ) -> None:
        ai = {"device": "LungScan", "version": "2.4", "confidence": "0.87"}
        body = self.report(record(citizen), kind="imaging", results=[], conclusion="Mờ", ai=ai)
        assert self.send(clerk, "reports", body).json()["status"] == "preliminary"

    @pytest.mark.parametrize("confirms", [True, False])
    def test_who_confirmed_or_rejected_a_reading_of_ai_is_named_and_nobody_before(
        self,
        confirms: bool,
        record: Callable[..., Visit],
        citizen: Citizen,
        clerk: User,
        clinician: User,
    ) -> None:
        ai = {"device": "LungScan", "version": "2.4", "confidence": "0.87"}
        body = self.report(record(citizen), kind="imaging", results=[], conclusion="Mờ", ai=ai)
        key = self.send(clerk, "reports", body).json()["id"]
        before = read(clerk, "reports", f"{key}/").json()
        assert [before[name] for name in ("review", "reviewed_by", "reviewed_at")] == [
            "",
            None,
            None,
        ]
        now = timezone.now()
        services.open_access(user=clinician, citizen=citizen, at=now)
        review_reading(
            actor=clinician,
            report=DiagnosticReport.objects.get(pk=key),
            confirms=confirms,
            reason="" if confirms else "Ảnh mờ",
            at=now,
        )
        after = read(clerk, "reports", f"{key}/").json()
        assert after["review"] == ("confirmed" if confirms else "rejected")
        assert after["reviewed_by"] == "Đỗ Quang Hưng"

    @pytest.mark.parametrize("who", ["neighbour", "stranger"])
    def test_nobody_writes_about_people_of_others(
        self, who: str, citizen: Citizen, request: pytest.FixtureRequest
    ) -> None:
        user = request.getfixturevalue(who)
        assert self.send(user, "allergies", self.allergy(citizen)).status_code == 404
        assert not Allergy.objects.exists()

    def test_who_may_only_read_writes_nothing(self, citizen: Citizen, auditor: User) -> None:
        assert self.send(auditor, "allergies", self.allergy(citizen)).status_code == 403
        assert not Allergy.objects.exists()

    def test_a_visit_of_another_person_does_not_exist(
        self, record: Callable[..., Visit], citizen: Citizen, clerk: User
    ) -> None:
        body = {**self.report(record(citizen)), "visit": str(uuid7())}
        assert self.send(clerk, "reports", body).status_code == 404
        assert not DiagnosticReport.objects.exists()

    def test_what_cannot_be_is_refused_with_its_field_and_code(
        self, record: Callable[..., Visit], citizen: Citizen, clerk: User
    ) -> None:
        body = self.report(record(citizen), performed_at="1961-01-01T08:00:00+07:00")
        answer = self.send(clerk, "reports", body)
        assert answer.status_code == 400
        assert answer.json()["fields"]["performed_at"][0]["code"] == "result_before_birth"
        assert not DiagnosticReport.objects.exists()

    def test_a_protected_result_is_stored_and_not_shown_to_who_may_not_see_it(
        self, record: Callable[..., Visit], citizen: Citizen, clerk: User
    ) -> None:
        results = [{"name": "HIV Ab", "value": "dương tính"}]
        body = self.report(record(citizen), title="HIV Ab", results=results)
        answer = self.send(clerk, "reports", body)
        assert answer.status_code == 201
        assert set(answer.json()) == {"id"}
        assert DiagnosticReport.objects.get().sensitivity == "hiv"


@pytest.mark.parametrize(("sensitivity", "said"), [("", ON.isoformat()), ("hiv", None)])
def test_a_stopped_medicine_says_since_when_unless_the_stop_is_protected(
    sensitivity: str, said: str | None, filled: Visit, clerk: User
) -> None:
    medicine = filled.medication_rows.first()
    assert medicine is not None
    assert read(clerk, "prescriptions", f"{medicine.pk}/").json()["stopped_on"] is None
    MedicineStop.objects.create(
        visit=filled,
        citizen_id=filled.citizen_id,
        facility_id=filled.facility_id,
        sensitivity=sensitivity,
        name=medicine.name,
        stopped_on=ON,
        reason="Phù chân",
        noted_at=AT,
        noted_by=clerk,
        noted_where=filled.facility,
    )
    assert read(clerk, "prescriptions", f"{medicine.pk}/").json()["stopped_on"] == said
    (row,) = read(clerk, "prescriptions", f"?citizen={filled.citizen_id}").json()["results"]
    assert row["stopped_on"] == said
