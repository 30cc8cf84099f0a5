"""Two people change rights or the tree at the same moment, each on a connection of their own."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts import services
from portal.accounts.grants import write_out
from portal.accounts.models import Assignment, OrganisationGrant, User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Organisation
from portal.scope import scope_of
from tests.beside import Beside
from tests.conftest import make_user

at_once = pytest.mark.django_db(transaction=True)


@at_once
def test_a_role_given_while_another_is_ended_does_not_bring_the_ended_one_back(
    clerk: User, station: Organisation, other_station: Organisation
) -> None:
    today = timezone.localdate()
    assignment = Assignment.objects.get(user=clerk)
    beside = Beside(
        lambda: services.give_role(
            actor=None,
            user=clerk,
            role=Role.STATION_CLERK,
            organisation=other_station,
            valid_from=today,
            today=today,
        )
    )
    with transaction.atomic():
        services.end_assignment(actor=None, assignment=assignment, on=today, today=today)
        beside.start()
        beside.join(1.5)  # it waits for us, or has read what we are about to end
    beside.join(20)
    assert beside.error is None
    held = OrganisationGrant.objects.filter(user=clerk).values_list("content_object", flat=True)
    assert set(held) == {other_station.pk}


@at_once
def test_grants_written_out_twice_at_once_are_written_once(clerk: User) -> None:
    today = timezone.localdate()
    number = OrganisationGrant.objects.filter(user=clerk).count()
    besides = [Beside(lambda: write_out([clerk.pk], on=today)) for _n in range(4)]
    for beside in besides:
        beside.start()
    for beside in besides:
        beside.join(20)
    assert [beside.error for beside in besides] == [None] * 4
    assert OrganisationGrant.objects.filter(user=clerk).count() == number


@at_once
def test_what_is_made_under_a_moving_organisation_moves_along(
    ministry: Organisation, department: Organisation, station: Organisation
) -> None:
    elsewhere = places.create_organisation(
        name="Sở Y tế tỉnh khác", kind="department", parent=ministry, valid_from=station.valid_from
    )
    made: list[Organisation] = []
    beside = Beside(
        lambda: made.append(
            places.create_organisation(
                name="Điểm trạm mới", kind="point", parent=station, valid_from=station.valid_from
            )
        )
    )
    with transaction.atomic():
        places.place_under(
            organisation=station,
            parent=elsewhere,
            on=timezone.localdate(),
            today=timezone.localdate(),
        )
        beside.start()
        beside.join(1.5)
    beside.join(20)
    assert beside.error is None
    station.refresh_from_db()
    made[0].refresh_from_db()
    assert made[0].path.startswith(station.path)
    assert station.path.startswith(elsewhere.path)


def test_a_role_ended_ahead_holds_until_then_and_one_to_come_waits(
    clerk: User, station: Organisation, other_station: Organisation
) -> None:
    today = timezone.localdate()
    later = today + timedelta(days=30)
    services.give_role(
        actor=None,
        user=clerk,
        role=Role.STATION_HEAD,
        organisation=other_station,
        valid_from=later,
        today=today,
    )
    first = Assignment.objects.get(user=clerk, organisation=station)
    services.end_assignment(actor=None, assignment=first, on=later, today=today)
    scope = scope_of(User.objects.get(pk=clerk.pk), "enter_records")
    assert station.pk in scope
    assert other_station.pk not in scope


def test_a_second_root_is_refused_because_a_role_there_would_reach_everywhere(
    ministry: Organisation, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as refused:
        places.create_organisation(
            name="Phòng khám lạc", kind="clinic", parent=None, valid_from=station.valid_from
        )
    assert refused.value.error_list[0].code == "parent_missing"
    assert Organisation.objects.filter(parent=None).count() == 1


def test_the_database_itself_keeps_one_root(ministry: Organisation) -> None:
    second = Organisation(name="Bộ khác", kind="ministry", valid_from=ministry.valid_from)
    second.path = second.step
    with pytest.raises(ValidationError) as refused:
        second.full_clean(exclude=["name_norm"])
    assert "second_root" in {error.code for error in refused.value.error_dict["__all__"]}
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()
    assert Organisation.objects.filter(parent=None).count() == 1


def test_a_move_on_a_day_to_come_is_refused_and_nothing_moves(
    ministry: Organisation, department: Organisation, station: Organisation
) -> None:
    today = timezone.localdate()
    before = station.path
    with pytest.raises(ValidationError) as refused:
        places.place_under(
            organisation=station, parent=ministry, on=today + timedelta(days=1), today=today
        )
    assert refused.value.code == "placement_in_future"
    station.refresh_from_db()
    assert (station.path, station.parent_id) == (before, department.pk)
    assert station.placements.count() == 1


def test_a_second_move_on_the_same_day_is_refused_in_words(
    ministry: Organisation, department: Organisation, station: Organisation
) -> None:
    today = timezone.localdate()
    places.place_under(organisation=station, parent=ministry, on=today, today=today)
    with pytest.raises(ValidationError) as refused:
        places.place_under(organisation=station, parent=department, on=today, today=today)
    assert refused.value.error_list[0].code == "placement_before_last"
    station.refresh_from_db()
    assert station.parent_id == ministry.pk


def test_a_local_administrator_does_not_take_over_an_account_with_rights_elsewhere(
    administrator: User, department: Organisation, station: Organisation
) -> None:
    local = make_user("cuc-bo", "Hà Cục Bộ", Role.SYSTEM_ADMINISTRATOR, department)
    services.give_role(
        actor=local,
        user=administrator,
        role=Role.STATION_CLERK,
        organisation=station,
        valid_from=timezone.localdate(),
        today=timezone.localdate(),
    )
    before = User.objects.get(pk=administrator.pk)
    for deed in (
        lambda: services.reset_password(actor=local, user=administrator),
        lambda: services.allow_login(actor=local, user=administrator, allowed=False),
    ):
        with pytest.raises(ValidationError) as refused:
            deed()
        assert refused.value.error_list[0].code == "account_beyond_scope"
    after = User.objects.get(pk=administrator.pk)
    assert (after.password, after.is_active) == (before.password, True)
