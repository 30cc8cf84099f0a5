"""Two rows of the register are one person: one official asks to join them, another does; and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.database.answers import Choice, choices_of
from portal.places.models import Organisation
from portal.scope import scope_of
from practitioners.models import (
    CaseStep,
    DiscrepancyCase,
    Outcome,
    Practitioner,
    PractitionerJoining,
)
from practitioners.services import joined_cases, joined_rows, joined_seats
from practitioners.services.cases import note_step
from practitioners.services.contradictions import contradictions, require_resolved
from practitioners.services.own import is_own

REVIEW = "review_practitioners"
State = PractitionerJoining.State
# What no choice decides: which row it is and what became of it.
OWN = frozenset({"id", "name_norm", "replaced_by"})
# Fields that are one answer to one question, by the one that is asked about.
TOGETHER = {
    "name": ("name", "name_sort"),
    "birth_date": ("birth_date", "birth_precision"),
    "address": ("address", "area"),
    "keeper": ("keeper", "verified_at"),
}


@cache
def questions() -> Mapping[str, Choice]:
    """Return what two rows may say differently of one person, in the order of the profile."""
    return choices_of(Practitioner, own=OWN, together=TOGETHER)


@transaction.atomic
def ask_to_join(
    *,
    actor: Any,
    case: DiscrepancyCase,
    survivor_id: UUID,
    take: Collection[str] = (),
    choices: Mapping[str, str] | None = None,
    reason: str,
    at: datetime,
) -> PractitionerJoining:
    """Ask that one row of a decided case speaks for both; nothing moves before a colleague does it.

    ``take`` names the fields the survivor is to say as the other row does, ``choices`` resolves
    what cannot stand with one person. What cannot be resolved is refused at once, by name.
    """
    people = _require_one_person(case)
    if survivor_id not in people:
        raise ValidationError(gettext_lazy("Choose the row that stays."), code="survivor_missing")
    (joined_id,) = (key for key in people if key != survivor_id)
    held = _hold(survivor_id, joined_id)
    survivor, joined = held[survivor_id], held[joined_id]
    _require_standing(survivor, joined)
    row = PractitionerJoining(
        case=case,
        survivor=survivor,
        joined=joined,
        department=department_of(case, survivor),
        reason=" ".join(reason.split())[:500],
        take=sorted(set(take) & questions().keys()),
        choices=dict(choices or {}),
        asked_by=actor,
        asked_at=at,
    )
    _require_right(actor, row, at)
    row.full_clean(exclude=["take", "choices", "taken", "links"])
    _require_possible(row, at)
    row.save(force_insert=True)
    _note(row, actor, at, _("It was asked that %(survivor)s speaks for %(joined)s."))
    return row


@transaction.atomic
def carry_out_joining(*, actor: Any, joining_id: UUID, at: datetime) -> PractitionerJoining:
    """Join two rows as a colleague asked: what is the one's is the other's, and nothing is lost."""
    row = _answerable(joining_id, State.ASKED)
    _require_right(actor, row, at)
    _require_second(actor, row.asked_by_id)
    held = _hold(row.survivor_id, row.joined_id)
    row.survivor, row.joined = held[row.survivor_id], held[row.joined_id]
    _require_standing(row.survivor, row.joined)
    resting, effects = _require_possible(row, at)
    row.taken = _take(row)
    row.links = [list(key) for key in joined_rows.links_between(row.survivor_id, row.joined_id)]
    row.state, row.answered_by, row.answered_at = State.DONE, actor, at
    row.full_clean(exclude=["take", "choices", "taken", "links"])
    row.save()
    joined_seats.wait_with_seats()
    effects += joined_cases.renamed(row)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            joined_rows.move(row, resting=resting, effects=effects)
            joined_seats.seat_all(row)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        raise _clash(error) from error
    row.joined.replaced_by = row.survivor
    row.joined.save(update_fields=["replaced_by"])
    _note(row, actor, at, _("%(survivor)s speaks for %(joined)s from now on."))
    return row


@transaction.atomic
def drop_joining(*, actor: Any, joining_id: UUID, reason: str, at: datetime) -> PractitionerJoining:
    """Leave two rows as they are, for a reason; who asked for it may take it back as well."""
    row = _answerable(joining_id, State.ASKED)
    _require_right(actor, row, at)
    row.state, row.answered_by, row.answered_at = State.DROPPED, actor, at
    row.answer = " ".join(reason.split())[:500]
    row.full_clean(exclude=["take", "choices", "taken", "links"])
    row.save(update_fields=["state", "answered_by", "answered_at", "answer"])
    _note(row, actor, at, _("%(survivor)s and %(joined)s are not joined."), row.answer)
    return row


@transaction.atomic
def ask_to_part(*, actor: Any, joining_id: UUID, reason: str, at: datetime) -> PractitionerJoining:
    """Ask that both rows get back what was theirs; nothing moves before a colleague does it."""
    row = _answerable(joining_id, State.DONE)
    _require_right(actor, row, at)
    if row.is_parting_asked:
        raise ValidationError(
            gettext_lazy("%(name)s asked to part these two rows already; a colleague does it."),
            code="parting_asked_already",
            params={"name": row.parting_asked_by},
        )
    _require_last(row)
    row.parting_reason = " ".join(reason.split())[:500]
    row.parting_asked_by, row.parting_asked_at = actor, at
    if not row.parting_reason:
        raise ValidationError(
            gettext_lazy("Write why the two rows are parted."), code="parting_without_reason"
        )
    row.save(update_fields=["parting_reason", "parting_asked_by", "parting_asked_at"])
    _note(row, actor, at, _("It was asked to part %(survivor)s and %(joined)s."))
    return row


@transaction.atomic
def keep_joined(*, actor: Any, joining_id: UUID, at: datetime) -> PractitionerJoining:
    """Leave two rows joined that somebody asked to part."""
    row = _answerable(joining_id, State.DONE)
    _require_right(actor, row, at)
    _require_parting_asked(row)
    row.parting_reason, row.parting_asked_by, row.parting_asked_at = "", None, None
    row.save(update_fields=["parting_reason", "parting_asked_by", "parting_asked_at"])
    _note(row, actor, at, _("%(survivor)s and %(joined)s stay joined."))
    return row


@transaction.atomic
def carry_out_parting(*, actor: Any, joining_id: UUID, at: datetime) -> PractitionerJoining:
    """Give both rows back what was theirs as a colleague asked; what came since stays where it is."""
    row = _answerable(joining_id, State.DONE)
    _require_right(actor, row, at)
    _require_parting_asked(row)
    _require_second(actor, row.parting_asked_by_id)
    held = _hold(row.survivor_id, row.joined_id)
    row.survivor, row.joined = held[row.survivor_id], held[row.joined_id]
    _require_last(row)
    joined_seats.wait_with_seats()
    joined_rows.give_back(row)
    joined_seats.seat_as_before(row)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _require_apart(row)
    _lift(row)
    row.joined.replaced_by = None
    row.joined.save(update_fields=["replaced_by"])
    row.state, row.parted_by, row.parted_at = State.PARTED, actor, at
    row.save(update_fields=["state", "parted_by", "parted_at"])
    _note(row, actor, at, _("%(survivor)s and %(joined)s are two rows again."))
    return row


def department_of(case: DiscrepancyCase, survivor: Practitioner) -> Organisation:
    """Return who joins: the department that keeps the row that stays, else the one that decided."""
    return survivor.keeper or case.department


def may_join(actor: Any, department: Organisation) -> bool:
    """Say whether somebody is an official of the department that joins."""
    return department.pk in scope_of(actor, REVIEW)


def _hold(*people: UUID) -> dict[UUID, Practitioner]:
    """Lock rows against everyone who changes them, always in the same order."""
    rows = Practitioner.objects.select_for_update(of=["self"]).filter(pk__in=people)
    return {row.pk: row for row in rows.select_related("keeper").order_by("pk")}


def _require_one_person(case: DiscrepancyCase) -> list[UUID]:
    is_one = case.state == DiscrepancyCase.State.DECIDED and case.outcome == Outcome.ONE_PERSON
    if not is_one or len(case.people) != 2:
        raise ValidationError(
            gettext_lazy(
                "Two rows are joined once a case about them is decided: they are one person."
            ),
            code="not_one_person",
        )
    return case.people


def _require_standing(*people: Practitioner) -> None:
    for person in people:
        if person.replaced_by_id is not None:
            raise ValidationError(
                gettext_lazy(
                    "%(name)s was replaced by another row meanwhile; open the case again."
                ),
                code="replaced_meanwhile",
                params={"name": person.name},
            )


def _require_right(actor: Any, row: PractitionerJoining, at: datetime) -> None:
    if not may_join(actor, row.department):
        raise PermissionDenied(
            _("Rows are joined by the department that keeps the profile: %(department)s.")
            % {"department": row.department}
        )
    people = [row.survivor_id, row.joined_id]
    if is_own(actor, people=people, senders=(), on=timezone.localdate(at)):
        raise ValidationError(
            gettext_lazy("This is about you; nobody decides on their own. Give it to a colleague."),
            code="joining_own",
        )


def _require_second(actor: Any, first: UUID | None) -> None:
    if actor.pk == first:
        raise ValidationError(
            gettext_lazy("You asked for it yourself; a colleague carries it out."),
            code="joining_of_one",
        )


def _answerable(joining_id: UUID, state: str) -> PractitionerJoining:
    """Lock a joining in the state it has to be in, or say where it stands."""
    rows = PractitionerJoining.objects.select_for_update(of=["self"])
    row = rows.select_related(
        "case", "department", "survivor", "joined", "asked_by", "answered_by", "parting_asked_by"
    ).get(pk=joining_id)
    if row.state != state:
        raise ValidationError(
            gettext_lazy("A colleague was faster: %(state)s. Nothing of yours was kept."),
            code="joining_answered",
            params={"state": row.get_state_display()},
        )
    return row


def _require_parting_asked(row: PractitionerJoining) -> None:
    if not row.is_parting_asked:
        raise ValidationError(
            gettext_lazy("Nobody asks to part these two rows any more."),
            code="parting_not_asked",
        )


def _require_possible(
    row: PractitionerJoining, at: datetime
) -> tuple[set[joined_rows.Row], list[joined_rows.Effect]]:
    on = timezone.localdate(at)
    found = contradictions(row.survivor_id, row.joined_id, on)
    resolved = require_resolved(found, row.choices, on)
    joined_seats.require_seats(row.survivor, row.joined_id)
    return resolved


def _take(row: PractitionerJoining) -> dict[str, Any]:
    """Let the survivor answer as asked; return what it said before and after."""
    taken: dict[str, Any] = {}
    for name, choice in questions().items():
        before, after = choice.of(row.survivor), choice.of(row.joined)
        if name in row.take and before != after:
            choice.put(row.survivor, after)
            taken[name] = {"before": before, "after": after}
    if taken:
        row.survivor.full_clean(exclude=["name_norm"])
        row.survivor.save()
    return taken


def _lift(row: PractitionerJoining) -> None:
    """Take back what the survivor took; what somebody wrote since stays."""
    lifted = False
    for name, layer in row.taken.items():
        choice = questions()[name]
        if choice.of(row.survivor) == layer["after"]:
            choice.put(row.survivor, layer["before"])
            lifted = True
    if lifted:
        row.survivor.save()


def _require_last(row: PractitionerJoining) -> None:
    """Refuse to part what a later joining was built upon, naming it."""
    later = PractitionerJoining.objects.filter(state=State.DONE).exclude(pk=row.pk)
    since = Q(answered_at__gt=row.answered_at) | Q(answered_at=row.answered_at, pk__gt=row.pk)
    upon = later.filter(Q(joined=row.survivor_id) | since & Q(survivor=row.survivor_id))
    first = upon.select_related("joined", "survivor").order_by("-answered_at", "-id").first()
    if first is not None:
        raise ValidationError(
            gettext_lazy("%(joined)s was joined into %(survivor)s on %(day)s; part those first."),
            code="joined_since",
            params={
                "joined": first.joined,
                "survivor": first.survivor,
                "day": f"{timezone.localtime(first.answered_at):%d/%m/%Y}",
            },
        )


def _require_apart(row: PractitionerJoining) -> None:
    """Refuse to part where a row of the one hangs on a row of the other by now."""
    known = {tuple(key) for key in row.links}
    between = joined_rows.links_between(row.survivor_id, row.joined_id)
    for key, (part, whole) in between.items():
        if key not in known:
            raise ValidationError(
                gettext_lazy(
                    "“%(part)s” (%(part_kind)s) came since and hangs on “%(whole)s” (%(whole_kind)s),"
                    " which goes back to the other row; take it back first."
                ),
                code="hangs_on_it",
                params={
                    "part": part,
                    "part_kind": part._meta.verbose_name,
                    "whole": whole,
                    "whole_kind": whole._meta.verbose_name,
                },
            )


def _clash(error: IntegrityError) -> ValidationError:
    """Say of a rule nobody foresaw which one it is."""
    said = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    return ValidationError(
        gettext_lazy(
            "The two rows cannot be joined: together they would break the rule %(rule)s of the"
            " register. Nothing was changed."
        ),
        code="rows_clash",
        params={"rule": said},
    )


def _note(row: PractitionerJoining, actor: Any, at: datetime, text: str, reason: str = "") -> None:
    said = text % {"survivor": row.survivor, "joined": row.joined}
    text = " ".join(filter(None, [said, reason]))
    note_step(row.case, CaseStep.Kind.EFFECT, actor, at, text=text)
