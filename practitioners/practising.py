"""May this person practise there and then, and if not, why?

One question for everybody who has to know: who signs, who prescribes, who is booked, who is in
charge. A licence that holds, no ban, registered at this facility, within the registered hours, the
technique in scope or assigned (Law 15/2023/QH15, articles 19, 20, 26 and 36). The answer is yes, no,
"not proven", or yes by emergency, each with its reasons: where the register does not know enough,
care is not stopped by its gaps, and the gap is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django_stubs_ext import StrOrPromise

from portal.places.models import Organisation
from practitioners.models import (
    ExtraTechnique,
    PracticeBan,
    PracticeLicense,
    Practitioner,
    Registration,
    WorkingSlot,
)
from practitioners.moments import ONE_DAY, goes_on, holds, in_last_evening, is_registered, slot_at
from practitioners.querysets import holding_on
from practitioners.reasons import REASONS, Reason, Step, Verdict, reasons_of
from practitioners.rules import rules_on
from practitioners.scopes import Covers, covers, is_understood, technique_code
from practitioners.states import Standing, State

__all__ = [
    "REASONS",
    "Answer",
    "Done",
    "Step",
    "Verdict",
    "may_practise",
    "practitioner_of",
]

WORST = (Verdict.NO, Verdict.NOT_PROVEN, Verdict.YES)
OUTSIDE = {Covers.NO: "technique_outside", Covers.UNKNOWN: "technique_unknown"}


@dataclass(frozen=True, slots=True)
class Done:
    """A technique that is or was done on a day, by its code of the list of techniques."""

    code: str
    on: date


@dataclass(frozen=True, slots=True)
class OfTechnique:
    """What was found of one technique: nothing against it, or why, and who assigned it."""

    done: Done
    reason: str = ""
    assigned: ExtraTechnique | None = None

    @property
    def verdict(self) -> Verdict:
        return REASONS[self.reason][0] if self.reason else Verdict.YES

    def stored(self) -> dict[str, str]:
        """Return the answer as it is kept with what was signed."""
        return {
            "code": self.done.code,
            "on": self.done.on.isoformat(),
            "right": str(self.verdict),
            "reason": self.reason,
            "assigned_by": self.assigned.decision_no if self.assigned else "",
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, why, and on which licence and registration it rests."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    practitioner: Practitioner | None = None
    license: PracticeLicense | None = None
    registration: Registration | None = None
    found: tuple[Reason, ...] = ()
    standing: Standing | None = None
    slots: tuple[WorkingSlot, ...] = ()
    techniques: tuple[OfTechnique, ...] = ()
    asked: frozenset[Step] = field(default_factory=frozenset)
    bans: tuple[PracticeBan, ...] = ()

    @property
    def sentences(self) -> list[StrOrPromise]:
        """Return each reason in words, one about techniques with the codes it is about."""
        return [self._said(reason) for reason in self.reasons]

    def _said(self, reason: str) -> StrOrPromise:
        is_told = reason in OUTSIDE.values()
        codes = [row.done.code for row in self.techniques if is_told and row.reason == reason]
        return f"{', '.join(codes)}: {REASONS[reason][1]}" if codes else REASONS[reason][1]

    @property
    def missing(self) -> list[StrOrPromise]:
        """Return what the register does not know, in words."""
        unknown = (r.code for r in self.found if r.verdict == Verdict.NOT_PROVEN)
        return [self._said(code) for code in unknown]

    @property
    def technique(self) -> str:
        """Return the technique that was asked about, where it was one."""
        return self.techniques[0].done.code if len(self.techniques) == 1 else ""

    @property
    def assigned(self) -> ExtraTechnique | None:
        """Return the written assignment of the one technique that was asked about."""
        return self.techniques[0].assigned if len(self.techniques) == 1 else None

    @property
    def title(self) -> str:
        """Return the registered position of the person, in words."""
        return self.registration.position_text if self.registration else ""

    @property
    def can_be_overridden(self) -> bool:
        """Say whether an emergency would make it a yes.

        Nothing stands against it that cannot be passed over, and a licence is known to hold: care in
        an emergency lets go of place, hours and scope, never of the licence (article 36(3)).
        """
        if self.standing is None or not self.standing.is_usable:
            return False
        against = [reason for reason in self.found if reason.verdict == Verdict.NO]
        return bool(against) and all(reason.may_be_overridden for reason in against)

    def of(self, step: Step) -> list[Reason]:
        """Return what was found at one step."""
        return [reason for reason in self.found if reason.step == step]


def practitioner_of(user: Any, on: date) -> Practitioner | None:
    """Return who of the register uses an account on a day."""
    accounts = user.practitioner_accounts.filter(holding_on(on)).select_related("practitioner")
    found = accounts.first()
    return found.practitioner if found else None


def may_practise(
    *,
    practitioner: Practitioner | None,
    facility: Organisation,
    moments: Sequence[datetime],
    at_work: Sequence[datetime] | None = None,
    technique: str = "",
    techniques: Sequence[Done] = (),
    emergency: str = "",
) -> Answer:
    """Say whether a person may practise at a facility at each of these moments.

    ``at_work`` are the moments at which care is given, all of them unless said otherwise: a person
    has to be registered then and within the hours. What is signed later is signed by a licence that
    holds and without a ban, though the duty, or the registration with it, be over by then.
    ``technique`` is a code of the list of techniques, done on the last of these days; ``techniques``
    are those of days of their own, each asked as of its day. ``emergency`` says what the emergency
    is: registration, hours and scope do not stand against it then, a ban or a licence that does not
    hold always does. Who acts on such an answer keeps it (services.practise_by_emergency).
    """
    if practitioner is None:
        nobody = _Case(None, facility, moments, (), techniques)
        return _answer(nobody, ["account_unknown"], emergency)
    case = _Case(practitioner, facility, moments, moments if at_work is None else at_work)
    if technique.strip():
        case.techniques = (Done(technique.strip(), case.days[-1]), *techniques)
    else:
        case.techniques = tuple(techniques)
    codes = [
        *case.person_reasons(),
        *case.license_reasons(),
        *case.ban_reasons(),
        *case.registration_reasons(),
        *case.hours_reasons(),
        *case.technique_reasons(),
    ]
    return _answer(case, codes, emergency)


@dataclass
class _Case:
    """One question: the person, the place, the moments, and what the register holds of them."""

    practitioner: Practitioner | None
    facility: Organisation
    moments: Sequence[datetime]
    at_work: Sequence[datetime]
    techniques: Sequence[Done] = ()

    @property
    def who(self) -> Practitioner:
        if self.practitioner is None:  # pragma: no cover  (asked after the person is known)
            raise ValueError
        return self.practitioner

    @cached_property
    def days(self) -> list[date]:
        return sorted({timezone.localdate(moment) for moment in self.moments})

    @cached_property
    def licenses(self) -> list[PracticeLicense]:
        return list(self.who.licenses.with_acts())

    @cached_property
    def standings(self) -> list[tuple[PracticeLicense, Standing]]:
        """Return the licence that counted on each day, with its standing."""
        return [_counting(self.licenses, day) for day in self.days] if self.licenses else []

    @cached_property
    def held(self) -> list[Registration]:
        rows = self.who.registrations.filter(facility=self.facility)
        return list(rows.prefetch_related("slots", "techniques"))

    @cached_property
    def registration(self) -> Registration | None:
        last = max(self.at_work)
        day = timezone.localdate(last)
        found = (row for row in self.held if holds(row, day))
        return next(found, None) or next((row for row in self.held if goes_on(row, last)), None)

    @cached_property
    def slots(self) -> list[WorkingSlot]:
        return [slot for row in self.held for slot in row.slots.all()]

    @cached_property
    def of_techniques(self) -> list[OfTechnique]:
        """Return what is found of each technique, as of the day it is done."""
        return [self._of_technique(done) for done in dict.fromkeys(self.techniques)]

    def _of_technique(self, done: Done) -> OfTechnique:
        if self.practitioner is None:
            return OfTechnique(done, "account_unknown")
        wanted = technique_code(done.code) or done.code
        posts = [(held, self._day_at(held, done.on)) for held in self.held]
        complete = [(held, on) for held, on in posts if holds(held, on) and not held.waits_on(on)]
        rows = ((row, on) for held, on in complete or posts for row in held.techniques.all())
        found = (row for row, day in rows if row.code == wanted and holds(row, day))
        assigned = next(found, None)
        if assigned is not None:
            return OfTechnique(done, assigned=assigned)
        if not self.licenses:
            return OfTechnique(done, OUTSIDE[Covers.UNKNOWN])
        license, _standing = _counting(self.licenses, done.on)
        version = license.version_on(done.on)
        codes = version.scope_codes if version else ()
        title = version.title if version else license.title
        answer = covers(codes, done.code, title, done.on)
        scope = version.scope if version else ""
        if answer == Covers.NO and not is_understood(scope, done.on, codes):
            answer = Covers.UNKNOWN  # what is printed beside the codes may well name the technique
        return OfTechnique(done, OUTSIDE.get(answer, ""))

    def _day_at(self, held: Registration, on: date) -> date:
        """Return the day that counts at a registration: in its last duty's morning, its last day."""
        eve, mornings = on - ONE_DAY, [m for m in self.moments if timezone.localdate(m) == on]
        begun = any(in_last_evening(held, moment, eve) for moment in self.at_work)
        return eve if begun or any(goes_on(held, moment) for moment in mornings) else on

    def person_reasons(self) -> list[str]:
        found = [] if self.who.verified_at else ["profile_unverified"]
        died_on = self.who.died_on
        if died_on is not None and died_on < self.days[-1]:
            found.append("person_died")
        return found

    def license_reasons(self) -> list[str]:
        if not self.licenses:
            return ["license_unknown"]
        states = dict.fromkeys(s.state for _license, s in self.standings if not s.is_usable)
        return [f"license_{state}" for state in states]

    @cached_property
    def bans(self) -> list[PracticeBan]:
        """Return the bans that hold on one of the days."""
        return [row for row in self.who.bans.all() if any(holds(row, day) for day in self.days)]

    def ban_reasons(self) -> list[str]:
        return ["banned"] if self.bans else []

    def registration_reasons(self) -> list[str]:
        missing = sorted(
            timezone.localdate(moment)
            for moment in self.at_work
            if not any(is_registered(row, moment) for row in self.held)
        )
        if not missing:
            return []
        if any(holds(row, missing[-1]) and row.waits_on(missing[-1]) for row in self.held):
            return ["registration_pending"]
        if self.held:
            return ["registration_ended"]
        known = Registration.objects.filter(facility=self.facility).exists()
        return ["registration_missing" if known else "registration_unknown"]

    def hours_reasons(self) -> list[str]:
        if self.registration is None:
            return []
        asked = [(moment, self._slots_at(moment)) for moment in self.at_work]
        for moment, slots in asked:
            if not any(holds(slot, timezone.localdate(moment)) for slot in slots):
                return ["hours_unknown"]
        outside = [moment for moment, slots in asked if not slot_at(slots, moment)]
        return ["hours_outside"] if outside else []

    def _slots_at(self, moment: datetime) -> list[WorkingSlot]:
        """Return the hours of the posts that are complete then; of all where none is."""
        complete = [row for row in self.held if is_registered(row, moment)]
        return [slot for row in complete or self.held for slot in row.slots.all()]

    def technique_reasons(self) -> list[str]:
        """Return what stands against some technique, each reason once, the gravest first."""
        found = dict.fromkeys(row.reason for row in self.of_techniques if row.reason)
        return [reason for reason in OUTSIDE.values() if reason in found]


def _answer(case: _Case, codes: Sequence[str], emergency: str) -> Answer:
    found = reasons_of(codes, case.days[-1])
    verdicts = {reason.verdict for reason in found} or {Verdict.YES}
    worst = next(verdict for verdict in WORST if verdict in verdicts)
    known = case.practitioner is not None
    license, standing = case.standings[-1] if known and case.standings else (None, None)
    answer = Answer(
        worst,
        tuple(codes),
        case.practitioner,
        license,
        case.registration if known else None,
        found,
        standing,
        tuple(case.slots) if known else (),
        tuple(case.of_techniques),
        frozenset(Step) if case.techniques else frozenset(Step) - {Step.TECHNIQUE},
        tuple(case.bans) if known else (),
    )
    if emergency.strip() and worst == Verdict.NO and answer.can_be_overridden:
        return _overridden(answer)
    return answer


def _overridden(answer: Answer) -> Answer:
    values = {name: getattr(answer, name) for name in answer.__slots__}
    return Answer(**{**values, "verdict": Verdict.EMERGENCY})


def _counting(licenses: Iterable[PracticeLicense], day: date) -> tuple[PracticeLicense, Standing]:
    """Return the licence that counted on a day: the one in force, else the latest known then."""
    rules = rules_on(day)
    rows = [(license, license.standing_on(day, rules)) for license in licenses]
    order = {State.SUPERSEDED: 1, State.NOT_YET: 2}
    rows.sort(key=lambda row: (order.get(row[1].state, 0), -row[0].issued_on.toordinal()))
    return rows[0]
