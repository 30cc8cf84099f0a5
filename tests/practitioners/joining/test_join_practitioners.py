"""Two rows of the register that are one person become one, with everything that points at them."""

from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from portal.accounts.models import User
from portal.database.privileges import append_only
from practitioners import services
from practitioners.models import (
    DiscrepancyCase,
    JoinedRow,
    Practitioner,
    PractitionerJoining,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.services.joined_rows import DERIVED, SPEAK_OF_JOININGS, belongings
from tests.practitioners.joining.conftest import Pair
from tests.practitioners.joining.rows import (
    LATER,
    ask,
    changes,
    everything,
    join,
    ledger,
    part,
    settle,
)

Officials = tuple[User, User]


def columns_of_the_database() -> set[tuple[str, str]]:
    """Return every column the database itself knows to name a practitioner."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT class.relname, attribute.attname
            FROM pg_catalog.pg_constraint held
            JOIN pg_catalog.pg_class class ON class.oid = held.conrelid
            JOIN pg_catalog.pg_attribute attribute
              ON attribute.attrelid = held.conrelid AND attribute.attnum = held.conkey[1]
            WHERE held.contype = 'f' AND cardinality(held.conkey) = 1
              AND held.confrelid = 'practitioners_practitioner'::regclass"""
        )
        return set(cursor.fetchall())


def test_every_key_to_a_practitioner_moves_or_is_said_to_stay(db: None) -> None:
    by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    moves = {(one.table, one.column) for one in belongings()}
    # What is written once stays as it was written; what speaks of joinings belongs to neither.
    stay = {
        (table, column)
        for table, column in columns_of_the_database()
        if hasattr(by_table[table], "pgh_tracked_model")
        or append_only(by_table[table])
        or by_table[table] in (*SPEAK_OF_JOININGS, *DERIVED)
    }
    assert columns_of_the_database() - moves == stay
    assert {one.model for one in belongings()} & {Practitioner, *DERIVED} == set()


def test_every_table_of_practitioners_has_a_row_in_these_tests(pair: Pair) -> None:
    empty = {one.table for one in belongings() if not one.of([pair[1].pk]).exists()}
    # The register's own numbers named in a hospital's file are counted by its import.
    assert empty == {"healthrecords_naming"}


def test_whatever_points_at_the_replaced_row_points_at_the_one_that_stays(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    stays, goes = pair
    before = {one: one.of([goes.pk]).count() for one in belongings()}
    joining = join(case, stays, officials, choices=choices, take=["phone"])
    assert {one.table for one in belongings() if one.of([goes.pk]).exists()} == set()
    assert all(one.of([stays.pk]).count() >= count for one, count in before.items())
    goes.refresh_from_db()
    assert (goes.replaced_by, goes.phone) == (stays, "0912000002")
    stays.refresh_from_db()
    assert (stays.phone, stays.email) == ("0912000002", "nguoi1@example.vn")
    assert (joining.asked_by, joining.answered_by) == officials
    first, second = stays.licenses.order_by("number_raw")
    assert (first.superseded_on, second.superseded_by) == (None, first)
    assert second.superseded_on == LATER.date()
    assert WorkingSlot.objects.filter(practitioner=stays).count() == 6
    seats = TrainingRotation.objects.filter(supervisor=stays).values_list("seat", flat=True)
    assert sorted(seats) == [1, 2]
    assert case.steps.filter(kind="effect").count() == 2


def test_parting_gives_both_rows_back_exactly_as_they_were(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    before = everything()
    joining = join(case, pair[0], officials, choices=choices, take=["phone", "email", "name"])
    assert changes(before, everything())
    part(joining, officials)
    assert changes(before, everything()) == {}
    joining.refresh_from_db()
    assert (joining.state, joining.parted_by) == ("parted", officials[1])


def test_the_other_licence_may_hold_and_goes_back_as_well(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    before = everything()
    joining = join(case, pair[0], officials, choices=dict.fromkeys(choices, "joined"))
    current = pair[0].licenses.get(superseded_on=None)
    assert current.number_raw == "002287/ĐB-GPHN"
    part(joining, officials)
    assert changes(before, everything()) == {}


def test_nobody_joins_alone(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    asked = ask(case, pair[0], officials[0], choices=choices)
    before = everything()
    with pytest.raises(ValidationError) as refused:
        services.carry_out_joining(actor=officials[0], joining_id=asked.pk, at=LATER)
    assert refused.value.code == "joining_of_one"
    assert changes(before, everything()) == {}
    assert not JoinedRow.objects.exists()
    services.carry_out_joining(actor=officials[1], joining_id=asked.pk, at=LATER)
    services.ask_to_part(actor=officials[1], joining_id=asked.pk, reason="Hai người.", at=LATER)
    with pytest.raises(ValidationError) as alone:
        services.carry_out_parting(actor=officials[1], joining_id=asked.pk, at=LATER)
    assert alone.value.code == "joining_of_one"
    assert Practitioner.objects.get(pk=pair[1].pk).replaced_by == pair[0]


def test_only_officials_of_the_keeper_join(
    pair: Pair,
    case: DiscrepancyCase,
    choices: dict[str, str],
    officials: Officials,
    foreign_officer: User,
    sender: User,
) -> None:
    asked = ask(case, pair[0], officials[0], choices=choices)
    for user in (foreign_officer, sender):
        with pytest.raises(PermissionDenied):
            services.carry_out_joining(actor=user, joining_id=asked.pk, at=LATER)
        with pytest.raises(PermissionDenied):
            services.drop_joining(actor=user, joining_id=asked.pk, reason="Không", at=LATER)
    asked.refresh_from_db()
    assert asked.state == "asked"
    services.drop_joining(actor=officials[1], joining_id=asked.pk, reason="Chưa rõ", at=LATER)
    with pytest.raises(PermissionDenied):
        ask(case, pair[0], foreign_officer, choices=choices)
    assert PractitionerJoining.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [{"outcome": "other_person"}, {"state": "open", "outcome": ""}, {"facts": {}}],
    ids=["two people", "undecided", "about nobody"],
)
def test_rows_nobody_decided_to_be_one_person_are_not_joined(
    pair: Pair,
    case: DiscrepancyCase,
    choices: dict[str, str],
    officials: Officials,
    said: dict[str, object],
) -> None:
    DiscrepancyCase.objects.filter(pk=case.pk).update(**said)
    case.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        ask(case, pair[0], officials[0], choices=choices)
    assert refused.value.code == "not_one_person"
    assert ledger() == 0


def test_what_came_since_stays_with_the_row_that_stays(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    stays, _goes = pair
    before = everything()
    joining = join(case, stays, officials, choices=choices)
    new = stays.specialities.create(text="Nhi khoa", valid_from=date(2026, 11, 1))
    part(joining, officials)
    differ = changes(before, everything())
    assert set(differ) == {("practitioners_speciality", new.pk)}
    new.refresh_from_db()
    assert new.practitioner == stays


def test_what_somebody_wrote_since_stays_written(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    stays, _goes = pair
    before = everything()
    joining = join(case, stays, officials, choices=choices, take=["phone", "email"])
    Practitioner.objects.filter(pk=stays.pk).update(phone="0912000009")
    part(joining, officials)
    differ = changes(before, everything())
    assert list(differ.values()) == [{"phone": ("0912000001", "0912000009")}]


def test_a_replaced_row_is_joined_no_second_time(
    pair: Pair, case: DiscrepancyCase, choices: dict[str, str], officials: Officials
) -> None:
    join(case, pair[0], officials, choices=choices)
    noted = ledger()
    for survivor in pair:
        with pytest.raises(ValidationError) as refused:
            ask(case, survivor, officials[0], choices=choices)
        assert refused.value.code == "replaced_meanwhile"
    settle()
    assert ledger() == noted
