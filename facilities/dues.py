"""What is due at a place of care in the next two months, the most urgent first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from facilities.conditions import Facts
from facilities.duties import Duty
from facilities.models import (
    DueWarning,
    Facility,
    OperatingLicense,
    StockLot,
    TemperatureExcursion,
)
from facilities.rules import TOPICS, rules_of, supply_rules
from facilities.services.equipment import Due as DeviceDue
from facilities.services.equipment import due_by
from portal.places.models import Organisation

AHEAD = timedelta(days=60)
HOSPITALS = frozenset({"BVDK", "BVYHCT", "BVRHM", "BVCK"})


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: when, what, why, where it is done."""

    on: date | None
    what: str
    why: str = ""
    where: str = ""  # equipment, stock, cold, or the deed of the facility's page
    key: Any = None
    is_bad: bool = False

    def is_over(self, today: date) -> bool:
        """Say whether its day is past, or it waits for nobody's day."""
        return self.is_bad if self.on is None else self.on < today

    def chip(self, today: date) -> tuple[str, str, str]:
        """Return when it is due as kind, icon and word."""
        if self.on is None:
            return ("bad" if self.is_bad else "warn"), "warn", _("Now")
        days = (self.on - today).days
        if days < 0:
            return (
                "bad",
                "warn",
                ngettext("Overdue by %(n)d day", "Overdue by %(n)d days", -days) % {"n": -days},
            )
        said = {"day": f"{self.on:%d/%m/%Y}", "n": days}
        kind = "bad" if self.is_bad or days <= 7 else "warn"
        return kind, "clock", _("%(day)s, %(n)d days left") % said


def dues_of(facility: Facility, facts: Facts, duties: list[Duty], on: date) -> list[Due]:
    """Return everything due at a facility, the most urgent first."""
    place = facility.organisation
    if facts.closed_on is not None:
        return in_order(supplies_due(place, on))  # what is left there still has to go somewhere
    return in_order([*told_by(facility, facts, duties, on), *supplies_due(place, on)])


def told_by(facility: Facility, facts: Facts, duties: list[Duty], on: date) -> list[Due]:
    """Return what is due of the facility itself: its licence, what it publishes and answers."""
    if facts.closed_on is not None:
        return []
    return [
        *_of_license(facts, on),
        *_of_duties(duties, on),
        *_of_readiness(facility, facts, on),
    ]


def in_order(dues: list[Due]) -> list[Due]:
    """Put what waits for nobody first, then by the day."""
    return sorted(dues, key=lambda due: (due.on is not None, due.on or date.min, due.what))


def supplies_due(place: Organisation, on: date) -> list[Due]:
    """Return what is due of devices, stock and cold stores."""
    return [*_of_equipment(place, on), *_of_stock(place, on), *_of_cold(place)]


def _of_license(facts: Facts, on: date) -> list[Due]:
    license = facts.license
    if license is None or license.valid_until is None or license.valid_until > on + AHEAD:
        return []
    if license.state_on(on) == OperatingLicense.State.REVOKED:
        return []
    what = _("Operating licence %(number)s ends") % {"number": license.number_raw}
    return [Due(license.valid_until, what, where="licence")]


def _of_duties(duties: list[Duty], on: date) -> list[Due]:
    return [
        Due(
            duty.due_on,
            _("Publish: %(what)s") % {"what": duty.title},
            duty.article,
            "publish",
            duty.code,
        )
        for duty in duties
        if duty.due_on is not None and duty.due_on <= on + AHEAD
    ]


def _of_readiness(facility: Facility, facts: Facts, on: date) -> list[Due]:
    name = "due_hospital" if facility.form in HOSPITALS else "due"
    found = []
    for rule in rules_of(TOPICS, on):
        row, due = facts.readiness.get(rule.code), rule.day(name)
        is_open = row is None or row.answer != "yes"
        if due is not None and is_open and due <= on + AHEAD and rule.is_about(facility.form):
            found.append(Due(due, rule.title, rule.article, "readiness", rule.code))
    return found


def _of_equipment(place: Organisation, on: date) -> list[Due]:
    return [
        Due(
            due.due_on,
            _device_due(due),
            due.equipment.asset_code,
            "equipment",
            due.equipment.pk,
        )
        for due in due_by(on + AHEAD, facility=place)
    ]


def _device_due(due: DeviceDue) -> str:
    said = {
        "what": str(DueWarning.Subject(due.subject).label).capitalize(),
        "device": due.equipment.name,
    }
    if due.is_first:
        return _("%(what)s: %(device)s (none is known)") % said
    return _("%(what)s: %(device)s") % said


def _of_stock(place: Organisation, on: date) -> list[Due]:
    """Return lots that expired or soon will, in one line for each."""
    steps = supply_rules(on).expiry_steps
    if not steps:
        return []
    last = on + timedelta(days=sorted(steps)[min(1, len(steps) - 1)])
    lots = StockLot.objects.filter(facility=place, expires_on__lte=last).on_hand()
    rows = lots.select_related("medicine").first_expired_first()
    return [
        Due(
            lot.expires_on,
            _("%(medicine)s, lot %(lot)s expires")
            % {"medicine": str(lot.medicine), "lot": lot.lot_number},
            "",
            "stock",
            lot.pk,
        )
        for lot in rows
    ]


def _of_cold(place: Organisation) -> list[Due]:
    waiting = TemperatureExcursion.objects.filter(store__facility=place, decision="")
    told = (
        waiting.order_by()
        .values("store__name", "store")
        .annotate(count=Count("id"), first=Min("began_at"))
    )
    what = _("%(store)s was outside its limits: decide what becomes of the lots")
    return [
        Due(None, what % {"store": row["store__name"]}, "", "cold", row["store"], is_bad=True)
        for row in told
    ]
