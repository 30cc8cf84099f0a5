"""A person is registered, asked about, mended and shown by plain pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import CareAccess, Citizen, TwinCase, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Area
from tests.healthrecords.pages import (
    CARD,
    fields_of,
    logged_in,
    record_url,
    register_by_card,
    scan,
    send_visit,
    text_of,
    visit_url,
)


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def test_a_card_of_nobody_known_opens_the_form_filled_from_it(
    clerk: User, communes: list[Area]
) -> None:
    client = logged_in(clerk)
    answer = scan(client, CARD)
    assert answer.status_code == 302
    page = client.get(answer.url)
    said = fields_of(page, "citizen_form")
    assert (said["name"], said["birth"], said["sex"]) == ("Quàng Thị Hặc", "12/03/1962", "female")
    assert (said["personal_number"], said["old_card"]) == ("011162004137", "012345678")
    assert (said["commune"], said["address"]) == (
        "Xã Mường Chà, Tỉnh Điện Biên",
        "Bản Nà Pheo 2",
    )


def test_the_whole_job_leaves_a_citizen_a_visit_and_a_trace(clerk: User) -> None:
    client = logged_in(clerk)
    answer = register_by_card(client)
    citizen = Citizen.objects.get()
    assert answer.url == f"{visit_url(citizen)}?by=chip_card"
    assert (citizen.ethnic_group, citizen.origin) == ("03", "card")
    assert fields_of(client.get(answer.url), "visit_form")["identified_by"] == "chip_card"
    saved = send_visit(client, citizen)
    assert saved.url == record_url(citizen)
    text = text_of(client.get(saved.url))
    assert "Viêm mũi họng cấp" in text
    assert "Paracetamol 500 mg" in text
    visit = Visit.objects.get()
    assert visit.medication_rows.get().quantity == 10
    slip = client.get(reverse("admin:healthrecords_visit_slip", args=[visit.pk]))
    assert slip.content.startswith(b"%PDF")
    done = list(AccessLog.objects.filter(people=[citizen.pk]).values_list("action", "ground"))
    assert ("opened", "residence") in done
    assert ("printed", "residence") in done
    assert CareAccess.objects.filter(citizen=citizen).count() == 1


def test_a_likely_twin_is_asked_about_and_nothing_typed_is_lost(
    clerk: User, citizen: Citizen
) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_add")
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "quàng thị hạc",
        "birth": "1962",
        "sex": "female",
        "commune": "muong cha",
        "occupation": "",
        "address": "Nhà cuối bản",
    }
    asked = client.post(url, said)
    assert "Quàng Thị Hặc" in text_of(asked)
    assert fields_of(asked, "citizen_form")["address"] == "Nhà cuối bản"
    assert Citizen.objects.count() == 1
    client.post(url, {**fields_of(asked, "citizen_form"), "not_twin": str(citizen.pk)})
    assert Citizen.objects.count() == 2
    assert TwinCase.objects.get().answer == "different"


def test_the_same_form_sent_twice_says_so(clerk: User) -> None:
    client = logged_in(clerk)
    page = client.get(scan(client, CARD).url)
    said = fields_of(page, "citizen_form")
    url = reverse("admin:healthrecords_citizen_add")
    first, second = client.post(url, said), client.post(url, said)
    assert first.url == second.url
    assert Citizen.objects.count() == 1
    assert "trước đó" in text_of(client.get(second.url))
    citizen = Citizen.objects.get()
    said = {
        **fields_of(client.get(visit_url(citizen)), "visit_form"),
        "reason": "Ho",
        "d-0-text": "J00",
    }
    said.pop("_later", None)
    client.post(visit_url(citizen), said)
    again = client.post(visit_url(citizen), {**said, "reason": "Khác"})
    assert Visit.objects.get().reason == "Ho"
    assert "không đổi gì" in text_of(client.get(again.url))


def test_mending_the_record_keeps_what_is_typed(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said = fields_of(client.get(url), "citizen_form")
    assert (said["ethnic_group"], said["commune"]) == ("Thái", "Xã Mường Chà, Tỉnh Điện Biên")
    wrong = client.post(url, {**said, "birth": "30/02/1962", "phone": "0912000417"})
    assert "30/02/1962" in text_of(wrong)
    assert fields_of(wrong, "citizen_form")["phone"] == "0912000417"
    client.post(url, {**said, "phone": "0912000417"})
    citizen.refresh_from_db()
    assert citizen.phone == "0912000417"


def test_two_who_mend_one_record_at_once_both_keep_what_they_typed(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    client, other = logged_in(clerk), logged_in(clinician)
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said, theirs = (fields_of(page.get(url), "citizen_form") for page in (client, other))
    client.post(url, {**said, "phone": "0912000417", "address": "Bản Một"})
    refused = other.post(url, {**theirs, "phone": "0912000418", "address": "Bản Một"})
    citizen.refresh_from_db()
    assert refused.status_code == 409
    assert citizen.phone == "0912000417"
    shown, again = text_of(refused), fields_of(refused, "citizen_form")
    assert "0912 000 417" in shown or "“0912000417”" in shown
    assert "Bản Một”" not in shown
    assert again["phone"] == "0912000418"
    assert other.post(url, again).status_code == 302
    citizen.refresh_from_db()
    assert citizen.phone == "0912000418"


def test_the_same_mending_sent_twice_is_no_conflict(clerk: User, citizen: Citizen) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said = {
        **fields_of(client.get(url), "citizen_form"),
        "name": "QUÀNG THỊ HẠC",
        "birth": "3/1962",
        "address": " Bản  Một ",
        "insurance": "GD4111234567890",
        "commune": "muong cha",
        "occupation": "",
    }
    assert [client.post(url, said).status_code for _time in range(2)] == [302, 302]
    citizen.refresh_from_db()
    assert (citizen.name, citizen.address) == ("Quàng Thị Hạc", "Bản Một")


def test_a_form_that_was_refused_still_knows_when_it_was_read(
    clerk: User, clinician: User, citizen: Citizen
) -> None:
    client, other = logged_in(clerk), logged_in(clinician)
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    said, theirs = (fields_of(page.get(url), "citizen_form") for page in (client, other))
    client.post(url, {**said, "phone": "0912000417"})
    wrong = other.post(url, {**theirs, "phone": "0912000418", "birth": "30/02/1962"})
    late = {**fields_of(wrong, "citizen_form"), "birth": theirs["birth"]}
    assert other.post(url, late).status_code == 409


def test_a_station_that_may_only_read_is_told_before_it_types(
    clerk: User, neighbour: User, citizen: Citizen
) -> None:
    CareAccess.objects.create(
        user=neighbour,
        citizen=citizen,
        organisation=neighbour.place_of_work,
        ground=CareAccess.Ground.GLASS,
        reason="Cấp cứu, người nhà đưa đến",
        opened_at=timezone.now(),
        until=timezone.now() + timedelta(hours=1),
    )
    url = reverse("admin:healthrecords_citizen_mend", args=[citizen.pk])
    refused = logged_in(neighbour).get(url)
    assert refused.status_code == 403
    assert "Nơi khác quản lý hồ sơ này" in text_of(refused)
    assert "Sửa hành chính" not in text_of(logged_in(neighbour).get(record_url(citizen)))
    assert "Sửa hành chính" in text_of(logged_in(clerk).get(record_url(citizen)))
    assert logged_in(clerk).get(url).status_code == 200


def test_every_page_of_a_citizen_costs_the_same_with_one_visit_or_many(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from tests.healthrecords.conftest import AT

    record(citizen)
    client = logged_in(clerk)
    client.get(record_url(citizen))
    for number in range(1, 30):
        record(citizen, started_at=AT - timedelta(days=number))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(record_url(citizen))
    # The test's own transaction makes savepoints of what is a transaction otherwise.
    queries = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"]]
    assert len(queries) <= 12, "\n".join(queries)
    assert page.content.decode().count('<div class="ev">') == 20
    older = page.context["page"].older
    second = client.get(record_url(citizen), {"before": older})
    assert second.content.decode().count('<div class="ev">') == 10
