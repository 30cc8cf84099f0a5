"""Which headers guard a page, and in which language it comes."""

import pytest
from django.http import HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from portal.middleware import SecurityHeaders

pytestmark = pytest.mark.django_db


def policy_of(response):
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def test_every_answer_forbids_inline_script_and_strange_origins(client):
    policy = policy_of(client.get("/login/"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in " ".join(policy.values())
    assert "script-src" not in policy  # it falls back to default-src


def test_every_answer_keeps_its_address_and_type_to_itself(client):
    headers = client.get("/login/").headers
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]


def test_evidence_may_stand_in_a_frame_of_our_own_pages(rf):
    view = xframe_options_sameorigin(lambda request: HttpResponse("ảnh"))
    policy = policy_of(SecurityHeaders(view)(rf.get("/")))
    assert policy["frame-ancestors"] == "'self'"


def test_a_pdf_is_left_to_the_browsers_own_reader(rf):
    answer = SecurityHeaders(lambda request: HttpResponse(b"", content_type="application/pdf"))
    assert policy_of(answer(rf.get("/"))) == {"frame-ancestors": "'none'", "base-uri": "'none'"}


@pytest.mark.parametrize("asked", ["en", "en-US,en;q=0.9", "fr", "vi;q=0.1,en"])
def test_what_the_browser_prefers_is_not_asked(client, asked):
    response = client.get("/login/", headers={"accept-language": asked})
    assert response.headers["Content-Language"] == "vi"
    assert '<html lang="vi"' in response.text
    assert "Đăng nhập" in response.text


def test_english_chosen_before_login_stays_in_this_browser(client):
    client.post("/ngon-ngu/", {"language": "en", "next": "/login/"})
    page = client.get("/login/").text
    assert '<html lang="en"' in page
    assert "Log in" in page
    assert "Đăng nhập" not in page


def test_english_chosen_after_login_stays_with_the_account(client, clerk):
    client.force_login(clerk)
    client.post("/ngon-ngu/", {"language": "en", "next": "/phim-tat/"})
    clerk.refresh_from_db()
    assert clerk.language == "en"
    client.cookies.clear()
    client.force_login(clerk)
    assert '<html lang="en"' in client.get("/phim-tat/").text


def test_an_unknown_language_is_vietnamese(client):
    client.post("/ngon-ngu/", {"language": "xx"})
    assert client.get("/login/").headers["Content-Language"] == "vi"


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", ""])
@pytest.mark.parametrize("choice", ["/ngon-ngu/", "/giao-dien/"])
def test_a_choice_leads_nowhere_else(client, choice, address):
    assert client.post(choice, {"next": address}).headers["Location"] == "/"


def test_dark_is_drawn_from_the_first_byte(client):
    client.post("/giao-dien/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/login/").text
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/login/").text
