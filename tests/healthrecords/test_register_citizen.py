"""A citizen is registered once, with twins asked about and numbers never refused."""

from contextlib import nullcontext
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from healthrecords import services
from healthrecords.models import CareAccess, CareRelation, Citizen, CitizenIdentifier, TwinCase
from healthrecords.services import NumberEntry
from healthrecords.services.citizens import check_entry
from healthrecords.services.versions import SavedByAnotherError, version_of_citizen
from portal.accounts.models import User
from portal.database.context import acting
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, ON, entry_of


def register(clerk: User, station: Organisation, entry: Any, **said: Any) -> Any:
    said.setdefault("client_key", uuid7())
    return services.register_citizen(actor=clerk, place=station, entry=entry, at=AT, **said)


def test_a_citizen_belongs_to_the_station_of_the_commune(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    citizen = register(clerk, station, entry_of(communes[0])).row
    citizen.refresh_from_db()
    assert citizen.home_station == station
    assert (citizen.name_norm, citizen.birth_precision) == ("quang thi hac", "day")
    assert citizen.identifiers.get().value == "011162004137"


def test_a_station_sees_whom_it_registered_though_they_live_elsewhere(
    clerk: User, station: Organisation, other_station: Organisation, communes: list[Area]
) -> None:
    citizen = register(clerk, station, entry_of(communes[1])).row
    assert citizen.home_station == other_station
    relation = CareRelation.objects.get(citizen=citizen)
    assert (relation.organisation, relation.ground) == (station, "visit")
    assert CareAccess.objects.get(citizen=citizen).user == clerk


def test_a_form_sent_from_another_place_before_is_refused_in_words(
    clerk: User,
    neighbour: User,
    station: Organisation,
    other_station: Organisation,
    communes: list[Area],
) -> None:
    key = uuid7()
    register(clerk, station, entry_of(communes[0]), client_key=key)
    theirs = entry_of(communes[1], name="Vàng A Dơ", sex="male", numbers=[])
    with pytest.raises(ValidationError) as refused:
        register(neighbour, other_station, theirs, client_key=key)
    assert refused.value.code == "key_used_elsewhere"
    assert Citizen.objects.get().name == "Quàng Thị Hặc"


def test_the_same_form_sent_twice_makes_one_citizen(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    key = uuid7()
    first = register(clerk, station, entry_of(communes[0]), client_key=key)
    second = register(clerk, station, entry_of(communes[0], name="Khác Hẳn"), client_key=key)
    assert (first.is_new, second.is_new, second.row) == (True, False, first.row)
    assert Citizen.objects.get().name == "Quàng Thị Hặc"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_makes_one_citizen(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    key, barrier, saved = uuid7(), Barrier(2), []

    def send() -> None:
        with acting(command="pytest"):
            actor = User.objects.get(pk=clerk.pk)
            barrier.wait(5)
            saved.append(
                register(actor, station, entry_of(communes[0], numbers=[]), client_key=key)
            )
        connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(result.is_new for result in saved) == [False, True]
    assert Citizen.objects.count() == 1


def test_only_a_place_where_one_enters_records_registers_people(
    stranger: User, station: Organisation, communes: list[Area]
) -> None:
    with pytest.raises(PermissionDenied):
        register(stranger, station, entry_of(communes[0]))
    assert not Citizen.objects.exists()


def test_a_likely_twin_must_be_answered(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    first = register(clerk, station, entry_of(communes[0])).row
    again = entry_of(communes[0], name="Quàng Thị Hạc", birth=PartialDate(1962), numbers=[])
    with pytest.raises(ValidationError) as refused:
        register(clerk, station, again)
    assert refused.value.code == "confirm_twin"
    assert Citizen.objects.get() == first
    second = register(clerk, station, again, not_twins=frozenset({first.pk})).row
    case = TwinCase.objects.get()
    assert (case.older, case.newer, case.answer, case.answered_by) == (
        first,
        second,
        "different",
        clerk,
    )


def test_a_claimed_number_of_somebody_else_is_kept_as_an_open_case(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    """Decree 70/2024/NĐ-CP, Article 11.7.

    Numbers are cancelled and reissued (read second-hand); care is never refused because of one.
    """
    first = register(clerk, station, entry_of(communes[0])).row
    other = entry_of(communes[0], name="Lò Văn Páo", sex="male", birth=PartialDate(1990, 1, 2))
    second = register(clerk, station, other, not_twins=frozenset({first.pk})).row
    assert CitizenIdentifier.objects.filter(value="011162004137", ended_on=None).count() == 2
    case = TwinCase.objects.get()
    assert (case.older, case.newer, case.number, case.answer) == (
        first,
        second,
        "011162004137",
        "",
    )


def test_people_out_of_scope_are_twins_by_an_exact_number_only(
    clerk: User,
    neighbour: User,
    station: Organisation,
    other_station: Organisation,
    communes: list[Area],
) -> None:
    register(clerk, station, entry_of(communes[0]))
    scope = neighbour.find_scope("view_records")
    by_name = services.find_twins(entry_of(communes[0], numbers=[]), scope=scope)
    (by_number,) = services.find_twins(entry_of(communes[0]), scope=scope)
    assert by_name == []
    assert (by_number.grounds, by_number.in_scope) == ({"number"}, False)


def test_a_phone_alone_is_a_household_and_asks_nothing(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    register(clerk, station, entry_of(communes[0], phone="0912000417"))
    child = entry_of(
        communes[0], name="Quàng Văn Nam", birth=PartialDate(2020), phone="0912000417", numbers=[]
    )
    assert register(clerk, station, child).is_new


def test_day_and_month_exchanged_are_found(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    register(clerk, station, entry_of(communes[0], birth=PartialDate(1962, 4, 3), numbers=[]))
    scope = clerk.find_scope("view_records")
    found = services.find_twins(
        entry_of(None, birth=PartialDate(1962, 3, 4), numbers=[]), scope=scope
    )
    assert [twin.ground for twin in found] == ["name_and_birth"]


def test_finding_twins_takes_five_queries(
    clerk: User,
    station: Organisation,
    communes: list[Area],
    django_assert_max_num_queries: Any,
) -> None:
    register(clerk, station, entry_of(communes[0], phone="0912000417"))
    scope = clerk.find_scope("view_records")
    with django_assert_max_num_queries(5):
        services.find_twins(entry_of(communes[0], phone="0912000417"), scope=scope)


@given(st.dates(date(1880, 1, 1), date(2100, 12, 31)))
def test_nobody_is_born_later_or_older_than_anyone(born: date) -> None:
    entry = entry_of(birth=PartialDate.of(born))
    possible = born <= ON and ON.year - born.year <= 130
    with nullcontext() if possible else pytest.raises(ValidationError, match=r"\d{4}"):
        check_entry(entry, at=AT)


def test_a_name_without_letters_is_refused_and_nothing_is_stored(
    clerk: User, station: Organisation, communes: list[Area]
) -> None:
    with pytest.raises(ValidationError) as refused:
        register(clerk, station, entry_of(communes[0], name="123"))
    assert refused.value.error_dict["name"][0].code == "name_without_letters"
    assert not Citizen.objects.exists()


def test_mending_ends_the_number_that_was_wrong(
    citizen: Citizen, clerk: User, communes: list[Area]
) -> None:
    entry = entry_of(
        communes[0], name="Quàng Thị Hạc", numbers=[NumberEntry("personal", "011162004138")]
    )
    services.mend_citizen(
        actor=clerk, citizen=citizen, entry=entry, version=version_of_citizen(citizen), at=AT
    )
    citizen.refresh_from_db()
    held = citizen.identifiers.order_by("value").values_list("value", "ended_on")
    assert citizen.name == "Quàng Thị Hạc"
    assert list(held) == [("011162004137", ON), ("011162004138", None)]


def test_another_station_does_not_mend(
    citizen: Citizen, neighbour: User, stranger: User, communes: list[Area]
) -> None:
    for user in (neighbour, stranger):
        with pytest.raises(PermissionDenied):
            services.mend_citizen(
                actor=user,
                citizen=citizen,
                entry=entry_of(communes[0]),
                version=version_of_citizen(citizen),
                at=AT,
            )


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    citizen: Citizen, clerk: User, clinician: User, communes: list[Area]
) -> None:
    read = version_of_citizen(citizen)
    phone = entry_of(communes[0], phone="0912000417")
    services.mend_citizen(actor=clinician, citizen=citizen, entry=phone, version=read, at=AT)
    with pytest.raises(SavedByAnotherError) as refused:
        services.mend_citizen(
            actor=clerk, citizen=citizen, entry=entry_of(communes[0]), version=read, at=AT
        )
    assert refused.value.code == "saved_by_another"
    citizen.refresh_from_db()
    assert citizen.phone == "0912000417"


def test_a_number_claimed_meanwhile_is_a_change_too(citizen: Citizen) -> None:
    read = version_of_citizen(citizen)
    citizen.identifiers.create(kind="passport", value="C1234567")
    assert version_of_citizen(citizen) != read


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ("coverages", {"number": "DN4010123456789"}),
        ("addresses", {"kind": "temporary", "text": "Bản Nà Ín"}),
        ("relatives", {"relation": "mother", "name": "Lò Thị Pâng"}),
    ],
)
def test_insurance_address_and_relative_of_somebody_else_are_a_change_too(
    citizen: Citizen, rows: str, row: dict[str, str]
) -> None:
    read = version_of_citizen(citizen)
    getattr(citizen, rows).create(**row)
    assert version_of_citizen(citizen) != read
