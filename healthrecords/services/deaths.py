"""A citizen died: on which day, who says so, and what if that was wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, FieldSource, Visit
from healthrecords.querysets import NOT_HELD
from healthrecords.services import following
from healthrecords.services.sources import Spoken, note_words
from portal.codelists.lookup import codes_on


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
    check_day(citizen, entry.died_on, at=at)
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
    tell_of_death(citizen.pk)
    return citizen


def check_day(
    citizen: Citizen, died_on: date, *, at: datetime, besides: Visit | None = None
) -> None:
    """Refuse a day of death that is still to come, or after which the person was treated."""
    if died_on > timezone.localdate(at):
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _("%(day)s is still to come; check the day of death."),
                    "died_later",
                    params={"day": f"{died_on:%d/%m/%Y}"},
                )
            }
        )
    later = Visit.objects.filter(citizen=citizen).exclude(status__in=NOT_HELD)
    if besides is not None:
        later = later.exclude(pk=besides.pk)
    # Who was brought in dead came after the death.
    later = later.exclude(outcome__in=[code for code, where in fatal(died_on).items() if where])
    seen = later.filter(started_at__date__gt=died_on)
    open_seen = seen.open_to(sees_sensitive=False).order_by("-started_at").first()
    if open_seen is not None:
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _(
                        "The person was treated on %(seen)s, after this day; check the day of death"
                        " or the visit."
                    ),
                    "treated_after_death",
                    params={"seen": f"{timezone.localtime(open_seen.started_at):%d/%m/%Y}"},
                )
            }
        )
    if seen.exists():  # a protected visit: its day is told to nobody here
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _(
                        "What is known of this person does not fit this day; check the day of death."
                    ),
                    "death_contradicted",
                )
            }
        )


def fatal(on: date) -> dict[str, bool]:
    """Return the results of a visit that are a death, and whether it was outside the facility."""
    listed = codes_on("treatment_outcomes", on)
    return {
        row.code: row.attributes.get("outside") == "1"
        for row in listed
        if row.attributes.get("death") == "1"
    }


def unsay(words: QuerySet[FieldSource], *, because: str, at: datetime, by: Any = None) -> int:
    """Set aside words of a death; a death that rested on them alone is taken back with them."""
    said = words.filter(field=FieldSource.Field.DEATH, set_aside_at=None)
    found = list(said.values_list("pk", "citizen", "value"))
    # A file's word moves nothing until somebody took it over.
    moving = ~Q(source=FieldSource.Source.FILE) | ~Q(confirmed_at=None)
    moved = set(said.filter(moving).values_list("citizen", "value"))
    FieldSource.objects.filter(pk__in=[pk for pk, *_rest in found]).update(
        set_aside_at=at, set_aside_by=by, set_aside_because=because[:500]
    )
    alive = FieldSource.objects.filter(moving, field=FieldSource.Field.DEATH, set_aside_at=None)
    for value in {value for _citizen, value in moved}:
        people = [citizen for citizen, said_day in moved if said_day == value]
        others = alive.filter(citizen=OuterRef("pk"), value=value)
        rows = Citizen.objects.filter(pk__in=people, died_on=value).exclude(Exists(others))
        rows.update(died_on=None, death_source="", death_note="")
    tell_of_death(*{citizen for citizen, _said_day in moved})
    return len(found)


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
    tell_of_death(citizen.pk)
    return citizen


def tell_of_death(*people: UUID) -> None:
    """Tell who follows visits that people died, or did not: a notified illness ends with it."""
    visits = Visit.objects.filter(citizen__in=people).order_by()
    following.tell(visits.values_list("pk", flat=True))


def _locked(actor: Any, citizen: Citizen) -> Citizen:
    from healthrecords.services.citizens import require_mendable

    require_mendable(actor, citizen)
    return Citizen.objects.select_for_update().get(pk=citizen.pk)
