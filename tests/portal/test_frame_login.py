"""Wrong passwords are counted, and after five the name rests a quarter of an hour."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from portal.site import throttle

pytestmark = pytest.mark.django_db
RIGHT = "mat-khau-kiem-thu"


@pytest.fixture(autouse=True)
def _no_tries():
    cache.clear()
    yield
    cache.clear()


def log_in(client, username, password, address="10.0.0.1"):
    return client.post(
        "/login/?next=/", {"username": username, "password": password}, REMOTE_ADDR=address
    )


def codes(response):
    return [error.code for error in response.context["form"].non_field_errors().as_data()]


def test_a_wrong_password_says_how_many_tries_are_left(client, clerk):
    log_in(client, "duyen", "sai")
    response = log_in(client, "duyen", "sai")
    assert codes(response) == ["invalid_login"]
    assert (
        "Tên đăng nhập hoặc mật khẩu chưa đúng. Còn 3 lần trước khi tạm khóa 15 phút."
        in response.text
    )


def test_an_unknown_name_is_answered_like_a_known_one(client, clerk):
    known, unknown = log_in(client, "duyen", "sai"), log_in(client, "khong-co", "sai")
    assert codes(known) == codes(unknown)
    assert "Còn 4 lần" in known.text
    assert "Còn 4 lần" in unknown.text


def test_after_five_wrong_passwords_the_right_one_is_not_looked_at(client, clerk):
    for _ in range(4):
        log_in(client, "duyen", "sai")
    assert "Đã hết lượt thử" in log_in(client, "duyen", "sai").text
    response = log_in(client, "duyen", RIGHT)
    assert codes(response) == ["login_rests"]
    assert "_auth_user_id" not in client.session


def test_capital_letters_are_no_way_around_the_count(client, clerk):
    for name in ("duyen", "DUYEN", " Duyen", "dUyen", "duyen "):
        log_in(client, name, "sai")
    assert codes(log_in(client, "duyen", RIGHT)) == ["login_rests"]


def test_a_stranger_elsewhere_does_not_lock_a_nurse_out_of_her_station(client, clerk):
    for _ in range(6):
        log_in(client, "duyen", "sai", address="203.0.113.9")
    assert log_in(client, "duyen", RIGHT).status_code == 302


def test_guessing_from_many_addresses_ends_too(client, clerk):
    for at in range(throttle.TRIES_EVERYWHERE):
        throttle.count_try("duyen", f"203.0.113.{at}")
    assert codes(log_in(client, "duyen", RIGHT, address="198.51.100.1")) == ["login_rests"]


def test_a_right_password_begins_the_count_anew(client, clerk):
    for _ in range(4):
        log_in(client, "duyen", "sai")
    assert log_in(client, "duyen", RIGHT).status_code == 302
    client.logout()
    assert "Còn 4 lần" in log_in(client, "duyen", "sai").text


def test_the_rest_ends_a_quarter_of_an_hour_after_the_first_try():
    before = datetime.now(tz=UTC)
    for _ in range(5):
        throttle.count_try("duyen", "10.0.0.1")
    again_at = throttle.count_try("duyen", "10.0.0.1").again_at
    assert before + timedelta(minutes=15) <= again_at
    assert again_at <= datetime.now(tz=UTC) + timedelta(minutes=15)


def test_names_are_not_readable_in_the_shared_cache():
    throttle.count_try("duyen", "10.0.0.1")
    keys = throttle._keys("duyen", "10.0.0.1")
    assert not any("duyen" in key or "10.0.0.1" in key for key in keys)


def test_the_password_is_never_sent_back(client, clerk):
    assert "mat-khau-sai-bi-mat" not in log_in(client, "duyen", "mat-khau-sai-bi-mat").text


def test_an_ended_account_is_told_no_more_than_a_wrong_password(client, clerk):
    type(clerk).objects.filter(pk=clerk.pk).update(is_active=False)
    response = log_in(client, "duyen", RIGHT)
    assert codes(response) == ["invalid_login"]
    assert "_auth_user_id" not in client.session
