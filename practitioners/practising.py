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
    PracticeLicense,
    Practitioner,
    Registration,
    WorkingSlot,
)
from practitioners.querysets import holding_on
from practitioners.reasons import REASONS, Reason, Step, Verdict, reasons_of
from practitioners.rules import rules_on
from practitioners.scopes import Covers, covers, technique_code
from practitioners.states import Standing, State

__all__ = ["REASONS", "Answer", "Step", "Verdict", "may_practise", "practitioner_of"]

WORST = (Verdict.NO, Verdict.NOT_PROVEN, Verdict.YES)


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
    assigned: ExtraTechnique | None = None
    technique: str = ""
    asked: frozenset[Step] = field(default_factory=frozenset)

    @property
    def sentences(self) -> list[StrOrPromise]:
        return [REASONS[reason][1] for reason in self.reasons]

    @property
    def title(self) -> str:
        """Return the registered position of the person, in words."""
        return self.registration.position_text if self.registration else ""

    @property
    def can_be_overridden(self) -> bool:
        """Say whether an emergency would make it a yes: nothing stands against it that cannot be."""
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
    emergency: str = "",
) -> Answer:
    """Say whether a person may practise at a facility at each of these moments.

    ``at_work`` are the moments that have to lie within the registered hours, all of them unless said
    otherwise: a visit has to, its signature may be given later. ``technique`` is a code of the list
    of techniques. ``emergency`` says what the emergency is: registration, hours and scope do not
    stand against it then, a ban or a licence that does not hold always does. Who acts on such an
    answer keeps it (services.practise_by_emergency).
    """
    if practitioner is None:
        return _answer(_Case(None, facility, moments, ()), ["account_unknown"], emergency)
    case = _Case(
        practitioner,
        facility,
        moments,
        moments if at_work is None else at_work,
        technique.strip(),
    )
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
    technique: str = ""

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
        return next((row for row in self.held if _holds(row, self.days[-1])), None)

    @cached_property
    def slots(self) -> list[WorkingSlot]:
        return [slot for row in self.held for slot in row.slots.all()]

    @cached_property
    def assigned(self) -> ExtraTechnique | None:
        wanted = technique_code(self.technique) or self.technique
        rows = (row for held in self.held for row in held.techniques.all())
        last = self.days[-1]
        return next((row for row in rows if row.code == wanted and _holds(row, last)), None)

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

    def ban_reasons(self) -> list[str]:
        bans = list(self.who.bans.all())
        is_barred = any(_holds(ban, day) for ban in bans for day in self.days)
        return ["banned"] if is_barred else []

    def registration_reasons(self) -> list[str]:
        missing = [
            day for day in self.days if not any(_is_registered(row, day) for row in self.held)
        ]
        if not missing:
            return []
        if any(row.is_pending and _holds(row, missing[-1]) for row in self.held):
            return ["registration_pending"]
        if self.held:
            return ["registration_ended"]
        known = Registration.objects.filter(facility=self.facility).exists()
        return ["registration_missing" if known else "registration_unknown"]

    def hours_reasons(self) -> list[str]:
        if self.registration is None:
            return []
        days = {timezone.localdate(moment) for moment in self.at_work}
        told = {day: [s for s in self.slots if _holds_about(s, day)] for day in days}
        if not all(told.values()):
            return ["hours_unknown"]
        outside = [moment for moment in self.at_work if not _slot_at(self.slots, moment)]
        return ["hours_outside"] if outside else []

    def technique_reasons(self) -> list[str]:
        if not self.technique or self.assigned is not None or not self.standings:
            return []
        license, _standing = self.standings[-1]
        version = license.version_on(self.days[-1])
        codes = version.scope_codes if version else ()
        answer = covers(codes, self.technique, license.title, self.days[-1])
        return {Covers.NO: ["technique_outside"], Covers.UNKNOWN: ["technique_unknown"]}.get(
            answer, []
        )


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
        case.assigned if known and case.technique else None,
        case.technique,
        frozenset(Step) if case.technique else frozenset(Step) - {Step.TECHNIQUE},
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


def _holds(row: Any, day: date) -> bool:
    return bool(row.valid_from <= day and (row.valid_until is None or row.valid_until >= day))


def _is_registered(row: Registration, day: date) -> bool:
    """Say whether a registration lets a person practise on a day: it holds and was complete by then."""
    if row.is_pending or not _holds(row, day):
        return False
    return row.announced_on is None or row.completed_on is None or row.completed_on <= day


def _holds_about(slot: WorkingSlot, day: date) -> bool:
    """Say whether hours are known about a day: some slot of the week holds in it."""
    return _holds(slot, day)


def _slot_at(slots: Iterable[WorkingSlot], moment: datetime) -> WorkingSlot | None:
    """Return the hours a moment lies in; the minute they end no longer counts."""
    local = timezone.localtime(moment)
    minute = local.hour * 60 + local.minute
    for slot in slots:
        on_day = slot.weekday == local.isoweekday() + 1 and _holds(slot, local.date())
        if on_day and slot.starts <= minute < slot.ends:
            return slot
    return None
