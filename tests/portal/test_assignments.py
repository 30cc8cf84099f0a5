"""Roles are given where one manages accounts, never to oneself, and every day has its answer."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from portal.accounts import services
from portal.accounts.jobs import write_out_grants
from portal.accounts.lookup import find_users, who_had_access
from portal.accounts.models import Assignment, OrganisationGrant, User
from portal.accounts.roles import CAPABILITIES_OF, EXPLAINED, Role
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, scope_of
from tests.conftest import TODAY, make_user
from tests.portal.conftest import give


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


def test_what_a_release_gives_a_role_more_is_written_out_the_next_night(clerk: User) -> None:
    rows = OrganisationGrant.objects.filter(user=clerk, permission__codename="keep_supplies")
    assert rows.count() == 1
    rows.delete()
    assert write_out_grants.func() == 1
    assert rows.count() == 1
    assert write_out_grants.func() == 0


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
