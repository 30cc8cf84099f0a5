"""How many credit hours has a practitioner, how many are due by when, and where does this pace lead?

The required hours, the period and what a form of training is worth are lists with their validity
and legal basis (``training_terms``, ``training_forms``); nothing here knows a number of its own.
(Law 15/2023/QH15, article 22; Circular 32/2023/TT-BYT.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.codelists.lookup import code_on, codes_on
from practitioners.models import LicenseVersion, PracticeLicense, Practitioner, TrainingActivity

if TYPE_CHECKING:
    from portal.codelists.lookup import Entry

FORMS, TERMS, TITLES = "training_forms", "training_terms", "professional_titles"
ONE_DAY = timedelta(days=1)
TENTH = Decimal("0.1")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the law of a day asks for: so many hours in so many years."""

    required: int
    years: int
    filing_days: int
    legacy_begins: int

    @classmethod
    def on(cls, day: date) -> Terms | None:
        """Return the terms of a day, or None where no list says them."""
        return cls.of(codes_on(TERMS, day))

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Terms | None:
        """Return the terms of the list as it was read, or None where it does not say them."""
        found = {entry.code: int(entry.attributes["count"]) for entry in entries}
        if not {"required", "window"} <= found.keys():
            return None
        return cls(
            required=found["required"],
            years=found["window"],
            filing_days=found.get("renewal_filing", 0),
            legacy_begins=found.get("legacy_begins", 0),
        )


@dataclass(frozen=True, slots=True)
class Period:
    """The years whose hours count together, both days included."""

    first: date
    last: date
    is_certain: bool = True

    def holds(self, day: date) -> bool:
        """Say whether a day is one of the period."""
        return self.first <= day <= self.last

    def days_until(self, day: date) -> int:
        """Count the days of the period that have passed on a day, that day included."""
        return min(max((day - self.first).days + 1, 0), self.days)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def shifted(day: date, years: int) -> date:
    """Return the same day and month so many years away; 29 February falls on the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def period_of(
    license: PracticeLicense, terms: Terms, on: date, paper: LicenseVersion | None = None
) -> Period:
    """Return the period of a licence: its own term; of an old certificate, the one not yet settled.

    The term is that of ``paper`` where one is given, as for the profile of a day gone by. A term that
    follows another begins on the day after its last: no training counts for two.

    An old certificate has no term before the roadmap gives it one (Decree 96/2023, article 143):
    until then the years behind ``on`` are shown, marked uncertain.
    """
    last = license.valid_until if paper is None else paper.expires_on
    if last is not None:
        former = shifted(last, -terms.years)
        is_first = license.issued_on >= former
        return Period(license.issued_on if is_first else former + ONE_DAY, last)
    begins = _legacy_first(license, terms)
    if begins is not None and begins <= on:
        return Period(begins, shifted(begins, terms.years), is_certain=False)
    return Period(shifted(on, -terms.years) + ONE_DAY, on, is_certain=False)


def period_now(person: Practitioner | None, terms: Terms | None, on: date) -> Period | None:
    """Return the period of the licence a person has now, from ``licenses`` as they were read."""
    held = person.licenses.all() if person is not None else ()
    license = next((row for row in held if row.superseded_on is None), None)
    return period_of(license, terms, on) if license is not None and terms is not None else None


def _legacy_first(license: PracticeLicense, terms: Terms) -> date | None:
    if not terms.legacy_begins:
        return None
    return shifted(license.issued_on, terms.legacy_begins - license.issued_on.year)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account of one licence's period on a day."""

    terms: Terms
    period: Period
    on: date
    earned: Decimal = NOTHING
    waiting: Decimal = NOTHING
    by_form: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def required(self) -> int:
        return self.terms.required

    @property
    def missing(self) -> Decimal:
        return max(self.required - self.earned, NOTHING)

    @property
    def is_enough(self) -> bool:
        return self.earned >= self.required

    @property
    def share(self) -> int:
        """Return how much of the required hours is there, in per cent, never more than 100."""
        return min(int(self.earned * 100 / self.required), 100)

    @property
    def expected(self) -> Decimal:
        """Return what an even pace would have brought by now; a guide, not law."""
        passed = self.period.days_until(self.on)
        return tenth(Decimal(self.required) * passed / self.period.days)

    @property
    def is_behind(self) -> bool:
        return not self.is_enough and self.earned < self.expected

    @property
    def projected(self) -> Decimal | None:
        """Return the hours at the end of the period if it goes on like this; None before it begins."""
        passed = self.period.days_until(self.on)
        if not passed or not self.period.is_certain:
            return None
        return tenth(self.earned * self.period.days / passed)

    @property
    def enough_on(self) -> date | None:
        """Return the day the required hours are reached at this pace; None if never, or reached."""
        passed = self.period.days_until(self.on)
        if self.is_enough or not self.earned or not passed:
            return None
        days = -(-self.required * passed // self.earned)
        return self.period.first + timedelta(days=min(int(days), 36_500) - 1)

    @property
    def file_by(self) -> date:
        """Return the last day to file for renewal."""
        return self.period.last - timedelta(days=self.terms.filing_days)

    @property
    def per_year(self) -> Decimal | None:
        """Return the hours a year it still takes until the last day to file; None when none are."""
        left = (self.file_by - self.on).days
        if self.is_enough or left <= 0 or not self.period.is_certain:
            return None
        return tenth(min(self.missing, self.missing * 365 / left))


def tenth(hours: Decimal) -> Decimal:
    """Round to a tenth of an hour, as certificates write."""
    return hours.quantize(TENTH, ROUND_HALF_UP)


def excused_titles(on: date) -> frozenset[str]:
    """Return the titles whose licence is renewed without credit hours."""
    return excused_of(codes_on(TITLES, on))


def excused_of(titles: Iterable[Entry]) -> frozenset[str]:
    """Return those of these titles whose licence is renewed without credit hours."""
    return frozenset(
        entry.code
        for entry in titles
        if str(entry.attributes.get("renewal_needs_training_hours", "1")) == "0"
    )


def balance_of(license: PracticeLicense, on: date) -> Balance | None:
    """Return the account of a licence, or None where nothing is asked of its title."""
    return balances_of([license], on).get(license.pk)


def balances_of(licenses: Iterable[PracticeLicense], on: date) -> dict[UUID, Balance]:
    """Return the accounts of many licences by their ids; as many queries at any number."""
    terms, excused = Terms.on(on), excused_titles(on)
    asked = [row for row in licenses if row.title not in excused]
    if terms is None or not asked:
        return {}
    people = {row.practitioner_id for row in asked}
    activities: dict[UUID, list[TrainingActivity]] = defaultdict(list)
    rows = TrainingActivity.objects.filter(practitioner__in=people).exclude(state="refused")
    for activity in rows.only("practitioner_id", "ended_on", "hours", "state", "form"):
        activities[activity.practitioner_id].append(activity)
    return {
        row.pk: add_up(terms, period_of(row, terms, on), activities[row.practitioner_id], on)
        for row in asked
    }


def add_up(
    terms: Terms, period: Period, activities: Iterable[TrainingActivity], on: date
) -> Balance:
    """Add up the hours of a period: confirmed ones count, declared ones wait."""
    earned = waiting = NOTHING
    by_form: dict[str, Decimal] = defaultdict(Decimal)
    for activity in activities:
        if not period.first <= activity.ended_on <= min(period.last, on):
            continue
        if activity.counts:
            earned += activity.hours
            by_form[activity.form] += activity.hours
        elif activity.state == TrainingActivity.State.DECLARED:
            waiting += activity.hours
    return Balance(terms, period, on, earned, waiting, dict(by_form))


@dataclass(frozen=True, slots=True)
class Converted:
    """The credit hours of an activity and the version of the list whose rule made them."""

    hours: Decimal
    version: UUID | None = None


def convert(
    *, form: str, amount: Decimal | None, hours: Decimal | None, ended_on: date
) -> Converted:
    """Make credit hours of an amount by the rule of the activity's last day.

    Where the list gives no rate the hours of the certificate stand as they are. Where both are
    given and do not agree, nothing is guessed.
    """
    rule = _rule(form, ended_on)
    rate = Decimal(str(rule.attributes.get("hours_per_unit") or 0)) if rule else NOTHING
    if rule is None or not rate or amount is None:
        if hours is None or hours <= 0:
            raise ValidationError(
                {
                    "hours": ValidationError(
                        _("Write the credit hours as on the certificate."),
                        code="training_hours_missing",
                    )
                }
            )
        return Converted(tenth(hours), rule.version_id if rule else None)
    found = tenth(amount * rate)
    if hours is not None and tenth(hours) != found:
        raise ValidationError(
            {
                "hours": ValidationError(
                    _(
                        "%(amount)s %(unit)s make %(found)s credit hours, not %(hours)s;"
                        " check both on the certificate."
                    ),
                    code="training_hours_differ",
                    params={
                        "amount": plain(amount),
                        "unit": rule.attributes.get("unit", ""),
                        "found": plain(found),
                        "hours": plain(hours),
                    },
                )
            }
        )
    return Converted(found, rule.version_id)


def _rule(form: str, on: date) -> Entry | None:
    if not form:
        return None
    rule = code_on(FORMS, form, on)
    if rule is None:
        raise ValidationError(
            {
                "form": ValidationError(
                    _("%(form)s is no form of continuing training; choose one of the list."),
                    code="training_form_unknown",
                    params={"form": form},
                )
            }
        )
    return rule


def plain(number: Decimal) -> str:
    """Write a number with a comma and without zeros that say nothing."""
    return format(number.normalize(), "f").replace(".", ",")
