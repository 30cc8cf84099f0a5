"""Broken glass is looked at by somebody else, in time; grounds of care open and close by themselves."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from healthrecords import services
from healthrecords.models import CareAccess, CareRelation, Citizen, GlassReview
from healthrecords.services.access import care_for, end_care
from healthrecords.services.glass import review_glass
from portal.accounts import services as accounts
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import SINCE, TODAY, make_user
from tests.healthrecords.conftest import AT, ON

LATER = AT + timedelta(days=1)


@pytest.fixture
def opening(citizen: Citizen, stranger: User) -> CareAccess:
    return services.break_glass(
        user=stranger, citizen=citizen, reason="bất tỉnh, đưa đến cấp cứu", at=AT
    )


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ValidationError) as refused:
        act()
    error = refused.value
    if hasattr(error, "error_dict"):
        return str(next(iter(error.error_dict.values()))[0].code)
    return str(error.error_list[0].code)


def test_an_opening_is_to_be_reviewed_within_the_term_of_its_day(opening: CareAccess) -> None:
    """Five working days from Thursday 05/11/2026, by the list of terms."""
    assert opening.review_due_on == date(2026, 11, 12)


def test_a_reviewer_finds_it_justified(opening: CareAccess, auditor: User) -> None:
    review = review_glass(
        actor=auditor, access=opening, outcome="justified", note="có phiếu cấp cứu", at=LATER
    )
    assert (review.access, review.reviewed_by, review.outcome) == (opening, auditor, "justified")
    assert not CareAccess.objects.unreviewed().exists()


def test_an_unjustified_opening_needs_a_note(opening: CareAccess, auditor: User) -> None:
    def act() -> object:
        return review_glass(
            actor=auditor, access=opening, outcome="not_justified", note="  ", at=LATER
        )

    assert code_of(act) == "review_without_note"
    assert not GlassReview.objects.exists()


def test_nobody_reviews_their_own_opening(
    citizen: Citizen, stranger: User, opening: CareAccess
) -> None:
    accounts.give_role(
        actor=None,
        user=stranger,
        role=Role.STATION_HEAD,
        organisation=opening.organisation,
        valid_from=SINCE,
        today=TODAY,
    )
    himself = User.objects.get(pk=stranger.pk)

    def act() -> object:
        return review_glass(actor=himself, access=opening, outcome="justified", note="", at=LATER)

    assert code_of(act) == "own_opening"
    assert not GlassReview.objects.exists()


def test_a_second_review_is_refused_and_the_first_stays(opening: CareAccess, auditor: User) -> None:
    review_glass(actor=auditor, access=opening, outcome="justified", note="", at=LATER)
    other = make_user("kiem2", "Hà Văn Soát", Role.AUDITOR, opening.organisation)

    def act() -> object:
        return review_glass(
            actor=other, access=opening, outcome="not_justified", note="nghi ngờ", at=LATER
        )

    assert code_of(act) == "reviewed_before"
    assert GlassReview.objects.get().outcome == "justified"


def test_an_opening_on_a_ground_of_care_is_not_reviewed(
    citizen: Citizen, clinician: User, auditor: User
) -> None:
    access = services.open_access(user=clinician, citizen=citizen, at=AT)
    assert access is not None

    def act() -> object:
        return review_glass(actor=auditor, access=access, outcome="justified", note="", at=LATER)

    assert code_of(act) == "not_broken_glass"


def test_a_head_of_another_station_reviews_nothing_here(
    opening: CareAccess, other_station: Organisation
) -> None:
    head = make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, other_station)
    with pytest.raises(PermissionDenied):
        review_glass(actor=head, access=opening, outcome="justified", note="", at=LATER)
    assert not GlassReview.objects.exists()


@pytest.mark.parametrize("ground", ["referral", "appointment", "insurance"])
def test_a_ground_of_care_opens_the_record_without_a_reason(
    citizen: Citizen, neighbour: User, other_station: Organisation, ground: str
) -> None:
    """Law 91/2025/QH15, Article 19.1 (read second-hand): care goes by law, not by consent."""
    assert services.open_access(user=neighbour, citizen=citizen, at=AT) is None
    care_for(citizen=citizen, organisation=other_station, ground=ground, at=AT)
    access = services.open_access(user=neighbour, citizen=citizen, at=AT)
    assert access is not None
    assert (access.ground, access.reason) == (ground, "")


def test_a_ground_holds_on_its_last_day_and_not_on_the_next(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    care_for(citizen=citizen, organisation=other_station, ground="appointment", at=AT, until=ON)
    assert services.open_access(user=neighbour, citizen=citizen, at=AT) is not None
    CareAccess.objects.all().delete()
    assert services.open_access(user=neighbour, citizen=citizen, at=LATER) is None


def test_a_ground_is_lengthened_and_never_shortened(
    citizen: Citizen, other_station: Organisation
) -> None:
    def care(until: date | None) -> date | None:
        care_for(citizen=citizen, organisation=other_station, ground="referral", at=AT, until=until)
        return CareRelation.objects.get(ground="referral").until

    assert care(ON) == ON
    assert care(date(2026, 12, 1)) == date(2026, 12, 1)
    assert care(ON) == date(2026, 12, 1)
    assert care(None) is None
    assert care(ON) is None


def test_an_ended_ground_closes_the_record_and_may_begin_again(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    care_for(citizen=citizen, organisation=other_station, ground="insurance", at=AT)
    end_care(citizen=citizen, organisation=other_station, ground="insurance", on=ON)
    assert services.open_access(user=neighbour, citizen=citizen, at=LATER) is None
    care_for(citizen=citizen, organisation=other_station, ground="insurance", at=LATER)
    assert services.open_access(user=neighbour, citizen=citizen, at=LATER) is not None
    assert CareRelation.objects.get(ground="insurance").since == ON + timedelta(days=1)


def test_an_ended_ground_lists_nobody(
    citizen: Citizen, neighbour: User, other_station: Organisation
) -> None:
    from portal.scope import Scope

    scope = Scope(ids=frozenset([other_station.pk]))
    care_for(citizen=citizen, organisation=other_station, ground="visit", at=AT)
    assert citizen in Citizen.objects.within(scope)
    CareRelation.objects.filter(organisation=other_station).update(
        since=date(2020, 1, 1), until=date(2020, 1, 2)
    )
    assert citizen not in Citizen.objects.within(scope)
