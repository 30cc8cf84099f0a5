"""The pages of the public register: another day, the same answer, no cookie, for machines too."""

import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.places.models import Organisation
from practitioners.models import (
    Practitioner,
)
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


def test_a_facility_shows_who_practises_there_and_when(
    doctor: Practitioner, hospital: Organisation, department: Organisation
) -> None:
    text = Client().get(reverse("practitioners:lookup-place", args=[hospital.pk])).content.decode()
    assert "Quàng Thị Hạc" in text
    assert "07:30–11:30" in text
    for no_place in (department.pk, uuid4()):
        address = reverse("practitioners:lookup-place", args=[no_place])
        assert Client().get(address).status_code == 404


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
