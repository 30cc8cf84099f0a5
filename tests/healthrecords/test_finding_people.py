"""The box on top finds a person by card, number or name, and no one cared for elsewhere."""

from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from healthrecords.models import CareAccess, Citizen, CitizenIdentifier, Visit
from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.places.models import Organisation
from tests.healthrecords.pages import (
    CARD,
    logged_in,
    record_url,
    scan,
    text_of,
)


@pytest.fixture(autouse=True)
def _lists(lists: None, station: Any) -> None:
    """Every page needs the lists."""


def test_a_card_of_somebody_known_opens_the_record(clerk: User, citizen: Citizen) -> None:
    assert scan(logged_in(clerk), CARD).url == f"{record_url(citizen)}?by=chip_card"


@pytest.mark.parametrize(
    "query",
    ["011162004137", "011 162 004 137", "hac quang 1962", "quang thi hac 12/03/1962", "thi hac"],
)
def test_numbers_and_names_find_people_of_the_station(
    clerk: User, citizen: Citizen, query: str
) -> None:
    answer = scan(logged_in(clerk), query)
    found = getattr(answer, "url", "") or text_of(answer)
    assert record_url(citizen) in found or "Quàng Thị Hặc" in found


@pytest.mark.parametrize("typed", ["h'bia eban", "eban h'bia", "H’Bia", "bia eb", "eban h'b"])
def test_a_name_with_an_apostrophe_is_found_in_any_order(
    clerk: User, station: Organisation, typed: str
) -> None:
    Citizen.objects.create(
        name="H'Bia Êban", birth_date=date(1990, 1, 1), sex="female", home_station=station
    )
    assert "H'Bia Êban" in unescape(text_of(scan(logged_in(clerk), typed)))


def test_a_name_never_finds_people_cared_for_elsewhere(
    stranger: User, neighbour: User, citizen: Citizen
) -> None:
    for user in (stranger, neighbour):
        assert "Hặc" not in text_of(scan(logged_in(user), "quang thi hac"))


def test_an_exact_number_elsewhere_says_who_it_is_and_no_more(
    stranger: User, citizen: Citizen
) -> None:
    client = logged_in(stranger)
    page = client.get(scan(client, "011162004137").url)
    text = text_of(page)
    assert "Quàng Thị Hặc" in text
    assert "Nà Pheo" not in text
    assert "Mường Chà" not in text
    assert AccessLog.objects.filter(action="identified", people=[citizen.pk]).exists()
    assert not CareAccess.objects.filter(user=stranger).exists()


def test_an_address_alone_names_nobody_and_asks_for_a_reason(
    stranger: User, citizen: Citizen
) -> None:
    client = logged_in(stranger)
    page = client.get(record_url(citizen))
    assert page.status_code == 403
    assert "Hặc" not in page.content.decode()
    refused = client.post(
        reverse("admin:healthrecords_citizen_break", args=[citizen.pk]), {"reason": "xem"}
    )
    assert refused.status_code == 403
    assert not CareAccess.objects.filter(user=stranger).exists()
    opened = client.post(
        reverse("admin:healthrecords_citizen_break", args=[citizen.pk]),
        {"reason": "bất tỉnh, đưa đến cấp cứu"},
    )
    page = client.get(opened.url)
    assert page.status_code == 200
    assert "bất tỉnh, đưa đến cấp cứu" in text_of(page)
    assert AccessLog.objects.filter(
        action="opened", ground="glass", reason="bất tỉnh, đưa đến cấp cứu"
    ).exists()


def test_an_unknown_record_is_not_found(clerk: User) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"
    client = logged_in(clerk)
    for name in ("citizen_change", "visit_change", "visit_slip", "visit_correct"):
        url = reverse(f"admin:healthrecords_{name}", args=[unknown])
        assert client.get(url).status_code == 404


def test_a_station_that_treated_the_person_opens_the_record(
    neighbour: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from healthrecords import services
    from tests.healthrecords.conftest import AT

    services.break_glass(user=neighbour, citizen=citizen, reason="đang cấp cứu ở đây", at=AT)
    record(citizen, actor=neighbour)
    CareAccess.objects.all().delete()
    assert logged_in(neighbour).get(record_url(citizen)).status_code == 200
    assert CareAccess.objects.get().ground == "visit"


def test_the_printed_mark_opens_its_visit(
    clerk: User, citizen: Citizen, record: Callable[..., Visit]
) -> None:
    from healthrecords.papers import slip_mark

    visit = record(citizen)
    answer = scan(logged_in(clerk), slip_mark(visit))
    assert answer.url == reverse("admin:healthrecords_visit_change", args=[visit.pk])
    forged = slip_mark(visit)[:-1] + ("A" if slip_mark(visit)[-1] != "A" else "B")
    assert getattr(scan(logged_in(clerk), forged), "url", "") != answer.url


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("011162004137||Quangf Thij Hawcj|12031962|Nux|Banr Naf Pheo|05072021", "Bộ gõ"),
        ("01116200413", "11 chữ số"),
    ],
)
def test_what_cannot_be_read_is_explained(clerk: User, query: str, sentence: str) -> None:
    assert sentence in text_of(scan(logged_in(clerk), query))


def test_a_name_like_the_one_typed_says_so(clerk: User, citizen: Citizen) -> None:
    page = scan(logged_in(clerk), "quangf thij hacj 1962")
    assert "Tên gần giống" not in text_of(page)
    assert "Đã đọc là “quang thi hac”" in text_of(page)
    assert "Đúng năm sinh" in text_of(page)
    page = scan(logged_in(clerk), "quanh thi hac 12/3/1962")
    assert "Quàng Thị Hặc" in text_of(page)
    assert "Tên gần giống, đúng ngày sinh" in text_of(page)
    assert "Khác ngày sinh" in text_of(scan(logged_in(clerk), "quang thi hac 13/3/1962"))


def test_who_is_listed_is_told_apart_by_number_and_place_and_noted(
    clerk: User, citizen: Citizen
) -> None:
    page = scan(logged_in(clerk), "thi hac")
    assert "<i>011</i><i>162</i><i>004</i>137" in page.content.decode()
    assert "Bản Nà Pheo 2, Xã Mường Chà" in text_of(page)
    assert AccessLog.objects.filter(action="listed", people=[citizen.pk]).exists()


def test_a_long_list_goes_on_by_its_last_person(clerk: User, station: Organisation) -> None:
    Citizen.objects.bulk_create(
        Citizen(
            name="Lò Văn Bun", birth_date=date(1960 + n, 1, 2), sex="male", home_station=station
        )
        for n in range(23)
    )
    client = logged_in(clerk)
    first = scan(client, "lo van bun")
    assert first.content.decode().count("Lò Văn Bun") == 20
    last = Citizen.objects.get(birth_date=date(1979, 1, 2))
    address = f"{reverse('admin:finder')}?q=lo+van+bun&amp;after={last.pk}"
    assert address in first.content.decode()
    second = client.get(unescape(address))
    assert second.content.decode().count("Lò Văn Bun") == 3
    assert "Trang sau" not in text_of(second)
    assert client.get(reverse("admin:finder"), {"q": "lo van", "after": "x"}).status_code == 200


def test_nobody_found_says_how_it_was_read_and_what_to_try(clerk: User, citizen: Citizen) -> None:
    page = text_of(scan(logged_in(clerk), "vừ mí sính 1990"))
    assert "Đã hiểu là tên “vừ mí sính”, sinh 1990" in page
    assert "Gõ ít chữ hơn" in page
    assert "đúng số giấy tờ" in page
    assert "Người mới" in page


def test_a_date_that_is_none_is_explained(clerk: User, citizen: Citizen) -> None:
    page = text_of(scan(logged_in(clerk), "vừ mí sính 30/02/1990"))
    assert "30/02/1990" in page
    assert "Người mới" in page


def test_a_number_of_several_people_elsewhere_names_none_of_them(
    stranger: User, citizen: Citizen, station: Organisation
) -> None:
    other = Citizen.objects.create(
        name="Lò Văn Bun", birth_date=date(1960, 1, 2), sex="male", home_station=station
    )
    CitizenIdentifier.objects.create(citizen=other, kind="personal", value="011162004137")
    page = text_of(scan(logged_in(stranger), "011162004137"))
    assert "Có nhiều người ở nơi khác mang số này" in page
    assert "Hặc" not in page
    assert "Bun" not in page
    assert not AccessLog.objects.filter(people__contains=[citizen.pk]).exists()


@pytest.mark.parametrize("typed", ["quang\0thi hac", "\0", "x" * 4000, "😀 hac"])
def test_odd_texts_are_answered_with_a_page(clerk: User, citizen: Citizen, typed: str) -> None:
    assert scan(logged_in(clerk), typed).status_code == 200
