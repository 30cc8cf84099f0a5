"""Rows of data quality in sight and out of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from healthrecords.models import Citizen
from reporting.models import QualityIssue, QualityPolicy, QualityRule, QualityScore
from reporting.quality.loading import load_rules
from tests.walking.world import World, literal, names, planted, rows

DAY = date(2026, 11, 4)

names("record_id", "healthrecords.citizen")
literal("label", "healthrecords.citizen")


@rows("reporting.qualityrule")
def rules(_world: World, _n: int) -> Iterator[Model]:
    load_rules()
    yield QualityRule.objects.get(code="F01", valid_until=None)


@rows("reporting.qualitypolicy")
def policies(_world: World, _n: int) -> Iterator[Model]:
    load_rules()
    yield QualityPolicy.objects.get(valid_until=None)


def issue(citizen: Any, facility: Any) -> QualityIssue:
    load_rules()
    return QualityIssue.objects.create(
        rule=QualityRule.objects.get(code="F01", valid_until=None),
        facility=facility,
        label="healthrecords.citizen",
        object_id=citizen.pk,
        fields=["ethnic_group"],
        first_seen=DAY,
        due_on=DAY,
    )


def score(place: Any, value: str) -> QualityScore:
    return QualityScore.objects.create(
        unit="facility",
        organisation=place,
        day=DAY,
        value=Decimal(value),
        completeness=Decimal(value),
        evaluated=10,
        worst=["F01"],
        rules={"F01": [10, 7, 0]},
    )


@rows("reporting.qualityissue")
def issues(world: World, n: int) -> Iterator[Model]:
    if not QualityScore.objects.filter(organisation=world.station).exists():
        score(world.station, "70")
    for citizen in Citizen.objects.filter(home_station=world.station)[:n]:
        yield issue(citizen, world.station)


@planted("reporting.qualityissue")
def far_issues(world: World) -> Iterator[Model]:
    score(world.far_station, "30")
    for citizen in Citizen.objects.filter(home_station=world.far_station)[:1]:
        yield issue(citizen, world.far_station)
