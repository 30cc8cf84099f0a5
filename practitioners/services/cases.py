"""Open discrepancy cases, hear their sides, give more time, close what no longer differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.attachments.keeping import keep, title_of
from portal.places.models import Organisation
from practitioners.disputes import Departments, Dispute
from practitioners.models import (
    CasePaper,
    CaseSide,
    CaseStep,
    DiscrepancyCase,
    ProfileSubmission,
)
from practitioners.services.own import is_own
from practitioners.terms import statement_due

State = DiscrepancyCase.State
Step = CaseStep.Kind
MOST_PAPERS = 10


def departments() -> Departments:
    """Return the departments of health as they are now; one query."""
    return Departments(Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT))


@transaction.atomic
def open_cases(
    disputes: Sequence[Dispute], *, actor: Any, at: datetime, batch_id: UUID | None = None
) -> list[DiscrepancyCase]:
    """Open cases and ask their sides; a clash that has an open case keeps that one.

    ``actor`` is the official who opens by hand; None for the checks and for a file. The number of
    statements does not depend on the number of cases.
    """
    if not disputes:
        return []
    _one_at_a_time()
    known = set(
        DiscrepancyCase.objects.open()
        .filter(key__in=[one.case.key for one in disputes])
        .values_list("key", flat=True)
    )
    due = statement_due(timezone.localdate(at))
    cases: dict[str, DiscrepancyCase] = {}
    sides: list[CaseSide] = []
    for one in disputes:
        case = one.case
        if case.key in known or case.key in cases:
            continue
        case.opened_at, case.opened_by, case.batch_id = at, actor, batch_id
        case.origin = _origin(actor, batch_id)
        cases[case.key] = case
        for side in one.sides:
            side.due_on = due
        sides += one.sides
    DiscrepancyCase.objects.bulk_create(cases.values())
    CaseSide.objects.bulk_create(sides)
    steps = [
        CaseStep(case=case, kind=Step.OPENED, text=by_letter(case), actor=actor, at=at)
        for case in cases.values()
    ]
    steps += [CaseStep(case=s.case, kind=Step.ASKED, side=s, actor=actor, at=at) for s in sides]
    CaseStep.objects.bulk_create(steps)
    return list(cases.values())


def by_letter(case: DiscrepancyCase) -> str:
    """Say whom the department asks by letter, since they are in no organisation of this register."""
    said = gettext(
        "%(number)s was issued by %(issuer)s, which does not log in here: %(department)s asks it by"
        " letter."
    )
    return "\n".join(
        said
        % {
            "number": one["number"],
            "issuer": one["issuer"] or "–",
            "department": case.department,
        }
        for one in case.facts.get("by_letter", ())
    )


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('discrepancy cases'))")


def _origin(actor: Any, batch_id: UUID | None) -> str:
    if batch_id is not None:
        return DiscrepancyCase.Origin.FILE
    return DiscrepancyCase.Origin.OFFICIAL if actor is not None else DiscrepancyCase.Origin.CHECKS


@transaction.atomic
def state_side(
    *,
    side_id: UUID,
    stance: str,
    statement: str,
    papers: Iterable[tuple[str, bytes]] = (),
    actor: Any,
    at: datetime,
) -> CaseSide:
    """Lay a side's statement before the department, with its papers; until decided it may be mended."""
    side = _open_side(side_id)
    side.stance, side.statement = stance, statement.strip()
    side.stated_by, side.stated_at = actor, at
    side.full_clean(exclude=["claim"])
    side.save(update_fields=["stance", "statement", "stated_by", "stated_at"])
    for name, content in papers:
        _keep_paper(side, name, content, actor, at)
    words = f"{side.get_stance_display()}. {side.statement}"
    _step(side.case, Step.STATED, actor, at, side=side, text=words)
    return side


def _keep_paper(side: CaseSide, name: str, content: bytes, actor: Any, at: datetime) -> None:
    if side.papers.count() >= MOST_PAPERS:
        raise ValidationError(
            _("At most %(most)d papers can be laid before the department; join some into one PDF."),
            code="papers_too_many",
            params={"most": MOST_PAPERS},
        )
    stored = keep(content=content, name=name, at=at)
    CasePaper.objects.get_or_create(
        side=side,
        stored=stored,
        defaults={"title": title_of(name), "uploaded_by": actor, "uploaded_at": at},
    )


@transaction.atomic
def extend_side(*, side_id: UUID, due_on: date, reason: str, actor: Any, at: datetime) -> CaseSide:
    """Give a side more time, for a reason; a day that has passed is no time."""
    side = _open_side(side_id)
    today = timezone.localdate(at)
    if due_on < today or (side.due_on is not None and due_on <= side.due_on):
        raise ValidationError(
            _("%(day)s gives no more time; choose a later day."),
            code="no_more_time",
            params={"day": f"{due_on:%d/%m/%Y}"},
        )
    if not reason.strip():
        raise ValidationError(_("Write why more time is given."), code="extension_without_reason")
    side.due_on = due_on
    side.save(update_fields=["due_on"])
    text = f"{due_on:%d/%m/%Y}. {reason.strip()}"
    _step(side.case, Step.EXTENDED, actor, at, side=side, text=text)
    return side


@transaction.atomic
def drop_case(*, case_id: UUID, reason: str, actor: Any, at: datetime) -> DiscrepancyCase:
    """Close a case because nothing differs any more, for a reason."""
    case = locked_case(case_id)
    require_other(case, actor, timezone.localdate(at))
    if not reason.strip():
        raise ValidationError(_("Write why nothing differs any more."), code="drop_without_reason")
    case.state, case.reason = State.DROPPED, reason.strip()
    case.decided_by, case.decided_at = actor, at
    case.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    _step(case, Step.DROPPED, actor, at, text=case.reason)
    return case


def drop_cases(cases: QuerySet[DiscrepancyCase], *, reason: str, actor: Any, at: datetime) -> None:
    """Close all open ones of these cases at once: what they were opened for was taken back."""
    held = cases.filter(state=State.OPEN).select_for_update(of=["self"])
    keys = list(held.values_list("pk", flat=True))
    DiscrepancyCase.objects.filter(pk__in=keys).update(
        state=State.DROPPED, reason=reason, decided_by=actor, decided_at=at
    )
    CaseStep.objects.bulk_create(
        CaseStep(case_id=key, kind=Step.DROPPED, text=reason, actor=actor, at=at) for key in keys
    )


def locked_case(case_id: UUID) -> DiscrepancyCase:
    """Lock an open case, or say who closed it."""
    rows = DiscrepancyCase.objects.select_for_update(of=["self"])
    case = rows.select_related("decided_by", "department").get(pk=case_id)
    if not case.is_open:
        raise ValidationError(
            _("%(name)s closed this case at %(time)s: %(state)s. Nothing of yours was kept."),
            code="case_closed",
            params={
                "name": case.decided_by,
                "time": timezone.localtime(case.decided_at).strftime("%H:%M %d/%m/%Y"),
                "state": case.get_state_display(),
            },
        )
    return case


def require_other(case: DiscrepancyCase, actor: Any, on: date) -> None:
    """Refuse whom a case is about, and who sent the profile it is about: a colleague decides it."""
    sent = ProfileSubmission.objects.filter(case_sides__case=case)
    rows = list(sent.values_list("practitioner_id", "submitted_by_id"))
    people = [*case.person_ids, *(person for person, _sender in rows)]
    if is_own(actor, people=people, senders=[sender for _person, sender in rows], on=on):
        raise ValidationError(
            _(
                "The case %(case)s is about you, or about a profile you sent yourself; nobody decides"
                " on their own. Give it to a colleague."
            ),
            code="case_own",
            params={"case": case},
        )


def _open_side(side_id: UUID) -> CaseSide:
    side = CaseSide.objects.select_related("organisation").get(pk=side_id)
    side.case = locked_case(side.case_id)
    return side


def _step(
    case: DiscrepancyCase,
    kind: str,
    actor: Any,
    at: datetime,
    *,
    side: CaseSide | None = None,
    text: str = "",
) -> None:
    CaseStep.objects.create(case=case, kind=kind, side=side, text=text, actor=actor, at=at)


note_step = _step
