"""What do the lists of a day ask of a place of care: conditions, topics, duties, thresholds?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.codelists.lookup import Entry, codes_on
from portal.names import name_norm

CONDITIONS, TOPICS, DUTIES = "facility_conditions", "readiness_topics", "publication_duties"
LEVELS, INSPECTIONS, SUPPLIES = "technical_levels", "inspection_kinds", "supply_rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of such a list, as its attributes say it."""

    entry: Entry

    @property
    def code(self) -> str:
        return self.entry.code

    @property
    def title(self) -> str:
        return self.entry.title

    @property
    def article(self) -> str:
        return self.said("article")

    def said(self, name: str) -> str:
        """Return an attribute, "" where the list leaves it open."""
        return str(self.entry.attributes.get(name, "") or "")

    def number(self, name: str) -> Decimal | None:
        """Return an attribute that is a number."""
        return Decimal(self.said(name)) if self.said(name) else None

    def day(self, name: str) -> date | None:
        """Return an attribute that is a day."""
        return date.fromisoformat(self.said(name)) if self.said(name) else None

    def is_about(self, form: str, specialty: str = "") -> bool:
        """Say whether the rule is about facilities of a form and specialty; open means all."""
        forms = self.said("forms")
        if forms and form not in forms.split(";"):
            return False
        wanted = self.said("specialty")
        if not wanted:
            return True
        holds = wanted.lstrip("!") in name_norm(specialty).split()
        return holds != wanted.startswith("!")


def rules_of(key: str, on: date) -> list[Rule]:
    """Return the rows of a list on a day."""
    return [Rule(entry) for entry in codes_on(key, on)]


def rule_of(key: str, code: str, on: date) -> Rule | None:
    """Return one row of a list on a day."""
    return next((rule for rule in rules_of(key, on) if rule.code == code), None)


def inspected_kinds(on: date) -> frozenset[str]:
    """Return the kinds of devices that must be inspected, as the list of a day says."""
    return frozenset(rule.code for rule in rules_of(INSPECTIONS, on) if rule.number("months"))


def level_of_points(points: Decimal, on: date) -> str:
    """Return the level of expertise that points make on a day, "" where the list does not say."""
    for rule in rules_of(LEVELS, on):
        first, below = rule.number("points_from"), rule.number("points_below")
        if first is not None and points >= first and (below is None or points < below):
            return rule.said("level")
    return ""


@dataclass(frozen=True, slots=True)
class SupplyRules:
    """Thresholds of warnings on a day: steps of days, latest first, and months of stock."""

    equipment_steps: tuple[int, ...]
    expiry_steps: tuple[int, ...]
    months_low: Decimal
    months_high: Decimal
    months_counted: int


def supply_rules(on: date) -> SupplyRules:
    """Read the thresholds; what a province's list leaves out is not warned of."""
    values: Mapping[str, Decimal] = {
        rule.code: rule.number("value") or Decimal(0) for rule in rules_of(SUPPLIES, on)
    }

    def steps(prefix: str) -> tuple[int, ...]:
        found = (int(value) for code, value in values.items() if code.startswith(prefix))
        return tuple(sorted(found, reverse=True))

    return SupplyRules(
        equipment_steps=steps("equipment_warning_"),
        expiry_steps=steps("expiry_warning_"),
        months_low=values.get("months_low", Decimal(0)),
        months_high=values.get("months_high", Decimal("Infinity")),
        months_counted=int(values.get("months_counted", 0)) or 6,
    )
