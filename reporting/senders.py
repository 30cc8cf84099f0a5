"""Who owes which report until when, and who has not sent, was late, corrected?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from facilities.heirs import Kinds
from facilities.models import Facility
from portal.codelists.holidays import calendar_between
from portal.places.models import Organisation
from portal.site.home import Chip
from portal.workdays import Calendar, working_days_between
from reporting.definitions import Duty, form_of
from reporting.models import ExpectedReport, Report, ReportDefinition
from reporting.periods import Period, due_on, warned_on

CDC = "cdc"
# How many closed periods of each kind are owed anew; what was not sent of older ones stays owed.
LOOKED_BACK = {"week": 2, "month": 2, "half_year": 1, "year": 1}
SOON = timedelta(days=3)
AHEAD = timedelta(days=60)
# From when until when a ``place`` (id, sender, valid_from) is of which class of senders: what became a
# point of a station owes of the periods before what it owed then.
CLASSES = """turned AS (
  SELECT place.id, step."on", step.before ->> 'kind' AS sender
  FROM facilities_facilitysuccession step JOIN place ON place.id = step.old_id
  WHERE step.kind = 'downgrade_to_point' AND step.is_main AND step.withdrawn_at IS NULL
    AND place.sender = 'point'
), class AS (
  SELECT place.id, place.sender, coalesce(turned."on", valid_from) AS since, date 'infinity' AS until
  FROM place LEFT JOIN turned USING (id)
  UNION ALL
  SELECT place.id, turned.sender, valid_from, turned."on" - 1 FROM turned JOIN place USING (id)
)"""


def sender_class(organisation: Organisation, day: date) -> str:
    """Return the class of a sender by which its deadline goes, as it was on a period's last day."""
    return SenderClass.of(organisation).on(day)


@dataclass(frozen=True, slots=True)
class SenderClass:
    """What class a sender is, and was: a station that became a point owes what it did as a station."""

    organisation: Organisation
    is_centre: bool
    kinds: Kinds

    @classmethod
    def of(cls, organisation: Organisation) -> SenderClass:
        is_centre = Facility.objects.filter(organisation=organisation, form="CDC").exists()
        return cls(organisation, is_centre, Kinds.read([organisation]))

    def on(self, day: date) -> str:
        return CDC if self.is_centre else self.kinds.of(self.organisation, day)


def definition_for(code: str, period: Period) -> ReportDefinition | None:
    """Return the version of a form that governs a period: that of the period's last day."""
    rows = ReportDefinition.objects.holding(period.last)
    return rows.filter(code=code, periods__contains=[period.kind]).first()


@dataclass(frozen=True, slots=True)
class Owed:
    """One report that one organisation owes, and what became of it."""

    definition: ReportDefinition
    period: Period
    organisation: Organisation
    due_on: date
    warned_on: date | None
    report: Report | None = None
    first_sent_on: date | None = None

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and the last day it tells of."""
        return self.period.first, self.period.last

    @property
    def is_done(self) -> bool:
        return self.report is not None and self.report.status in {"submitted", "approved"}

    @property
    def sent_on(self) -> date | None:
        """Return the day of the first sending: of its paper, where the system was down."""
        return self.first_sent_on

    @property
    def was_late(self) -> bool:
        return self.sent_on is not None and self.sent_on > self.due_on

    def is_late(self, on: date) -> bool:
        return self.sent_on is None and on > self.due_on

    def chip(self, on: date, calendar: Calendar) -> Chip:
        """Return where it stands, in words."""
        report = self.report
        if report is not None and report.sent_on_paper:
            return Chip("warn", "pen", _("on paper, to be entered"))
        if report is not None and report.status == "returned":
            return Chip("bad", "swap", _("returned"))
        if self.is_done and report is not None:
            word = (
                pgettext("report", "approved")
                if report.status == "approved"
                else _("waits for approval")
            )
            return Chip("ok" if report.status == "approved" else "act", "ok", word)
        return due_chip(self.due_on, on, calendar)


def due_chip(due: date, on: date, calendar: Calendar) -> Chip:
    """Return a deadline as a chip: how many working days are left or over."""
    left = working_days_between(on, due, calendar)
    if due < on:
        return Chip("bad", "warn", _("overdue since %(day)s") % {"day": f"{due:%d/%m/%Y}"})
    if due == on:
        return Chip("warn", "clock", _("due today"))
    said = {"day": f"{due:%d/%m}", "left": left}
    words = _("due %(day)s, %(left)s working days left") % said
    return Chip("warn" if left <= SOON.days else "", "clock", words)


def owed_by(organisation: Organisation, on: date) -> list[Owed]:
    """Return what an organisation owes of the last closed periods, soonest due first.

    What is older and still was not sent stays owed as long as its form is accepted. Nine queries,
    however many forms and periods there are.
    """
    sender = SenderClass.of(organisation)
    periods = [
        period
        for kind, count in LOOKED_BACK.items()
        for period in Period.closed_before(kind, on, count)
        if period.last >= organisation.valid_from
    ]
    of_class: dict[str, list[Period]] = {}
    for period in periods:
        of_class.setdefault(sender.on(period.last), []).append(period)
    found = [duty for name, some in of_class.items() for duty in duties_of(name, some)]
    reports = _latest(Report.objects.filter(organisation=organisation, is_summary=False), periods)
    first = min((period.last for period in periods), default=on)
    calendar = calendar_between(first, on + AHEAD)
    owed = [
        _owed(definition, duty, period, organisation, reports, calendar=calendar)
        for definition, duty, period in found
    ]
    listed = {(one.definition.code, *one.days) for one in owed}
    older = _unsent(organisation, sender, on)
    owed += [one for one in older if (one.definition.code, *one.days) not in listed]
    return sorted(owed, key=lambda one: (one.is_done, one.due_on, one.definition.code))


def _unsent(organisation: Organisation, sender: SenderClass, on: date) -> list[Owed]:
    """Return what an organisation was ever expected to send, has not, and still may."""
    expected = list(ExpectedReport.objects.filter(organisation=organisation))
    periods = [Period(row.first_day, row.last_day, row.period) for row in expected]
    reports = _latest(Report.objects.filter(organisation=organisation, is_summary=False), periods)
    accepted = lasting_duties(on)
    found = []
    for row, period in zip(expected, periods, strict=True):
        key = (organisation.pk, row.code, row.first_day, row.last_day)
        report, sent = reports.get(key, (None, None))
        by = accepted.get((row.code, sender.on(period.last), period.kind), ())
        governing = next((said for said in by if governs(said[0], period)), None)
        if governing is not None:
            warned = warned_on(governing[1], period)
            found.append(Owed(governing[0], period, organisation, row.due_on, warned, report, sent))
    return [one for one in found if not one.is_done]


def lasting_duties(
    on: date,
) -> Mapping[tuple[str, str, str], Sequence[tuple[ReportDefinition, Duty]]]:
    """Return the versions of forms still accepted on a day by form, class of sender and period."""
    found: dict[tuple[str, str, str], list[tuple[ReportDefinition, Duty]]] = {}
    for definition in ReportDefinition.objects.accepted(on).order_by("code", "-valid_from"):
        for sender, kind in product((*Organisation.Kind.values, CDC), definition.periods):
            duty = form_of(definition).duty_of(sender, kind)
            if duty is not None:
                found.setdefault((definition.code, sender, kind), []).append((definition, duty))
    return found


def duties_of(
    sender: str, periods: Iterable[Period]
) -> Iterator[tuple[ReportDefinition, Duty, Period]]:
    """Yield each form that a class of senders owes for one of the periods, with its duty."""
    known = list(ReportDefinition.objects.order_by("code", "-valid_from"))
    for period in periods:
        for definition in known:
            if governs(definition, period):
                duty = form_of(definition).duty_of(sender, period.kind)
                if duty is not None:
                    yield definition, duty, period


def governs(definition: ReportDefinition, period: Period) -> bool:
    """Say whether a version holds for a period: on its last day."""
    begun = definition.valid_from <= period.last
    lasts = definition.valid_until is None or definition.valid_until >= period.last
    return begun and lasts and period.kind in definition.periods


@dataclass(frozen=True, slots=True)
class Senders:
    """Organisations of a period with what their deadlines need: read once, asked for each form."""

    period: Period
    organisations: list[Organisation]
    centres: frozenset[UUID]
    calendar: Calendar
    kinds: Kinds

    @classmethod
    def of(cls, period: Period, organisations: Iterable[Organisation]) -> Senders:
        listed = list(organisations)
        rows = Facility.objects.filter(organisation__in=listed, form="CDC")
        centres = frozenset(rows.values_list("organisation_id", flat=True))
        known = calendar_between(period.last, period.last + AHEAD)
        return cls(period, listed, centres, known, Kinds.read(listed))

    def class_of(self, organisation: Organisation) -> str:
        """Return the class of one of them, as it was on the period's last day."""
        is_centre = organisation.pk in self.centres
        return CDC if is_centre else self.kinds.of(organisation, self.period.last)


def owed_by_all(
    definition: ReportDefinition, period: Period, senders: Iterable[Organisation] | Senders
) -> list[Owed]:
    """Return who owes a form for a period, in a constant number of queries."""
    known = senders if isinstance(senders, Senders) else Senders.of(period, senders)
    form = form_of(definition)
    rows = Report.objects.filter(
        code=definition.code, is_summary=False, organisation__in=known.organisations
    )
    reports = _latest(rows, [period])
    found = []
    for organisation in known.organisations:
        duty = form.duty_of(known.class_of(organisation), period.kind)
        if duty is not None:
            found.append(
                _owed(definition, duty, period, organisation, reports, calendar=known.calendar)
            )
    return found


def senders_of(period: Period) -> Any:
    """Return the organisations that stood on the last day of a period."""
    return Organisation.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=period.last), valid_from__lte=period.last
    )


Key = tuple[UUID, str, date, date]


def _latest(rows: Any, periods: Sequence[Period]) -> dict[Key, tuple[Report, date | None]]:
    """Return of each report its newest version and the day on which it was first sent."""
    if not periods:
        return {}
    days = {(period.first, period.last) for period in periods}
    rows = rows.filter(
        first_day__in={first for first, _last in days},
        last_day__in={last for _first, last in days},
    )
    found: dict[Key, tuple[Report, date | None]] = {}
    rows = rows.select_related("outage").defer("figures", "sources")
    for report in rows.order_by("number"):
        key = (report.organisation_id, report.code, report.first_day, report.last_day)
        first = found[key][1] if key in found else None
        found[key] = (report, first or sent_day(report))
    return found


def sent_day(report: Report) -> date | None:
    """Return the day a version went out: on paper, else when it was sent.

    A paper counts once the report was entered and sent here, and its outage is confirmed.
    """
    if report.submitted_at is None:
        return None
    if report.paper_sent_on and report.outage and report.outage.is_confirmed:
        return report.paper_sent_on
    return timezone.localdate(report.submitted_at)


def _owed(
    definition: ReportDefinition,
    duty: Duty,
    period: Period,
    organisation: Organisation,
    reports: dict[Key, tuple[Report, date | None]],
    *,
    calendar: Calendar | None = None,
) -> Owed:
    key = (organisation.pk, definition.code, period.first, period.last)
    report, sent = reports.get(key, (None, None))
    due = due_on(duty, period, calendar)
    return Owed(definition, period, organisation, due, warned_on(duty, period), report, sent)
