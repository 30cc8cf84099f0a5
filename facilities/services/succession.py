"""Merge, split, found anew, make a point of a station; and take a mistaken step back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.heirs import heir_of
from facilities.models import Facility, FacilitySuccession
from facilities.services import continuing
from facilities.services.licensing import Decision
from portal.places import services as places
from portal.places.models import Catchment, Organisation, OrganisationIdentifier

Kind = FacilitySuccession.Kind
ONE_DAY = timedelta(days=1)
POINT_FORM = "DTR"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a place of care, as the decision says it."""

    old: Organisation
    new: Organisation
    kind: str
    on: date
    is_main: bool = True
    note: str = ""
    codes_until: date | None = None  # how long the old insurance code may still be used
    decision: Decision = field(default_factory=Decision)


@transaction.atomic
def succeed(*, actor: Any, step: Step, today: date) -> FacilitySuccession:
    """Record a step and carry it out in the tree: who is closed, whose points and communes move.

    What higher storeys keep of the place, its people first of all, moves with it.

    Locks the tree: two steps at once could make a circle.
    """
    places.lock_tree()
    old = Organisation.objects.select_for_update().get(pk=step.old.pk)
    new = Organisation.objects.get(pk=step.new.pk)
    _require_possible(old, new, step, today)
    row = FacilitySuccession(
        old=old,
        new=new,
        kind=step.kind,
        on=step.on,
        is_main=step.is_main,
        note=step.note,
        decision_no=step.decision.number,
        decided_on=step.decision.decided_on,
        decided_by=step.decision.decided_by,
    )
    row.full_clean()
    row.save(force_insert=True)
    if step.is_main:
        row.before = _carry_out(old, step, today)
        row.save(update_fields=["before"])
    return row


@transaction.atomic
def split(
    *,
    actor: Any,
    old: Organisation,
    into: Sequence[Organisation],
    main: Organisation,
    on: date,
    today: date,
    decision: Decision,
) -> list[FacilitySuccession]:
    """Record that a place was split; ``main`` takes its points, communes and old figures."""
    ordered = sorted(into, key=lambda new: new.pk == main.pk)  # the main step closes the old one
    return [
        succeed(
            actor=actor,
            step=Step(old, new, Kind.SPLIT, on, is_main=new.pk == main.pk, decision=decision),
            today=today,
        )
        for new in ordered
    ]


def _require_possible(old: Organisation, new: Organisation, step: Step, today: date) -> None:
    standing = FacilitySuccession.objects.standing()
    said: dict[str, Any] = {"old": old.name, "new": new.name, "day": f"{step.on:%d/%m/%Y}"}
    if step.on > today:
        message = _("%(day)s is still to come; come back that day.")
        raise ValidationError({"on": ValidationError(message, code="step_in_future", params=said)})
    if not step.is_main and step.kind != Kind.SPLIT:
        message = _(
            "Only a split has an heir without the figures; mark that the old ones go to %(new)s."
        )
        error = ValidationError(message, code="heir_without_figures", params=said)
        raise ValidationError({"is_main": error})
    if _is_before(new.pk, old.pk):
        message = _("%(new)s was itself continued by %(old)s; the two cannot follow each other.")
        raise ValidationError(message, code="succession_circle", params=said)
    ended = standing.filter(old=new, is_main=True, on__lt=step.on).select_related("new").first()
    if ended is not None:
        said |= {"heir": ended.new.name, "ended": f"{ended.on:%d/%m/%Y}"}
        message = _("%(new)s is continued by %(heir)s since %(ended)s; name that one.")
        raise ValidationError(message, code="successor_ended", params=said)
    last = Organisation.objects.get(pk=heir_of(new.pk, today))
    if last.valid_until is not None and last.valid_until < today:
        said |= {"last": last.name, "closed": f"{last.valid_until:%d/%m/%Y}"}
        message = _("%(last)s is closed since %(closed)s; name a facility that still stands.")
        raise ValidationError({"new": ValidationError(message, code="heir_closed", params=said)})
    later = standing.filter(new=old, on__gt=step.on).select_related("old").order_by("on").first()
    if later is not None:
        said |= {"other": later.old.name, "later": f"{later.on:%d/%m/%Y}"}
        message = _("%(old)s still took over %(other)s on %(later)s; name a later day.")
        raise ValidationError(message, code="succession_before_inheritance", params=said)
    if step.kind == Kind.DOWNGRADE and new.kind not in {"station", "centre", "hospital"}:
        message = _("%(new)s is no station; a point belongs to a station.")
        raise ValidationError(message, code="point_of_what", params=said)


def _is_before(first: UUID, last: UUID) -> bool:
    """Say whether ``last`` comes after ``first`` in any line of standing steps."""
    steps: dict[UUID, list[UUID]] = {}
    for old, new in FacilitySuccession.objects.standing().values_list("old", "new"):
        steps.setdefault(old, []).append(new)
    reached, waiting = {first}, [first]
    while waiting:
        found = set(steps.get(waiting.pop(), ())) - reached
        reached |= found
        waiting += found
    return last in reached


def _carry_out(old: Organisation, step: Step, today: date) -> dict[str, Any]:
    """Move what hung on the old place to who continues today; return how it stood."""
    heir = Organisation.objects.get(pk=heir_of(step.new.pk, today))
    decision = step.decision.number
    before: dict[str, Any] = {
        "kind": old.kind,
        "parent": str(old.parent_id),
        "was_open": old.valid_until is None,
        "stood": _step_aside(old, heir, today, decision),
    }
    old.refresh_from_db()
    heir.refresh_from_db()
    before["children"] = _move_children(old, heir, today, decision)
    before["communes"] = _hand_over_communes(old, heir, step.on)
    before["governing"] = _end_governing(old, step.on)
    if step.kind == Kind.DOWNGRADE:
        before["form"] = _become_point(old, heir, today, decision)
    elif old.valid_until is None:
        before["codes"] = _close(old, step)
    told = _continued(old, heir, step, today, before["communes"]["begun"])
    before["carried"] = {"heir": str(heir.pk), "kept": continuing.carry(told)}
    return before


def _continued(
    old: Organisation,
    heir: Organisation,
    step: Step | FacilitySuccession,
    today: date,
    begun: Sequence[str],
) -> continuing.Continued:
    """Return a step as those are told of it who keep something of the place."""
    areas = Catchment.objects.filter(pk__in=begun).values_list("area", flat=True)
    is_point = step.kind == Kind.DOWNGRADE
    return continuing.Continued(old, heir, step.on, today, is_point, frozenset(areas))


def _place(organisation: Organisation, parent: Organisation, today: date, decision: str) -> None:
    """Place an organisation from today; where it stood since today it never was."""
    begun = organisation.placements.filter(valid_from__gte=today)
    if begun.exists():
        begun.update(parent=parent, decision=decision)
        places.take_place(organisation=organisation, parent=parent)
        return
    places.place_under(
        organisation=organisation, parent=parent, on=today, today=today, decision=decision
    )


def _step_aside(
    old: Organisation, heir: Organisation, today: date, decision: str
) -> dict[str, str]:
    """Place an heir that stands below the old one beside it; return where it stood."""
    if not heir.path.startswith(old.path) or old.parent is None:
        return {}
    stood = {str(heir.pk): str(heir.parent_id)}
    _place(heir, old.parent, today, decision)
    return stood


def _move_children(old: Organisation, heir: Organisation, today: date, decision: str) -> list[str]:
    """Place what stands under the old one under its heir."""
    moved = []
    for child in Organisation.objects.current().filter(parent=old).order_by("path"):
        _place(child, heir, today, decision)
        moved.append(str(child.pk))
    return moved


def _hand_over_communes(old: Organisation, heir: Organisation, on: date) -> dict[str, Any]:
    """End the communes of the old one; its heir looks after them from that day."""
    ended, begun, last_days = [], [], {}
    for row in old.catchments.filter(Q(valid_until=None) | Q(valid_until__gte=on)):
        if row.valid_until is not None:
            last_days[str(row.pk)] = row.valid_until.isoformat()
        row.valid_until = max(on - ONE_DAY, row.valid_from)
        row.save(update_fields=["valid_until"])
        ended.append(str(row.pk))
        if not heir.catchments.filter(area=row.area, valid_until=None).exists():
            first = _first_free(heir, row.area_id, max(on, heir.valid_from))
            made = places.look_after(organisation=heir, area=row.area, valid_from=first)
            begun.append(str(made.pk))
    return {"ended": ended, "begun": begun, "last_days": last_days}


def _end_governing(old: Organisation, on: date) -> list[str]:
    """End whose the old one was: who continues has a governing body of its own."""
    ended = []
    for row in old.governing_bodies.filter(valid_until=None):
        row.valid_until = max(on - ONE_DAY, row.valid_from)
        row.save(update_fields=["valid_until"])
        ended.append(str(row.pk))
    return ended


def _first_free(heir: Organisation, area: UUID, on: date) -> date:
    """Return the first day from ``on`` after which the heir did not look after the commune yet."""
    held = heir.catchments.filter(area=area, valid_until__gte=on)
    last = held.order_by("-valid_until").values_list("valid_until", flat=True).first()
    return last + ONE_DAY if last else on


def _become_point(old: Organisation, heir: Organisation, today: date, decision: str) -> str:
    old.refresh_from_db()
    if old.parent_id != heir.pk:
        _place(old, heir, today, decision)
    Organisation.objects.filter(pk=old.pk).update(kind=Organisation.Kind.POINT)
    facility = Facility.objects.filter(organisation=old).first()
    if facility is None:
        return ""
    form, facility.form = facility.form, POINT_FORM
    facility.save(update_fields=["form"])
    return form


def _close(old: Organisation, step: Step) -> list[str]:
    """Close the old one on the day before; its codes end that day or when the law lets them."""
    last = max(step.on - ONE_DAY, old.valid_from)
    codes = list(old.identifiers.filter(valid_until=None).values_list("pk", flat=True))
    places.close_organisation(organisation=old, on=last)
    if step.codes_until is not None:
        rows = OrganisationIdentifier.objects.filter(pk__in=codes, scheme="insurance")
        rows.update(valid_until=max(step.codes_until, last))
    return [str(pk) for pk in codes]


@transaction.atomic
def withdraw_succession(
    *, actor: Any, step: FacilitySuccession, reason: str, at: datetime
) -> FacilitySuccession:
    """Take back a step that was a mistake: the old place stands again as it stood.

    The other steps of a split fall with the main one.
    """
    places.lock_tree()
    step = FacilitySuccession.objects.select_for_update().get(pk=step.pk)
    if step.withdrawn_at is not None:
        raise ValidationError(_("This step was withdrawn already."), code="step_withdrawn")
    fall = FacilitySuccession.objects.standing().filter(old=step.old_id)
    for row in fall if step.is_main else [step]:
        row.withdrawn_at, row.withdrawn_because = at, reason.strip()
        row.full_clean()
        row.save(update_fields=["withdrawn_at", "withdrawn_because"])
    if step.is_main:
        _give_back(step, timezone.localdate(at))
    step.refresh_from_db()
    return step


def _give_back(step: FacilitySuccession, today: date) -> None:
    before = step.before
    old = Organisation.objects.get(pk=step.old_id)
    if "carried" in before:
        heir = Organisation.objects.get(pk=before["carried"]["heir"])
        begun = before["communes"]["begun"]
        told = _continued(old, heir, step, today, begun)
        continuing.give_back(told, before["carried"]["kept"])
    if before.get("was_open") and old.valid_until is not None:
        last, old.valid_until = old.valid_until, None
        old.save(update_fields=["valid_until"])
        old.placements.filter(valid_until=last).update(valid_until=None)
        _reopen_codes(before.get("codes", []))
    _take_communes_back(before.get("communes", {}), today)
    old.governing_bodies.filter(pk__in=before.get("governing", [])).update(valid_until=None)
    if old.kind != before["kind"]:
        Organisation.objects.filter(pk=old.pk).update(kind=before["kind"])
        Facility.objects.filter(organisation=old).update(form=before.get("form", ""))
    _back_under(old.pk, before["parent"], today)
    for child in before.get("children", []):
        _back_under(child, old.pk, today)
    for heir, parent in before.get("stood", {}).items():
        _back_under(heir, parent, today)


def _reopen_codes(codes: Sequence[str]) -> None:
    """Let codes hold again, those left closed that somebody else was given meanwhile."""
    for code in OrganisationIdentifier.objects.filter(pk__in=codes):
        others = OrganisationIdentifier.objects.filter(scheme=code.scheme, value=code.value)
        if not others.filter(valid_until=None).exclude(pk=code.pk).exists():
            code.valid_until = None
            code.save(update_fields=["valid_until"])


def _take_communes_back(communes: dict[str, Any], today: date) -> None:
    begun = Catchment.objects.filter(pk__in=communes.get("begun", []))
    begun.filter(valid_from__gte=today).delete()
    begun.update(valid_until=today - ONE_DAY)
    last_days = communes.get("last_days", {})
    for row in Catchment.objects.filter(pk__in=communes.get("ended", [])):
        last = last_days.get(str(row.pk))
        row.valid_until = date.fromisoformat(last) if last else None
        row.save(update_fields=["valid_until"])


def _back_under(organisation_id: Any, parent_id: Any, today: date) -> None:
    """Place an organisation where it stood; a stay that began today never was."""
    organisation = Organisation.objects.get(pk=organisation_id)
    parent = Organisation.objects.get(pk=parent_id)
    if organisation.parent_id == parent.pk or organisation.valid_until is not None:
        return
    begun = organisation.placements.filter(valid_from__gte=today)
    earlier = organisation.placements.filter(valid_until=today - ONE_DAY, parent=parent)
    if begun.exists() and earlier.exists():
        begun.delete()
        earlier.update(valid_until=None)
        places.take_place(organisation=organisation, parent=parent)
        return
    _place(organisation, parent, today, "")
