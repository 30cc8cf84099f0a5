"""The staff of a place of care go on at who continues for it, with hours and assigned techniques.

A place that works on as a point keeps its staff; one that is merged, split or founded anew is closed,
and nobody practises at a closed place. Taking the step back gives back whoever is as it left them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.services.continuing import Continued
from portal.intake.kept import Keeper, Part
from practitioners.models import (
    RESPONSIBLE,
    CaseSide,
    ExtraTechnique,
    Practitioner,
    ProfileSource,
    Registration,
    WorkingSlot,
)
from practitioners.querysets import not_over
from practitioners.services.posts import GOING_ON, carry_techniques, go_on_with
from practitioners.services.registrations import close_slots
from practitioners.services.sources import note_row

ONE_DAY = timedelta(days=1)
# Codes of posts: responsible for the profession and head of a department; head of a department.
BOTH, HEAD = "3", "2"
OF_A_POST = ("position", "position_text", "is_full_time", "hours", "added_on", *GOING_ON)
KEEPER = Keeper(
    Part(Registration, fields=("valid_until", "ended_because", "leaving_announced_on")),
    Part(WorkingSlot, by="registration_id"),
    Part(ExtraTechnique, by="registration_id"),
)


@transaction.atomic
def carry(step: Continued) -> list[dict[str, Any]]:
    """Close what holds at a closed place and let it follow at the heir; return how it stood."""
    if step.stands_as_point:
        return []
    rows = list(
        Registration.objects.filter(not_over(step.on), facility=step.old)
        .select_related("practitioner")
        .order_by("practitioner", "valid_from", "id")
    )
    _lock(row.practitioner_id for row in rows)
    people: dict[UUID, list[Registration]] = {}
    for row in rows:
        people.setdefault(row.practitioner_id, []).append(row)
    return [_carry_one(step, own) for own in people.values()]


def _carry_one(step: Continued, rows: list[Registration]) -> dict[str, Any]:
    held = Registration.objects.filter(practitioner=rows[0].practitioner_id, facility=step.heir)
    known = [*(row.pk for row in rows), *held.values_list("pk", flat=True)]
    before = KEEPER.look(known)
    new = [row.pk for row in (_continue(step, own) for own in rows) if row is not None]
    after = KEEPER.look({*known, *new})
    nothing = KEEPER.nothing()
    kept = {str(key): KEEPER.change(before.get(key, nothing), left) for key, left in after.items()}
    return {"made": [str(key) for key in new if key not in known], "kept": kept}


def _continue(step: Continued, row: Registration) -> Registration | None:
    """End a registration at the closed place; return the one at the heir that goes on with it."""
    was_until = row.valid_until
    row.valid_until = last = max(step.on - ONE_DAY, row.valid_from)
    row.ended_because = _("%(heir)s continues for %(old)s.") % {
        "heir": step.heir.name,
        "old": step.old.name,
    }
    row.leaving_announced_on = step.today  # the decision of the step says so to the department
    row.save(update_fields=["valid_until", "ended_because", "leaving_announced_on"])
    begins = max(last + ONE_DAY, step.heir.valid_from)
    slots = list(row.slots.meeting(last + ONE_DAY, None))
    if was_until is not None and was_until < begins:
        close_slots(slots, last_day=last)
        _end_techniques(row.techniques.all(), last)
        return None
    new = _at_heir(step, row, begins, was_until)
    go_on_with(slots, new, begins)
    held = new.techniques.filter(not_over(begins))
    _end_techniques(row.techniques.filter(code__in=held.values("code")), last)
    carry_techniques(row, new, begins)
    return new


def _end_techniques(techniques: Any, last: date) -> None:
    """End techniques with the registration; the person has them at the heir already, or is gone."""
    open_after = techniques.filter(not_over(last + ONE_DAY))
    open_after.filter(valid_from__gt=last).delete()
    open_after.update(valid_until=last)


def _at_heir(step: Continued, row: Registration, begins: date, until: date | None) -> Registration:
    """Return the registration at the heir: one that holds there already, or a new one."""
    post = {name: getattr(row, name) for name in OF_A_POST}
    there = Registration.objects.filter(not_over(begins), facility=step.heir)
    if row.is_responsible and there.filter(position__in=RESPONSIBLE).exists():
        post |= {"position": HEAD if row.position == BOTH else "", "position_text": ""}
    own = there.filter(practitioner=row.practitioner_id, position=post["position"])
    held = own.order_by("valid_from").first()
    if held is not None:
        return held
    new = Registration(
        practitioner=row.practitioner,
        facility=step.heir,
        valid_from=begins,
        valid_until=until,
        **post,
    )
    new.full_clean()
    new.save(force_insert=True)
    note_row(new, source=ProfileSource.Source.DECISION, by=None, at=timezone.now())
    return new


@transaction.atomic
def give_back(step: Continued, kept: list[dict[str, Any]]) -> None:
    """Let the staff be registered at the old place again, but who has changed at the heir since."""
    for one in kept:
        changes = {UUID(key): change for key, change in one["kept"].items()}
        rows = list(Registration.objects.filter(pk__in=changes).order_by("pk"))
        _lock(row.practitioner_id for row in rows)
        now, made = KEEPER.look(changes), [UUID(key) for key in one["made"]]
        is_as_left = all(KEEPER.is_as_left(change, now[key]) for key, change in changes.items())
        if is_as_left and not _is_taken(made, rows, step):
            mornings = WorkingSlot.objects.filter(registration__in=made)
            mornings.exclude(continues=None).delete()
            KEEPER.give_back(changes.values())


def _is_taken(made: list[UUID], rows: list[Registration], step: Continued) -> bool:
    """Say whether a case speaks of what the step made, or another holds the post that would return."""
    if CaseSide.objects.filter(registration__in=made).exists():
        return True
    posts = Registration.objects.filter(not_over(step.on), position__in=RESPONSIBLE)
    others = posts.exclude(pk__in=[row.pk for row in rows])
    return any(
        row.is_responsible
        and row.facility_id == step.old.pk
        and others.filter(Q(practitioner=row.practitioner_id) | Q(facility=step.old)).exists()
        for row in rows
    )


def _lock(people: Iterable[UUID]) -> None:
    """Let nobody else change these people's hours and posts until the transaction ends."""
    list(Practitioner.objects.filter(pk__in=set(people)).order_by("pk").select_for_update())
