"""Accounts and roles are given, ended and looked up on pages, each only where one may."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import services
from portal.accounts.lookup import who_had_access
from portal.accounts.models import Assignment, User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.portal.conftest import give


@pytest.fixture
def portal(client: Client, local_administrator: User) -> Client:
    client.force_login(local_administrator)
    return client


def test_one_form_gives_a_new_person_a_role_and_shows_the_password_once(
    portal: Client, station: Organisation, local_administrator: User
) -> None:
    answer = portal.post(
        reverse("admin:accounts_assignment_add"),
        {
            "new_name": "Sùng A Chứ",
            "new_username": "chu",
            "role": Role.STATION_CLERK,
            "organisation": "tram y te xa muong cha",
            "valid_from": "01/07/2025",
        },
    )
    assert "password" in answer.context, answer.context["form"].errors
    user = User.objects.get(username="chu")
    password = answer.context["password"]
    assert answer.status_code == 200
    assert password in answer.content.decode()
    assert user.check_password(password)
    assignment = user.assignments.get()
    assert (assignment.organisation, assignment.granted_by) == (station, local_administrator)
    listed = portal.get(reverse("admin:accounts_assignment_changelist")).content.decode()
    assert "Trạm Y tế xã Mường Chà: " in listed
    assert "01/07/2025" in listed
    assert password not in listed


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"organisation": "Trạm Y tế nào đó"}, "organisation", "row_unknown"),
        ({"organisation": "tram y te"}, "organisation", "row_ambiguous"),
        ({"person": "duyen"}, "person", "two_persons"),
        ({"new_username": "duyen"}, "new_username", "username_taken"),
        ({"new_name": "", "new_username": ""}, "person", "person_missing"),
        ({"new_username": ""}, "new_username", "new_person_incomplete"),
        ({"role": "king"}, "role", "invalid_choice"),
        ({"valid_from": "31/02/2026"}, "valid_from", "invalid"),
        ({"valid_until": "01/01/2020"}, None, "period_reversed"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field_and_nothing_is_made(
    portal: Client,
    clerk: User,
    other_station: Organisation,
    *,
    change: dict[str, str],
    field: str | None,
    code: str,
) -> None:
    before = (User.objects.count(), Assignment.objects.count())
    answer = portal.post(
        reverse("admin:accounts_assignment_add"),
        {
            "new_name": "Sùng A Chứ",
            "new_username": "chu",
            "role": Role.STATION_CLERK,
            "organisation": "tram y te xa muong cha",
            "valid_from": "01/07/2025",
        }
        | change,
    )
    assert answer.status_code == 200
    assert answer.context["form"].has_error(field or "__all__", code)
    assert (User.objects.count(), Assignment.objects.count()) == before
    typed = answer.context["form"].data
    assert typed["organisation"] in answer.content.decode()


def test_a_role_is_ended_on_its_own_page(portal: Client, clerk: User) -> None:
    assignment = Assignment.objects.get(user=clerk)
    page = reverse("admin:accounts_assignment_end", args=[assignment.pk])
    assert portal.get(page).status_code == 200
    assert portal.post(page, {"on": "06/11/2026"}).status_code == 302
    assignment.refresh_from_db()
    assert assignment.valid_until == date(2026, 11, 5)


def test_the_page_that_ends_ones_own_role_is_refused(
    portal: Client, local_administrator: User
) -> None:
    own = Assignment.objects.get(user=local_administrator)
    page = reverse("admin:accounts_assignment_end", args=[own.pk])
    assert portal.post(page, {"on": "06/11/2026"}).status_code == 403


def test_a_new_password_ends_the_old_one(portal: Client, clerk: User) -> None:
    answer = portal.post(reverse("admin:accounts_user_reset_password", args=[clerk.pk]))
    clerk.refresh_from_db()
    assert clerk.check_password(answer.context["password"])
    assert not clerk.check_password("mat-khau-kiem-thu")


def test_a_stopped_account_cannot_log_in_and_can_be_allowed_again(
    portal: Client, clerk: User
) -> None:
    portal.post(reverse("admin:accounts_user_stop_login", args=[clerk.pk]))
    assert not Client().login(username="duyen", password="mat-khau-kiem-thu")
    portal.post(reverse("admin:accounts_user_allow_login", args=[clerk.pk]))
    assert Client().login(username="duyen", password="mat-khau-kiem-thu")


def test_an_account_elsewhere_does_not_exist_for_this_administrator(
    portal: Client, elsewhere: Organisation
) -> None:
    far = make_user("xa", "Lò Thị Xa", Role.STATION_CLERK, elsewhere)
    for name in ("change", "reset_password", "stop_login"):
        page = reverse(f"admin:accounts_user_{name}", args=[far.pk])
        assert portal.get(page).status_code == 404
        assert portal.post(page).status_code == 404
    far.refresh_from_db()
    assert far.is_active


def test_of_roles_held_elsewhere_the_list_says_only_how_many(
    portal: Client, clerk: User, elsewhere: Organisation
) -> None:
    give(None, clerk, Role.LICENSING_OFFICER, elsewhere)
    page = portal.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert elsewhere.name not in page
    assert "1 vai trò ở nơi khác" in page


def test_the_place_of_work_is_one_where_a_role_is_held(
    client: Client, clerk: User, station: Organisation, other_station: Organisation
) -> None:
    give(None, clerk, Role.STATION_CLERK, other_station)
    client.force_login(clerk)
    page = reverse("admin:place_of_work")
    assert client.post(page, {"place": str(other_station.pk)}).status_code == 302
    clerk.refresh_from_db()
    assert clerk.place_of_work == other_station
    department = station.parent
    assert client.post(page, {"place": str(department.pk)}).status_code == 200
    clerk.refresh_from_db()
    assert clerk.workplace_id == other_station.pk


def test_a_person_sets_their_own_language(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    client.post(reverse("admin:own_settings"), {"language": "en"})
    clerk.refresh_from_db()
    assert (clerk.language, clerk.letter_keys) == ("en", False)


def test_who_had_access_is_a_page_for_administrators_and_auditors_only(
    client: Client, auditor: User, clerk: User, station: Organisation
) -> None:
    page = reverse("admin:accounts_access_on_day")
    query = {"organisation": station.name, "on": "03/05/2026"}
    client.force_login(auditor)
    assert "Lường Thị Duyên" in client.get(page, query).content.decode()
    client.force_login(clerk)
    assert client.get(page, query).status_code == 403


def test_who_had_access_says_that_a_role_was_withdrawn(
    client: Client, administrator: User, clerk: User, other_station: Organisation
) -> None:
    today = timezone.localdate()
    wrong = services.give_role(
        actor=administrator,
        user=clerk,
        role=Role.STATION_HEAD,
        organisation=other_station,
        valid_from=today,
        today=today,
    )
    services.end_assignment(actor=administrator, assignment=wrong, on=today, today=today)
    rows = [row for row in who_had_access(other_station, today) if row.user_id == clerk.pk]
    assert [row.withdrawn_at is not None for row in rows] == [True]
    assert not [r for r in who_had_access(other_station, today + timedelta(days=1)) if r in rows]
    client.force_login(administrator)
    address = reverse("admin:accounts_access_on_day")
    asked = {"organisation": other_station.name, "on": f"{today:%d/%m/%Y}"}
    wrong.refresh_from_db()
    moment = f"{timezone.localtime(wrong.withdrawn_at):%H:%M %d/%m/%Y}"
    assert moment in client.get(address, asked).content.decode()


def test_history_says_who_changed_whose_password_and_never_the_password(
    client: Client, local_administrator: User, clerk: User
) -> None:
    history = apps.get_model("accounts", "UserHistory").objects.filter(pgh_obj_id=clerk.pk)
    written = history.count()
    client.force_login(local_administrator)
    client.post(reverse("admin:accounts_user_reset_password", args=[clerk.pk]))
    row = history.order_by("-pgh_id")[0]
    assert history.count() == written + 1
    assert row.password_changed_at is not None
    assert row.pgh_context.metadata["user"] == str(local_administrator.pk)
    password = services.reset_password(actor=None, user=clerk)
    client.login(username=clerk.username, password=password)
    written = history.count()
    new = "tram-muong-cha-2026"
    said = {"old_password": password, "new_password1": new, "new_password2": new}
    client.post(reverse("admin:password_change"), said)
    assert User.objects.get(pk=clerk.pk).check_password(new)
    row = history.order_by("-pgh_id")[0]
    assert history.count() == written + 1
    assert row.pgh_context.metadata["user"] == str(clerk.pk)
    assert not hasattr(row, "password")
