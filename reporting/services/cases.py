"""A diagnosis opens a case; a changed one drops it. One case for one illness, whoever asks how often.

``settle_cases`` is called with the visits that were just written, by a form or by a file, and brings
the notifications into agreement with the diagnoses as they are now: set-based, safe to call again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from healthrecords.models import Diagnosis, Visit
from portal.codelists.lookup import lists_held
from portal.codelists.sensitivity import strictest
from portal.intake.copying import Load, copy_in
from reporting.diseases import Disease, categories, death_due_at, disease_on, diseases_of, due_at
from reporting.models import CaseNotification
from reporting.querysets import STANDING_CASES
from reporting.sources.classes import classes_on

GONE = (Visit.Status.WITHDRAWN, Visit.Status.CANCELLED)
AT_ONCE = 5_000
CLOCK = (
    "status",
    "closed_because",
    "noticed_at",
    "due_at",
    "death_due_at",
    "death_sent_at",
    "is_first_late",
    "outcome",
    "subject",
    "left_on",
)
Pair = tuple[UUID, str]  # a person and a disease


@dataclass(frozen=True, slots=True)
class Found:
    """A visit at which a notifiable disease was diagnosed."""

    visit: UUID
    citizen: UUID
    facility: UUID
    noticed_at: datetime
    ended_at: datetime | None
    outcome: str
    code: str
    disease: Disease
    sensitivity: str
    died_on: date | None


@dataclass(frozen=True, slots=True)
class Death:
    """A person who had a case died: at which moment, and whether the visit says of this illness."""

    at: datetime
    is_of_illness: bool


@transaction.atomic
def settle_cases(visits: Collection[UUID]) -> None:
    """Bring notifications into agreement with the diagnoses of these visits and of their people."""
    keys = list(visits)
    # A file of a month has thousands of codes on thirty days: each day's lists are asked for once.
    with lists_held():
        for start in range(0, len(keys), AT_ONCE):
            _settle(keys[start : start + AT_ONCE])


def _settle(visits: Sequence[UUID]) -> None:
    known = categories()
    told = ("citizen_id", "disease", "status", "pk", "sensitivity", "visit__sensitivity")
    present = list(CaseNotification.objects.filter(visit__in=visits).order_by().values_list(*told))
    _protect([row[3:] for row in present])
    found = _found(Q(visit__in=visits), known)
    pairs = {(one.citizen, one.disease.code) for one in found}
    pairs |= {(row[0], row[1]) for row in present if row[2] in STANDING_CASES}
    if pairs:
        _agree(pairs, known)


def _protect(cases: Iterable[tuple[UUID, str, str]]) -> None:
    """Let no case, closed ones neither, be more open than its visit, also when that is protected later."""
    by_class: dict[str, list[UUID]] = {}
    for key, own, of_visit in cases:
        if own != (stricter := strictest([own, of_visit])):
            by_class.setdefault(stricter, []).append(key)
    for sensitivity, keys in by_class.items():
        CaseNotification.objects.filter(pk__in=keys).update(sensitivity=sensitivity)


def _found(which: Q, known: Collection[str]) -> list[Found]:
    """Return where notifiable diseases were diagnosed, each visit and disease once."""
    if not known:
        return []
    rows = (
        Diagnosis.objects.filter(which)
        .exclude(visit__status__in=GONE)
        .extra(where=["left(healthrecords_diagnosis.code, 3) = ANY(%s)"], params=[sorted(known)])
        .order_by("visit__started_at", "visit_id", "rank", "position")
        .values_list(
            "visit_id",
            "citizen_id",
            "facility_id",
            "visit__started_at",
            "visit__ended_at",
            "visit__outcome",
            "code",
            "sensitivity",
            "visit__sensitivity",
            "citizen__died_on",
        )
    )
    meant: dict[tuple[str, date], Disease | None] = {}
    found: dict[tuple[UUID, str], Found] = {}
    for visit, citizen, facility, began, ended, outcome, code, own, of_visit, died_on in rows:
        day = timezone.localdate(began)
        if (code, day) not in meant:
            meant[code, day] = next(iter(diseases_of(code, day)), None)
        disease = meant[code, day]
        if disease is not None:
            sensitivity = strictest([own, of_visit])
            told = (visit, citizen, facility, began, ended, outcome, code, disease)
            found.setdefault((visit, disease.code), Found(*told, sensitivity, died_on))
    return list(found.values())


def _agree(pairs: Collection[Pair], known: Collection[str]) -> None:
    """Look at all visits of these people for these diseases: which are one case, and is it known?"""
    people = {citizen for citizen, _disease in pairs}
    by_pair: dict[Pair, list[Found]] = {pair: [] for pair in pairs}
    for one in _found(Q(citizen__in=people), known):
        if (one.citizen, one.disease.code) in by_pair:
            by_pair[one.citizen, one.disease.code].append(one)
    rows = CaseNotification.objects.select_for_update(of=("self",)).filter(citizen__in=people)
    rows = rows.select_related("visit", "citizen")
    standing: dict[Pair, list[CaseNotification]] = {}
    for case in rows.filter(status__in=STANDING_CASES).order_by("noticed_at", "id"):
        standing.setdefault((case.citizen_id, case.disease), []).append(case)
    fresh: list[CaseNotification] = []
    for pair, found in by_pair.items():
        fresh += _agree_pair(found, standing.get(pair, []))
    if fresh:
        copy_in(Load.of(CaseNotification, fresh))


def _agree_pair(found: list[Found], cases: list[CaseNotification]) -> list[CaseNotification]:
    kept = _kept(cases, {one.visit for one in found})
    fresh = []
    illness_of: dict[UUID, list[Found]] = {case.pk: [] for case in kept}
    for illness in illnesses(found):
        visits = {one.visit for one in illness}
        known = [case for case in kept if case.visit_id in visits]
        if not known:
            fresh.append(_case_of(illness))
        for twice in known[1:]:
            _no_longer(twice, gettext("This illness is notified already."))
            del illness_of[twice.pk]
        illness_of |= {case.pk: illness for case in known[:1]}
    for case in kept:
        if case.pk in illness_of:
            _keep_clock(case, illness_of[case.pk])
    return fresh


def _kept(cases: list[CaseNotification], said: Collection[UUID]) -> list[CaseNotification]:
    """Drop the cases that no diagnosis says any more; what no code ever said stands with its visit."""
    kept = []
    for case in cases:
        by_hand = case.origin != CaseNotification.Origin.DIAGNOSIS
        if (by_hand and case.visit.status not in GONE) or case.visit_id in said:
            _said_again(case)
            kept.append(case)
        else:
            _no_longer(case, gettext("The diagnosis was changed or the visit withdrawn."))
    return kept


def illnesses(found: Sequence[Found]) -> list[list[Found]]:
    """Part the visits of one person for one disease into cases: a long gap begins another one."""
    parts: list[list[Found]] = []
    for one in sorted(found, key=lambda f: (f.noticed_at, f.visit)):
        gap = one.disease.apart_on(timezone.localdate(one.noticed_at))
        if parts and one.noticed_at - parts[-1][-1].noticed_at <= gap:
            parts[-1].append(one)
        else:
            parts.append([one])
    return parts


def _case_of(illness: Sequence[Found]) -> CaseNotification:
    first = illness[0]
    case = CaseNotification(
        visit_id=first.visit,
        citizen_id=first.citizen,
        facility_id=first.facility,
        sensitivity=first.sensitivity,
        disease=first.disease.code,
        code=first.code,
        clock=first.disease.clock,
        noticed_at=first.noticed_at,
        due_at=due_at(first.disease.clock, first.noticed_at),
    )
    death = _death_of(illness)
    if death is not None:
        _take_death(case, death)
    return case


def _death_of(illness: Sequence[Found]) -> Death | None:
    """Return how the illness ended in death: at a visit, or at home while it may have lasted.

    Of a death away from the facility the record knows the day and not the cause: whoever reported the
    case is asked. Its hours count from the moment it was verified, which is when the record took it.
    """
    for one in illness:
        if one.outcome:
            classes: Mapping[str, list[str]] = classes_on(timezone.localdate(one.noticed_at))
            if one.outcome in {*classes["died"], *classes["dead_on_arrival"]}:
                return Death(one.ended_at or one.noticed_at, is_of_illness=True)
    for one in illness[-1:]:
        began = timezone.localdate(illness[0].noticed_at)
        ended = timezone.localdate(one.ended_at or one.noticed_at) + one.disease.apart_on(began)
        if one.died_on is not None and began <= one.died_on <= ended:
            return Death(timezone.now(), is_of_illness=False)
    return None


def _keep_clock(case: CaseNotification, illness: Sequence[Found]) -> None:
    """Let a case follow what its visits say now: when it was diagnosed, and whether the person died."""
    before = _clock_of(case)
    own = next((one for one in illness if one.visit == case.visit_id), None)
    if own is not None and case.diagnosed_at is None and case.noticed_at != own.noticed_at:
        case.noticed_at = own.noticed_at
        if case.death_due_at is None:
            case.due_at = due_at(case.clock, case.noticed_at)
    death = _death_of(illness or _by_hand(case))
    if death is not None and not illness:  # no diagnosis says that it was of this
        death = Death(death.at, is_of_illness=False)
    if death is not None:
        _take_death(case, death)
    elif case.death_due_at is not None:
        _withdraw_death(case)
    if _clock_of(case) != before:
        case.save(update_fields=list(CLOCK))


def _by_hand(case: CaseNotification) -> list[Found]:
    """Return the visit of a case that no diagnosis speaks for, as if one did."""
    visit, on = case.visit, timezone.localdate(case.noticed_at)
    disease = disease_on(case.disease, on)
    if disease is None:
        return []
    began = max(visit.started_at, case.noticed_at)
    return [
        Found(
            visit.pk, case.citizen_id, case.facility_id, began, visit.ended_at, visit.outcome,
            case.code, disease, case.sensitivity, case.citizen.died_on,
        )
    ]  # fmt: skip


def _clock_of(case: CaseNotification) -> list[Any]:
    return [getattr(case, name) for name in CLOCK]


def _has_told_death(case: CaseNotification) -> bool:
    return bool(case.sent.get("kqc") == CaseNotification.Outcome.DIED)


def _take_death(case: CaseNotification, death: Death) -> None:
    """Let a death run its clock; a case that was sent waits to be sent again with the outcome."""
    if _has_told_death(case):
        return
    is_new, due = case.death_due_at is None, death_due_at(death.at)
    if death.is_of_illness:
        died, day = CaseNotification.Outcome.DIED, timezone.localdate(death.at)
        is_new = is_new or case.outcome != died
        case.outcome, case.subject = died, CaseNotification.Subject.DIED
        if case.left_on is None and (case.admitted_on is None or case.admitted_on <= day):
            case.left_on = day
    elif case.death_due_at is not None:
        due = case.death_due_at
    if case.status == CaseNotification.Status.OPEN:
        case.death_due_at = due
        case.due_at = min(due_at(case.clock, case.noticed_at), due)
    elif is_new:
        case.is_first_late = case.was_late
        case.status, case.closed_because = CaseNotification.Status.CHANGED, ""
        case.death_due_at = case.due_at = due
        case.death_sent_at = None


def _withdraw_death(case: CaseNotification) -> None:
    """Take a death back that the record does not know any more; what was sent says so again."""
    case.death_due_at = case.death_sent_at = None
    if case.outcome == CaseNotification.Outcome.DIED:
        case.outcome, case.subject = "", CaseNotification.Subject.ILL
        case.left_on = None
    case.due_at = due_at(case.clock, case.noticed_at)
    if case.status == CaseNotification.Status.SENT and _has_told_death(case):
        case.status, case.closed_because = CaseNotification.Status.CHANGED, ""


def _no_longer(case: CaseNotification, reason: str) -> None:
    """Drop a case nobody was told of; one that was sent waits for somebody to correct it."""
    if case.status == CaseNotification.Status.OPEN:
        case.status, case.closed_because = CaseNotification.Status.DROPPED, reason
    elif case.status == CaseNotification.Status.SENT:
        case.status, case.closed_because = CaseNotification.Status.CHANGED, reason
    else:
        return
    case.save(update_fields=["status", "closed_because"])


def _said_again(case: CaseNotification) -> None:
    """Let a sent case stand again whose diagnosis came back; not one that was written into since."""
    if case.status == CaseNotification.Status.CHANGED and case.closed_because:
        case.status, case.closed_because = CaseNotification.Status.SENT, ""
        case.save(update_fields=["status", "closed_because"])


def disease_title(case: CaseNotification) -> str:
    """Return the name of the disease, as its list had it when the case was noticed."""
    found = disease_on(case.disease, timezone.localdate(case.noticed_at))
    return found.title if found is not None else case.disease


def choices_for(case: CaseNotification) -> list[tuple[str, str]]:
    """Return what the diagnosis may mean, then every other disease: a person may know better."""
    from reporting.diseases import diseases_on

    on = timezone.localdate(case.noticed_at)
    likely = diseases_of(case.code, on) if case.code else []
    others: list[Any] = [disease for disease in diseases_on(on) if disease not in likely]
    return [(disease.code, disease.title) for disease in [*likely, *others]]
