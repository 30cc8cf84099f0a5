"""How does a dossier read: how far it is, whose turn it is, until when, what happened?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from portal.codelists.holidays import calendar_between
from portal.codelists.lookup import codes_on
from portal.dossiers.definitions import CASES, PROCEDURES, TermRule
from portal.dossiers.models import Dossier, DossierStep
from portal.dossiers.services.ticking import days_left
from portal.dossiers.states import Clock, Deed, State
from portal.dossiers.terms import decided_within, last_day_of
from portal.site.home import Chip
from portal.workdays import Calendar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHIPS = {
    State.RECEIVED: ("", "clock"),
    State.COMPLETE: ("act", "doc"),
    State.APPRAISAL: ("act", "search"),
    State.SUPPLEMENT: ("warn", "flag"),
    State.VERIFICATION: ("warn", "clock"),
    State.SIGNATURE: ("act", "pen"),
    State.GRANTED: ("ok", "shield"),
    State.REFUSED: ("bad", "bad"),
    State.WITHDRAWN: ("", "off"),
}
# What an applicant reads of the course; notes between officials stay with them.
TOLD = frozenset(
    {
        Deed.RECEIVE,
        Deed.ACCEPT,
        Deed.APPRAISE,
        Deed.ASK,
        Deed.ANSWER,
        Deed.GO_ON,
        Deed.VERIFY,
        Deed.VERIFIED,
        Deed.PROPOSE,
        Deed.GRANT,
        Deed.REFUSE,
        Deed.WITHDRAW,
    }
)
REACH = timedelta(days=400)
TOLD_WITH_NOTE = frozenset({Deed.ASK, Deed.ANSWER, Deed.GO_ON, Deed.REFUSE, Deed.WITHDRAW})


@dataclass(frozen=True, slots=True)
class Book:
    """The words and the calendar of a day, read once for however many dossiers."""

    on: date
    procedures: Mapping[str, str]
    cases: Mapping[tuple[str, str], str]
    calendar: Calendar

    def procedure(self, dossier: Dossier) -> str:
        return self.procedures.get(dossier.procedure, dossier.procedure)

    def case(self, dossier: Dossier) -> str:
        return self.cases.get((dossier.procedure, dossier.case), dossier.case)


def read_book(on: date) -> Book:
    """Read the book of a day; three queries."""
    return Book(
        on=on,
        procedures={entry.code: entry.title for entry in codes_on(PROCEDURES, on)},
        cases={
            (str(entry.attributes["procedure"]), str(entry.attributes["case"])): entry.title
            for entry in codes_on(CASES, on)
        },
        calendar=calendar_between(on - REACH, on + REACH),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the stages of the way, done, current or to come."""

    title: StrOrPromise
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class View:
    """A dossier as its pages show it, with the names of its procedure on its own day."""

    dossier: Dossier
    procedure: str
    case: str
    state: Chip
    due: Chip
    stages: Sequence[Stage]
    on: date

    @property
    def next_text(self) -> str:
        """Say in a sentence what happens next and whose turn it is; asked on a dossier's own page alone."""
        return next_of(self.dossier, self.on)

    @property
    def then(self) -> TermRule | None:
        """Return the term to decide within after the appraisal, None where there is none to come."""
        return decided_within(self.dossier) if self.dossier.is_open else None

    @property
    def told(self) -> list[DossierStep]:
        """Return what an applicant reads of the course, the newest first."""
        rows = self.dossier.steps.filter(deed__in=TOLD).order_by("-at", "-id")
        return [_without_note(row) for row in rows]


def _without_note(step: DossierStep) -> DossierStep:
    if step.deed not in TOLD_WITH_NOTE:
        step.note = ""
    return step


def view_of(dossier: Dossier, on: date, book: Book | None = None) -> View:
    """Return how a dossier reads on a day."""
    book = book or read_book(on)
    return View(
        dossier=dossier,
        procedure=book.procedure(dossier),
        case=book.case(dossier),
        state=state_chip(dossier),
        due=due_chip(dossier, book),
        stages=stages_of(dossier),
        on=on,
    )


def state_chip(dossier: Dossier) -> Chip:
    """Return where a dossier stands, as icon and word."""
    kind, icon = CHIPS[State(dossier.state)]
    return Chip(kind, icon, dossier.get_state_display())


def due_chip(dossier: Dossier, book: Book) -> Chip:
    """Return how much time is left, in days of the term's own unit; overdue says so."""
    if dossier.clock == Clock.ENDED:
        return _ended_chip(dossier)
    if dossier.clock == Clock.STOPPED and not dossier.has_fixed_day:
        left = dossier.clock_left
        text = _("clock stopped") if left is None else _left_text(dossier, left, stopped=True)
        return Chip("", "clock", text)
    if dossier.due_on is None:
        waits = dossier.clock == Clock.WAITING and dossier.term_count
        return Chip("", "clock", _("clock not begun") if waits else _("no term set"))
    return _running_chip(dossier, dossier.due_on, book)


def _running_chip(dossier: Dossier, due_on: date, book: Book) -> Chip:
    on = book.on
    left = days_left(dossier, on, book.calendar)
    if left is None:  # the clock waits: the day it will have
        left = (due_on - on).days
    if due_on < on:
        return Chip("bad", "warn", _overdue_text(dossier, max(-left, 1)))
    if due_on == on:
        return Chip("bad", "clock", _("due today"))
    return Chip("warn" if (due_on - on).days <= 3 else "", "clock", _left_text(dossier, left))


def _ended_chip(dossier: Dossier) -> Chip:
    if dossier.due_on is None or dossier.ended_on is None:
        return Chip("", "ok", _("ended"))
    if dossier.ended_on > dossier.due_on:
        late = (dossier.ended_on - dossier.due_on).days
        text = ngettext("ended %(count)d day late", "ended %(count)d days late", late)
        return Chip("bad", "warn", text % {"count": late})
    return Chip("ok", "ok", _("ended in time"))


def _left_text(dossier: Dossier, left: int, *, stopped: bool = False) -> str:
    works = dossier.term_unit == "working_days"
    if stopped:
        if works:
            text = ngettext(
                "stopped, %(count)d working day left", "stopped, %(count)d working days left", left
            )
        else:
            text = ngettext("stopped, %(count)d day left", "stopped, %(count)d days left", left)
    elif works:
        text = ngettext("%(count)d working day left", "%(count)d working days left", left)
    else:
        text = ngettext("%(count)d day left", "%(count)d days left", left)
    return text % {"count": left}


def _overdue_text(dossier: Dossier, late: int) -> str:
    if dossier.term_unit == "working_days":
        text = ngettext("%(count)d working day overdue", "%(count)d working days overdue", late)
    else:
        text = ngettext("%(count)d day overdue", "%(count)d days overdue", late)
    return text % {"count": late}


_WAY = (State.RECEIVED, State.COMPLETE, State.APPRAISAL, State.SIGNATURE, State.GRANTED)
_AT = {State.SUPPLEMENT: State.APPRAISAL, State.VERIFICATION: State.APPRAISAL}


def stages_of(dossier: Dossier) -> list[Stage]:
    """Return the way with what is behind and where it stands."""
    titles = (
        pgettext("dossier", "Received"),
        _("Complete"),
        _("Appraisal"),
        pgettext("dossier", "Signature"),
        _("Result"),
    )
    state = State(dossier.state)
    if state == State.SUPPLEMENT and dossier.complete_on is None:
        state = State.RECEIVED
    state = _AT.get(state, state)
    place = _WAY.index(state) if state in _WAY else len(_WAY) - 1
    ended = not dossier.is_open
    return [
        Stage(title, is_done=at < place or ended, is_current=at == place and not ended)
        for at, title in enumerate(titles)
    ]


def next_of(dossier: Dossier, on: date) -> str:
    """Say in a sentence what happens next and whose turn it is."""
    sentences: dict[str, Any] = {
        State.RECEIVED: _(
            "The authority checks whether everything is there. If it is, the term runs since the day the last document came in."
        ),
        State.COMPLETE: _("The dossier is complete and waits for its appraisal."),
        State.APPRAISAL: _("The authority appraises the dossier."),
        State.SUPPLEMENT: _(
            "It is the applicant's turn: the term stands until the supplement comes."
        ),
        State.VERIFICATION: _(
            "Foreign papers are being verified; the term stands until the result comes."
        ),
        State.SIGNATURE: _("The result waits for its signature."),
        State.GRANTED: _("The result is there; download it here."),
        State.REFUSED: _("The authority refused, with its reason in writing; download it here."),
        State.WITHDRAWN: _("The applicant withdrew the dossier."),
    }
    text = str(sentences[State(dossier.state)])
    if dossier.is_open and dossier.due_on and dossier.clock != Clock.STOPPED:
        return f"{text} {_due_of(dossier, dossier.due_on, on)}"
    return text


def _due_of(dossier: Dossier, due: date, on: date) -> str:
    """Say until when; of two terms the applicant is told both days, as the receipt has the last."""
    said = {"day": f"{due:%d/%m/%Y}"}
    last = last_day_of(dossier)
    if last is None or last == due:
        more = _("It was due on %(day)s.") if due < on else _("Due on %(day)s.")
        return more % said
    said["last"] = f"{last:%d/%m/%Y}"
    if due < on:
        more = _("It was to be appraised by %(day)s; the result is due on %(last)s.")
    else:
        more = _("It is appraised by %(day)s, the result is due on %(last)s at the latest.")
    return more % said
