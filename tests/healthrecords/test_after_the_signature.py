"""Results, procedures and papers are signed with their visit; what comes later is seen as not signed."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from healthrecords import services
from healthrecords.models import (
    Citizen,
    DiagnosticReport,
    Referral,
    SignedPaper,
    Visit,
    VisitSeal,
    VisitVersion,
)
from healthrecords.papers.current import paper_in_force
from healthrecords.papers.marks import Mark
from healthrecords.services import documents, referrals
from healthrecords.services.amending import drop_amendment, open_amendment
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import amend_report, record_report, void_report
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, publish_lists
from tests.healthrecords.pages import logged_in, shown_on, text_of, words_of
from tests.healthrecords.test_papers import SENT, SICK

LATER = AT + timedelta(hours=5)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("papers_of_their_own")]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def visit(to_sign: Callable[..., Visit]) -> Visit:
    return to_sign()


def entry(
    value: str = "7,9", *, title: str = "Hóa sinh máu", test: str = "Glucose máu"
) -> ReportEntry:
    return ReportEntry("laboratory", title, AT, [ResultEntry(test, value, "mmol/L")])


def tell(
    visit: Visit, actor: User, said: ReportEntry | None = None, at: Any = AT
) -> DiagnosticReport:
    services.open_access(user=actor, citizen=visit.citizen, at=at)
    return record_report(
        actor=actor,
        citizen=visit.citizen,
        facility=visit.facility,
        entry=said or entry(),
        client_key=uuid7(),
        at=at,
        visit=visit,
    ).row


def operate(visit: Visit, actor: User, at: Any = AT) -> Any:
    return record_procedure(
        actor=actor,
        citizen=visit.citizen,
        facility=visit.facility,
        entry=ProcedureEntry("Khâu vết thương", AT),
        client_key=uuid7(),
        at=at,
        visit=visit,
    ).row


def issue(visit: Visit, actor: User, at: Any = AT) -> Any:
    return documents.issue(
        actor=actor, visit=visit, kind="sick_leave", content=SICK, client_key=uuid7(), at=at
    ).row


def seal_of(visit: Visit) -> VisitSeal:
    return VisitSeal.objects.get(visit=visit)


def parts_of(version: VisitVersion) -> dict[str, Any]:
    return dict(json.loads(version.content)["parts"])


def test_what_was_recorded_until_then_is_signed_with_the_visit(
    visit: Visit, clinician: User, hospital: Organisation
) -> None:
    tell(visit, clinician)
    operate(visit, clinician)
    issue(visit, clinician)
    referrals.refer(
        actor=clinician,
        visit=visit,
        way=referrals.Way(reason="2", to=hospital),
        content=SENT,
        client_key=uuid7(),
        at=AT,
    )
    parts = parts_of(sign_visit(actor=clinician, visit=visit, at=AT))
    assert [row["title"] for row in parts["healthrecords.diagnosticreport"]] == ["Hóa sinh máu"]
    assert [row["value"] for row in parts["healthrecords.result"]] == ["7,9"]
    assert [row["title"] for row in parts["healthrecords.procedure"]] == ["Khâu vết thương"]
    assert {row["kind"] for row in parts["healthrecords.document"]} == {"sick_leave", "referral"}
    assert [row["to_name"] for row in parts["healthrecords.referral"]] == [hospital.name]
    assert not seal_of(visit).has_later


@pytest.mark.parametrize("write", [tell, operate, issue])
def test_what_comes_later_stands_with_the_visit_as_not_signed(
    write: Callable[..., Any], visit: Visit, clinician: User
) -> None:
    first = sign_visit(actor=clinician, visit=visit, at=AT)
    write(visit, clinician, at=LATER)
    seal = seal_of(visit)
    assert seal.has_later
    assert (seal.version, seal.amendment) == (first, None)
    assert VisitVersion.objects.get().content == first.content


def test_it_is_signed_in_addition_and_the_first_version_stays(
    visit: Visit, clinician: User
) -> None:
    """Circular 13/2025/TT-BYT (read second-hand).

    A correction is a new version, the old one stays readable.
    """
    first = sign_visit(actor=clinician, visit=visit, at=AT)
    tell(visit, clinician, at=LATER)
    second = sign_visit(actor=clinician, visit=visit, at=LATER)
    assert (second.number, second.is_addendum) == (2, True)
    assert "Hóa sinh máu" in second.reason
    assert [row["value"] for row in parts_of(second)["healthrecords.result"]] == ["7,9"]
    assert VisitVersion.objects.get(number=1).content == first.content
    assert (seal_of(visit).version, seal_of(visit).has_later) == (second, False)


def test_nothing_is_added_to_what_is_signed_as_it_stands(visit: Visit, clinician: User) -> None:
    tell(visit, clinician)
    sign_visit(actor=clinician, visit=visit, at=AT)
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=LATER)
    assert refused.value.code == "already_signed"
    assert VisitVersion.objects.count() == 1


def test_a_correction_of_a_signed_result_is_not_signed_yet(visit: Visit, clinician: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a correction is a new version, signed anew."""
    report = tell(visit, clinician)
    first = sign_visit(actor=clinician, visit=visit, at=AT)
    services.open_access(user=clinician, citizen=visit.citizen, at=LATER)
    amend_report(
        actor=clinician, report=report, entry=entry("6,2"), reason="Đọc nhầm máy", at=LATER
    )
    assert seal_of(visit).has_later
    second = sign_visit(actor=clinician, visit=visit, at=LATER)
    values = [[r["value"] for r in parts_of(v)["healthrecords.result"]] for v in (first, second)]
    assert values == [["7,9"], ["6,2"]]


def test_a_later_result_that_was_a_mistake_leaves_nothing_to_sign(
    visit: Visit, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    report = tell(visit, clinician, at=LATER)
    void_report(actor=clinician, report=report, reason="Nhầm người", at=LATER)
    assert not seal_of(visit).has_later


def test_a_cancelled_paper_leaves_nothing_to_sign(visit: Visit, clinician: User) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    services.open_access(user=clinician, citizen=visit.citizen, at=LATER)
    paper = issue(visit, clinician, at=LATER)
    documents.cancel(actor=clinician, document=paper, reason="Ghi nhầm ngày", at=LATER)
    assert not seal_of(visit).has_later


def test_what_the_other_hospital_answers_is_no_change_of_what_was_signed(
    visit: Visit, clinician: User, hospital: Organisation
) -> None:
    referral = referrals.refer(
        actor=clinician,
        visit=visit,
        way=referrals.Way(reason="2", to=hospital),
        content=SENT,
        client_key=uuid7(),
        at=AT,
    ).row
    sign_visit(actor=clinician, visit=visit, at=AT)
    receiver = make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)
    referrals.answer(actor=receiver, referral=referral, text="Đã điều trị ổn định", at=LATER)
    assert Referral.objects.get().answered_at == LATER
    assert not seal_of(visit).has_later


def test_a_merge_is_no_change_of_what_was_signed(visit: Visit, clinician: User) -> None:
    report = tell(visit, clinician)
    sign_visit(actor=clinician, visit=visit, at=AT)
    other = Citizen.objects.create(name="Quàng Thị Hạc", birth_date="1962-03-12", sex="female")
    Visit.objects.filter(pk=visit.pk).update(citizen=other)
    DiagnosticReport.objects.filter(pk=report.pk).update(citizen=other)
    assert not seal_of(visit).has_later


def test_an_amendment_that_changed_nothing_is_dropped_though_a_result_came(
    visit: Visit, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=visit, at=AT)
    tell(visit, clinician, at=LATER)
    open_amendment(actor=clinician, visit=visit, reason="Ghi nhầm liều thuốc", at=LATER)
    drop_amendment(actor=clinician, visit=visit, at=LATER)
    assert seal_of(visit).amendment is None
    assert seal_of(visit).has_later


def test_whatever_writes_the_database_notes_it(visit: Visit, clinician: User) -> None:
    """A statement that knows nothing of signatures."""
    report = tell(visit, clinician)
    sign_visit(actor=clinician, visit=visit, at=AT)
    DiagnosticReport.objects.filter(pk=report.pk).update(sent_digest="x", batch_id=uuid7())
    assert not seal_of(visit).has_later
    DiagnosticReport.objects.filter(pk=report.pk).update(conclusion="Khác")
    assert seal_of(visit).has_later


class TestPapers:
    def test_an_addendum_prints_what_came_and_leaves_the_others_in_force(
        self, visit: Visit, clinician: User
    ) -> None:
        sign_visit(actor=clinician, visit=visit, at=AT)
        services.open_access(user=clinician, citizen=visit.citizen, at=LATER)
        issue(visit, clinician, at=LATER)
        sign_visit(actor=clinician, visit=visit, at=LATER)
        made = SignedPaper.objects.filter(version__number=2).values_list("kind", flat=True)
        assert list(made) == ["sick_leave"]
        kept = paper_in_force(visit, "prescription")
        assert kept is not None
        assert kept.version.number == 1
        page = text_of(Client().get(Mark("prescription", visit.pk, 1).address))
        assert "còn hiệu lực" in page

    def test_one_that_came_after_the_signature_is_not_signed_yet_and_claims_no_amendment(
        self, visit: Visit, clinician: User
    ) -> None:
        sign_visit(actor=clinician, visit=visit, at=AT)
        issue(visit, clinician, at=LATER)
        address = reverse("admin:healthrecords_visit_paper", args=[visit.pk, "sick_leave"])
        words = words_of(logged_in(clinician).get(address).content)
        assert "Giấy này chưa ký" in words
        assert "sửa đổi" not in words
        open_amendment(actor=clinician, visit=visit, reason="Ghi nhầm số ngày nghỉ", at=LATER)
        words = words_of(logged_in(clinician).get(address).content)
        assert "Đang sửa đổi sau phiên bản 1, chưa ký" in words

    def test_what_an_amendment_does_not_print_any_more_is_not_in_force(
        self, visit: Visit, clinician: User
    ) -> None:
        from healthrecords.services.versions import version_of
        from tests.healthrecords.conftest import visit_of

        sign_visit(actor=clinician, visit=visit, at=AT)
        open_amendment(actor=clinician, visit=visit, reason="Không dùng thuốc", at=AT)
        services.correct_visit(
            actor=clinician,
            visit=visit,
            entry=visit_of(medicines=[]),
            version=version_of(visit),
            at=AT,
        )
        sign_visit(actor=clinician, visit=visit, at=LATER)
        assert paper_in_force(visit, "prescription") is None
        page = text_of(Client().get(Mark("prescription", visit.pk, 1).address))
        assert "đã bị thay" in page or "đã có phiên bản" in page


class TestPages:
    def test_the_visit_says_what_is_not_signed_and_offers_to_sign_it(
        self, visit: Visit, clinician: User
    ) -> None:
        sign_visit(actor=clinician, visit=visit, at=AT)
        client = logged_in(clinician)
        page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
        assert "chưa ký" not in text_of(client.get(page))
        tell(visit, clinician)
        text = text_of(client.get(page))
        assert "Ghi sau khi ký" in text
        assert "Hóa sinh máu" in text
        to_sign = text_of(client.get(reverse("admin:healthrecords_visit_to_sign")))
        assert visit.citizen.name in to_sign
        sign = reverse("admin:healthrecords_visit_sign", args=[visit.pk])
        done = client.post(sign, {**shown_on(client.get(sign)), "certificate": ""})
        assert done.status_code == 302
        assert seal_of(visit).number == 2
        text = text_of(client.get(reverse("admin:healthrecords_visit_versions", args=[visit.pk])))
        assert "Bổ sung" in text
        assert "7,9 mmol/L" in text

    def test_the_page_of_a_signature_shows_what_stands_with_the_visit(
        self, visit: Visit, clinician: User
    ) -> None:
        tell(visit, clinician)
        operate(visit, clinician)
        page = text_of(
            logged_in(clinician).get(reverse("admin:healthrecords_visit_sign", args=[visit.pk]))
        )
        assert "Glucose máu 7,9 mmol/L" in page
        assert "Khâu vết thương" in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("transactional_db")
def test_a_result_that_comes_while_somebody_signs_is_signed_or_noted(
    clinician: User, station: Organisation, communes: list[Any]
) -> None:
    """Whoever signs holds the visit: the result waits, and is then told as not signed."""
    from tests.healthrecords.conftest import FEW, entry_of, visit_of

    with acting(job="test"):
        publish_lists(codes=FEW)
        citizen = services.register_citizen(
            actor=clinician, place=station, entry=entry_of(communes[0]), client_key=uuid7(), at=AT
        ).row
        services.open_access(user=clinician, citizen=citizen, at=AT)
        visit = services.record_visit(
            actor=clinician,
            citizen=citizen,
            facility=station,
            entry=visit_of(),
            client_key=uuid7(),
            at=AT,
        ).row

    def write() -> None:
        try:
            with acting(job="test"):
                tell(visit, clinician)
        finally:
            connections.close_all()

    with acting(job="test"), transaction.atomic():
        sign_visit(actor=clinician, visit=visit, at=AT)
        other = Thread(target=write)
        other.start()
        other.join(0.7)
        assert other.is_alive(), "the result waits for the signature"
    other.join(10)
    assert not other.is_alive()
    assert DiagnosticReport.objects.filter(visit=visit).count() == 1
    assert seal_of(visit).has_later
    assert connection.in_atomic_block is False
