"""Which terms of the law count down for a facility: joiners, leavers, lists to be published?

A few queries whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.workdays import Term, TermUnit
from practitioners.models import ProfileSubmission, Registration
from practitioners.rules import rules_on
from practitioners.terms import calendar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.scope import Scope
    from portal.workdays import Calendar
    from practitioners.querysets import ProfileSubmissionQuerySet
    from practitioners.rules import Rules

# More registrations, and more profiles, on their way than this are not counted one by one.
MOST = 3_000


# A term: its code in the law, from which day, for what, and whether it is the facility's.
Said = tuple[str, date, str, bool]


@dataclass(frozen=True, slots=True)
class Clock:
    """A term of the law that runs for a registration, or for a profile that is to become one."""

    code: str
    of: Registration | ProfileSubmission
    what: StrOrPromise
    due_on: date
    left: int
    unit: str
    article: str
    is_ours: bool = True

    @property
    def registration(self) -> Registration | None:
        return self.of if isinstance(self.of, Registration) else None

    @property
    def name(self) -> str:
        return self.of.practitioner.name if isinstance(self.of, Registration) else self.of.name

    @property
    def person_id(self) -> UUID:
        """Return whom a page with this term shows, for the read log."""
        if isinstance(self.of, Registration):
            return self.of.practitioner_id
        return self.of.person_id


def clocks_of(scope: Scope, on: date, *, facility: UUID | None = None) -> list[Clock]:
    """Return the terms that run: joiners to send, leavers to report, lists to be published.

    What is still open keeps its term, however long it is over; the longest open come first.
    """
    rules = rules_on(on)
    sent_rows: Any = ProfileSubmission.objects.within(scope)
    rows: Any = Registration.objects.within(scope).select_related("practitioner", "facility")
    if facility is not None:
        rows, sent_rows = rows.filter(facility=facility), sent_rows.filter(facility=facility)
    joined = Q(added_on__isnull=False, announced_on=None, completed_on=None)
    left = Q(valid_until__lte=on, leaving_announced_on=None) & ~_stays(on)
    sent = Q(announced_on__isnull=False, completed_on=None)
    longest_open = Least("valid_until", "announced_on", "added_on")
    here = rows.filter(joined | left | sent).order_by(
        longest_open, "practitioner__name_sort", "id"
    )[:MOST]
    terms = [(row, said) for row in here if (said := _said(row, on)) is not None]
    terms += _of_joiners(sent_rows, on)
    if not terms:
        return []
    since = min(start for _row, (_code, start, _what, _is_ours) in terms)
    days_off = calendar(since, on + timedelta(days=60))
    found = [
        clock
        for row, said in terms
        if (clock := _running(row, said, rules, on, days_off)) is not None
    ]
    return sorted(found, key=lambda clock: (not clock.is_ours, clock.due_on))


def _stays(on: date) -> Exists:
    """Return the condition of an ended post whose person still practises at the facility in another."""
    others = Registration.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=on),
        practitioner=OuterRef("practitioner"),
        facility=OuterRef("facility"),
        valid_from__lte=on + timedelta(days=1),
    )
    return Exists(others)


def _of_joiners(
    sent: ProfileSubmissionQuerySet, on: date
) -> Iterator[tuple[ProfileSubmission, Said]]:
    """Return the terms of joiners whose profile the department has, or sent back.

    A joiner is who begins after the department knew the facility's staff; the first list of a
    facility has no term of its own.
    """
    known = sent.first_verified()
    here = Registration.objects.going_on(on).filter(
        practitioner=OuterRef("practitioner"), facility=OuterRef("facility")
    )
    rows: Any = sent.filter(
        ~Exists(here),
        state__in=["submitted", "returned"],
        values__has_key="registered_from",
        superseded_by=None,
        facility__in=list(known),
    )
    for row in rows.order_by("-submitted_at", "id")[:MOST]:
        begins = date.fromisoformat(row.values["registered_from"])
        if begins <= known[row.facility_id]:
            continue
        if row.state == "submitted":
            start = timezone.localdate(row.submitted_at)
            said = ("publish_list", start, _("the department completes and publishes"), False)
        else:
            words = _("the department returned the profile: mend it and send it again")
            said = ("join_list", begins, words, True)
        yield row, said


def _said(row: Registration, on: date) -> Said | None:
    if row.valid_until is not None and row.valid_until <= on:
        return "leave_report", row.valid_until, _("report that this person has left"), True
    if row.announced_on is not None:
        words = _("the department completes and publishes")
        return "publish_list", row.announced_on, words, False
    if row.added_on is not None:
        return "join_list", row.added_on, _("send the list with this person"), True
    return None


def _running(
    row: Registration | ProfileSubmission,
    said: Said,
    rules: Rules,
    on: date,
    days_off: Calendar,
) -> Clock | None:
    """Count a term."""
    code, start, what, is_ours = said
    rule = rules.get(code)
    if rule is None:
        return None
    term = Term(rule.number, TermUnit(rule.unit))
    last = term.due(start, days_off)
    return Clock(
        code, row, what, last, term.left(on, last, days_off), rule.unit, rule.article, is_ours
    )
