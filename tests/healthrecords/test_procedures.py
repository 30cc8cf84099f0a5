"""What was done to a person is written in the visit, read with it, and a mistake stays readable."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, Procedure, Visit
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.pages import fields_of, logged_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    return record(citizen)


def record_it(visit: Visit, actor: User, **said: Any) -> Procedure:
    entry = ProcedureEntry(**{"title": "Khâu vết thương", "performed_at": AT, **said})
    return record_procedure(
        actor=actor,
        citizen=visit.citizen,
        facility=visit.facility,
        entry=entry,
        client_key=uuid7(),
        at=AT,
        visit=visit,
    ).row


def new_url(visit: Visit) -> str:
    url = reverse("admin:healthrecords_citizen_procedure_new", args=[visit.citizen_id])
    return f"{url}?kham={visit.pk}"


def test_a_nurse_writes_what_was_done_and_reads_it_in_the_visit(visit: Visit, clerk: User) -> None:
    client = logged_in(clerk)
    form = fields_of(client.get(new_url(visit)), "procedure_form")
    assert form["performer"] == clerk.full_name
    said = {
        **form,
        "title": "Chích rạch áp xe",
        "kind": "surgery",
        "anaesthesia": "2",
        "reason": "J02.9",
        "outcome": "Dẫn lưu 10 ml mủ",
    }
    answer = client.post(new_url(visit), said, follow=True)
    stored = Procedure.objects.get()
    assert (stored.visit, stored.kind, stored.anaesthesia, stored.reason) == (
        visit,
        "surgery",
        "2",
        "J02.9",
    )
    assert "Chích rạch áp xe" in text_of(answer)
    client.post(new_url(visit), said)
    assert Procedure.objects.count() == 1, "the same form sent twice"
    page = reverse("admin:healthrecords_citizen_procedure", args=[visit.citizen_id, stored.pk])
    assert "Gây tê" in text_of(client.get(page))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", " ", "Ghi tên thủ thuật"),
        ("performed_at_0", "05/11/2096", ""),
        ("reason", "khong co benh nay", ""),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    field: str, value: str, says: str, visit: Visit, clerk: User
) -> None:
    client = logged_in(clerk)
    form = fields_of(client.get(new_url(visit)), "procedure_form")
    name = field if field in form else "performed_at"
    typed = value if name == field else "05/11/2096 08:00"
    answer = client.post(
        new_url(visit), {**form, "outcome": "Chảy máu ít", "title": "Khâu", name: typed}
    )
    assert answer.status_code == 422
    assert not Procedure.objects.exists()
    assert "Chảy máu ít" in answer.content.decode()
    assert says in text_of(answer)


def test_an_anaesthesia_that_is_in_no_list_is_refused(visit: Visit, clerk: User) -> None:
    """QĐ 130/QĐ-BYT (2023), table 3: PP_VO_CAM 1 to 4."""
    with pytest.raises(ValidationError) as refused:
        record_it(visit, clerk, anaesthesia="9")
    assert refused.value.error_dict["anaesthesia"][0].code == "code_unknown"
    assert not Procedure.objects.exists()


def test_a_visit_of_somebody_else_is_refused(
    visit: Visit, clerk: User, station: Organisation, communes: list[Area]
) -> None:
    other = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(communes[0], name="Lò Văn Bun", sex="male", numbers=[]),
        client_key=uuid7(),
        at=AT,
    ).row
    services.open_access(user=clerk, citizen=other, at=AT)
    with pytest.raises(ValidationError) as refused:
        record_procedure(
            actor=clerk,
            citizen=other,
            facility=station,
            entry=ProcedureEntry("Khâu", AT),
            client_key=uuid7(),
            at=AT,
            visit=visit,
        )
    assert refused.value.code == "visit_of_another"
    assert not Procedure.objects.exists()


def test_a_mistake_needs_a_reason_and_stays_readable(visit: Visit, clerk: User) -> None:
    """Circular 13/2025/TT-BYT (read second-hand): a mistake stays readable with its reason."""
    procedure = record_it(visit, clerk, performed_at=AT - timedelta(minutes=5))
    client = logged_in(clerk)
    page = reverse("admin:healthrecords_citizen_procedure", args=[visit.citizen_id, procedure.pk])
    assert client.post(page, {"reason": ""}).status_code == 422
    procedure.refresh_from_db()
    assert procedure.status == "active"
    text = text_of(client.post(page, {"reason": "Ghi nhầm người"}, follow=True))
    assert "Ghi nhầm người" in text
    procedure.refresh_from_db()
    assert procedure.status == "entered_in_error"
    visit_page = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    assert "Khâu vết thương" not in text_of(client.get(visit_page))


def test_a_procedure_for_a_protected_illness_is_not_there_for_those_without_the_right(
    visit: Visit, clerk: User, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    services.open_access(user=clinician, citizen=visit.citizen, at=AT)
    procedure = record_it(visit, clinician, title="Sinh thiết hạch", reason="B20")
    assert procedure.sensitivity == "hiv"
    page = reverse("admin:healthrecords_citizen_procedure", args=[visit.citizen_id, procedure.pk])
    assert logged_in(clerk).get(page).status_code == 404
    assert logged_in(clinician).get(page).status_code == 200
    for address in ("admin:healthrecords_visit_change", "admin:healthrecords_citizen_change"):
        pk = visit.pk if "visit" in address else visit.citizen_id
        assert "Sinh thiết" not in text_of(logged_in(clerk).get(reverse(address, args=[pk])))


@pytest.mark.parametrize(
    ("title", "sensitivity"),
    [
        ("Hút thai dưới 7 tuần", "reproductive"),
        ("Đặt vòng", "reproductive"),
        ("Tư vấn, xét nghiệm HIV", "hiv"),
        ("Siêu âm thai", ""),
    ],
)
def test_a_procedure_is_protected_by_what_its_words_betray(
    visit: Visit, clerk: User, title: str, sensitivity: str
) -> None:
    assert record_it(visit, clerk, title=title).sensitivity == sensitivity


def test_a_procedure_after_the_death_is_refused(visit: Visit, clerk: User) -> None:
    Citizen.objects.filter(pk=visit.citizen_id).update(died_on=(AT - timedelta(days=1)).date())
    visit.citizen.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        record_it(visit, clerk)
    assert refused.value.error_dict["performed_at"][0].code == "procedure_after_death"
    assert not Procedure.objects.exists()
