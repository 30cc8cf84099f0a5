"""What is logged, kept, and by whom it was asked."""

import pytest
from django.contrib import admin
from django.http import HttpResponse
from rest_framework.test import APIRequestFactory, force_authenticate

from portal.accounts.models import User
from portal.admin import PortalAdmin
from portal.api.views import ReadOnlyScopedViewSet, ScopedSerializer
from portal.audit.models import AccessLog
from portal.middleware import ClientAddress, SecurityHeaders
from portal.places.models import Area, AreaSuccession, FormerArea, Organisation
from practitioners.models import Practitioner

pytestmark = pytest.mark.django_db


class UserSerializer(ScopedSerializer):
    class Meta:
        model = User
        fields = ("username",)


class Unscoped(ReadOnlyScopedViewSet):
    """A table without a scope of its own, by mistake."""

    queryset = User.objects.all()
    serializer_class = UserSerializer
    capabilities = {"list": "view_records", "retrieve": "view_records"}


def test_an_interface_over_a_table_without_scope_shows_nothing(clerk: User) -> None:
    request = APIRequestFactory().get("/")
    force_authenticate(request, clerk)
    response = Unscoped.as_view({"get": "list"})(request)
    assert response.status_code == 200
    assert response.data["results"] == []


def test_a_page_that_hands_out_a_cookie_is_kept_by_no_shared_cache(rf) -> None:
    def handing_out(request):
        response = HttpResponse(headers={"Cache-Control": "public, max-age=300"})
        response.set_cookie("csrftoken", "x")
        return response

    kept = SecurityHeaders(handing_out)(rf.get("/")).headers["Cache-Control"]
    assert kept == "private, no-store"


def test_what_says_nothing_about_keeping_is_not_kept(client, clerk: User) -> None:
    client.force_login(clerk)
    for address in ("/", "/tim/?q=a", "/khong-co/", "/healthz"):
        assert "no-store" in client.get(address).headers["Cache-Control"], address


@pytest.mark.parametrize(
    "address", ["/tra-cuu/?q=%00", "/tra-cuu/?facility=a%00b", "/tra-cuu/?q=1%00/2&format=json"]
)
def test_a_nul_character_in_a_question_is_left_out(client, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9", "198.51.100.7"),
        (1, "nonsense", "127.0.0.1"),
        (1, "fe80::1%eth0", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_the_word_of_our_own_proxies_is_taken(rf, settings, proxies, forwarded, seen) -> None:
    settings.PROXIES_IN_FRONT = proxies
    request = rf.get("/", headers={"x-forwarded-for": forwarded})
    ClientAddress(lambda request: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == seen


def test_people_among_suggestions_are_noted(client, licensing_officer: User) -> None:
    who = Practitioner(name="Lò Văn Thoan", name_sort="thoan lo van", sex="male")
    who.birth_date, who.birth_precision = "1978-04-22", "day"
    who.keeper = Organisation.objects.get(kind="department")
    who.save()
    client.force_login(licensing_officer)
    address = "/autocomplete/?app_label=practitioners&model_name=registration"
    response = client.get(f"{address}&field_name=practitioner&term=lo")
    assert [row["id"] for row in response.json()["results"]] == [str(who.pk)]
    assert AccessLog.objects.get().people == [who.pk]


@pytest.mark.parametrize("question", ["password__startswith=argon2", "full_name__regex=(a%2B)%2B$"])
def test_no_list_answers_letter_by_letter_what_a_password_is(
    client, administrator: User, question: str
) -> None:
    client.force_login(administrator)
    assert client.get(f"/accounts/user/?{question}").status_code == 400


def test_a_nul_character_in_a_form_is_refused_on_our_own_page(client, clerk: User) -> None:
    client.force_login(clerk)
    for address in ("/accounts/user/settings/", "/password_change/", "/accounts/%00/"):
        answer = client.post(address, {"reason": "a\0b"})
        assert answer.status_code == 400, address
        assert 'class="notice"' in answer.content.decode()
    clerk.refresh_from_db()
    assert clerk.language == "vi"


def test_a_host_that_is_none_is_refused_on_our_own_page(client) -> None:
    answer = client.get("/login/", headers={"host": "a b"})
    assert answer.status_code == 400
    assert 'class="notice"' in answer.content.decode()


@pytest.mark.parametrize("question", ["", "?term=a", "?app_label=accounts&model_name=user"])
def test_suggestions_for_no_field_are_not_found(client, clerk: User, question: str) -> None:
    client.force_login(clerk)
    assert client.get(f"/autocomplete/{question}").status_code == 404


def test_only_pages_that_know_scopes_are_registered() -> None:
    strange = [
        model._meta.label
        for model, rows in admin.site._registry.items()
        if not isinstance(rows, PortalAdmin)
    ]
    assert strange == []


def test_old_names_stand_in_the_list_of_areas(client, clerk: User, communes: list[Area]) -> None:
    former = FormerArea.objects.create(code="03167", name="Xã Hừa Ngài", district_code="097")
    AreaSuccession.objects.create(former=former, area=communes[0], on="2025-07-01")
    client.force_login(clerk)
    page = client.get("/places/area/").content.decode()
    assert "Xã Hừa Ngài (03167)" in page
    assert "FormerArea" not in page
