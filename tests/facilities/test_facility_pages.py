"""Facilities in the portal: who registers, who mends, what is found."""

import pytest
from django.test import Client
from django.urls import reverse

from facilities.models import Facility
from facilities.services import Received, register_facility
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user

LIST = "admin:facilities_facility_changelist"
ADD = "admin:facilities_facility_add"
INLINE = {
    "names-TOTAL_FORMS": "0",
    "names-INITIAL_FORMS": "0",
    "names-MIN_NUM_FORMS": "0",
    "names-MAX_NUM_FORMS": "1000",
}
TYPED = {
    "name": "Phòng khám đa khoa Thanh Bình",
    "insurance_code": "11 020",
    "kind": "",
    "form": "",
    "ownership": "private",
    "level": "primary",
    "address": "Tổ 3",
    "former_district": "",
    "phone": "",
    **INLINE,
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clinic(department: Organisation) -> Facility:
    received = Received("Phòng khám Hữu Nghị", "Tổ 5", "Huyện Mường Chà")
    return register_facility(
        department=department, received=received, on=SINCE, insurance_code="11077"
    )


def test_the_department_registers_a_facility_whose_name_says_its_kind(
    licensing_officer: User, department: Organisation
) -> None:
    answer = client_of(licensing_officer).post(reverse(ADD), TYPED)
    assert answer.status_code == 302
    facility = Facility.objects.get()
    assert (facility.organisation.kind, facility.organisation.parent) == ("clinic", department)
    assert facility.organisation.identifiers.get().value == "11020"
    assert facility.names.get().kind == "official"


def test_a_code_of_another_facility_is_refused_and_nothing_is_registered(
    licensing_officer: User, clinic: Facility
) -> None:
    answer = client_of(licensing_officer).post(reverse(ADD), {**TYPED, "insurance_code": "11077"})
    assert answer.status_code == 200
    assert "Phòng khám Hữu Nghị" in answer.content.decode()
    assert Facility.objects.count() == 1
    assert not Organisation.objects.filter(name=TYPED["name"]).exists()


def test_a_new_name_closes_the_old_one(licensing_officer: User, clinic: Facility) -> None:
    change = reverse("admin:facilities_facility_change", args=[clinic.pk])
    answer = client_of(licensing_officer).post(
        change,
        {**TYPED, "name": "Phòng khám Hòa Bình", "insurance_code": "11077", "kind": "clinic"},
    )
    assert answer.status_code == 302
    clinic.organisation.refresh_from_db()
    assert clinic.organisation.name == "Phòng khám Hòa Bình"
    assert clinic.names.get(valid_until=None).name == "Phòng khám Hòa Bình"
    assert clinic.names.exclude(valid_until=None).get().name == "Phòng khám Hữu Nghị"


@pytest.mark.parametrize("words", ["huu nghi", "nghi huu", "HỮU NGHỊ", "11077"])
def test_a_facility_is_found_by_words_without_marks_or_by_its_code(
    licensing_officer: User, clinic: Facility, words: str
) -> None:
    text = client_of(licensing_officer).get(reverse(LIST), {"q": words}).content.decode()
    assert "Phòng khám Hữu Nghị" in text


def test_who_may_see_and_who_may_register(
    clinic: Facility, station: Organisation, ministry: Organisation, clerk: User
) -> None:
    head = make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)
    change = reverse("admin:facilities_facility_change", args=[clinic.pk])
    assert client_of(head).get(reverse(ADD)).status_code == 403
    assert client_of(head).get(change).status_code == 404
    assert client_of(head).post(reverse(ADD), TYPED).status_code == 403
    assert client_of(clerk).get(reverse(LIST)).status_code == 403
    assert Facility.objects.count() == 1
