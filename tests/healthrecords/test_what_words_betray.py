"""What is typed protects as a code does: words, medicines, traditional names, results, papers, answers."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import (
    Citizen,
    Document,
    QueueStep,
    Referral,
    Visit,
)
from healthrecords.services import DiagnosisEntry, MedicineEntry, queue, referrals
from healthrecords.services.betraying import class_of_visit, words_on
from healthrecords.services.entries import ArrivalEntry
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ResultEntry
from healthrecords.services.results import record_report
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.codelists.sensitivity import strictest
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON, visit_of
from tests.healthrecords.pages import logged_in
from tests.healthrecords.test_papers import SENT, SICK, issue
from tests.healthrecords.test_results import lab
from tests.queries import questions

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def medicine(name: str, **said: Any) -> MedicineEntry:
    return MedicineEntry(name=name, unit="viên", morning=Decimal(1), days=30, **said)


TYPED: dict[str, tuple[dict[str, Any], str]] = {
    "reason": ({"reason": "Tái khám HIV, lấy thuốc ARV"}, "hiv"),
    "symptoms": ({"symptoms": "Đang uống methadon ổn định"}, "mental"),
    "advice": ({"advice": "Sau phá thai nghỉ một tuần"}, "reproductive"),
    "treatment": ({"treatment": "Dolutegravir mỗi ngày"}, "hiv"),
    "admission": ({"admission_reason": "Cai nghiện bắt buộc"}, "mental"),
    "place": ({"held_at": "Phòng khám HIV, thôn 2"}, "hiv"),
    "substance": ({"medicines": [medicine("Tenofovir 300 mg")]}, "hiv"),
    "spelling": ({"medicines": [medicine("Lamivudine/Zidovudine 150/300")]}, "hiv"),
    "ingredient": ({"medicines": [medicine("TLD", ingredients=("dolutegravir",))]}, "hiv"),
    "methadone": ({"medicines": [medicine("Methadone 10mg/ml")]}, "mental"),
    "note": ({"medicines": [medicine("Vitamin B1", note="uống cùng ARV")]}, "hiv"),
    "traditional": ({"traditional": [DiagnosisEntry("YHCT1", "Chứng hư lao do HIV")]}, "hiv"),
}
ORDINARY: tuple[dict[str, Any], ...] = (
    {},
    {"reason": "Nghi hivat, larv, đau lưng", "symptoms": "Ho ba ngày, cd 5"},
    {"medicines": [medicine("Aciclovir 400 mg"), medicine("Nevirapinum X")]},
    {"traditional": [DiagnosisEntry("YHCT2", "Tiêu khát")]},
)


def met_by(user: User, citizen: Citizen) -> tuple[int, int, str]:
    """What somebody meets of a citizen's visits: the list's count, the interface's, the record itself."""
    client = logged_in(user)
    url = reverse("admin:healthrecords_visit_changelist")
    page = client.get(reverse("admin:healthrecords_citizen_change", args=[citizen.pk]))
    return (
        client.get(url).context["cl"].result_count,
        len(client.get("/api/v1/visits/").json()["results"]),
        page.content.decode(),
    )


@pytest.mark.parametrize("way", TYPED)
def test_what_is_typed_of_a_visit_protects_it_and_every_part(
    way: str, citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    said, expected = TYPED[way]
    record(citizen)
    visit = record(citizen, started_at=AT + timedelta(days=1), **said)
    assert visit.sensitivity == expected
    for rows in (visit.diagnosis_rows, visit.medication_rows, visit.vitalsigns_rows):
        assert set(rows.values_list("sensitivity", flat=True)) <= {expected}
    number, served, body = met_by(clerk, citizen)
    assert (number, served, str(visit.pk) in body) == (1, 1, False)
    url = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert logged_in(clerk).get(url).status_code == 404
    number, _served, body = met_by(clinician, citizen)
    assert (number, str(visit.pk) in body) == (2, True)


@pytest.mark.parametrize("said", ORDINARY)
def test_a_visit_without_such_words_stays_open(
    said: dict[str, Any], citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, **said)
    assert visit.sensitivity == ""
    number, served, body = met_by(clerk, citizen)
    assert (number, served, str(visit.pk) in body) == (1, 1, True)


def test_protecting_costs_no_query_beside_the_lists_that_are_asked_anyway(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen)
    with CaptureQueriesContext(connection) as plain:
        record(citizen, started_at=AT + timedelta(days=1))
    many = [medicine(f"Thuốc {n}") for n in range(5)] + [medicine("Tenofovir 300 mg")]
    with CaptureQueriesContext(connection) as protected:
        record(citizen, started_at=AT + timedelta(days=2), reason="Lấy ARV", medicines=many)
    assert questions(protected) <= questions(plain)


def arrived(citizen: Citizen, clerk: User, **said: Any) -> Visit:
    services.open_access(user=clerk, citizen=citizen, at=AT)
    return queue.arrive(
        actor=clerk,
        citizen=citizen,
        facility=clerk.place_of_work,
        entry=ArrivalEntry(AT, **{"reason": "Đau đầu", **said}),
        client_key=uuid7(),
        at=AT,
    ).row


@pytest.mark.parametrize("said", [{"reason": "Lĩnh ARV"}, {"room": "Phòng HIV"}])
def test_who_comes_for_it_is_protected_from_the_door_on(
    said: dict[str, str], citizen: Citizen, clerk: User
) -> None:
    visit = arrived(citizen, clerk, **said)
    assert (visit.sensitivity, QueueStep.objects.get().sensitivity) == ("hiv", "hiv")
    assert citizen.name not in logged_in(clerk).get(
        reverse("admin:healthrecords_visit_queue")
    ).content.decode().replace(clerk.full_name, "")


def test_a_word_on_the_way_protects_the_visit_and_keeps_it_protected(
    citizen: Citizen, clerk: User, clinician: User
) -> None:
    visit = arrived(citizen, clerk)
    queue.take(actor=clinician, visit=visit, seen=1, at=AT)
    queue.give_back(actor=clinician, visit=visit, at=AT, note="gửi tư vấn HIV")
    visit.refresh_from_db()
    assert set(QueueStep.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    services.open_access(user=clinician, citizen=citizen, at=AT)
    mended = services.correct_visit(
        actor=clinician, visit=visit, entry=visit_of(), version=version_of(visit), at=AT
    )
    assert mended.sensitivity == "hiv"


def test_a_correction_adds_the_class_and_takes_it_away(
    citizen: Citizen, record: Callable[..., Visit], clinician: User
) -> None:
    visit = record(citizen)
    services.open_access(user=clinician, citizen=citizen, at=AT)
    for reason, expected in (("Lấy thuốc ARV", "hiv"), ("Khám tăng huyết áp", "")):
        visit = services.correct_visit(
            actor=clinician,
            visit=visit,
            entry=visit_of(reason=reason),
            version=version_of(visit),
            at=AT,
        )
        assert (visit.sensitivity, visit.medication_rows.get().sensitivity) == (expected, expected)


# --- what stands with a visit and has a class of its own (ADR 0031) ---------------------------------

RESULTS = (
    ({"title": "Anti-HIV"}, []),
    ({"conclusion": "Phù hợp nhiễm HIV"}, [ResultEntry("Glucose máu lúc đói", "5,0", "mmol/L")]),
    ({}, [ResultEntry("Đếm tế bào CD4", "350", "tế bào/µL")]),
    ({}, [ResultEntry("Ghi chú", "đang dùng ARV", "")]),
)


@pytest.mark.parametrize(("said", "values"), RESULTS)
def test_a_result_that_names_it_is_hidden_and_its_visit_is_not(
    said: dict[str, str],
    values: list[ResultEntry],
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
) -> None:
    visit = record(citizen)
    report = record_report(
        actor=clerk,
        citizen=citizen,
        facility=visit.facility,
        entry=lab(*values, **said),
        client_key=uuid7(),
        at=AT,
        visit=visit,
    ).row
    assert (report.sensitivity, Visit.objects.get().sensitivity) == ("hiv", "")
    assert set(report.results.values_list("sensitivity", flat=True)) == {"hiv"}
    number, _served, body = met_by(clerk, citizen)
    assert (number, str(report.pk) in body) == (1, False)
    url = reverse("admin:healthrecords_citizen_report", args=[citizen.pk, report.pk])
    assert logged_in(clerk).get(url).status_code == 404


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"title": "Cấp phát methadone"}, "mental"),
        ({"title": "Thủ thuật", "outcome": "Khởi trị dolutegravir"}, "hiv"),
        ({"title": "Thay băng", "outcome": "Người bệnh B20, dùng găng đôi"}, "hiv"),
        ({"title": "Chọc dò dịch A15.6"}, "tb"),
        ({"title": "Thay băng"}, ""),
    ],
)
def test_a_procedure_is_as_protected_as_its_words(
    said: dict[str, str],
    expected: str,
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
) -> None:
    visit = record(citizen)
    done = record_procedure(
        actor=clerk,
        citizen=citizen,
        facility=visit.facility,
        entry=ProcedureEntry(performed_at=AT, **said),
        client_key=uuid7(),
        at=AT,
        visit=visit,
    ).row
    assert done.sensitivity == expected
    _number, _served, body = met_by(clerk, citizen)
    assert (said["title"] in body) is (expected == "")


DAYS = {"rest_days": None, "rest_from": None, "rest_until": None}
PAPERS: dict[str, dict[str, Any]] = {
    "discharge": {
        "department": "Nội",
        "diagnosis": "B20 Bệnh",
        "treatment": "Theo phác đồ",
        "head_of_department": "Bác sĩ Hà",
        **DAYS,
    },
    "summary": {
        "diagnosis_in": "I10",
        "diagnosis": "I10",
        "course": "Ổn",
        "results": "Test nhanh HIV: âm tính",
        "treatment": "Amlodipin",
        "outcome": "2",
        **DAYS,
    },
    "sick_leave": {"treatment": "Đang điều trị b20 từ 2019"},
    "revisit": {"on": ON + timedelta(days=9), "diagnosis": "I10", "note": "Lấy ARV", **DAYS},
    "pregnancy": {"diagnosis": "Dưỡng thai, mang HIV", "doctor": "Bác sĩ Hà"},
}


@pytest.mark.parametrize("kind", PAPERS)
def test_a_paper_that_names_it_is_hidden_and_its_visit_is_not(
    kind: str, citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    visit = record(citizen)
    paper = issue(visit, clerk, kind, **PAPERS[kind])
    assert (paper.sensitivity, Visit.objects.get().sensitivity) == ("hiv", "")
    url = reverse("admin:healthrecords_visit_document", args=[visit.pk, paper.pk])
    assert logged_in(clerk).get(url).status_code == 404
    services.open_access(user=clinician, citizen=citizen, at=AT)
    assert logged_in(clinician).get(url).status_code == 200
    number, _served, body = met_by(clerk, citizen)
    assert (number, str(paper.pk) in body) == (1, False)


def test_a_paper_without_such_words_stays_open(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen)
    assert issue(visit, clerk, diagnosis="I10 Tăng huyết áp, giường B12").sensitivity == ""
    said = {**PAPERS["discharge"], "department": "Khoa A15", "diagnosis": "I10 Tăng huyết áp"}
    assert issue(visit, clerk, "discharge", **said).sensitivity == ""
    assert "B20" not in SICK["diagnosis"]


def test_where_somebody_is_sent_protects_the_referral_and_its_paper(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen)
    way = referrals.Way(reason="2", to_name="Phòng khám ngoại trú HIV tỉnh")
    row = referrals.refer(
        actor=clerk, visit=visit, way=way, content=SENT, client_key=uuid7(), at=AT
    ).row
    assert (row.sensitivity, row.document.sensitivity, visit.sensitivity) == ("hiv", "hiv", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Đã khởi trị ARV, hẹn một tháng", "hiv"), ("Đã hạ huyết áp, cho về", "")],
)
def test_an_answer_protects_the_referral_and_tells_nobody_of_a_change(
    text: str,
    expected: str,
    citizen: Citizen,
    record: Callable[..., Visit],
    clerk: User,
    other_station: Organisation,
    neighbour: User,
) -> None:
    visit = record(citizen)
    way = referrals.Way(reason="2", to=other_station)
    row = referrals.refer(
        actor=clerk, visit=visit, way=way, content=SENT, client_key=uuid7(), at=AT
    ).row
    referrals.answer(actor=neighbour, referral=row, text=text, at=AT)
    assert Referral.objects.get().sensitivity == expected
    assert Document.objects.get().sensitivity == ""
    page = logged_in(clerk).get(reverse("admin:healthrecords_visit_referrals"))
    assert (text in page.content.decode()) is (expected == "")


# --- the property ------------------------------------------------------------------------------------

SAID = st.sampled_from(
    ["Đau đầu", "Lấy thuốc ARV", "methadon", "phá thai", "Ho, sốt", "dolutegravir", "", "hivat"]
)
GIVEN = st.sampled_from(
    ["Amlodipin 5 mg", "Efavirenz 600", "Methadone", "Vitamin B12", "Zidovudine"]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.tuples(SAID, SAID, SAID),
    names=st.lists(GIVEN, max_size=3, unique=True),
    old=st.lists(SAID.filter(bool), max_size=2),
    code=st.sampled_from(["I10", "B20"]),
)
def test_a_visit_is_never_more_open_than_the_strictest_of_its_parts(
    citizen: Citizen,
    record: Callable[..., Visit],
    texts: tuple[str, str, str],
    names: list[str],
    old: list[str],
    code: str,
) -> None:
    reason, symptoms, advice = texts
    visit = record(
        citizen,
        code,
        reason=reason or "Khám",
        symptoms=symptoms,
        advice=advice,
        medicines=[medicine(name, reason="theo đơn") for name in names],
        traditional=[DiagnosisEntry(f"Y{n}", title) for n, title in enumerate(old)],
    )
    words = words_on(AT.date())
    own = {words.class_of(text) for text in (*texts, *old)}
    own |= {words.of_medicine(name) for name in names} | {words.of_codes(code)}
    assert visit.sensitivity == strictest(own) == class_of_visit(visit, words)
    for rows in (visit.medication_rows, visit.diagnosis_rows):
        assert set(rows.values_list("sensitivity", flat=True)) <= {visit.sensitivity}
