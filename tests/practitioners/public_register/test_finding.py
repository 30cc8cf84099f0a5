"""The public register is searched by name without marks, slips, numbers and places."""

from datetime import timedelta
from unicodedata import normalize

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.names import name_norm
from portal.places.models import Organisation
from practitioners.models import (
    Practitioner,
    RegisterName,
)
from practitioners.public import finding
from practitioners.public.addresses import license_url
from practitioners.public.finding import PAGE, Found, Question, find
from practitioners.public.publishing import (
    forget_unborne,
    publish_waiting,
)
from tests.practitioners.public_register.conftest import AT, ON
from tests.practitioners.registered import make_registered

# Finding


@pytest.fixture
def names(hospital: Organisation, station: Organisation) -> dict[str, Practitioner]:
    """A handful of names that meet each other's words."""
    people = {
        "Nguyễn Văn Hùng": (hospital, "doctor"),
        "Nguyễn Văn Hùng Anh": (station, "nurse"),
        "Hùng Nguyễn": (station, "doctor"),
        "Trần Đăng Khoa": (hospital, "doctor"),
        "Đặng Văn Khoát": (station, "nurse"),
        "H'Bia Niê": (hospital, "midwife"),
    }
    found = {
        name: make_registered(name, place, title=title) for name, (place, title) in people.items()
    }
    publish_waiting(at=AT)
    return found


def named(found: Found, names: dict[str, Practitioner]) -> list[str]:
    by_id = {person.pk: name for name, person in names.items()}
    return [by_id[key] for key in found.people]


def test_a_facility_s_people_of_a_past_day_are_those_of_that_day(
    names: dict[str, Practitioner], hospital: Organisation, client: Client
) -> None:
    left, came = names["Nguyễn Văn Hùng"], names["Trần Đăng Khoa"]
    left.registrations.update(valid_until=ON - timedelta(days=10))
    came.registrations.update(valid_from=ON - timedelta(days=5))
    publish_waiting(at=AT)
    asked = {"facility": hospital.name, "format": "json"}

    def there(**said: str) -> set[str]:
        found = client.get(reverse("practitioners:lookup"), {**asked, **said}).json()
        return {row["name"] for row in found["results"]}

    assert there() == {"Trần Đăng Khoa", "H'Bia Niê"}
    then = f"{ON - timedelta(days=20):%d/%m/%Y}"
    assert there(ngay=then) == {"Nguyễn Văn Hùng", "H'Bia Niê"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            Question("nguyen van hung"),
            ["Nguyễn Văn Hùng", "Nguyễn Văn Hùng Anh"],
        ),
        (Question("NGUYỄN  văn HÙNG anh"), ["Nguyễn Văn Hùng Anh"]),
        (
            Question("hung nguyen"),
            ["Hùng Nguyễn", "Nguyễn Văn Hùng", "Nguyễn Văn Hùng Anh"],
        ),
        (Question("khoa"), ["Trần Đăng Khoa"]),
        (Question("dang khoa"), ["Trần Đăng Khoa", "Đặng Văn Khoát"]),
        (Question("bia"), ["H'Bia Niê"]),
        (Question("hung", title="nurse"), ["Nguyễn Văn Hùng Anh"]),
        (Question("hung", place="tram y te muong cha"), ["Hùng Nguyễn", "Nguyễn Văn Hùng Anh"]),
        (Question(place="benh vien", title="midwife"), ["H'Bia Niê"]),
        (Question(title="nurse"), ["Đặng Văn Khoát", "Nguyễn Văn Hùng Anh"]),
        (Question("...", title="nurse"), []),
        (Question("khong ai ca"), []),
        (Question("hung", place="khong co noi nay"), []),
    ],
)
def test_people_are_found_by_words(
    names: dict[str, Practitioner], question: Question, expected: list[str]
) -> None:
    found = find(question)
    assert named(found, names) == expected
    assert not found.is_guess


@pytest.mark.parametrize("typed", ["BS. Trần Đăng Khoa", "ths bs tran dang khoa", "Bác sỹ Khoa"])
def test_titles_before_a_name_are_not_part_of_it(
    names: dict[str, Practitioner], typed: str
) -> None:
    found = find(Question(typed))
    assert named(found, names) == ["Trần Đăng Khoa"]
    assert not found.is_guess


def test_who_is_called_so_comes_before_whose_name_begins_so(hospital: Organisation) -> None:
    people = {
        name: make_registered(name, hospital)
        for name in ("Hoàng Thị Lan", "Hoa Văn Minh", "Lò Thị Hoa", "Hòa Bình An Hoa")
    }
    publish_waiting(at=AT)
    assert named(find(Question("hoa")), people) == [
        "Hòa Bình An Hoa",
        "Hoa Văn Minh",
        "Lò Thị Hoa",
        "Hoàng Thị Lan",
    ]


def test_as_many_are_said_as_there_are_and_beyond_a_bound_that_there_are_more(
    hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(15):
        make_registered("Vàng A Dơ" if number % 2 else "Dơ Thị Vàng", hospital)
        make_registered("Dơ Vàng Thị", hospital, title="nurse")
    publish_waiting(at=AT)
    for question, count in (
        (Question("vang"), 30),
        (Question("vang", title="nurse"), 15),
        (Question("thi", place="benh vien"), 23),
    ):
        for page in (1, 2):
            found = find(question, page)
            assert (found.count, found.is_more) == (count, False), question
    monkeypatch.setattr(finding, "MOST_COUNTED", 29)
    found = find(Question("vang"))
    assert (found.count, found.is_more, len(found.people)) == (29, True, PAGE)
    monkeypatch.setattr(finding, "MOST_COUNTED", 500)
    monkeypatch.setattr(finding, "MOST_NAMES", 1)
    assert find(Question("thi vang")).is_more


def test_facilities_called_so_are_told_and_what_was_left_out(
    names: dict[str, Practitioner], hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find(Question(place="benh vien da khoa tinh"))
    assert [place.pk for place in found.places] == [hospital.pk]
    assert not found.places_cut
    monkeypatch.setattr(finding, "MOST_PLACES", 0)
    assert find(Question(place="benh vien")).places_cut


def test_a_number_that_was_given_anew_leads_to_who_has_it(hospital: Organisation) -> None:
    former, holder = make_registered("Lò Văn Cũ"), make_registered("Lò Văn Mới")
    for person, day in ((former, ON), (holder, None)):
        person.licenses.update(serial=77, issuer_code="ĐB", superseded_on=day)
    other = make_registered("Lò Văn Khác", issuer="DB", serial=77)
    publish_waiting(at=AT)
    for license, person in ((holder.licenses.get(), holder), (other.licenses.get(), other)):
        answer = Client().get(license_url(license), {"ngay": "01/11/2026"})
        address = reverse("practitioners:lookup-person", args=[person.pk])
        assert (answer.status_code, answer["Location"]) == (302, f"{address}?ngay=01%2F11%2F2026")
    assert find(Question("000077/ĐB-GPHN")).people[0] == holder.pk


def test_marks_sent_apart_find_the_same(names: dict[str, Practitioner]) -> None:
    assert named(find(Question(normalize("NFD", "Trần Đăng Khoa"))), names) == ["Trần Đăng Khoa"]


@pytest.mark.parametrize("typed", ["tran dang kho", "trann dang khoa", "traanf ddawng khoa"])
def test_a_slip_or_keys_left_by_the_input_method_are_forgiven_and_said(
    names: dict[str, Practitioner], typed: str
) -> None:
    found = find(Question(typed))
    assert "Trần Đăng Khoa" in named(found, names)


def test_two_slips_are_another_name(names: dict[str, Practitioner]) -> None:
    assert find(Question("tram danh khoa")).people == []


def test_a_number_finds_its_holder_however_it_is_written(names: dict[str, Practitioner]) -> None:
    holder = names["H'Bia Niê"]
    license = holder.licenses.get()
    for typed in (
        license.number_raw,
        f"{license.serial}/db-gphn",
        f" {license.serial:07d} / ĐB - GPHN",
        str(license.serial),
    ):
        assert find(Question(typed)).people == [holder.pk], typed
    assert find(Question("011078002915")).people == []


def test_a_former_number_still_leads_to_its_holder(doctor: Practitioner) -> None:
    license = doctor.licenses.get()
    license.superseded_on = ON
    license.save()
    answer = Client().get(license_url(license))
    assert answer["Location"] == reverse("practitioners:lookup-person", args=[doctor.pk])


@pytest.mark.parametrize("slug", ["9-XX-GPHN", "khong-phai-so", "1-ĐB-CCHND", "0-0-0"])
def test_an_unknown_code_is_no_page(doctor: Practitioner, slug: str) -> None:
    answer = Client().get(reverse("practitioners:lookup-number", args=[slug]))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "typed", ["²", "٣", "/", "%", "_", "\\", "'", '"{}', "1/ĐB-GPHN", "a" * 500]
)
def test_whatever_is_typed_is_answered(doctor: Practitioner, typed: str) -> None:
    for name in ("q", "facility", "title", "ngay", "trang"):
        query = {"q": "hac", name: typed}
        for extra in ({}, {"format": "json"}):
            cache.clear()
            answer = Client().get(reverse("practitioners:lookup"), {**query, **extra})
            assert answer.status_code == 200, (name, typed)


def test_pages_follow_each_other_without_gap_or_repetition(hospital: Organisation) -> None:
    for number in range(PAGE * 2 + 3):
        make_registered("Vàng A Dơ" if number % 2 else "Dơ Thị Vàng", hospital)
    publish_waiting(at=AT)
    pages = [find(Question("vang"), page) for page in (1, 2, 3)]
    everybody = [key for page in pages for key in page.people]
    assert len(set(everybody)) == len(everybody) == PAGE * 2 + 3
    assert [page.has_more for page in pages] == [True, True, False]


def test_names_nobody_bears_are_forgotten(doctor: Practitioner) -> None:
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    publish_waiting(at=AT)
    assert forget_unborne() == 1
    assert [row.name_norm for row in RegisterName.objects.all()] == [name_norm(doctor.name)]
