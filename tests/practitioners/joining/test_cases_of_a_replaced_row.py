"""What was heard of a row is not asked again once another row speaks for it."""

from datetime import timedelta

import pytest

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import pairs, services
from practitioners.disputes import clash_key
from practitioners.models import (
    DiscrepancyCase,
    Outcome,
    Practitioner,
    PractitionerJoining,
    ProfileSubmission,
)
from tests.practitioners.conftest import AT, Send
from tests.practitioners.joining.conftest import Pair
from tests.practitioners.joining.rows import case_of, changes, everything, join, part
from tests.practitioners.law import make_person
from tests.practitioners.test_cases import ELSEWHERE, PAST_DUE, checks_of, decide, hear

Officials = tuple[User, User]
LATER = PAST_DUE + timedelta(days=1)


@pytest.fixture
def other(department: Organisation, db: None) -> Practitioner:
    """Another row of the same person, which has nothing but a name."""
    person = make_person("Lò Văn Thoan")
    Practitioner.objects.filter(pk=person.pk).update(keeper=department)
    person.refresh_from_db()
    return person


@pytest.mark.parametrize("outcome", ["second_holds", "first_holds", None])
def test_a_clash_that_was_heard_of_the_replaced_row_is_not_asked_again(
    send: Send,
    verified: Practitioner,
    other: Practitioner,
    station: Organisation,
    department: Organisation,
    station_head: User,
    officials: Officials,
    outcome: str | None,
) -> None:
    said = {"full_time": "", "position_text": "", **ELSEWHERE}
    sent = send(facility=station, actor=station_head, **said)
    case = DiscrepancyCase.objects.get(kind="two_licenses")
    if outcome is not None:
        hear(case, officials[0], station_head)
        decide(case, outcome, officials[0])
    about = case_of(verified, other, department, officials[0])
    join(about, other, officials, at=LATER)
    sent.refresh_from_db()
    assert sent.practitioner == other
    ProfileSubmission.objects.waiting().filter(pk=sent.pk).update(
        state="returned", reason_code="duplicate", reviewer=officials[0], decided_at=LATER
    )
    again = send(facility=station, actor=station_head, at=LATER, **said)
    assert again.practitioner in {other, None}
    assert DiscrepancyCase.objects.get(kind="two_licenses") == case
    found = checks_of(again)
    if outcome is None:
        case.refresh_from_db()
        assert case.is_open
        assert again.checks.get(code="second_license").params["case"] == str(case.pk)
    else:
        expected = {"second_holds": ("case_for", "pass"), "first_holds": ("case_against", "fail")}
        assert (expected[outcome][0], found[expected[outcome][0]]) == expected[outcome]


def test_what_was_decided_of_a_pair_holds_of_the_row_that_stays_and_goes_back(
    plain: Pair, about: DiscrepancyCase, department: Organisation, officials: Officials
) -> None:
    stays, goes = plain
    third = make_person("Lò Văn Thoan")
    Practitioner.objects.filter(pk=third.pk).update(keeper=department)
    third.refresh_from_db()
    two = pairs.dispute_of("twin", third, goes, decides=department, facts={})
    services.open_cases([two], actor=officials[0], at=AT)
    case = DiscrepancyCase.objects.get(key=pairs.key_of("twin", third, goes))
    DiscrepancyCase.objects.filter(pk=case.pk).update(
        state="decided",
        outcome=Outcome.ONE_PERSON,
        reason="Cùng một người.",
        decided_by=officials[0],
        decided_at=AT,
    )
    before = everything()
    joining = join(about, stays, officials)
    case.refresh_from_db()
    assert case.key == pairs.key_of("twin", third, stays)
    assert set(case.people) == {third.pk, stays.pk}
    assert case.practitioner == third
    # And by that decision the third row is joined as well.
    second = join(case, stays, officials)
    assert PractitionerJoining.objects.filter(state="done").count() == 2
    part(second, officials)
    part(joining, officials)
    assert changes(before, everything()) == {}


def test_an_open_case_keeps_its_name_where_the_same_is_asked_of_the_row_that_stays(
    plain: Pair, about: DiscrepancyCase, department: Organisation, officials: Officials
) -> None:
    stays, goes = plain
    third = make_person("Lò Văn Thoan")
    for one in (stays, goes):
        dispute = pairs.dispute_of("twin", one, third, decides=department, facts={})
        services.open_cases([dispute], actor=officials[0], at=AT)
    named = {one: pairs.key_of("twin", one, third) for one in plain}
    join(about, stays, officials)
    keys = DiscrepancyCase.objects.open().values_list("key", flat=True)
    assert sorted(keys) == sorted(named.values())
    # The case about the two rows themselves is as it was.
    about.refresh_from_db()
    assert set(about.people) == {stays.pk, goes.pk}
    assert clash_key("twin:pair", *sorted(map(str, about.people))) not in keys  # type: ignore[arg-type]
