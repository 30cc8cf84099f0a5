"""Where a person may act equals what a person with pencil and paper would say."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.grants import write_out
from portal.accounts.models import Assignment, User
from portal.accounts.roles import CAPABILITIES_OF, Role
from portal.places import services as places
from portal.places.capabilities import CAPABILITIES
from portal.places.models import Organisation
from portal.scope import EVERYWHERE, NOWHERE, scope_of, without_covered
from tests.conftest import SINCE, TODAY, make_user

NAMES = [name for name, _words in CAPABILITIES]


@given(st.lists(st.text(alphabet="ab.", min_size=1, max_size=6)))
def test_covered_paths_are_dropped_and_nothing_else(texts: list[str]) -> None:
    paths = [text.strip(".") + "." for text in texts if text.strip(".")]
    kept = without_covered(paths)
    for path in paths:
        assert any(path.startswith(top) for top in kept)
    for top in kept:
        assert not any(top != other and top.startswith(other) for other in kept)


@st.composite
def worlds(draw: Any) -> tuple[list[int], list[tuple[str, int, int, int | None]]]:
    """Draw a tree (each node's parent) and assignments (role, node, begin, end in days)."""
    size = draw(st.integers(1, 12))
    parents = [draw(st.integers(0, max(0, n - 1))) for n in range(size)]
    assignment = st.tuples(
        st.sampled_from([str(role) for role in Role]),
        st.integers(0, size - 1),
        st.integers(-5, 5),
        st.one_of(st.none(), st.integers(-3, 8)),
    )
    return parents, draw(st.lists(assignment, max_size=6))


def naive(
    parents: list[int], given_: list[tuple[str, int, int, int | None]], capability: str
) -> set[int]:
    """Answer by walking up from every node."""
    holding = {
        node
        for role, node, begin, end in given_
        if capability in CAPABILITIES_OF[role] and begin <= 0 and (end is None or end >= 0)
    }
    found = set()
    for node in range(len(parents)):
        here = node
        while here not in holding and here != 0:
            here = parents[here]
        if here in holding:
            found.add(node)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_a_scope_is_what_walking_up_the_tree_says(ministry: Organisation, world: Any) -> None:
    parents, given_ = world
    Assignment.objects.all().delete()
    tree = [ministry]
    for number, parent in enumerate(parents[1:], start=1):
        name, above = f"Nơi {number}", tree[parent]
        tree.append(
            places.create_organisation(name=name, kind="other", parent=above, valid_from=SINCE)
        )
    user = User.objects.create_user(f"u{timezone.now().timestamp()}", None, full_name="Người")
    today = timezone.localdate()
    seen: set[tuple[str, int]] = set()
    held = []
    for role, node, begin, end in given_:
        if (role, node) in seen or (end is not None and end < begin):
            continue
        seen.add((role, node))
        held.append((role, node, begin, end))
        Assignment.objects.create(
            user=user,
            role=role,
            organisation=tree[node],
            valid_from=today + timedelta(days=begin),
            valid_until=None if end is None else today + timedelta(days=end),
        )
    write_out([user.pk], on=today)
    for capability in NAMES:
        scope = scope_of(User.objects.get(pk=user.pk), capability)
        expected = {tree[node].pk for node in naive(parents, held, capability)}
        assert {place.pk for place in tree if place.pk in scope} == expected
        assert (
            set(
                Organisation.objects.filter(pk__in=[p.pk for p in tree])
                .within(scope)
                .values_list("pk", flat=True)
            )
            == expected
        )


def test_a_station_that_moves_takes_its_scope_along(
    station: Organisation, clerk: User, licensing_officer: User, ministry: Organisation
) -> None:
    elsewhere = places.create_organisation(
        name="Sở Y tế tỉnh Lai Châu", kind="department", parent=ministry, valid_from=SINCE
    )
    officer = make_user("lc", "Lò Lai Châu", Role.LICENSING_OFFICER, elsewhere)
    places.place_under(
        organisation=station, parent=elsewhere, on=TODAY, decision="QĐ 12", today=TODAY
    )
    fresh = {user.username: User.objects.get(pk=user.pk) for user in (clerk, officer)}
    assert station.pk in scope_of(fresh["lc"], "view_facilities")
    assert station.pk in scope_of(fresh["duyen"], "enter_records")
    again = User.objects.get(pk=licensing_officer.pk)
    assert station.pk not in scope_of(again, "view_facilities")
    placements = list(station.placements.order_by("valid_from"))
    assert [p.valid_until for p in placements] == [TODAY - timedelta(days=1), None]


def test_an_organisation_cannot_be_placed_under_its_own(
    station: Organisation, department: Organisation
) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refused:
        places.place_under(organisation=department, parent=station, on=TODAY, today=TODAY)
    assert refused.value.code == "placement_circle"
    department.refresh_from_db()
    assert station.path.startswith(department.path)


def test_an_organisation_with_others_below_is_not_closed(
    station: Organisation, department: Organisation
) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refused:
        places.close_organisation(organisation=department, on=date(2026, 12, 31))
    assert refused.value.code == "organisation_not_empty"
    places.close_organisation(organisation=station, on=date(2026, 12, 31))
    station.refresh_from_db()
    assert station.valid_until == date(2026, 12, 31)
    assert station.catchments.get().valid_until == date(2026, 12, 31)


def test_an_account_that_may_not_log_in_has_no_scope(clerk: User) -> None:
    clerk.is_active = False
    assert scope_of(clerk, "enter_records") is NOWHERE


def test_an_end_in_the_past_needs_no_nightly_job(clerk: User) -> None:
    from portal.accounts.models import OrganisationGrant

    yesterday = timezone.localdate() - timedelta(days=1)
    OrganisationGrant.objects.filter(user=clerk).update(valid_until=yesterday)
    assert scope_of(User.objects.get(pk=clerk.pk), "enter_records") is NOWHERE


def test_the_root_answers_everything(administrator: User) -> None:
    assert scope_of(administrator, "manage_lists") is EVERYWHERE
