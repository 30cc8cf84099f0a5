"""The score is the published formula: the same in SQL as in Python, and no repair ever lowers it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.places.models import Organisation
from reporting.models import Criterion, QualityMeasurement, QualityPolicy, QualityRule, QualityScore
from reporting.quality.formula import Measured, score, state
from reporting.quality.loading import load_rules
from reporting.services.scoring import score_places

WEIGHTS = dict(
    zip(
        [str(one) for one in Criterion],
        map(Decimal, ("0.25", "0.25", "0.2", "0.2", "0.1")),
        strict=True,
    )
)
CODES = [f"R{n:02}" for n in range(12)]


@st.composite
def measurings(draw: st.DrawFn) -> list[Measured]:
    rows = []
    for code in draw(st.lists(st.sampled_from(CODES), unique=True, max_size=12)):
        evaluated = draw(st.integers(0, 500))
        rows.append(
            Measured(
                rule=code,
                criterion=draw(st.sampled_from(list(WEIGHTS))),
                weight=Decimal(draw(st.integers(1, 5))),
                evaluated=evaluated,
                passed=draw(st.integers(0, evaluated)),
            )
        )
    return rows


@given(measurings(), st.data())
def test_a_repair_never_lowers_a_score(rows: list[Measured], data: st.DataObject) -> None:
    broken = [n for n, row in enumerate(rows) if row.passed < row.evaluated]
    if not broken:
        return
    which = data.draw(st.sampled_from(broken))
    old = rows[which]
    mended = Measured(old.rule, old.criterion, old.weight, old.evaluated, old.passed + 1)
    before, after = (
        score(rows, WEIGHTS),
        score([*rows[:which], mended, *rows[which + 1 :]], WEIGHTS),
    )
    assert before.value is not None
    assert after.value is not None
    assert after.value >= before.value
    assert all(
        (after.criteria[name] or 0) >= (before.criteria[name] or 0) for name in before.criteria
    )


@given(measurings())
def test_a_score_lies_between_0_and_100_and_is_blank_without_data(rows: list[Measured]) -> None:
    scored = score(rows, WEIGHTS)
    if not any(row.evaluated for row in rows):
        assert scored.value is None
        assert set(scored.criteria.values()) == {None}
    else:
        assert scored.value is not None
        assert 0 <= scored.value <= 100
    assert len(scored.worst) <= 3


@given(measurings())
def test_the_order_of_the_rules_does_not_matter(rows: list[Measured]) -> None:
    assert score(rows, WEIGHTS) == score(rows[::-1], WEIGHTS)


def test_half_of_the_last_place_goes_up() -> None:
    scored = score([Measured("C03", "cleanness", Decimal(1), 6400, 1962)], WEIGHTS)
    assert (scored.value, scored.criteria["cleanness"]) == (Decimal("30.6563"), Decimal("30.6563"))


def test_a_rule_that_judged_too_few_is_left_out() -> None:
    few = Measured("U03", "consistency", Decimal(2), 29, 0, minimum=30)
    full = Measured("D01", "accuracy", Decimal(5), 10, 10)
    scored = score([few, full], WEIGHTS)
    assert scored.value == 100
    assert scored.criteria["consistency"] is None


@pytest.mark.parametrize(
    ("value", "holds", "colour"),
    [("90", True, "green"), ("90", False, "amber"), ("89.99", True, "amber"), ("75", True, "amber"),
     ("74.99", True, "red"), ("60", False, "red"), (None, True, "")],
)  # fmt: skip
def test_colours_follow_the_thresholds_and_a_wrong_identifier_is_never_green(
    value: str | None, holds: bool, colour: str
) -> None:
    given = None if value is None else Decimal(value)
    found = state(given, holds_gates=holds, green_from=Decimal(90), amber_from=Decimal(75))
    assert found == colour


@given(measured=st.data())
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_sql_adds_up_what_the_formula_adds_up(
    measured: st.DataObject, station: Organisation, other_station: Organisation
) -> None:
    if not QualityRule.objects.exists():  # the examples share one transaction
        load_rules()
    today = timezone.localdate()
    policy = QualityPolicy.objects.get()
    QualityMeasurement.objects.all().delete()
    rules = list(QualityRule.objects.filter(not_measured_because=""))
    by_place: dict[object, list[Measured]] = {station.pk: [], other_station.pk: []}
    for place, rows in by_place.items():
        for rule in rules[measured.draw(st.integers(0, 12)) :: measured.draw(st.integers(2, 9))]:
            evaluated = measured.draw(st.integers(0, 900))
            passed = measured.draw(st.integers(0, evaluated))
            QualityMeasurement.objects.create(
                rule=rule, facility_id=place, day=today, evaluated=evaluated, passed=passed,
                gates_broken=evaluated - passed if rule.is_gate else 0,
            )  # fmt: skip
            rows.append(_measured(rule, evaluated, passed))
    with connection.cursor() as cursor:
        score_places(cursor, today)
    whole: dict[str, Measured] = {}
    for place, rows in by_place.items():
        _same("facility", place, rows, policy)
        for row in rows:
            old = whole.get(row.rule)
            whole[row.rule] = row if old is None else _together(old, row)
    assert station.parent is not None
    _same("below", station.parent.pk, list(whole.values()), policy)


def _measured(rule: QualityRule, evaluated: int, passed: int) -> Measured:
    broken = evaluated - passed if rule.is_gate else 0
    return Measured(rule.code, rule.criterion, rule.weight, evaluated, passed, rule.minimum, broken)


def _together(one: Measured, other: Measured) -> Measured:
    return Measured(
        one.rule,
        one.criterion,
        one.weight,
        one.evaluated + other.evaluated,
        one.passed + other.passed,
        one.minimum,
        one.gates_broken + other.gates_broken,
    )


def _same(unit: str, place: object, rows: list[Measured], policy: QualityPolicy) -> None:
    wanted = score(rows, policy.weights)
    found = QualityScore.objects.of(unit, place, timezone.localdate())
    if wanted.value is None:
        assert found is None or found.value is None
        return
    assert found is not None
    assert found.value == wanted.value
    assert found.by_criterion == dict(wanted.criteria)
    assert found.holds_gates == wanted.holds_gates
    assert found.evaluated == wanted.evaluated
    assert found.worst == wanted.worst
