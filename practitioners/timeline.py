"""What happened to a practitioner, day by day: acts on licences, registrations, diplomas, bans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from practitioners.models import (
    ExaminationResult,
    LicenseEvent,
    PracticalTraining,
    PracticeBan,
    PractitionerIdentifier,
    Qualification,
    Registration,
    Sanction,
    TrainingActivity,
)
from practitioners.whole import Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD = frozenset({"suspended", "revoked", "renewal_refused"})
ICONS: Mapping[str, str] = {
    "suspended": "lock",
    "revoked": "bad",
    "superseded": "swap",
    "converted": "swap",
    "corrected": "pen",
    "renewal_filed": "file",
    "renewal_refused": "bad",
    "resumed": "ok",
    "reinstated": "ok",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: when, its mark, what, and the lines under it."""

    day: date
    icon: str
    title: str
    lines: tuple[str, ...] = ()
    kind: str = ""
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """The entries of one year, the newest first."""

    year: int
    entries: Sequence[Entry]


def years_of(whole: Whole, until: date) -> list[Year]:
    """Return what had happened by a day, year by year."""
    entries = [entry for entry in _entries(whole, until) if entry.day <= until]
    entries.sort(key=lambda entry: entry.day, reverse=True)
    return [Year(year, list(rows)) for year, rows in groupby(entries, key=lambda e: e.day.year)]


def _entries(whole: Whole, until: date) -> Iterator[Entry]:
    yield from _acts(whole)
    yield from _places(whole)
    yield from _learning(whole)
    yield from _conduct(whole, until)
    for row in whole.of(PractitionerIdentifier):
        if row.valid_until is not None:
            title = _("%(kind)s %(value)s no longer holds") % {
                "kind": row.get_kind_display(),
                "value": row.value,
            }
            yield Entry(row.valid_until, "swap", title)


def _acts(whole: Whole) -> Iterator[Entry]:
    for license in whole.licenses:
        for event in license.events.all():
            yield Entry(
                event.valid_from,
                ICONS.get(event.kind, "doc"),
                f"{event.get_kind_display()}: {license.number_raw}",
                tuple(_act_lines(event)),
                "bad" if event.kind in BAD else "",
                event.authority,
            )


def _act_lines(event: LicenseEvent) -> Iterator[str]:
    if event.decision_no:
        yield _decided(event.decision_no, event.decided_on)
    if event.valid_until is not None:
        yield _("until %(day)s") % {"day": f"{event.valid_until:%d/%m/%Y}"}
    if event.ground:
        yield event.ground
    if event.duty:
        yield _("Duty: %(duty)s") % {"duty": event.duty}


def _decided(number: str, day: date | None) -> str:
    if day is None:
        return _("decision %(number)s") % {"number": number}
    return _("decision %(number)s of %(day)s") % {"number": number, "day": f"{day:%d/%m/%Y}"}


def _places(whole: Whole) -> Iterator[Entry]:
    for row in whole.of(Registration):
        lines = tuple(line for line in (row.position_text, row.hours) if line)
        title = _("Registered at %(place)s") % {"place": row.facility.name}
        yield Entry(row.valid_from, "hosp", title, lines)
        if row.valid_until is not None:
            title = _("Practised at %(place)s for the last time") % {"place": row.facility.name}
            because = (row.ended_because,) if row.ended_because else ()
            yield Entry(row.valid_until, "off", title, because)
        for extra in row.techniques.all():
            title = _("Technique assigned: %(technique)s") % {"technique": extra}
            line = _decided(extra.decision_no, extra.decided_on)
            yield Entry(extra.valid_from, "pen", title, (line,), foot=row.facility.name)


def _learning(whole: Whole) -> Iterator[Entry]:
    for diploma in whole.of(Qualification):
        if diploma.issued_on is not None:
            yield Entry(
                diploma.issued_on, "doc", str(diploma), tuple(filter(None, [diploma.school]))
            )
    for result in whole.of(ExaminationResult):
        title = _("Competency examination: %(result)s") % {"result": result.get_result_display()}
        yield Entry(result.sat_on, "pen", title, tuple(filter(None, [result.council])))
    for training in whole.of(PracticalTraining):
        title = _("Practical training begun at %(place)s") % {"place": training.facility.name}
        yield Entry(training.valid_from, "user", title)
        if training.completed_on is not None:
            title = _("Practical training completed at %(place)s") % {
                "place": training.facility.name
            }
            yield Entry(training.completed_on, "ok", title, tuple(_short(training)))
    for activity in whole.of(TrainingActivity):
        yield Entry(
            activity.ended_on, "cal", activity.title, tuple(filter(None, [activity.organiser]))
        )


def _conduct(whole: Whole, until: date) -> Iterator[Entry]:
    for ban in whole.of(PracticeBan):
        line = _decided(ban.decision_no, ban.decided_on)
        yield Entry(
            ban.valid_from, "lock", _("Barred from practising"), (line,), "bad", ban.authority
        )
        for ending in ban.endings:
            title = _("The ban by %(number)s is to end on %(day)s") % {
                "number": ban.decision_no,
                "day": f"{ending.valid_until:%d/%m/%Y}",
            }
            decided = _decided(ending.decision_no, ending.decided_on)
            lines = tuple(filter(None, (decided, ending.ground)))
            yield Entry(ending.decided_on, "ok", title, lines, "", ending.authority)
        last = ban.last_day_on(until)
        if last is not None:
            yield Entry(last, "ok", _("Last day of the ban"), (line,))
    for sanction in whole.of(Sanction):
        line = _decided(sanction.decision_no, sanction.decided_on)
        title = str(sanction.get_kind_display())
        lines = tuple(filter(None, [line, sanction.ground]))
        yield Entry(sanction.valid_from, "warn", title, lines, "warn", sanction.authority)


def _short(training: PracticalTraining) -> Iterator[str]:
    if training.short_because:
        yield _("completed though months lack, because: %(why)s") % {"why": training.short_because}
