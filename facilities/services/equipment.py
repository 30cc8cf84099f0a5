"""Enter devices, change their state, note inspections; warn of what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import (
    DueWarning,
    Equipment,
    EquipmentState,
    Inspection,
    RadiationLicense,
)
from facilities.querysets import due_days
from facilities.rules import INSPECTIONS, inspected_kinds, rule_of, supply_rules
from portal.dates import months_later
from portal.places.models import Organisation

State = Equipment.State
Subject = DueWarning.Subject
ONE_DAY = timedelta(days=1)
OVERDUE = 0  # the step of a warning after the day itself
NEVER = Value(value=False)


@transaction.atomic
def enter_equipment(*, equipment: Equipment, on: date, state: str = State.IN_USE) -> Equipment:
    """Save a new device in its first state."""
    equipment.state = state
    equipment.full_clean(exclude=["name_norm"])
    equipment.save(force_insert=True)
    EquipmentState.objects.create(equipment=equipment, state=state, valid_from=on)
    return equipment


@transaction.atomic
def change_state(*, equipment: Equipment, state: str, on: date, reason: str) -> Equipment:
    """Let a device be in another state from a day on; what is disposed of stays so.

    A device is known as it stands today: a state of a day to come is told on that day.
    """
    _require_come(on)
    equipment = Equipment.objects.select_for_update().get(pk=equipment.pk)
    if equipment.state == State.DISPOSED:
        raise ValidationError(
            _("%(device)s was disposed of; enter another device."),
            code="equipment_disposed",
            params={"device": str(equipment)},
        )
    if state != State.IN_USE and not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write why."), code="reason_missing")})
    # A row of a day to come was entered before such days were refused: it never was.
    equipment.states.filter(valid_from__gt=timezone.localdate()).delete()
    last = equipment.states.order_by("-valid_from", "-id").first()
    if last is not None:
        _end(last, on)
    row = EquipmentState(equipment=equipment, state=state, valid_from=on, reason=reason.strip())
    row.full_clean()
    row.save(force_insert=True)
    equipment.state = state
    equipment.save(update_fields=["state"])
    if state == State.DISPOSED:
        equipment.warnings.filter(met_on=None).update(met_on=on)
    return equipment


def _require_come(on: date) -> None:
    if on <= timezone.localdate():
        return
    message = _("%(day)s is still to come; until then the device stays as it is. Note it that day.")
    said = {"day": f"{on:%d/%m/%Y}"}
    raise ValidationError({"on": ValidationError(message, code="day_in_future", params=said)})


def _end(row: EquipmentState, on: date) -> None:
    """End a state on the day before; one that began that very day never was."""
    if row.valid_from > on:
        message = _("The device is “%(state)s” since %(day)s; name a later day.")
        said = {"state": row.get_state_display(), "day": f"{row.valid_from:%d/%m/%Y}"}
        raise ValidationError(
            {"on": ValidationError(message, code="state_before_last", params=said)}
        )
    if row.valid_from == on:
        row.delete()
        return
    row.valid_until = on - ONE_DAY
    row.save(update_fields=["valid_until"])


def next_due(equipment: Equipment, done_on: date) -> date | None:
    """Return when the next inspection is due by the list, None where the list does not say."""
    rule = rule_of(INSPECTIONS, equipment.inspection_kind, done_on)
    months = rule.number("months") if rule else None
    return months_later(done_on, int(months)) if months else None


@transaction.atomic
def note_inspection(*, inspection: Inspection, today: date) -> Inspection:
    """Note what was done; it closes the warnings of what it meets.

    A failed device is broken until somebody says otherwise. A failure meets nothing: the warnings
    stay open, and the device is due from that day until it passes.
    """
    if inspection.done_on > today:
        message = _("This day is still to come.")
        raise ValidationError({"done_on": ValidationError(message, code="day_in_future")})
    if inspection.result == Inspection.Result.FAIL:
        return _note_failure(inspection)
    if inspection.next_due_on is None and inspection.kind == Inspection.Kind.INSPECTION:
        inspection.next_due_on = next_due(inspection.equipment, inspection.done_on)
    inspection.full_clean()
    inspection.save(force_insert=True)
    open_ = inspection.equipment.warnings.filter(subject=inspection.kind, met_on=None)
    due = inspection.next_due_on
    open_.filter(Q(due_on__lt=due) if due else Q()).update(met_on=inspection.done_on)
    return inspection


def _note_failure(inspection: Inspection) -> Inspection:
    if inspection.next_due_on is not None:
        message = _("What failed is due again at once; leave this day open.")
        raise ValidationError({"next_due_on": ValidationError(message, code="failed_is_due")})
    inspection.full_clean()
    inspection.save(force_insert=True)
    device = inspection.equipment
    passed = device.inspections.filter(kind=inspection.kind, done_on__gt=inspection.done_on)
    if device.state == State.IN_USE and not passed.exclude(result="fail").exists():
        change_state(
            equipment=device,
            state=State.BROKEN,
            on=inspection.done_on,
            reason=str(_("failed its inspection")),
        )
    return inspection


@transaction.atomic
def license_radiation(*, license: RadiationLicense) -> RadiationLicense:
    """Note a licence to work with radiation; it closes the warnings of the one before."""
    license.full_clean()
    license.save(force_insert=True)
    open_ = license.equipment.warnings.filter(subject=Subject.RADIATION, met_on=None)
    until = license.valid_until
    open_.filter(Q(due_on__lt=until) if until else Q()).update(met_on=license.valid_from)
    return license


@dataclass(frozen=True, slots=True)
class Due:
    """Something of a device that is due on a day."""

    equipment: Equipment
    subject: str
    due_on: date
    is_first: bool = False  # none is known: it is due since the device's first day


def due_by(last: date, *, facility: Organisation | None = None) -> list[Due]:
    """Return what is due up to a day: what the latest of each kind says, or that there is none."""
    devices = Equipment.objects.kept().select_related("facility")
    if facility is not None:
        devices = devices.filter(facility=facility)
    done = Inspection.objects.filter(equipment=OuterRef("pk"), kind=Subject.INSPECTION)
    licensed = RadiationLicense.objects.filter(equipment=OuterRef("pk"))
    first = {Subject.INSPECTION: ~Exists(done), Subject.RADIATION: ~Exists(licensed)}
    found = []
    for subject, day in due_days(devices, inspected_kinds(last)).items():
        rows: Any = devices.annotate(due=day, is_first=first.get(Subject(subject), NEVER))
        found += [Due(row, subject, row.due, row.is_first) for row in rows.filter(due__lte=last)]
    return sorted(found, key=lambda due: (due.due_on, due.equipment.name, due.subject))


def step_of(days: int, steps: tuple[int, ...]) -> int | None:
    """Return the narrowest step of days before a due day that is reached, None for none yet."""
    if days < 0:
        return OVERDUE
    return min((step for step in steps if days <= step), default=None)


@transaction.atomic
def warn_of_due(*, today: date) -> int:
    """Write the warnings of a night; a night that was missed is caught up with, none comes twice."""
    steps = supply_rules(today).equipment_steps
    if not steps:
        return 0
    warnings = []
    for due in due_by(today + timedelta(days=max(steps))):
        step = step_of((due.due_on - today).days, steps)
        if step is not None:
            warnings.append(
                DueWarning(
                    facility_id=due.equipment.facility_id,
                    equipment=due.equipment,
                    subject=due.subject,
                    due_on=due.due_on,
                    step=step,
                    warned_on=today,
                )
            )
    before = DueWarning.objects.count()
    DueWarning.objects.bulk_create(warnings, ignore_conflicts=True)
    return DueWarning.objects.count() - before
