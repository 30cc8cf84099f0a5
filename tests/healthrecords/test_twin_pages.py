"""The pages on which two records are compared, joined, and parted again."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, TwinCase, Visit
from healthrecords.services import NumberEntry
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import fresh
from tests.healthrecords.pages import fields_of, logged_in, record_url, text_of, visit_url


def merge_url(one: Citizen, other: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_merge", args=[one.pk, other.pk])


def twins_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_twins", args=[citizen.pk])


def preview(client: Any, one: Citizen, other: Citizen, **chosen: str) -> Any:
    said = fields_of(client.get(merge_url(one, other)), "merge_form")
    return client.post(merge_url(one, other), {**said, **chosen, "_preview": "1"})


def joined_by_page(client: Any, one: Citizen, other: Citizen, **chosen: str) -> Any:
    said = fields_of(client.get(merge_url(one, other)), "merge_form")
    return client.post(merge_url(one, other), {**said, **chosen, "_join": "1"})


def test_both_records_stand_side_by_side(clerk: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    page = logged_in(clerk).get(merge_url(a, b))
    text = text_of(page)
    for said in ("Quàng Thị Hặc", "Quàng Thị Hạc", "12/03/1962", "0912 000 417"):
        assert said in text
    assert "040123456" in text.replace(" ", "")
    chosen = fields_of(page, "merge_form")
    # The fuller answers are chosen: a day before a year, a phone before none.
    assert chosen["take_birth_date"] == str(a.pk)
    assert chosen["take_phone"] == str(b.pk)
    shown = AccessLog.objects.filter(action="opened").values_list("people", flat=True)
    assert {a.pk, b.pk} <= {key for keys in shown for key in keys}


def test_a_clerk_sees_no_sensitive_visit_and_it_moves_along(
    clerk: User, clinician: User, people: list[Citizen]
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    a, b, *_rest = people
    hidden = text_of(logged_in(clerk).get(merge_url(a, b)))
    assert text_of(logged_in(clinician).get(merge_url(a, b))).count("Khám") > hidden.count("Khám")
    joined_by_page(logged_in(clerk), a, b, stays=str(a.pk))
    assert Visit.objects.filter(citizen=a).exclude(sensitivity="").count() == 1


def test_records_are_joined_after_a_preview(clerk: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    client = logged_in(clerk)
    shown = preview(client, a, b, stays=str(a.pk), take_name=str(b.pk))
    assert "Quàng Thị Hạc" in text_of(shown)
    assert not CitizenMerge.objects.exists()
    done = joined_by_page(
        client, a, b, stays=str(a.pk), take_name=str(b.pk), reason="Cùng thẻ BHYT"
    )
    assert done.url == twins_url(a)
    merge = CitizenMerge.objects.get()
    assert (merge.survivor, merge.merged, merge.reason) == (a, b, "Cùng thẻ BHYT")
    assert Citizen.objects.get(pk=a.pk).name == "Quàng Thị Hạc"
    assert "Cùng thẻ BHYT" in text_of(client.get(twins_url(a)))


def test_an_old_address_leads_to_the_record_that_stays(clerk: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    client = logged_in(clerk)
    joined_by_page(client, a, b, stays=str(a.pk))
    moved = client.get(record_url(b))
    assert moved.url == record_url(a)
    assert "đã được gộp" in text_of(client.get(moved.url))


def test_a_form_that_was_open_lands_on_the_record_that_stays(
    clerk: User, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    client = logged_in(clerk)
    said = fields_of(client.get(visit_url(b)), "visit_form")
    joined_by_page(client, a, b, stays=str(a.pk))
    before = Visit.objects.filter(citizen=a).count()
    client.post(visit_url(b), {**said, "reason": "Ho", "_later": "1", "d-0-text": "J00"})
    assert Visit.objects.filter(citizen=a).count() == before + 1
    assert not Visit.objects.filter(citizen=b).exists()


def test_records_are_parted_on_a_page_that_asks_whose_later_rows_are(
    clinician: User, people: list[Citizen], record: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    client = logged_in(clinician)
    joined_by_page(client, a, b, stays=str(a.pk))
    later = record(a, "J00", at=timezone.now())
    url = reverse("admin:healthrecords_unmerge", args=[CitizenMerge.objects.get().pk])
    name = f"row_healthrecords_visit_{later.pk}"
    assert name in client.get(url).content.decode()
    client.post(url, {name: "merged", "are_two": "1", "reason": "Hai chị em"})
    assert Visit.objects.get(pk=later.pk).citizen == b
    assert CitizenMerge.objects.get().undone_reason == "Hai chị em"
    text = text_of(client.get(twins_url(a)))
    assert "hai người" in text
    assert client.get(url).status_code == 302


def test_two_people_is_said_and_asked_again(clerk: User, people: list[Citizen]) -> None:
    _a, _b, c, d = people
    client = logged_in(clerk)
    client.post(merge_url(c, d), {"_two": "1"})
    case = TwinCase.objects.filter(older=c, newer=d).first()
    assert case is not None
    assert case.answer == "different"
    again = client.post(reverse("admin:healthrecords_twincase_again", args=[case.pk]))
    assert again.url == merge_url(c, d)
    case.refresh_from_db()
    assert case.answer == ""


def test_what_was_saved_meanwhile_is_compared_once_more(clerk: User, people: list[Citizen]) -> None:
    a, b, *_rest = people
    client = logged_in(clerk)
    said = fields_of(client.get(merge_url(a, b)), "merge_form")
    Citizen.objects.filter(pk=a.pk).update(phone="0912999999")
    refused = client.post(merge_url(a, b), {**said, "_join": "1"})
    assert refused.status_code == 409
    assert not CitizenMerge.objects.exists()
    assert joined_by_page(client, *fresh((a, b))).status_code == 302


def test_the_work_list_names_only_people_in_sight(
    clerk: User,
    neighbour: User,
    other_station: Organisation,
    communes: list[Area],
    people: list[Citizen],
) -> None:
    away = services.register_citizen(
        actor=neighbour,
        place=other_station,
        entry=entry_of(
            communes[1],
            name="Lường Văn Xa",
            sex="male",
            numbers=[NumberEntry("personal", "011162004137")],
        ),
        client_key=uuid7(),
        at=AT,
        not_twins=frozenset({one.pk for one in people}),
    ).row
    text = text_of(logged_in(clerk).get(reverse("admin:healthrecords_twincase_changelist")))
    assert "Quàng Thị Hặc" in text
    assert away.name not in text
    assert "theo dõi ở nơi khác" in text or "nơi khác" in text
    assert logged_in(clerk).get(merge_url(people[0], away)).status_code == 403


def test_likely_twins_are_told_while_somebody_types(clerk: User, people: list[Citizen]) -> None:
    client = logged_in(clerk)
    url = reverse("admin:healthrecords_citizen_candidates")
    said = {"name": "quang thi hac", "birth": "1962", "commune": "muong cha"}
    text = text_of(client.post(url, said))
    assert "Quàng Thị Hặc" in text
    assert text_of(client.post(url, {"name": "Vừ A Dính", "birth": "1990"})).strip() == ""
    assert client.get(url).status_code == 405


def test_joining_asks_a_constant_number_of_questions(
    clerk: User, people: list[Citizen], record: Callable[..., Visit]
) -> None:
    a, b, *_rest = people
    client = logged_in(clerk)
    record(a, "J00")
    client.get(merge_url(a, b))
    asked = []
    for more in (0, 3):
        for _n in range(more):
            record(a, "J00")
        with CaptureQueriesContext(connection) as questions:
            client.get(merge_url(a, b))
        asked.append(len(questions))
    assert asked[0] == asked[1] <= 80
