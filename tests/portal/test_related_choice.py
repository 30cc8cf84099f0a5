"""A row of another table is chosen by a suggestion or by words that find just one."""

import pytest

from portal.places.models import Area

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.portal.frame_urls"),
    pytest.mark.usefixtures("bare_frame"),
]


@pytest.fixture
def provinces(province):
    """Điện Biên and Lai Châu."""
    other = {"kind": "province", "code": "12", "name": "Tỉnh Lai Châu", "unit": "tỉnh"}
    return [province, Area.objects.create(**other, valid_from=province.valid_from)]


@pytest.fixture
def portal(client, administrator, provinces):
    client.force_login(administrator)
    return client


def send(client, **parent):
    given = {"name": "Xã Mới", "kind": "commune", "code": "03999", "unit": "xã"}
    return client.post("/places/area/add/", {**given, "valid_from": "01/07/2025", **parent})


def made():
    return Area.objects.filter(code="03999").select_related("parent").first()


def codes(response):
    return [error.code for error in response.context["adminform"].form.errors["parent"].as_data()]


def test_a_suggestion_gives_its_key(portal, provinces):
    send(portal, parent=str(provinces[0].pk), parent_text=str(provinces[0]))
    assert made().parent == provinces[0]


def test_a_program_may_send_the_key_alone(portal, provinces):
    send(portal, parent=str(provinces[1].pk))
    assert made().parent == provinces[1]


def test_words_that_find_just_one_are_enough_without_scripts(portal, provinces):
    send(portal, parent_text="Lai Châu")
    assert made().parent == provinces[1]


def test_other_words_win_over_a_key_left_from_before(portal, provinces):
    send(portal, parent=str(provinces[0].pk), parent_text="Lai Châu")
    assert made().parent == provinces[1]


def test_words_that_find_several_name_them_and_nothing_is_stored(portal):
    response = send(portal, parent_text="Tỉnh")
    assert codes(response) == ["several_match"]
    assert "Tỉnh Lai Châu" in response.text
    assert 'value="Tỉnh"' in response.text
    assert made() is None


def test_words_that_find_nothing_say_so_and_nothing_is_stored(portal):
    response = send(portal, parent_text="Không Có")
    assert codes(response) == ["no_match"]
    assert 'value="Không Có"' in response.text
    assert made() is None


@pytest.mark.parametrize("key", ["x", "01a20000-0000-7000-8000-000000000000"])
def test_a_key_that_is_none_of_the_offered_is_nothing(portal, key):
    response = send(portal, parent=key)
    assert response.status_code == 200
    assert made() is None


def test_an_emptied_box_is_no_row_whatever_key_is_left(portal, provinces):
    response = send(portal, parent=str(provinces[0].pk), parent_text="")
    assert response.status_code == 200
    assert made() is None


def test_the_form_shows_the_name_of_the_stored_row(portal, communes):
    page = portal.get(f"/places/area/{communes[0].pk}/change/").text
    assert f'name="parent" value="{communes[0].parent_id}"' in page
    assert f'value="{communes[0].parent}"' in page
    assert "select2" not in page
    assert "jquery" not in page


def test_suggestions_are_for_those_who_may_see_the_list(portal, client, stranger):
    url = "/autocomplete/?app_label=places&model_name=area&field_name=parent&term=Lai"
    assert [row["text"] for row in client.get(url).json()["results"]] == ["Tỉnh Lai Châu"]
    client.force_login(stranger)
    assert client.get(url).status_code == 403
