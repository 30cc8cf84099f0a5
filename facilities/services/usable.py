"""May a device be used on a day? What rules it out, and what makes its results doubtful."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from facilities.models import Equipment, Inspection, RadiationLicense
from facilities.querysets import holding_on
from facilities.rules import inspected_kinds
from portal.places.models import Organisation

State = Equipment.State
Kind = Inspection.Kind
JUDGED = (Kind.INSPECTION, Kind.CALIBRATION)  # maintenance that is late makes no result doubtful
WORKS = frozenset({State.IN_USE, State.MAINTENANCE})
CODE_AT_END = re.compile(r"\(([^()]+)\)$")
OFFERED_AT_MOST = 200  # of more, whoever types the asset code is faster than who reads a list


@dataclass(frozen=True, slots=True)
class Usable:
    """How a device stood on a day: the state that rules it out, and sentences of doubt."""

    out_of_use: Equipment.State | None = None
    doubts: tuple[str, ...] = ()


def device_named(facility: Organisation, text: str) -> Equipment | None:
    """Return the device of a place whose asset code somebody wrote, alone or behind its name."""
    plain = text.strip()
    named = CODE_AT_END.search(plain)
    code = Q(asset_code__iexact=plain)
    if named is not None:
        code |= Q(asset_code__iexact=named[1].strip())
    return Equipment.objects.filter(code, facility=facility).first() if plain else None


def devices_in_use(facility: Organisation) -> list[Equipment]:
    """Return devices of a place to be offered for a result, as many as a list can be read of."""
    rows = Equipment.objects.filter(facility=facility, state=State.IN_USE)
    return list(rows.order_by("name_norm", "asset_code")[:OFFERED_AT_MOST])


def usable_on(device: Equipment, day: date, kinds: Collection[str] = JUDGED) -> Usable:
    """Say how a device stood on a day, by what was noted of that day and of no later one.

    A day before the first state that was noted rules nothing out: what happened later says nothing
    of it.
    """
    held = device.states.filter(holding_on(day)).first()
    state = State(held.state) if held is not None else State.IN_USE
    doubts: list[str] = []
    if state != State.DISPOSED:
        works = state in WORKS
        doubts += _inspections(device, day, kinds, works=works)
        doubts += _radiation(device, day, works=works)
    return Usable(None if state == State.IN_USE else state, tuple(doubts))


def why_not_usable(device: Equipment, day: date) -> list[str]:
    """Say why a device should not be used on a day; nothing where it may."""
    found = usable_on(device, day, [*JUDGED, Kind.MAINTENANCE])
    reasons = list(found.doubts)
    if found.out_of_use is not None:
        reasons.insert(0, _("The device is “%(state)s”.") % {"state": found.out_of_use.label})
    return reasons


def _inspections(device: Equipment, day: date, kinds: Collection[str], *, works: bool) -> list[str]:
    done: dict[str, Inspection] = {}
    for row in device.inspections.filter(done_on__lte=day).order_by("done_on", "id"):
        done[row.kind] = row
    found = []
    if works and Kind.INSPECTION not in done and device.inspection_kind in inspected_kinds(day):
        found.append(_("No inspection is known, and this kind of device needs one."))
    for kind in map(Kind, kinds):
        last = done.get(kind)
        if last is None:
            continue
        what = {"what": kind.label, "done": f"{last.done_on:%d/%m/%Y}"}
        if last.result == Inspection.Result.FAIL:
            found.append(_("Failed on %(done)s: %(what)s.") % what)
        elif last.next_due_on is not None and last.next_due_on < day:
            said = {**what, "day": f"{last.next_due_on:%d/%m/%Y}"}
            found.append(_("Overdue since %(day)s: %(what)s.") % said)
    return found


def _radiation(device: Equipment, day: date, *, works: bool) -> list[str]:
    if not device.is_radiating:
        return []
    licenses = RadiationLicense.objects.filter(equipment=device, valid_from__lte=day)
    if licenses.filter(holding_on(day)).exists():
        return []
    last = licenses.order_by("-valid_until").first()
    if last is None or last.valid_until is None:
        return [_("No radiation licence is known.")] if works else []
    said = {"number": last.number, "day": f"{last.valid_until:%d/%m/%Y}"}
    return [_("The radiation licence %(number)s ended on %(day)s.") % said]
