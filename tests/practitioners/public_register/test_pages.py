"""The pages of the public register: another day, the same answer, no cookie, for machines too."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.places.models import Organisation
from practitioners.models import (
    PracticalTraining,
    PracticeBan,
    Practitioner,
    PractitionerIdentifier,
    Registration,
)
from practitioners.pages import public, register_pages
from practitioners.public.publishing import (
    publish_waiting,
)
from tests.practitioners.public_register.conftest import AT
from tests.practitioners.registered import make_registered

# Pages


def test_the_register_of_another_day(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    body = Client().get(address, {"ngay": "01/08/2025", "format": "json"}).json()
    assert (body["on"], body["state"]) == ("2025-08-01", "active")
    assert [place["name"] for place in body["facilities"]] == ["Bệnh viện Đa khoa tỉnh Điện Biên"]
    assert (
        Client().get(address, {"ngay": "01/06/2025", "format": "json"}).json()["facilities"] == []
    )


@pytest.mark.parametrize(
    ("day", "said"),
    [("31/02/2026", "31/02/2026"), ("2025", "2025"), ("01/01/2090", "01/01/2090")],
)
def test_a_day_that_cannot_be_is_said_and_today_is_shown(
    doctor: Practitioner, day: str, said: str
) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    answer = Client().get(address, {"ngay": day})
    assert answer.status_code == 200
    assert answer.context["day_error"]
    assert said in answer.context["day_error"]
    assert answer.context["is_today"]


def test_an_unchanged_answer_is_not_sent_again(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    english = Client()
    english.cookies["django_language"] = "en"
    assert english.get(address)["ETag"] != changed["ETag"]


@pytest.mark.parametrize(
    ("clock", "fresh"), [((9, 0, 0), 300), ((23, 58, 20), 100), ((0, 0, 0), 300)]
)
def test_no_answer_is_kept_past_midnight(
    doctor: Practitioner, monkeypatch: pytest.MonkeyPatch, clock: tuple[int, int, int], fresh: int
) -> None:
    now = datetime(2026, 11, 5, *clock, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(public.timezone, "localtime", lambda *_at: now)
    for address in (
        reverse("practitioners:lookup-person", args=[doctor.pk]),
        reverse("practitioners:lookup"),
    ):
        assert f"max-age={fresh}" in Client().get(address)["Cache-Control"]


def test_a_page_for_everybody_sets_no_cookie(doctor: Practitioner) -> None:
    for name in ("lookup", "open-data", "open-data-feed", "open-data-key"):
        answer = Client().get(reverse(f"practitioners:{name}"))
        assert not answer.cookies, name
        assert "public" in answer["Cache-Control"], name


def test_machines_read_the_person_as_schema_org_says(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    answer = Client().get(address, {"format": "jsonld"})
    assert answer["Content-Type"] == "application/ld+json"
    body = json.loads(answer.content)
    assert (body["@type"], body["name"]) == ("Person", "Quàng Thị Hạc")
    assert body["hasCredential"]["expires"] == "2029-03-10"
    hours = body["worksFor"][0]["openingHoursSpecification"]
    assert hours[0] == {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": "https://schema.org/Monday",
        "opens": "07:30",
        "closes": "11:30",
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, "active"), ({"died_on": date(2026, 1, 5)}, "ceased"), ({"barred": True}, "barred")],
)
def test_machines_read_what_the_licence_is_worth_to_its_holder(
    doctor: Practitioner, change: dict[str, Any], status: str
) -> None:
    if change.pop("barred", False):
        PracticeBan.objects.create(
            practitioner=doctor,
            ground_code="court",
            decision_no="3/2026/HS-ST",
            decided_on=date(2026, 1, 5),
            valid_from=date(2026, 1, 5),
        )
    Practitioner.objects.filter(pk=doctor.pk).update(verified_at=doctor.verified_at, **change)
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    body = Client().get(address, {"format": "jsonld"}).json()
    assert body["hasCredential"]["creativeWorkStatus"] == status
    assert Client().get(address, {"format": "json"}).json()["may_practise"] is (status == "active")
    text = Client().get(address).content.decode()
    assert ("May not practise" in text or "Không được hành nghề" in text) is (status != "active")


def test_who_had_no_licence_yet_on_the_day_is_counted_as_left_out(doctor: Practitioner) -> None:
    answer = Client().get(reverse("practitioners:lookup"), {"q": "hac", "ngay": "01/01/2020"})
    assert (answer.context["lines"], answer.context["left_out"]) == ([], 1)


def test_a_facility_shows_who_practises_there_and_when(
    doctor: Practitioner, hospital: Organisation, department: Organisation
) -> None:
    text = Client().get(reverse("practitioners:lookup-place", args=[hospital.pk])).content.decode()
    assert "Quàng Thị Hạc" in text
    assert "07:30–11:30" in text
    for no_place in (department.pk, uuid4()):
        address = reverse("practitioners:lookup-place", args=[no_place])
        assert Client().get(address).status_code == 404


def test_a_facility_shows_its_trainees_as_such_and_who_completed(
    doctor: Practitioner, hospital: Organisation
) -> None:
    """Published by law (Decree 96/2023/NĐ-CP, article 7(1)(b) and (6)(b)); never a number."""
    today = timezone.localdate()
    for name, done in (("Sùng A Lử", None), ("Vàng Thị Dua", today - timedelta(days=9))):
        person = Practitioner.objects.create(
            name=name, name_sort=name, birth_date=date(2001, 5, 20), sex="male"
        )
        PractitionerIdentifier.objects.create(
            practitioner=person, kind="personal", value="011201004321"
        )
        PracticalTraining.objects.create(
            practitioner=person,
            facility=hospital,
            title="doctor",
            valid_from=date(2025, 7, 1),
            completed_on=done,
        )
    address = reverse("practitioners:lookup-place", args=[hospital.pk])
    text = Client().get(address).content.decode()
    training, completed = text.split('id="h-trainees"')[1].split("<h3>")
    assert "Sùng A Lử" in training
    assert "Vàng Thị Dua" in completed
    assert "Vàng Thị Dua" not in training
    assert "011201004321" not in text
    body = Client().get(address, {"format": "json"}).json()
    assert {row["name"] for row in body["results"]} == {"Quàng Thị Hạc"}
    assert [(row["name"], row["completed_on"] is None) for row in body["trainees"]] == [
        ("Sùng A Lử", True),
        ("Vàng Thị Dua", False),
    ]
    before = Client().get(address, {"format": "json", "ngay": "01/06/2025"}).json()
    assert before["trainees"] == []


def test_a_day_before_the_last_verification_says_that_it_was_recorded_later(
    doctor: Practitioner,
) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    eve = timezone.localdate(doctor.verified_at) - timedelta(days=1)
    said = Client().get(address, {"ngay": f"{eve:%d/%m/%Y}"}).content.decode()
    assert "Ghi nhận sau" in said
    said = Client().get(address, {"ngay": f"{eve:%d/%m/%Y}", "format": "json"}).json()
    assert said["recorded_later"] == timezone.localdate(doctor.verified_at).isoformat()
    assert Client().get(address, {"format": "json"}).json()["recorded_later"] is None


def test_all_people_of_a_large_facility_are_counted_and_paged_each_once(
    hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_pages, "PER_PAGE", 2)
    for number in range(25):
        person = make_registered(f"Sùng A {number}", hospital)
    Registration.objects.create(
        practitioner=person, facility=hospital, position="2", valid_from=date(2025, 7, 1)
    )
    address = reverse("practitioners:lookup-place", args=[hospital.pk])
    found: list[str] = []
    for page in range(1, 14):
        body = Client().get(address, {"trang": page, "format": "json"}).json()
        assert (body["count"], body["more"]) == (25, page < 13)
        found += [one["id"] for one in body["results"]]
    assert len(found) == len(set(found)) == 25
    assert Client().get(address).context["count"] == 25


def test_a_page_takes_as_many_queries_for_one_as_for_twenty(hospital: Organisation) -> None:
    make_registered("Sùng A Lử", hospital)
    publish_waiting(at=AT)
    address = reverse("practitioners:lookup") + "?q=sung"
    Client().get(address)
    with CaptureQueriesContext(connection) as one:
        Client().get(address)
    for _number in range(19):
        make_registered("Sùng A Lử", hospital)
    publish_waiting(at=AT)
    with CaptureQueriesContext(connection) as many:
        text = Client().get(address).content.decode()
    assert text.count("Sùng A Lử") == 20
    assert len(many) == len(one)
