"""Enter devices, change their state, note inspections; warn of what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from facilities.models import (
    DueWarning,
    Equipment,
    EquipmentState,
    Inspection,
    RadiationLicense,
)
from facilities.rules import INSPECTIONS, rule_of, supply_rules
from portal.dates import months_later
from portal.places.models import Organisation

State = Equipment.State
Subject = DueWarning.Subject
ONE_DAY = timedelta(days=1)
OVERDUE = 0  # the step of a warning after the day itself


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
    """Let a device be in another state from a day on; what is disposed of stays so."""
    equipment = Equipment.objects.select_for_update().get(pk=equipment.pk)
    if equipment.state == State.DISPOSED:
        raise ValidationError(
            _("%(device)s was disposed of; enter another device."),
            code="equipment_disposed",
            params={"device": str(equipment)},
        )
    if state != State.IN_USE and not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write why."), code="reason_missing")})
    last = equipment.states.filter(valid_until=None).first()
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
    """Note what was done; a failed device is broken until somebody says otherwise.

    Warnings of what this inspection meets are closed.
    """
    if inspection.done_on > today:
        message = _("This day is still to come.")
        raise ValidationError({"done_on": ValidationError(message, code="day_in_future")})
    if inspection.next_due_on is None and inspection.kind == Inspection.Kind.INSPECTION:
        inspection.next_due_on = next_due(inspection.equipment, inspection.done_on)
    inspection.full_clean()
    inspection.save(force_insert=True)
    open_ = inspection.equipment.warnings.filter(subject=inspection.kind, met_on=None)
    due = inspection.next_due_on
    open_.filter(Q(due_on__lt=due) if due else Q()).update(met_on=inspection.done_on)
    failed = inspection.result == Inspection.Result.FAIL
    if failed and inspection.equipment.state == State.IN_USE:
        change_state(
            equipment=inspection.equipment,
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


def due_by(last: date, *, facility: Organisation | None = None) -> list[Due]:
    """Return what is due up to a day: the latest inspection of each kind, the last licence."""
    devices = Equipment.objects.kept().select_related("facility")
    if facility is not None:
        devices = devices.filter(facility=facility)
    found = []
    for subject in (Subject.INSPECTION, Subject.CALIBRATION, Subject.MAINTENANCE):
        done = Inspection.objects.filter(equipment=OuterRef("pk"), kind=subject)
        latest = Subquery(done.order_by("-done_on", "-id").values("next_due_on")[:1])
        rows: Any = devices.annotate(due=latest).filter(due__lte=last)
        found += [Due(row, str(subject), row.due) for row in rows]
    ends: Any = devices.annotate(due=Max("radiation_licenses__valid_until"))
    rows = ends.filter(due__lte=last, is_radiating=True)
    found += [Due(row, str(Subject.RADIATION), row.due) for row in rows]
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


def why_not_usable(equipment: Equipment, on: date) -> list[Any]:
    """Say why a device should not be used on a day; nothing where it may."""
    reasons: list[Any] = []
    if equipment.state != State.IN_USE:
        reasons.append(_("The device is “%(state)s”.") % {"state": equipment.get_state_display()})
    for due in due_by(on - ONE_DAY, facility=equipment.facility):
        if due.equipment.pk == equipment.pk:
            said = {"what": Subject(due.subject).label, "day": f"{due.due_on:%d/%m/%Y}"}
            reasons.append(_("Overdue since %(day)s: %(what)s.") % said)
    if equipment.is_radiating and not equipment.radiation_licenses.exists():
        reasons.append(_("No radiation licence is known."))
    return reasons
