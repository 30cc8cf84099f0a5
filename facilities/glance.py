"""A place of care at a glance: who it is, whether it may do what it does, what lacks, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import cached_property

from facilities.beds import KindSum
from facilities.conditions import (
    Check,
    Facts,
    Verdict,
    checks_of,
    facts_of,
    verdict_of,
)
from facilities.dues import Due, dues_of
from facilities.duties import Duty, duties_of
from facilities.hours import week_of
from facilities.licensed import version_on
from facilities.missing import Missing, missing_fields
from facilities.models import (
    Equipment,
    Facility,
    FacilityClassification,
    FacilitySuccession,
    OpeningSchedule,
    OperatingLicense,
    OperatingLicenseVersion,
    Readiness,
    StockLot,
)
from facilities.models.license import parts_suspended
from facilities.querysets import holding_on
from facilities.rules import TOPICS, Rule, rules_of
from portal.codelists.lookup import titles_on
from portal.places.models import GoverningBody, Organisation, OrganisationIdentifier

FORMS = "facility_forms"
WARNING = frozenset({Verdict.NO, Verdict.NOT_PROVEN})


@dataclass(frozen=True, slots=True)
class Answered:
    """A topic of connection and software with its answer, or none."""

    rule: Rule
    row: Readiness | None

    @property
    def chip(self) -> tuple[str, str]:
        """Return kind and icon of the answer."""
        if self.row is None:
            return "", "none"
        return {"yes": ("ok", "ok"), "partly": ("warn", "warn"), "no": ("bad", "bad")}[
            self.row.answer
        ]


class Glance:
    """Everything the page of one facility shows, each part read when it is drawn."""

    def __init__(self, facility: Facility, on: date) -> None:
        self.facility, self.on = facility, on
        self.place: Organisation = facility.organisation

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.facility, self.on)

    @cached_property
    def checks(self) -> list[Check]:
        return checks_of(self.facts)

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.checks)

    @property
    def verdict_chip(self) -> tuple[str, str]:
        return {
            Verdict.YES: ("ok", "ok"),
            Verdict.NO: ("bad", "bad"),
            Verdict.NOT_PROVEN: ("warn", "warn"),
        }[self.verdict]

    @cached_property
    def identifiers(self) -> list[OrganisationIdentifier]:
        """Return all codes it ever had, those in force first."""
        rows = self.place.identifiers.all()
        return sorted(rows, key=lambda row: (row.valid_until is not None, row.scheme))

    @property
    def identifiers_now(self) -> list[OrganisationIdentifier]:
        """Return the codes that hold today; one that begins later does not yet."""
        return [
            row
            for row in self.identifiers
            if row.valid_from <= self.on and (row.valid_until is None or row.valid_until >= self.on)
        ]

    @property
    def codes(self) -> dict[str, str]:
        return {row.scheme: row.value for row in self.identifiers_now}

    @cached_property
    def missing(self) -> list[Missing]:
        return missing_fields(self.facility, self.facts, self.codes, self.governing_body)

    @cached_property
    def duties(self) -> list[Duty]:
        return duties_of(self.facility, self.on, self.facts.staffing)

    @property
    def duties_told(self) -> list[tuple[Duty, tuple[str, str, str]]]:
        return [(duty, duty.chip(self.on)) for duty in self.duties]

    @cached_property
    def dues(self) -> list[Due]:
        return dues_of(self.facility, self.facts, self.duties, self.on)

    @property
    def form_title(self) -> str:
        return titles_on(FORMS, self.on).get(self.facility.form, "")

    @cached_property
    def classifications(self) -> list[FacilityClassification]:
        rows = self.place.facilityclassification_rows.filter(holding_on(self.on))
        return list(rows.order_by("kind"))

    @cached_property
    def version(self) -> OperatingLicenseVersion | None:
        """Return what the licence says today, with its activities."""
        license = self.facts.license
        if license is None:
            return None
        return version_on(license.versions.all(), self.on)

    @cached_property
    def license_acts(self) -> Sequence[Any]:
        license = self.facts.license
        if license is None:
            return ()
        return sorted(license.events.all(), key=lambda event: event.valid_from, reverse=True)

    @property
    def parts_suspended(self) -> list[str]:
        """Return the parts of the licence's scope that are suspended today."""
        license = self.facts.license
        if license is None or license.state_on(self.on) != OperatingLicense.State.ACTIVE:
            return []
        return parts_suspended(license.events.all(), self.on)

    @property
    def license_chip(self) -> tuple[str, str, str]:
        """Return the state of the licence as kind, icon and word."""
        license = self.facts.license
        if license is None:
            return "", "none", ""
        state = license.state_on(self.on)
        kind, icon = {
            "active": ("ok", "shield"),
            "not_yet": ("", "clock"),
            "temporarily_closed": ("warn", "off"),
        }.get(state, ("bad", "bad"))
        return kind, icon, str(state.label)

    @cached_property
    def departments(self) -> list[Any]:
        rows = self.place.department_rows.filter(holding_on(self.on))
        return list(rows.order_by("code", "name"))

    @property
    def beds(self) -> Sequence[KindSum]:
        """Return every kind of bed with its number, and what the departments count."""
        return self.facts.bed_sums

    @property
    def schedule(self) -> OpeningSchedule | None:
        return self.facts.schedule

    @property
    def week(self) -> list[tuple[int, list[tuple[str, str]]]]:
        """Return the hours of each weekday, 2 for Monday to 8 for Sunday as they are called here."""
        slots = self.schedule.slots.all() if self.schedule else ()
        return [(day + 1, hours) for day, hours in week_of(slots).items()]

    @cached_property
    def readiness(self) -> list[Answered]:
        rules = [r for r in rules_of(TOPICS, self.on) if r.is_about(self.facility.form)]
        return [Answered(rule, self.facts.readiness.get(rule.code)) for rule in rules]

    @cached_property
    def points(self) -> list[Organisation]:
        rows = Organisation.objects.current().filter(parent=self.place).exclude(kind="department")
        return list(rows.select_related("facility").order_by("name_norm"))

    @cached_property
    def steps(self) -> list[FacilitySuccession]:
        """Return what became of this place and what came to it, newest first."""
        rows = FacilitySuccession.objects.standing().filter(Q(old=self.place) | Q(new=self.place))
        return list(rows.select_related("old__facility", "new__facility").order_by("-on", "id"))

    @cached_property
    def governing_bodies(self) -> list[GoverningBody]:
        """Return whose it is and was, the newest first."""
        return list(self.place.governing_bodies.order_by("-valid_from"))

    @property
    def governing_body(self) -> GoverningBody | None:
        """Return whose it is today."""
        held = (row for row in self.governing_bodies if row.valid_from <= self.on)
        return next((r for r in held if r.valid_until is None or r.valid_until >= self.on), None)

    @cached_property
    def placements(self) -> list[Any]:
        rows = self.place.placements.select_related("parent").order_by("-valid_from")
        return list(rows)

    @cached_property
    def names(self) -> list[Any]:
        return list(self.facility.names.order_by("kind", "-valid_from"))

    @cached_property
    def equipment_states(self) -> list[tuple[str, str, int]]:
        """Return how many devices are in which state."""
        rows = Equipment.objects.filter(facility=self.place).kept().order_by()
        counts = dict(rows.values_list("state").annotate(n=Count("id")))
        states = [state for state in Equipment.State if counts.get(state)]
        return [(state.value, str(state.label), counts[state]) for state in states]

    @cached_property
    def stock_counts(self) -> dict[str, int]:
        """Return how many medicines and lots are in stock."""
        rows = StockLot.objects.filter(facility=self.place).on_hand().order_by()
        counted: dict[str, int] = rows.aggregate(
            medicines=Count("medicine", distinct=True),
            lots=Count("id"),
            expired=Count("id", filter=Q(expires_on__lt=self.on)),
        )
        return counted

    @cached_property
    def prices(self) -> dict[str, int]:
        rows = self.place.healthcareservice_rows.filter(holding_on(self.on)).order_by()
        begun = Q(prices__valid_from__lte=self.on)
        holds = Q(prices__valid_until=None) | Q(prices__valid_until__gte=self.on)
        counted: dict[str, int] = rows.aggregate(
            services=Count("id", distinct=True),
            priced=Count("id", filter=begun & holds, distinct=True),
        )
        return counted
