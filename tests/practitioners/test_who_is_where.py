"""Whose person somebody is, is read along an index, whether the last day is written or not."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portal.places.models import Organisation
from portal.scope import Scope
from practitioners.models import Practitioner, Registration

pytestmark = pytest.mark.django_db
BEGAN = date(2024, 1, 1)


@pytest.fixture
def crowd(hospital: Organisation, station: Organisation) -> None:
    """Three thousand people at the hospital, forty at the station; a third leave on a day to come."""
    soon = timezone.localdate() + timedelta(days=30)
    people = [
        Practitioner(name=f"Sùng A {number}", birth_date="1990-01-01", sex="male")
        for number in range(3_040)
    ]
    Practitioner.objects.bulk_create(people)
    Registration.objects.bulk_create(
        Registration(
            practitioner=person,
            facility=station if number < 40 else hospital,
            valid_from=BEGAN,
            valid_until=soon if number % 3 == 0 else None,
        )
        for number, person in enumerate(people)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE practitioners_registration, practitioners_practitioner")
        cursor.execute("SET LOCAL enable_seqscan = off")


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every node of a plan."""
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


def test_the_people_of_a_place_are_found_along_one_index(
    crowd: None, station: Organisation
) -> None:
    """Those who leave on a day to come are found by the same walk: the index holds them, too."""
    scope = Scope(frozenset({station.pk}))
    rows = Practitioner.objects.within(scope)
    assert rows.count() == 40
    plan = connection.cursor()
    sql, params = rows.query.sql_with_params()
    plan.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
    ((told,),) = plan.fetchall()
    walked = [
        node
        for node in nodes(told[0]["Plan"])
        if node.get("Relation Name") == "practitioners_registration"
    ]
    assert [node.get("Index Name") for node in walked] == ["registration_place"], walked
    (node,) = walked
    assert "facility_id" in node["Index Cond"]
    assert node["Actual Rows"] * node["Actual Loops"] == 40
