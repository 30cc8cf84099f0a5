"""Papers of a visit: their numbers, what stands on them, how they end; referrals and re-visits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.documents import fields_of
from healthrecords.models import Citizen, Document, Referral, Visit
from healthrecords.models.documents import DocumentKind, NumberSeries
from healthrecords.papers.issued import discharge
from healthrecords.services import documents, referrals
from healthrecords.services.referrals import Way
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, entry_of, publish_lists, visit_of
from tests.healthrecords.pages import fields_of as form_fields
from tests.healthrecords.pages import logged_in, text_of

SICK = {
    "social_number": "0123456789",
    "employer": "Trường Tiểu học Mường Chà",
    "diagnosis": "I10 Tăng huyết áp",
    "treatment": "Amlodipin",
    "rest_days": 3,
    "rest_from": date(2026, 11, 5),
    "rest_until": date(2026, 11, 7),
    "series": "A12",
    "form": "CT07",
}
SENT = {
    "signs": "Huyết áp 190/120, đau đầu dữ dội",
    "results": "Chưa làm",
    "diagnosis": "I10 Tăng huyết áp",
    "course": "Đau đầu từ sáng",
    "state": "Tỉnh, nói được",
    "plan": "Kiểm soát huyết áp",
    "vehicle": "Xe cứu thương",
}


def issue(visit: Visit, actor: User, kind: str = "sick_leave", **said: Any) -> Document:
    return documents.issue(
        actor=actor,
        visit=visit,
        kind=kind,
        content={**SICK, **said},
        client_key=uuid7(),
        at=AT,
    ).row


def refer(visit: Visit, actor: User, to: Organisation | None, **said: Any) -> Referral:
    return referrals.refer(
        actor=actor,
        visit=visit,
        way=Way(**{"reason": "2", "to": to, **said}),
        content=SENT,
        client_key=uuid7(),
        at=AT,
    ).row


@pytest.fixture
def visit(citizen: Citizen, record: Callable[..., Visit]) -> Visit:
    return record(citizen)


@pytest.fixture
def receiver(hospital: Organisation) -> User:
    return make_user("tinh", "Vũ Thị Tình", Role.HOSPITAL_DOCTOR, hospital)


@pytest.mark.parametrize("kind", DocumentKind.values)
def test_every_paper_has_its_fields_with_the_names_of_the_standard(kind: str) -> None:
    """QĐ 4750/QĐ-BYT, tables 7 to 11, 13 and 14.

    Table 13 as software writes it by QĐ 3176/QĐ-BYT, whose text was not seen.
    """
    fields = fields_of(kind)
    assert len({f.name for f in fields}) == len(fields)
    assert all(f.official.isupper() and f.label for f in fields)
    assert any(f.is_required for f in fields)


def test_numbers_follow_each_other_by_kind_and_year(visit: Visit, clerk: User) -> None:
    first, second = issue(visit, clerk), issue(visit, clerk)
    other = issue(visit, clerk, "revisit", on=date(2026, 12, 3))
    assert [d.label for d in (first, second, other)] == ["00001/2026", "00002/2026", "00001/2026"]
    next_year = AT + timedelta(days=60)
    services.open_access(user=clerk, citizen=visit.citizen, at=next_year)
    later = documents.issue(
        actor=clerk, visit=visit, kind="sick_leave", content=SICK, client_key=uuid7(), at=next_year
    ).row
    assert later.label == "00001/2027"


def test_a_paper_that_is_refused_takes_no_number(visit: Visit, clerk: User) -> None:
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, employer="")
    assert [e.code for e in refused.value.error_dict["employer"]] == ["field_missing"]
    assert not Document.objects.exists()
    assert issue(visit, clerk).number == 1


def test_a_paper_sent_twice_is_one_paper(visit: Visit, clerk: User) -> None:
    key = uuid7()
    said: dict[str, Any] = {"actor": clerk, "visit": visit, "kind": "sick_leave", "content": SICK}
    first = documents.issue(**said, client_key=key, at=AT)
    second = documents.issue(**said, client_key=key, at=AT)
    assert (first.is_new, second.is_new, first.row) == (True, False, second.row)
    assert NumberSeries.objects.get().last == 1


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"rest_days": 4}, "rest_days", "rest_miscounted"),
        ({"rest_until": None}, "rest_until", "field_missing"),
        ({"pregnancy_ended": True}, "pregnancy_weeks", "pregnancy_incomplete"),
        ({"form": "CT07-2026"}, "form", "too_long"),
    ],
)
def test_what_a_sick_leave_paper_cannot_say_is_refused_at_its_field(
    visit: Visit, clerk: User, said: dict[str, Any], field: str, code: str
) -> None:
    """Tables 7 and 11 of QĐ 4750/QĐ-BYT."""
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, **said)
    assert code in [e.code for e in refused.value.error_dict[field]]
    assert not Document.objects.exists()


LEFT: dict[str, Any] = {
    "department": "Khoa Phụ sản",
    "diagnosis": "O03 Sảy thai tự nhiên",
    "treatment": "Theo dõi",
    "head_of_department": "Vũ Thị Tình",
}
ENDED: dict[str, Any] = {
    "pregnancy_ended": True,
    "pregnancy_ended_why": "Sảy thai",
    "pregnancy_ended_at": date(2026, 11, 4),
    "pregnancy_weeks": 11,
}


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"pregnancy_ended_at": None}, "pregnancy_ended_at", "pregnancy_incomplete"),
        ({"pregnancy_weeks": None}, "pregnancy_weeks", "pregnancy_incomplete"),
        ({"pregnancy_ended_why": ""}, "pregnancy_ended_why", "pregnancy_incomplete"),
        ({"pregnancy_weeks": 60}, "pregnancy_weeks", "weeks_impossible"),
        ({"pregnancy_ended_at": date(2026, 11, 6)}, "pregnancy_ended_at", "ended_in_future"),
        ({"pregnancy_ended": False}, "pregnancy_ended_at", "pregnancy_not_ended"),
    ],
)
def test_a_discharge_paper_says_all_of_a_pregnancy_that_was_ended_or_nothing(
    visit: Visit, clerk: User, said: dict[str, Any], field: str, code: str
) -> None:
    """Table 7 of QĐ 4750/QĐ-BYT asks why, when and in which week (fields 8 to 10)."""
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, "discharge", **LEFT, **{**ENDED, **said})
    assert code in [e.code for e in refused.value.error_dict[field]]
    assert not Document.objects.exists()
    paper = issue(visit, clerk, "discharge", **LEFT, **ENDED)
    paper.refresh_from_db()
    assert discharge(visit)["pregnancy"] == "Sảy thai, ngày 04/11/2026, 11 tuần"
    assert paper.content["pregnancy_ended_at"] == "2026-11-04"


def test_no_pregnancy_of_a_man_was_ended(visit: Visit, clerk: User) -> None:
    Citizen.objects.filter(pk=visit.citizen_id).update(sex="male")
    visit.citizen.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, "discharge", **LEFT, **ENDED)
    assert [e.code for e in refused.value.error_dict["pregnancy_ended"]] == ["pregnancy_of_a_man"]
    assert not Document.objects.exists()


def test_a_code_of_no_list_is_refused_on_a_paper(visit: Visit, clerk: User) -> None:
    with pytest.raises(ValidationError) as refused:
        issue(visit, clerk, "summary", outcome="9")
    assert [e.code for e in refused.value.error_dict["outcome"]] == ["code_unknown"]


def test_a_birth_paper_is_issued_in_the_visit_of_the_mother(
    record: Callable[..., Visit], clerk: User, lists: None, communes: list[Area]
) -> None:
    """QĐ 4750/QĐ-BYT, table 9."""
    entry = entry_of(communes[0], name="Lò Văn Cha", sex="male", numbers=())
    father = services.register_citizen(
        actor=clerk, place=clerk.place_of_work, entry=entry, client_key=uuid7(), at=AT
    ).row
    with pytest.raises(ValidationError) as refused:
        issue(record(father), clerk, "birth")
    assert "birth_of_a_man" in [e.code for e in refused.value.error_dict["mother"]]
    assert not Document.objects.exists()


def test_a_paper_is_cancelled_with_a_reason_and_replaced_by_a_new_number(
    visit: Visit, clerk: User
) -> None:
    paper = issue(visit, clerk)
    with pytest.raises(ValidationError) as refused:
        documents.cancel(actor=clerk, document=paper, reason="sai", at=AT)
    assert refused.value.code == "cancelled_without_reason"
    paper.refresh_from_db()
    assert paper.cancelled_at is None
    documents.cancel(actor=clerk, document=paper, reason="ghi nhầm nơi làm việc", at=AT)
    new = documents.issue(
        actor=clerk,
        visit=visit,
        kind="sick_leave",
        content=SICK,
        client_key=uuid7(),
        at=AT,
        replaces=Document.objects.get(pk=paper.pk),
    ).row
    assert (new.number, new.replaces) == (2, paper)


def test_a_paper_in_force_is_not_replaced(visit: Visit, clerk: User) -> None:
    paper = issue(visit, clerk)
    with pytest.raises(ValidationError) as refused:
        documents.issue(
            actor=clerk,
            visit=visit,
            kind="sick_leave",
            content=SICK,
            client_key=uuid7(),
            at=AT,
            replaces=paper,
        )
    assert refused.value.code == "not_replaceable"
    assert Document.objects.count() == 1


def test_another_place_issues_nothing_for_this_visit(visit: Visit, neighbour: User) -> None:
    with pytest.raises(PermissionDenied):
        issue(visit, neighbour)
    assert not NumberSeries.objects.exists()


@pytest.mark.parametrize(
    ("said", "constraint"),
    [
        ({"number": 1}, "document_number_once"),
        ({"kind": "poem"}, "document_kind_known"),
        ({"cancelled_at": AT}, "document_cancelled_with_reason"),
    ],
)
def test_the_database_itself_keeps_papers_whole(
    visit: Visit, clerk: User, said: dict[str, Any], constraint: str
) -> None:
    issue(visit, clerk)
    values = {"kind": "sick_leave", "year": 2026, "number": 2, "issued_at": AT} | said
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Document.objects.create(visit=visit, issued_by=clerk, **values)


def test_a_paper_is_issued_read_and_cancelled_on_its_pages(visit: Visit, clerk: User) -> None:
    client = logged_in(clerk)
    services.open_access(user=clerk, citizen=visit.citizen, at=timezone.now())
    url = reverse("admin:healthrecords_visit_issue", args=[visit.pk, "sick_leave"])
    form = client.get(url)
    fields = form_fields(form, "paper_form")
    assert fields["form"] == "CT07"
    answer = client.post(url, fields)
    assert "Trên giấy còn thiếu: Đơn vị làm việc." in text_of(answer)
    said = {name: f"{v:%d/%m/%Y}" if isinstance(v, date) else v for name, v in SICK.items()}
    answer = client.post(url, fields | said, follow=True)
    assert "Đã cấp: Giấy nghỉ việc hưởng BHXH (CT07), số 00001/" in text_of(answer)
    assert "Trường Tiểu học Mường Chà" in text_of(answer)
    paper = answer.redirect_chain[-1][0]
    answer = client.post(paper, {"reason": "ghi nhầm số ngày"}, follow=True)
    assert "ghi nhầm số ngày" in text_of(answer)
    assert "Cấp lại" in text_of(answer)


def test_a_referral_form_asks_when_a_name_may_be_several(
    visit: Visit, clerk: User, hospital: Organisation
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_visit_issue", args=[visit.pk, "referral"])
    fields = form_fields(client.get(url), "paper_form") | SENT
    answer = client.post(url, fields | {"to": "", "reason": "2"})
    assert "Chuyển người này đến đâu?" in text_of(answer)
    answer = client.post(url, fields | {"to": "da khoa tinh dien bien", "reason": "2"}, follow=True)
    assert Referral.objects.get().to_facility == hospital
    assert "Bệnh viện Đa khoa tỉnh Điện Biên" in text_of(answer)


def test_papers_of_a_protected_visit_are_hidden_with_it(
    citizen: Citizen, record: Callable[..., Visit], clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    visit = record(citizen, "B20", actor=clinician)
    paper = issue(visit, clinician)
    assert paper.sensitivity == "hiv"
    url = reverse("admin:healthrecords_visit_document", args=[visit.pk, paper.pk])
    assert logged_in(clerk).get(url).status_code == 404
    assert logged_in(clinician).get(url).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_papers_issued_at_the_same_moment_have_numbers_without_gaps(
    transactional_db: None, clerk: User, communes: list[Area], station: Organisation
) -> None:
    publish_lists()
    citizen = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(communes[0], birth=PartialDate(1962, 3, 12)),
        client_key=uuid7(),
        at=AT,
    ).row
    visit = services.record_visit(
        actor=clerk, citizen=citizen, facility=station, entry=visit_of(), client_key=uuid7(), at=AT
    ).row
    ready = Barrier(3)

    def give(_n: int) -> list[int]:
        try:
            with acting(command="pytest"):
                ready.wait(timeout=10)
                found = []
                for wrong in (False, True, False):
                    try:
                        found.append(issue(visit, clerk, employer="" if wrong else "Trường").number)
                    except ValidationError:
                        found.append(0)
                return found
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        numbers = [n for found in pool.map(give, range(3)) for n in found if n]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
