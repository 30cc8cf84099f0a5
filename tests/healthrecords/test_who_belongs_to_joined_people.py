"""Who belongs to a person is said once while two records are joined, and each gets back its own."""

from typing import Any

import pytest
from django.urls import reverse

from healthrecords.forms.around import around_initial
from healthrecords.models import Citizen, HouseholdMember
from healthrecords.services import households
from healthrecords.services.entries import RelativeEntry
from healthrecords.services.guests import in_front
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, Register
from tests.healthrecords.merging import LATER, fresh, join, part
from tests.healthrecords.pages import logged_in, text_of

pytestmark = pytest.mark.usefixtures("few_lists")
OLD, NEW, OTHER = "0912000001", "0912999999", "0912000002"


def mother(phone: str = OLD) -> RelativeEntry:
    return RelativeEntry("mother", "Lò Thị Mai", phone=phone, represents=True)


def shown(citizen: Citizen) -> list[str]:
    return [row.phone for row in in_front(citizen.relatives.filter(until=None))]


def phones(citizen: Citizen) -> list[tuple[str, Any]]:
    return list(citizen.relatives.order_by("pk").values_list("phone", "until"))


@pytest.fixture
def two(register: Register) -> list[Citizen]:
    """The record that is to stay is the newer one; both know the mother."""
    b = register(name="Quàng Thị Hạc", numbers=[], relative=mother())
    return [register(relative=mother()), b]


def test_a_new_phone_of_the_mother_is_that_of_the_record_that_stays(
    clerk: User, clinician: User, two: list[Citizen]
) -> None:
    a, b = two
    merge = join(clerk, a, b)
    assert shown(a) == [OLD]
    households.add_relative(actor=clerk, citizen=fresh([a])[0], entry=mother(NEW), at=LATER)
    assert shown(a) == [NEW]
    assert around_initial(a, "")["relative_phone"] == NEW
    url = reverse("admin:healthrecords_citizen_identity", args=[a.pk])
    assert OLD not in text_of(logged_in(clerk).get(url))
    part(clinician, merge)
    assert (phones(a), phones(b)) == ([(NEW, None)], [(OLD, None)])


def test_a_mother_whom_only_the_joined_record_knows_is_set_right_there_and_goes_home(
    clerk: User, clinician: User, register: Register
) -> None:
    a, b = register(), register(name="Quàng Thị Hạc", numbers=[], relative=mother())
    merge = join(clerk, a, b)
    households.add_relative(actor=clerk, citizen=fresh([a])[0], entry=mother(NEW), at=LATER)
    assert shown(a) == [NEW]
    part(clinician, merge)
    assert (phones(a), phones(b)) == ([], [(NEW, None)])


def test_who_no_longer_belongs_to_the_person_is_gone_while_joined_and_back_with_its_own_record(
    clerk: User, clinician: User, two: list[Citizen]
) -> None:
    a, b = two
    merge = join(clerk, a, b)
    (a,) = fresh([a])
    row = in_front(a.relatives.all()).get()
    households.end_relative(actor=clerk, relative=row, at=LATER)
    assert shown(a) == []
    part(clinician, merge)
    assert (shown(a), shown(b)) == ([], [OLD])


def test_a_mother_who_was_struck_off_before_the_joining_hides_nobody(
    clerk: User, two: list[Citizen]
) -> None:
    a, b = two
    a.relatives.update(since="2026-01-01", until="2026-10-01")
    join(clerk, a, b)
    assert shown(a) == [OLD]


def test_of_three_records_the_one_that_spoke_last_is_believed(
    clerk: User, clinician: User, two: list[Citizen], register: Register
) -> None:
    a, b = two
    c = register(name="Quang Thi Hac", numbers=[])
    first = join(clerk, a, b)
    households.add_relative(actor=clerk, citizen=fresh([a])[0], entry=mother(NEW), at=LATER)
    second = join(clerk, c, *fresh([a]))
    assert shown(c) == [NEW]
    households.add_relative(actor=clerk, citizen=fresh([c])[0], entry=mother(OTHER), at=LATER)
    assert shown(c) == [OTHER]
    part(clinician, first)
    part(clinician, second)
    assert [shown(one) for one in (a, b, c)] == [[OTHER], [OLD], []]


def test_a_head_chosen_while_joined_is_the_head_of_the_household_that_the_joined_record_has(
    clerk: User, clinician: User, register: Register
) -> None:
    a, b = register(), register(name="Quàng Thị Hạc", numbers=[])
    head = register(name="Quàng Văn Páo", sex="male", numbers=[])
    households.begin_household(actor=clerk, head=head, at=AT)
    households.join_household(actor=clerk, citizen=b, member=head, relation="child", at=AT)
    merge = join(clerk, a, b)
    households.make_head(actor=clerk, citizen=fresh([a])[0], at=LATER)
    part(clinician, merge)
    held = HouseholdMember.objects.filter(until=None).values_list("citizen", "relation")
    assert set(held) == {(b.pk, "head"), (head.pk, "other")}


def test_a_mother_whom_only_the_joined_record_knows_is_struck_off_while_joined_alone(
    clinician: User, clerk: User, register: Register
) -> None:
    a, b = register(), register(name="Quàng Thị Hạc", numbers=[], relative=mother())
    merge = join(clerk, a, b)
    row = in_front(fresh([a])[0].relatives.all()).get()
    households.end_relative(actor=clerk, relative=row, at=LATER)
    assert shown(a) == []
    part(clinician, merge)
    assert (shown(a), shown(b)) == ([], [OLD])
