"""A diagnosis opens a case; a changed one drops it. One case for one illness, whoever asks how often.

``settle_cases`` is called with the visits that were just written, by a form or by a file, and brings
the notifications into agreement with the diagnoses as they are now: set-based, safe to call again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from healthrecords.models import Diagnosis, Visit
from reporting.diseases import Disease, categories, disease_on, diseases_of, due_at
from reporting.models import CaseNotification
from reporting.querysets import STANDING_CASES
from reporting.sources.classes import classes_on

GONE = (Visit.Status.WITHDRAWN, Visit.Status.CANCELLED)
AT_ONCE = 5_000
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


@transaction.atomic
def settle_cases(visits: Collection[UUID]) -> None:
    """Bring notifications into agreement with the diagnoses of these visits and of their people."""
    keys = list(visits)
    for start in range(0, len(keys), AT_ONCE):
        _settle(keys[start : start + AT_ONCE])


def _settle(visits: Sequence[UUID]) -> None:
    known = categories()
    present = list(
        CaseNotification.objects.filter(visit__in=visits, status__in=STANDING_CASES)
        .exclude(origin=CaseNotification.Origin.HAND)
        .values_list("citizen_id", "disease")
    )
    found = _found(Q(visit__in=visits), known)
    pairs = {(one.citizen, one.disease.code) for one in found} | set(present)
    if pairs:
        _agree(pairs, known)


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
        )
    )
    meant: dict[tuple[str, date], Disease | None] = {}
    found: dict[tuple[UUID, str], Found] = {}
    for visit, citizen, facility, began, ended, outcome, code, sensitivity in rows:
        day = timezone.localdate(began)
        if (code, day) not in meant:
            meant[code, day] = next(iter(diseases_of(code, day)), None)
        disease = meant[code, day]
        if disease is not None:
            found.setdefault(
                (visit, disease.code),
                Found(visit, citizen, facility, began, ended, outcome, code, disease, sensitivity),
            )
    return list(found.values())


def _agree(pairs: Collection[Pair], known: Collection[str]) -> None:
    """Look at all visits of these people for these diseases: which are one case, and is it known?"""
    people = {citizen for citizen, _disease in pairs}
    by_pair: dict[Pair, list[Found]] = {pair: [] for pair in pairs}
    for one in _found(Q(citizen__in=people), known):
        if (one.citizen, one.disease.code) in by_pair:
            by_pair[one.citizen, one.disease.code].append(one)
    rows = CaseNotification.objects.select_for_update().filter(citizen__in=people)
    standing: dict[Pair, list[CaseNotification]] = {}
    for case in rows.filter(status__in=STANDING_CASES).order_by("noticed_at", "id"):
        standing.setdefault((case.citizen_id, case.disease), []).append(case)
    fresh: list[CaseNotification] = []
    for pair, found in by_pair.items():
        fresh += _agree_pair(found, standing.get(pair, []))
    CaseNotification.objects.bulk_create(fresh)


def _agree_pair(found: list[Found], cases: list[CaseNotification]) -> list[CaseNotification]:
    said = {one.visit for one in found}
    kept: list[CaseNotification] = []
    for case in cases:
        by_hand = case.origin == CaseNotification.Origin.HAND
        if by_hand or case.visit_id in said:
            _said_again(case)
            kept.append(case)
        else:
            _no_longer(case, gettext("The diagnosis was changed or the visit withdrawn."))
    fresh = []
    for illness in illnesses(found):
        visits = {one.visit for one in illness}
        known = [case for case in kept if case.visit_id in visits]
        if not known:
            fresh.append(_case_of(illness))
        for twice in known[1:]:
            _no_longer(twice, gettext("This illness is notified already."))
        _keep_deadline(known[:1], illness)
    return fresh


def illnesses(found: Sequence[Found]) -> list[list[Found]]:
    """Part the visits of one person for one disease into cases: a long gap begins another one."""
    parts: list[list[Found]] = []
    for one in sorted(found, key=lambda f: (f.noticed_at, f.visit)):
        gap = timedelta(days=one.disease.case_days)
        if parts and one.noticed_at - parts[-1][-1].noticed_at <= gap:
            parts[-1].append(one)
        else:
            parts.append([one])
    return parts


def _case_of(illness: Sequence[Found]) -> CaseNotification:
    first = illness[0]
    died = _died_at(illness)
    return CaseNotification(
        visit_id=first.visit,
        citizen_id=first.citizen,
        facility_id=first.facility,
        sensitivity=first.sensitivity,
        disease=first.disease.code,
        code=first.code,
        clock=first.disease.clock,
        noticed_at=first.noticed_at,
        due_at=due_at(first.disease.clock, first.noticed_at, died),
        subject=CaseNotification.Subject.DIED if died else CaseNotification.Subject.ILL,
        outcome=CaseNotification.Outcome.DIED if died else "",
    )


def _died_at(illness: Sequence[Found]) -> datetime | None:
    """Return when the person died of it, by the outcome of a visit."""
    for one in illness:
        classes: Mapping[str, list[str]] = classes_on(timezone.localdate(one.noticed_at))
        if one.outcome and one.outcome in {*classes["died"], *classes["dead_on_arrival"]}:
            return one.ended_at or one.noticed_at
    return None


def _keep_deadline(cases: Sequence[CaseNotification], illness: Sequence[Found]) -> None:
    """Shorten the clock of an open case when the person dies."""
    died = _died_at(illness)
    for case in cases:
        if case.status != CaseNotification.Status.OPEN or died is None:
            continue
        due = due_at(case.clock, case.noticed_at, died)
        if due != case.due_at or case.outcome != CaseNotification.Outcome.DIED:
            case.due_at, case.outcome = due, CaseNotification.Outcome.DIED
            case.subject = CaseNotification.Subject.DIED
            case.save(update_fields=["due_at", "outcome", "subject"])


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
    """Let a sent case stand again whose diagnosis came back."""
    if case.status == CaseNotification.Status.CHANGED:
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
