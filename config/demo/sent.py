"""Which reports have the demo's places sent? Nearly all of past periods in time, as a province does.

A few came late, a few wait for approval, a few are missing: what home pages tell of them is to be
seen, and not drowned by a province that never sent anything.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zlib import crc32

from config.demo.places import Places
from portal.accounts.models import User
from reporting.computing import compute
from reporting.figures_of import digest_of
from reporting.models import Report, ReportDefinition
from reporting.models.definition import PeriodKind
from reporting.periods import ZONE, Period
from reporting.senders import LOOKED_BACK, Owed, Senders, governs, owed_by_all, senders_of

# Of a hundred reports so many are missing, came late, wait for approval.
MISSING, LATE, WAITING = 3, 4, 3
BEFORE_DUE = 3  # days before the deadline on which most are sent, at most


def settle_sent(places: Places, approver: User, *, at: datetime) -> None:
    """Send the reports of past periods; the main station keeps those of last month to be made."""
    if Report.objects.exclude(organisation=places.station).exists():
        return
    on = at.astimezone(ZONE).date()
    last_month = Period.last_closed(PeriodKind.MONTH, on)
    owed = [
        one
        for one in _owed(on)
        if (one.organisation != places.station or one.period.last < last_month.first)
        and one.report is None
    ]
    found: list[Report] = []
    for _form, some in groupby(owed, key=lambda one: (one.definition.pk, one.period)):
        found += _sent(list(some), approver, at)
    Report.objects.bulk_create(found, batch_size=200)


def _owed(on: date) -> Iterator[Owed]:
    """Yield what everybody owes of the last closed periods, form by form."""
    known = list(ReportDefinition.objects.order_by("code", "-valid_from"))
    for kind, count in LOOKED_BACK.items():
        for period in Period.closed_before(kind, on, count):
            senders = Senders.of(period, senders_of(period))
            for definition in known:
                if governs(definition, period):
                    yield from owed_by_all(definition, period, senders)


def _sent(owed: list[Owed], approver: User, at: datetime) -> Iterator[Report]:
    """Yield the reports of a form and a period that were sent by now, counted together."""
    days = {one.organisation: day for one in owed if (day := _day_of(one, at.date()))}
    if not days:
        return
    definition, period = owed[0].definition, owed[0].period
    figures = compute(definition, period, list(days))
    for one in owed:
        day = days.get(one.organisation)
        if day is None:
            continue
        sent_at = datetime.combine(day, time(10), tzinfo=ZONE)
        report = Report(
            definition=definition,
            code=definition.code,
            organisation=one.organisation,
            period=period.kind,
            first_day=period.first,
            last_day=period.last,
            due_on=one.due_on,
            figures=figures[one.organisation.pk],
            computed_at=sent_at,
            submitted_at=sent_at,
            status=Report.Status.SUBMITTED,
        )
        report.digest = digest_of(report, typed=())
        if _fate(one) >= MISSING + LATE + WAITING and day < at.date():
            report.status = Report.Status.APPROVED
            report.decided_by = approver
            report.decided_at = min(sent_at + timedelta(days=1), at)
        yield report


def _day_of(one: Owed, on: date) -> date | None:
    """Return the day on which a report was sent, if it was by now; never before its period was over."""
    fate = _fate(one)
    if fate < MISSING:
        return None
    if fate < MISSING + LATE:
        day = one.due_on + timedelta(days=1 + fate % 3)
    else:
        day = max(one.due_on - timedelta(days=fate % (BEFORE_DUE + 1)), one.period.last)
    day = max(day, one.period.last + timedelta(days=1))
    return day if day < on else None


def _fate(one: Owed) -> int:
    """Return a number below a hundred, the same for a report at each loading."""
    said = f"{one.organisation.path} {one.definition.code} {one.period.slug}"
    return crc32(said.encode()) % 100
