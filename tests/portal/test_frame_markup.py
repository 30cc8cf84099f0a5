"""Every page of the frame is sound: one title, labelled controls, nothing inline."""

import re

import pytest
from django.core.cache import cache

from config.state import PROJECT
from portal.codelists.models import Holiday
from tests.portal.markup import Markup

TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+\s*=", re.IGNORECASE)
# Addresses of the small portal in frame_urls; "{area}" stands for a row's key.
PAGES = [
    "/",
    "/tim/?q=quang",
    "/tim/",
    "/phim-tat/",
    "/danh-muc/",
    "/password_change/",
    "/password_change/done/",
    "/codelists/",
    "/codelists/holiday/",
    "/codelists/holiday/?q=khong-co",
    "/codelists/holiday/?kind__exact=off&o=-1",
    "/codelists/holiday/add/",
    "/places/area/",
    "/places/area/add/",
    "/places/area/{area}/change/",
    "/places/area/{area}/history/",
    "/khong-co-trang-nay/",
]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.portal.frame_urls"),
    pytest.mark.usefixtures("bare_frame"),
]


@pytest.fixture
def portal(client, administrator, province):
    cache.clear()
    Holiday.objects.create(day="2026-09-02", name="Quốc khánh", kind=Holiday.Kind.values[0])
    client.force_login(administrator)
    return client


def sound(html):
    page = Markup(html)
    assert page.lang == "vi"
    assert page.tags["h1"] == 1
    assert page.tags["main"] == 1
    assert page.repeated == []
    assert page.unnamed == []
    assert page.dangling == []
    assert page.inline == []
    return page


def test_no_template_has_inline_script_or_style():
    found = {str(path): INLINE.findall(path.read_text("utf-8")) for path in TEMPLATES}
    assert len(found) > 40
    assert {path: hits for path, hits in found.items() if hits} == {}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_the_portal_is_sound(portal, province, address):
    response = portal.get(address.format(area=province.pk))
    page = sound(response.text)
    assert page.ids["find-q"] == 1
    assert page.ids["nav-main"] == 1
    assert "jquery" not in response.text


def test_the_login_page_is_sound(client):
    cache.clear()
    sound(client.get("/login/").text)
    sound(client.post("/login/", {"username": "duyen", "password": "sai"}).text)


def test_a_refused_form_is_sound_and_links_each_problem_to_its_field(portal):
    response = portal.post("/places/area/add/", {"name": "Xã Mới", "pulse": "780"})
    page = sound(response.text)
    links = re.findall(r'href="#(id_[a-z_]+)"', response.text)
    assert {"id_kind", "id_code", "id_valid_from", "id_pulse"} <= set(links)
    assert all(page.ids[name] == 1 for name in links)
    assert 'value="Xã Mới"' in response.text
    assert 'value="780"' in response.text


def test_logging_out_says_so(portal):
    sound(portal.post("/logout/").text)


def test_a_list_without_rows_says_what_to_do(portal):
    page = portal.get("/codelists/holiday/?q=khong-co").text
    assert "Trong danh sách không có “khong-co”." in page
    assert "Xem cả danh sách" in page
    assert "result_list" not in page


def test_a_chosen_filter_says_what_was_chosen(portal):
    kind = Holiday.Kind.values[0]
    page = portal.get(f"/codelists/holiday/?kind__exact={kind}").text
    assert re.search(
        r'<details name="list-filter" class="on">\s*<summary>[^<]+: [^<]+</summary>', page
    )
    assert "Bỏ mọi bộ lọc" in page


def test_a_broken_page_says_so_without_the_database(client, django_assert_num_queries):
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        response = client.get("/hong/")
    assert response.status_code == 500
    sound(response.text)


def test_a_form_open_for_too_long_says_that_nothing_was_stored(portal):
    portal.handler.enforce_csrf_checks = True
    response = portal.post("/places/area/add/", {"name": "Xã Mới"})
    assert response.status_code == 403
    sound(response.text)
    assert "Chưa ghi gì." in response.text


def test_a_page_costs_the_frame_few_queries(portal, django_assert_max_num_queries):
    portal.get("/phim-tat/")
    # session, user, place of work; the menu's rights are asked once per request.
    with django_assert_max_num_queries(8):
        portal.get("/phim-tat/")
