"""A citizen died: on which day, who says so, and what if that was wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, FieldSource, Visit
from healthrecords.services.sources import Spoken, note_words


@dataclass(frozen=True, slots=True)
class DeathEntry:
    """The day, who says so, and what else is known."""

    died_on: date
    source: str
    note: str = ""


@transaction.atomic
def record_death(*, actor: Any, citizen: Citizen, entry: DeathEntry, at: datetime) -> Citizen:
    """Note a death with its source; a visit that began later stands in the way."""
    citizen = _locked(actor, citizen)
    if entry.died_on > timezone.localdate(at):
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _("%(day)s is still to come; check the day of death."),
                    "died_later",
                    params={"day": f"{entry.died_on:%d/%m/%Y}"},
                )
            }
        )
    later = Visit.objects.filter(citizen=citizen).exclude(status=Visit.Status.WITHDRAWN)
    seen = later.order_by("-started_at").first()
    if seen is not None and timezone.localdate(seen.started_at) > entry.died_on:
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _(
                        "The person was treated on %(seen)s, after this day; check the day of death"
                        " or the visit."
                    ),
                    "treated_after_death",
                    params={"seen": f"{timezone.localtime(seen.started_at):%d/%m/%Y}"},
                )
            }
        )
    citizen.died_on, citizen.death_source = entry.died_on, entry.source
    citizen.death_note = " ".join(entry.note.split())
    citizen.full_clean(exclude=["name_norm", "client_key"])
    citizen.save(update_fields=["died_on", "death_source", "death_note"])
    source = FieldSource.Source.TYPED
    note_words(
        citizen,
        {"death": entry.died_on.isoformat()},
        Spoken(source, at, actor, getattr(actor, "place_of_work", None)),
    )
    return citizen


@transaction.atomic
def withdraw_death(*, actor: Any, citizen: Citizen, reason: str, at: datetime) -> Citizen:
    """Take a death back that was noted by mistake; who noted it and why it goes stays in history."""
    citizen = _locked(actor, citizen)
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError(
            {"reason": ValidationError(_("Write why the death is taken back."), "reason_missing")}
        )
    for word in citizen.sources.filter(field="death", set_aside_at=None):
        word.set_aside_at, word.set_aside_by, word.set_aside_because = at, actor, reason[:500]
        word.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_because"])
    citizen.died_on, citizen.death_source, citizen.death_note = None, "", ""
    citizen.save(update_fields=["died_on", "death_source", "death_note"])
    return citizen


def _locked(actor: Any, citizen: Citizen) -> Citizen:
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, citizen)
    return Citizen.objects.select_for_update().get(pk=citizen.pk)
