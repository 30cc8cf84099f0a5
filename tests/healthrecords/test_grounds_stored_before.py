"""Grounds of care that were stored without an end get the one that new ones have."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from healthrecords.models import Appointment, CareRelation, Citizen, Coverage, Visit
from healthrecords.services import referrals
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.test_papers import receiver, refer, visit

__all__ = ["receiver", "visit"]

pytestmark = pytest.mark.django_db
MIGRATION = "healthrecords.migrations.0035_grounds_end_as_their_papers"


def migrate() -> None:
    """Do to what is stored what the migration does."""
    with connection.cursor() as cursor:
        for operation in import_module(MIGRATION).Migration.operations:
            cursor.execute(operation.sql)


def stored_before(citizen: Citizen, place: Organisation, ground: str) -> CareRelation:
    """Return the relation as it was stored once: without an end."""
    relation, _new = CareRelation.objects.update_or_create(
        citizen=citizen,
        organisation=place,
        ground=ground,
        defaults={"until": None},
        create_defaults={"since": date(2026, 11, 5), "until": None},
    )
    return relation


def end_of(relation: CareRelation) -> date | None:
    migrate()
    relation.refresh_from_db()
    return relation.until


def card(citizen: Citizen, place: Organisation, last: date | None, **said: Any) -> Coverage:
    return Coverage.objects.create(
        citizen=citizen,
        number="HT2111234567890",
        valid_from=date(2026, 1, 1) if last is None else date(last.year, 1, 1),
        valid_until=last,
        registered_at=place,
        **said,
    )


def test_where_one_is_insured_until_the_last_card_ends(
    citizen: Citizen, hospital: Organisation
) -> None:
    card(citizen, hospital, date(2026, 12, 31))
    card(citizen, hospital, date(2027, 12, 31))
    relation = stored_before(citizen, hospital, "insurance")
    assert end_of(relation) == date(2027, 12, 31)


def test_a_card_without_an_end_leaves_it_open(citizen: Citizen, hospital: Organisation) -> None:
    card(citizen, hospital, None)
    assert end_of(stored_before(citizen, hospital, "insurance")) is None


def test_a_referral_gives_it_as_long_as_it_holds_and_beyond_once_the_person_came(
    visit: Visit, clerk: User, receiver: User, hospital: Organisation, record: Any
) -> None:
    """Circular 01/2025/TT-BYT, Article 7.

    How long a referral holds (not compared with the text).
    """
    referral = refer(visit, clerk, hospital)
    relation = stored_before(visit.citizen, hospital, "referral")
    assert referral.valid_until is not None
    assert end_of(relation) == referral.valid_until
    relation = stored_before(visit.citizen, hospital, "referral")
    referral.arrived_at = AT
    referral.save(update_fields=["arrived_at"])
    assert end_of(relation) is None


def test_a_referral_that_was_taken_back_gives_it_until_that_day(
    visit: Visit, clerk: User, hospital: Organisation
) -> None:
    referral = refer(visit, clerk, hospital)
    later = AT + timedelta(hours=2)
    referrals.take_back(actor=clerk, referral=referral, reason="nhập nhầm nơi", at=later)
    assert end_of(stored_before(visit.citizen, hospital, "referral")) == date(2026, 11, 5)


def test_an_appointment_gives_it_until_a_month_after_its_day(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation, hospital: Organisation
) -> None:
    record(citizen, next_visit_on=date(2026, 12, 3))
    assert Appointment.objects.get().on == date(2026, 12, 3)
    here = stored_before(citizen, station, "appointment")
    # A place that continues the station has no appointment of its own.
    heir = stored_before(citizen, hospital, "appointment")
    assert end_of(here) == date(2027, 1, 2)
    assert end_of(heir) == date(2027, 1, 2)


def test_other_grounds_and_ends_that_are_known_stay(
    citizen: Citizen, record: Callable[..., Visit], station: Organisation, hospital: Organisation
) -> None:
    record(citizen)
    card(citizen, hospital, date(2027, 12, 31))
    moved = stored_before(citizen, hospital, "insurance")
    moved.until = date(2026, 11, 10)
    moved.save()
    treated = CareRelation.objects.get(organisation=station, ground="visit")
    assert end_of(moved) == date(2026, 11, 10)
    assert end_of(treated) is None


def test_who_has_a_number_is_identified(citizen: Citizen) -> None:
    Citizen.objects.filter(pk=citizen.pk).update(standing="unknown")
    migrate()
    citizen.refresh_from_db()
    assert citizen.standing == "known"
    citizen.identifiers.filter(kind="personal").delete()
    Citizen.objects.filter(pk=citizen.pk).update(standing="unknown")
    migrate()
    citizen.refresh_from_db()
    assert citizen.standing == "unknown"
