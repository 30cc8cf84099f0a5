"""The staff of a place of care go on at who continues for it, with hours and assigned techniques.

A place that works on as a point keeps its staff; one that is merged, split or founded anew is closed,
and nobody practises at a closed place. Taking the step back gives back whoever is as it left them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.services.continuing import Continued
from portal.database.periods import not_over
from portal.intake.kept import Keeper, Kept, Part, restored
from practitioners.models import (
    RESPONSIBLE,
    CaseSide,
    ExtraTechnique,
    Practitioner,
    ProfileSource,
    Registration,
    WorkingSlot,
)
from practitioners.services.posts import GOING_ON, carry_techniques, go_on_with
from practitioners.services.registrations import (
    close_slots,
    end_techniques,
    withdraw_registration,
)
from practitioners.services.sources import note_row

ONE_DAY = timedelta(days=1)
# Codes of posts: responsible for the profession and head of a department; head of a department.
BOTH, HEAD = "3", "2"
OF_A_POST = ("position", "position_text", "is_full_time", "hours", "added_on", *GOING_ON)
BELONGS = (Part(WorkingSlot, by="registration_id"), Part(ExtraTechnique, by="registration_id"))
KEEPER = Keeper(
    Part(Registration, fields=("valid_until", "ended_because", "leaving_announced_on")), *BELONGS
)
# Registrations that have not begun are kept whole: at a closed place they never begin.
PLANS = Keeper(Part(Registration), *BELONGS)


@transaction.atomic
def carry(step: Continued) -> list[dict[str, Any]]:
    """Close what holds at a closed place and let it follow at the heir; return how it stood."""
    if step.stands_as_point:
        return []
    people: dict[UUID, list[Registration]] = {}
    for row in _locked(Registration.objects.filter(not_over(step.on), facility=step.old)):
        people.setdefault(row.practitioner_id, []).append(row)
    return [_carry_one(step, own) for own in people.values()]


def _locked(rows: QuerySet[Registration]) -> list[Registration]:
    """Lock whose registrations these are, then read them as they stand under the lock."""
    people, held = rows.order_by().values_list("practitioner", flat=True), set[UUID]()
    while more := set(people.distinct()) - held:
        _lock(more)  # whoever was registered meanwhile as well, before anything is read
        held |= more
    return list(rows.select_related("practitioner").order_by("practitioner", "valid_from", "id"))


def _lock(people: Iterable[UUID]) -> None:
    """Let nobody else change these people's hours and posts until the transaction ends."""
    list(Practitioner.objects.filter(pk__in=set(people)).order_by("pk").select_for_update())


def _carry_one(step: Continued, rows: list[Registration]) -> dict[str, Any]:
    plans = [row.pk for row in rows if row.valid_from >= step.on]
    held = Registration.objects.filter(practitioner=rows[0].practitioner_id, facility=step.heir)
    begun = [row.pk for row in rows if row.pk not in plans]
    known = [*begun, *held.values_list("pk", flat=True)]
    before, planned = KEEPER.look(known), PLANS.look(plans)
    new = {one.pk: None for row in rows for one in _continue(step, row)}
    after = KEEPER.look({*known, *new})
    nothing = KEEPER.nothing()
    return {
        "made": [str(key) for key in new if key not in known],
        "kept": {str(k): KEEPER.change(before.get(k, nothing), left) for k, left in after.items()},
        "plans": {str(k): PLANS.change(planned[k], left) for k, left in PLANS.look(plans).items()},
    }


def _continue(step: Continued, row: Registration) -> list[Registration]:
    """End a registration at the closed place; return those at the heir that go on with it."""
    last, until, has_begun = step.on - ONE_DAY, row.valid_until, row.valid_from < step.on
    if has_begun:
        row.valid_until = last
        row.ended_because = _("%(heir)s continues for %(old)s.") % {
            "heir": step.heir.name,
            "old": step.old.name,
        }
        row.leaving_announced_on = step.today  # the decision of the step says so to the department
        row.save(update_fields=["valid_until", "ended_because", "leaving_announced_on"])
    begins = max(step.on, row.valid_from, step.heir.valid_from)
    slots, former = list(row.slots.meeting(last + ONE_DAY, None)), row
    going_on: list[tuple[date, Registration]] = []
    if until is None or until >= begins:
        going_on = _at_heir(step, row, begins, until)
    for first, new in going_on:
        slots = go_on_with([one for one in slots if _lasts(one, first)], new, first)
        held = new.techniques.filter(not_over(first))
        known = former.techniques.filter(code__in=held.values("code"))
        end_techniques(known, last_day=first - ONE_DAY)
        carry_techniques(former, new, first)
        former = new
    close_slots(list(row.slots.meeting(last + ONE_DAY, None)), last_day=last)
    end_techniques(row.techniques.all(), last_day=last)
    if not has_begun:
        if going_on:
            CaseSide.objects.filter(registration=row).update(registration=going_on[0][1])
        withdraw_registration(row)
    return [new for _first, new in going_on]


def _lasts(slot: WorkingSlot, first: date) -> bool:
    return slot.valid_until is None or slot.valid_until >= first


def _at_heir(
    step: Continued, row: Registration, begins: date, until: date | None
) -> list[tuple[date, Registration]]:
    """Return the registrations at the heir that hold from a day until another, each with its first day.

    One that holds there already in the same post goes on with it; the days before it begins and
    after it ends have one of their own.
    """
    post = {name: getattr(row, name) for name in OF_A_POST}
    there = Registration.objects.filter(not_over(begins), facility=step.heir)
    if row.is_responsible and there.filter(position__in=RESPONSIBLE).exists():
        post |= {"position": HEAD if row.position == BOTH else "", "position_text": ""}
    own = there.filter(practitioner=row.practitioner_id, position=post["position"])
    found: list[tuple[date, Registration]] = []
    first: date | None = begins
    for held in own.order_by("valid_from"):
        if first is None or (until is not None and held.valid_from > until):
            break
        if held.valid_from > first:
            found.append((first, _new(step, row, post, first, held.valid_from - ONE_DAY)))
        found.append((max(first, held.valid_from), held))
        first = held.valid_until + ONE_DAY if held.valid_until is not None else None
    if first is not None and (until is None or first <= until):
        found.append((first, _new(step, row, post, first, until)))
    return found


def _new(
    step: Continued, row: Registration, post: dict[str, Any], first: date, until: date | None
) -> Registration:
    new = Registration(
        practitioner=row.practitioner,
        facility=step.heir,
        valid_from=first,
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
        plans = {UUID(key): change for key, change in one.get("plans", {}).items()}
        gone = [row for change in plans.values() for row in _planned(change)]
        _lock(row.practitioner_id for row in gone)
        rows = _locked(Registration.objects.filter(pk__in=changes))
        now, made = KEEPER.look(changes), [UUID(key) for key in one["made"]]
        is_as_left = all(KEEPER.is_as_left(change, now[key]) for key, change in changes.items())
        if is_as_left and not _is_taken(made, [*rows, *gone], step):
            _took_on(changes.values()).exclude(continues=None).delete()  # mornings before evenings
            KEEPER.give_back(changes.values())
            PLANS.give_back(plans.values())


def _planned(change: Kept) -> list[Registration]:
    """Return a registration as it was before the step took it along."""
    return cast("list[Registration]", restored(PLANS.parts[0], change["was"]["registration"]))


def _took_on(changes: Iterable[Kept]) -> QuerySet[WorkingSlot]:
    """Return the hours the step wrote, at the heir."""
    kept = (change["was"]["workingslot"].items() for change in changes)
    return WorkingSlot.objects.filter(pk__in=[k for one in kept for k, was in one if was is None])


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
