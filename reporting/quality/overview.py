"""What the page of a place's data quality says: score, criteria, twelve weeks, what to mend."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from portal.places.models import Area, Organisation
from portal.site.home import Chip
from reporting.models import Criterion, QualityPolicy, QualityRule, QualityScore
from reporting.quality.formula import Measured, score, state

WEEKS = 12
WEEK = timedelta(days=7)
MEANING: Mapping[str, StrOrPromise] = {
    Criterion.ACCURACY: gettext_lazy("agrees with its source"),
    Criterion.COMPLETENESS: gettext_lazy("nothing required is missing"),
    Criterion.CLEANNESS: gettext_lazy("nothing twice, well formed"),
    Criterion.CURRENCY: gettext_lazy("new, and sent in time"),
    Criterion.CONSISTENCY: gettext_lazy("said alike everywhere"),
}


def policy_on(day: date) -> QualityPolicy | None:
    """Return the weights and thresholds of a day."""
    rows = QualityPolicy.objects.filter(valid_from__lte=day).order_by("-valid_from")
    return next((row for row in rows if row.valid_until is None or row.valid_until >= day), None)


def chip_of(value: Decimal | None, policy: QualityPolicy, *, holds_gates: bool = True) -> Chip:
    """Say in a word how good a score is."""
    colour = state(
        value,
        holds_gates=holds_gates,
        green_from=policy.green_from,
        amber_from=policy.amber_from,
    )
    if colour == "green":
        return Chip("ok", "ok", _("Good"))
    if colour == "amber":
        return Chip("warn", "warn", _("To be mended"))
    if colour == "red":
        return Chip("bad", "bad", _("Poor"))
    return Chip("", "none", _("Not enough data"))


def has_other_base(
    now: QualityScore | None, then: QualityScore | None, codes: Collection[str] | None = None
) -> bool:
    """Say whether some rule judged another number of records then: a change is not of repairs alone.

    Rule by rule, since one rule may have got as many more as another has fewer; ``codes`` asks of
    some rules only.
    """
    if now is None or then is None:
        return False
    return _judged(now, codes) != _judged(then, codes)


def _judged(row: QualityScore, codes: Collection[str] | None) -> dict[str, int]:
    """Return of how many records each rule was asked."""
    said = {code: counts[0] for code, counts in row.rules.items() if counts[0]}
    return said if codes is None else {code: said[code] for code in codes if code in said}


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One of the five criteria of a place."""

    key: str
    title: StrOrPromise
    meaning: StrOrPromise
    weight: Decimal
    value: Decimal | None
    passed: int
    evaluated: int
    change: Decimal | None
    evaluated_before: int | None
    has_other_base: bool
    chip: Chip


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of a place: what failed, and what its mending would add.

    All three numbers rest on the records that the reader may know of: ``hidden`` ones are in none.
    """

    rule: QualityRule
    evaluated: int
    passed: int
    broken: int
    gain: Decimal
    hidden: int = 0

    @property
    def failed(self) -> int:
        """How many records the reader has to mend."""
        return _known_failed(self.evaluated, self.passed, self.hidden)

    @property
    def percent(self) -> Decimal:
        """How many of a hundred records that the reader may know of pass."""
        known = self.passed + self.failed
        return Decimal(100) * self.passed / known if known else Decimal(100)


def _known_failed(evaluated: int, passed: int, hidden: int) -> int:
    return max(evaluated - passed - hidden, 0)


class Overview:
    """The score of a place or an area as it stands on a day, and what it was in the weeks before."""

    def __init__(self, place: Organisation | Area, day: date, policy: QualityPolicy) -> None:
        self.place, self.day, self.policy = place, day, policy
        of = "area" if isinstance(place, Area) else "organisation"
        rows = QualityScore.objects.filter(**{of: place}, day__lte=day)
        self._rows = list(rows.order_by("-day")[: 2 * (WEEKS * 7 + 1)])
        self.unit = self._unit({row.unit for row in self._rows})
        self._course = [row for row in self._rows if row.unit == self.unit]
        self.score = self._course[0] if self._course else None

    def _unit(self, units: Collection[str]) -> str:
        """Return what is shown: of a place that has others under it all of them, as it is today.

        Whoever had a point once and has none any more is scored by itself again.
        """
        if isinstance(self.place, Area):
            return "area"
        has_below = "below" in units and Organisation.objects.filter(parent=self.place).exists()
        return "below" if has_below else "facility"

    def _standing(self, day: date) -> QualityScore | None:
        return next((row for row in self._course if row.day <= day), None)

    @property
    def chip(self) -> Chip:
        found = self.score
        if found is None:
            return chip_of(None, self.policy)
        return chip_of(found.value, self.policy, holds_gates=found.holds_gates)

    @property
    def broken(self) -> int:
        """How many records have a wrong identifier."""
        return sum(counts[2] for counts in self.score.rules.values()) if self.score else 0

    @property
    def weeks(self) -> list[tuple[date, Decimal | None]]:
        """Return the score at the end of each of the last weeks, the oldest first."""
        ends = [self.day - WEEK * back for back in reversed(range(WEEKS))]
        found = [(end, self._standing(end)) for end in ends]
        return [(end, row.value if row else None) for end, row in found]

    @property
    def change(self) -> Decimal | None:
        """How much the score moved in a week."""
        before = self._standing(self.day - WEEK)
        now = self.score.value if self.score else None
        then = before.value if before else None
        return None if now is None or then is None else now - then

    @property
    def has_other_base(self) -> bool:
        """Say whether other records were judged a week ago."""
        return has_other_base(self.score, self._standing(self.day - WEEK))

    def lines(self, rules: Mapping[str, QualityRule]) -> list[CriterionLine]:
        """Return the five criteria."""
        before = self._standing(self.day - WEEK)
        found = []
        for one in Criterion:
            passed, evaluated = self._sums(self.score, rules, one)
            value = self.score.by_criterion[str(one)] if self.score else None
            then = before.by_criterion[str(one)] if before else None
            codes = [code for code, rule in rules.items() if rule.criterion == one]
            found.append(
                CriterionLine(
                    key=str(one),
                    title=one.label,
                    meaning=MEANING[one],
                    weight=100 * self.policy.weights[str(one)],
                    value=value,
                    passed=passed,
                    evaluated=evaluated,
                    change=None if value is None or then is None else value - then,
                    evaluated_before=self._sums(before, rules, one)[1] if before else None,
                    has_other_base=has_other_base(self.score, before, codes),
                    chip=chip_of(value, self.policy),
                )
            )
        return found

    def _sums(
        self, row: QualityScore | None, rules: Mapping[str, QualityRule], criterion: str
    ) -> tuple[int, int]:
        counts = [
            counts
            for code, counts in (row.rules if row else {}).items()
            if code in rules and rules[code].criterion == criterion
        ]
        return sum(c[1] for c in counts), sum(c[0] for c in counts)

    def rule_lines(
        self, rules: Mapping[str, QualityRule], hidden: Mapping[str, int]
    ) -> list[RuleLine]:
        """Return the rules that judged something here, by what their mending would add.

        ``hidden`` is how many of the records that fail the reader may not know of, by rule.
        """
        if self.score is None:
            return []
        measured = [
            _measured(rules[code], counts)
            for code, counts in self.score.rules.items()
            if code in rules
        ]
        now = score(measured, self.policy.weights).value or Decimal(0)
        found = []
        for row in measured:
            unseen = hidden.get(row.rule, 0)
            mended = row.passed + _known_failed(row.evaluated, row.passed, unseen)
            whole = Measured(row.rule, row.criterion, row.weight, row.evaluated, mended)
            others = [whole if other.rule == row.rule else other for other in measured]
            then = score(others, self.policy.weights).value or Decimal(0)
            rule = rules[row.rule]
            counts = (row.evaluated, row.passed, row.gates_broken)
            found.append(RuleLine(rule, *counts, then - now, unseen))
        return sorted(found, key=lambda line: (not line.broken, -line.gain, line.rule.code))


def _measured(rule: QualityRule, counts: Sequence[int]) -> Measured:
    evaluated, passed, broken = counts
    return Measured(rule.code, rule.criterion, rule.weight, evaluated, passed, rule.minimum, broken)
