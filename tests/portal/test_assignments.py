"""Roles are given where one manages accounts, never to oneself, and every day has its answer."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts import services
from portal.accounts.jobs import write_out_grants
from portal.accounts.lookup import find_users, who_had_access
from portal.accounts.models import Assignment, OrganisationGrant, User
from portal.accounts.roles import CAPABILITIES_OF, EXPLAINED, Role
from portal.places import services as places
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, scope_of
from tests.conftest import SINCE, TODAY, make_user


@pytest.fixture
def local_administrator(department: Organisation) -> User:
    """Manages accounts of one department."""
    return make_user("quantriso", "Cà Văn Sở", Role.SYSTEM_ADMINISTRATOR, department)


@pytest.fixture
def elsewhere(ministry: Organisation) -> Organisation:
    return places.create_organisation(
        name="Sở Y tế tỉnh Lai Châu", kind="department", parent=ministry, valid_from=SINCE
    )


def give(actor: User | None, user: User, role: str, place: Organisation) -> Assignment:
    return services.give_role(
        actor=actor, user=user, role=role, organisation=place, valid_from=SINCE, today=TODAY
    )


def test_every_role_is_explained_and_may_do_something() -> None:
    assert set(EXPLAINED) == set(Role) == set(CAPABILITIES_OF)


def test_an_administrator_gives_roles_in_their_own_department_only(
    local_administrator: User, clerk: User, station: Organisation, elsewhere: Organisation
) -> None:
    give(local_administrator, clerk, Role.STATION_CLINICIAN, station)
    before = Assignment.objects.count()
    for role in (Role.STATION_CLERK, Role.SYSTEM_ADMINISTRATOR):
        with pytest.raises(ValidationError) as refused:
            give(local_administrator, clerk, role, elsewhere)
        assert refused.value.code == "outside_scope"
    assert Assignment.objects.count() == before


def test_an_administrator_of_a_department_cannot_make_one_of_the_ministry(
    local_administrator: User, clerk: User, ministry: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        give(local_administrator, clerk, Role.SYSTEM_ADMINISTRATOR, ministry)
    assert refused.value.code == "outside_scope"
    assert not Assignment.objects.filter(user=clerk, organisation=ministry).exists()


def test_somebody_who_manages_no_accounts_gives_nothing(
    clerk: User, neighbour: User, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        give(clerk, neighbour, Role.STATION_CLERK, station)
    assert refused.value.code == "outside_scope"


def test_nobody_gives_or_ends_their_own_role(
    local_administrator: User, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        give(local_administrator, local_administrator, Role.STATION_CLINICIAN, station)
    assert refused.value.code == "own_rights"
    own = Assignment.objects.get(user=local_administrator)
    with pytest.raises(ValidationError) as refused:
        services.end_assignment(actor=local_administrator, assignment=own, on=TODAY, today=TODAY)
    assert refused.value.code == "own_rights"
    own.refresh_from_db()
    assert own.valid_until is None


def test_an_ended_role_gives_nothing_the_next_day(
    administrator: User, clerk: User, station: Organisation
) -> None:
    today = timezone.localdate()
    assignment = Assignment.objects.get(user=clerk)
    services.end_assignment(actor=administrator, assignment=assignment, on=today, today=today)
    assert not scope_of(User.objects.get(pk=clerk.pk), "enter_records")


def test_a_clerk_here_and_licensing_officer_there_is_neither_the_other_way_round(
    clerk: User, station: Organisation, elsewhere: Organisation
) -> None:
    give(None, clerk, Role.LICENSING_OFFICER, elsewhere)
    user = User.objects.get(pk=clerk.pk)
    for capability, place, holds in (
        ("enter_records", station, True),
        ("enter_records", elsewhere, False),
        ("decide_licenses", elsewhere, True),
        ("decide_licenses", station, False),
    ):
        assert user.has_capability(capability, place.pk) is holds
        assert user.has_perm(f"places.{capability}", place) is holds


def test_a_scope_takes_two_queries_then_none(
    clerk: User, station: Organisation, django_assert_num_queries
) -> None:
    user = User.objects.get(pk=clerk.pk)
    with django_assert_num_queries(2):  # grants with their paths, organisations below
        assert station.pk in scope_of(user, "enter_records")
    with django_assert_num_queries(0):
        assert station.pk in scope_of(user, "enter_records")


def test_a_grant_on_the_root_answers_everything_without_a_list(
    administrator: User, django_assert_num_queries
) -> None:
    user = User.objects.get(pk=administrator.pk)
    with django_assert_num_queries(1):
        assert scope_of(user, "manage_accounts") is EVERYWHERE


def test_a_role_that_begins_tonight_is_written_out_by_the_nightly_job(
    clerk: User, other_station: Organisation
) -> None:
    today = timezone.localdate()
    services.give_role(
        actor=None,
        user=clerk,
        role=Role.STATION_CLERK,
        organisation=other_station,
        valid_from=today,
        today=today - timedelta(days=1),
    )
    assert not OrganisationGrant.objects.filter(user=clerk, content_object=other_station).exists()
    assert write_out_grants.func() >= 1
    assert OrganisationGrant.objects.filter(user=clerk, content_object=other_station).exists()


def test_who_had_access_on_a_day_is_answered_from_dated_assignments(
    clerk: User, licensing_officer: User, neighbour: User, station: Organisation
) -> None:
    services.end_assignment(
        actor=None,
        assignment=Assignment.objects.get(user=clerk),
        on=date(2026, 5, 4),
        today=date(2026, 5, 4),
    )
    in_may = {row.user_id for row in who_had_access(station, date(2026, 5, 3))}
    in_june = {row.user_id for row in who_had_access(station, date(2026, 6, 3))}
    assert in_may == {clerk.pk, licensing_officer.pk}  # the department stands above the station
    assert in_june == {licensing_officer.pk}


def test_an_assignment_mended_afterwards_shows_as_it_was_recorded_then(
    clerk: User, station: Organisation
) -> None:
    today = timezone.localdate()
    assignment = Assignment.objects.get(user=clerk)
    # What was recorded last week, as the trigger would have written it then.
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_assignmenthistory (pgh_created_at, pgh_label, pgh_context_id,
                pgh_obj_id, id, user_id, role, organisation_id, valid_from, valid_until, note)
                SELECT now() - interval '7 days', 'insert', pgh_context_id, pgh_obj_id, id, user_id,
                'station_head', organisation_id, valid_from, valid_until, note
                FROM accounts_assignmenthistory WHERE pgh_obj_id = %s LIMIT 1""",
            [assignment.pk],
        )
    rows = {row.role: row for row in who_had_access(station, today - timedelta(days=3))}
    assert (rows["station_head"].recorded_then, rows["station_head"].recorded_now) == (True, False)
    assert (rows["station_clerk"].recorded_then, rows["station_clerk"].recorded_now) == (
        False,
        True,
    )


def test_people_are_found_in_scope_by_name_and_anywhere_by_user_name(
    local_administrator: User, clerk: User, elsewhere: Organisation
) -> None:
    far = make_user("xa", "Lò Thị Xa", Role.STATION_CLERK, elsewhere)
    scope = scope_of(local_administrator, "manage_accounts")
    assert find_users("duyen luong", scope) == [clerk]
    assert find_users("lò xa", scope) == []
    assert find_users("xa", scope) == [far]
    assert find_users("Lò Thị Xa (xa)", scope) == [far]


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


@pytest.mark.parametrize("days_ahead", [0, 30])
def test_a_role_ended_on_or_before_its_first_day_gives_nothing_from_this_moment(
    administrator: User, clerk: User, other_station: Organisation, days_ahead: int
) -> None:
    today = timezone.localdate()
    wrong = services.give_role(
        actor=administrator,
        user=clerk,
        role=Role.STATION_HEAD,
        organisation=other_station,
        valid_from=today + timedelta(days=days_ahead),
        today=today,
    )
    services.end_assignment(actor=administrator, assignment=wrong, on=today, today=today)
    wrong.refresh_from_db()
    assert wrong.withdrawn_at is not None
    assert wrong.valid_until is None  # what was given stays as it was written
    held = Assignment.objects.holding(wrong.valid_from).filter(user=clerk)
    assert wrong not in held
    assert other_station.pk not in scope_of(User.objects.get(pk=clerk.pk), "view_records")
    with pytest.raises(ValidationError) as refused:
        services.end_assignment(actor=administrator, assignment=wrong, on=today, today=today)
    assert refused.value.code == "assignment_withdrawn"


def test_a_withdrawn_role_may_be_given_again_the_same_day(
    administrator: User, clerk: User, other_station: Organisation
) -> None:
    today = timezone.localdate()
    given = {
        "actor": administrator,
        "user": clerk,
        "role": Role.STATION_CLERK,
        "organisation": other_station,
        "valid_from": today,
        "today": today,
    }
    wrong = services.give_role(**given)
    services.end_assignment(actor=administrator, assignment=wrong, on=today, today=today)
    services.give_role(**given)
    assert other_station.pk in scope_of(User.objects.get(pk=clerk.pk), "enter_records")


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
