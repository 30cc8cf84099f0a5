"""Stop a medicine that a person takes, with the day and the reason, and take a mistake back.

What was prescribed stays as it was written and signed. A stop ends the days of every visit that gave
the medicine and whose days were not over, however they spelt it: by the code of the facility's list
where it is of it, else by name and strength without case, marks and spaces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, LongTermMedicine, Medication, MedicineStop
from healthrecords.models.inquiry import Topic
from healthrecords.models.stopping import medicine_key, stop_of_medicine
from healthrecords.querysets import NOT_HELD, outside_hidden_visits
from healthrecords.services.access import require_access, sees_sensitive
from healthrecords.services.background import current_facts, end_fact
from healthrecords.services.citizens import require_place
from healthrecords.services.medicines import LIST
from healthrecords.services.standing import standing
from portal.codelists.lookup import code_on
from portal.dates import PartialDate
from portal.places.models import Organisation

SHORTEST_REASON = 3


@transaction.atomic
def stop_medicine(
    *, actor: Any, citizen: Citizen, name: str, stopped_on: date, reason: str, at: datetime
) -> list[MedicineStop]:
    """Note that a medicine of visits is not taken any more since a day; return a stop per visit."""
    citizen = standing(citizen)
    place, sees = _require(actor, citizen, at)
    reason = _reason(reason, _("Write why the medicine is stopped."))
    if stopped_on > timezone.localdate(at):
        raise ValidationError(
            {
                "stopped_on": ValidationError(
                    _("%(day)s is still to come; check the day."),
                    "stop_in_future",
                    params={"day": f"{stopped_on:%d/%m/%Y}"},
                )
            }
        )
    lasting = _lasting(citizen, name, stopped_on, sees=sees)
    rows = [
        MedicineStop(
            visit=row.visit,
            citizen_id=row.citizen_id,
            facility_id=row.facility_id,
            name=row.name,
            strength=row.strength,
            code=row.code if _is_listed(row.code, stopped_on) else "",
            # Hidden for its words, it would count as taken for those who give medicines; they are told
            # the stop without a reason that betrays.
            sensitivity=row.sensitivity,
            stopped_on=stopped_on,
            reason=reason,
            noted_at=at,
            noted_by=actor,
            noted_where=place,
        )
        for row in {(row.visit_id, row.name): row for row in lasting}.values()
    ]
    for row in rows:
        row.full_clean(exclude=["visit", "citizen", "facility"])
        row.save(force_insert=True)
    return rows


def _lasting(citizen: Citizen, name: str, on: date, *, sees: bool) -> list[Medication]:
    """Return what visits gave by this name and whose days held that day, or refuse the day."""
    rows = Medication.objects.filter(citizen=citizen, days__gt=0)
    rows = rows.exclude(visit__status__in=NOT_HELD)
    rows = rows if sees else outside_hidden_visits(rows)
    rows = rows.open_to(sees_sensitive=sees).select_related("visit").order_by("id")
    meant = meant_by(name, rows, on=on)
    lasting = rows.filter(~Exists(stop_of_medicine()))
    given = [row for row in lasting if meant.holds(row)]
    if not given:
        raise ValidationError(
            _("“%(name)s” is not taken by this record, or was stopped already."),
            code="not_taken",
            params={"name": name},
        )
    held = [row for row in given if _begun(row) <= on <= last_day(row)]
    if not held:
        days = "; ".join(f"{_begun(row):%d/%m/%Y} – {last_day(row):%d/%m/%Y}" for row in given)
        raise ValidationError(
            {
                "stopped_on": ValidationError(
                    _("On %(day)s “%(name)s” was not taken: it was given for %(days)s."),
                    "stop_outside",
                    params={"day": f"{on:%d/%m/%Y}", "name": name, "days": days},
                )
            }
        )
    return held


@dataclass(frozen=True, slots=True)
class Meant:
    """A medicine under all its spellings, and its codes in the facility's list."""

    keys: frozenset[str]
    codes: frozenset[str]

    def holds(self, row: Medication | MedicineStop) -> bool:
        """Say whether a row of a visit, or a stop, speaks of this medicine."""
        return medicine_key(row.name, row.strength) in self.keys or row.code in self.codes


def meant_by(name: str, rows: Iterable[Medication], *, on: date) -> Meant:
    """Return which medicine a name means among what visits gave."""
    key = medicine_key(name)
    rows = list(rows)
    named = [row for row in rows if row.name == name] or [
        row for row in rows if medicine_key(row.name, row.strength) == key
    ]
    codes = {row.code for row in named if _is_listed(row.code, on)}
    same = [row for row in rows if row in named or row.code in codes]
    keys = {medicine_key(row.name, row.strength) for row in same}
    return Meant(frozenset(keys), frozenset(codes))


def _is_listed(code: str, on: date) -> bool:
    return bool(code) and code_on(LIST, code, on) is not None


def _begun(row: Medication) -> date:
    return timezone.localdate(row.visit.started_at)


def last_day(row: Medication) -> date:
    """Return the last day for which a medicine was given; the first counts."""
    return _begun(row) + timedelta(days=(row.days or 1) - 1)


@transaction.atomic
def take_back_stop(
    *, actor: Any, citizen: Citizen, name: str, reason: str, at: datetime
) -> list[MedicineStop]:
    """Take back that a medicine was stopped: noted by mistake; what was noted stays readable."""
    citizen = standing(citizen)
    _place, sees = _require(actor, citizen, at)
    reason = _reason(reason, _("Write why the stop is taken back."))
    stops = MedicineStop.objects.select_for_update(of=("self",), no_key=True).filter(
        citizen=citizen, taken_back_at=None
    )
    given = Medication.objects.filter(citizen=citizen).open_to(sees_sensitive=sees)
    meant = meant_by(name, given, on=timezone.localdate(at))
    open_ones = stops.open_to(sees_sensitive=sees).order_by("-noted_at", "id")
    found = [stop for stop in open_ones if meant.holds(stop)]
    if not found:
        raise ValidationError(_("The stop was taken back already."), code="stop_taken_back")
    # What was stopped in one deed is taken back in one.
    found = [stop for stop in found if stop.noted_at == found[0].noted_at]
    for stop in found:
        stop.taken_back_at, stop.taken_back_by, stop.taken_back_because = at, actor, reason
        stop.full_clean(exclude=["visit", "citizen", "facility"])
        stop.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_because"])
    return found


@transaction.atomic
def stop_long_term(
    *, actor: Any, fact: LongTermMedicine, stopped: PartialDate, reason: str, at: datetime
) -> LongTermMedicine:
    """Note since when a long-term medicine is not taken any more, and why."""
    reason = _reason(reason, _("Write why the medicine is stopped."))
    rows = LongTermMedicine.objects.select_for_update(of=("self",), no_key=True)
    if rows.filter(pk=fact.pk).exclude(ended="").exists():
        raise ValidationError(_("This medicine was stopped already."), code="stopped_already")
    row: LongTermMedicine = end_fact(actor=actor, fact=fact, ended=stopped, at=at, reason=reason)
    return row


@transaction.atomic
def resume_long_term(*, actor: Any, fact: LongTermMedicine, at: datetime) -> LongTermMedicine:
    """Take back that a long-term medicine was stopped; who noted it and why stays in history."""
    rows = LongTermMedicine.objects.select_for_update(of=("self",), no_key=True)
    fact = rows.select_related("citizen").get(pk=fact.pk)
    access = require_access(actor, standing(fact.citizen), at)
    _require(actor, fact.citizen, at)
    if not fact.ended or fact.status != LongTermMedicine.Status.ACTIVE:
        raise ValidationError(_("The stop was taken back already."), code="stop_taken_back")
    if current_facts(Topic.MEDICINE, access).filter(name__iexact=fact.name).exists():
        raise ValidationError(
            _("“%(name)s” was written anew since; it is listed once already."),
            code="fact_twice",
            params={"name": fact.name},
        )
    fact.ended, fact.stop_reason, fact.stopped_by, fact.stopped_at = "", "", None, None
    fact.full_clean(exclude=["citizen", "facility", "recorded_by", "client_key"])
    fact.save(update_fields=["ended", "stop_reason", "stopped_by", "stopped_at"])
    return fact


def _require(actor: Any, citizen: Citizen, at: datetime) -> tuple[Organisation, bool]:
    place = actor.place_of_work
    if place is None:
        raise PermissionDenied(_("Entering records needs a place of work."))
    require_place(actor, place)
    return place, sees_sensitive(require_access(actor, citizen, at))


def _reason(text: str, missing: Any) -> str:
    text = " ".join(text.split())[:300]
    if len(text) < SHORTEST_REASON:
        raise ValidationError({"reason": ValidationError(missing, "reason_missing")})
    return text
