"""A citizen died: on which day, who says so, and what if that was wrong?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, DiagnosticReport, FieldSource, Procedure, Visit
from healthrecords.querysets import NOT_HELD, outside_hidden_visits
from healthrecords.services import following
from healthrecords.services.report_entries import OF_THE_PERSON
from healthrecords.services.sources import Spoken, note_words
from portal.codelists.lookup import codes_on

# A file's word moves nothing until somebody took it over.
MOVING = ~Q(source=FieldSource.Source.FILE) | ~Q(confirmed_at=None)


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
    seen = treated_after(citizen, died_on, sees_sensitive=False, besides=besides)
    if seen is not None:
        raise ValidationError(
            {
                "died_on": ValidationError(
                    _(
                        "The person was treated on %(seen)s, after this day; check the day of death"
                        " or the visit."
                    ),
                    "treated_after_death",
                    params={"seen": f"{seen:%d/%m/%Y}"},
                )
            }
        )
    if treated_after(citizen, died_on, sees_sensitive=True, besides=besides) is not None:
        raise ValidationError(  # of something protected the day is told to nobody here
            {
                "died_on": ValidationError(
                    _(
                        "What is known of this person does not fit this day; check the day of death."
                    ),
                    "death_contradicted",
                )
            }
        )


def treated_after(
    citizen: Citizen,
    died_on: date,
    *,
    sees_sensitive: bool,
    besides: Visit | None = None,
    until: date | None = None,
) -> date | None:
    """Return the last day on which something was done with a person after a death, up to ``until``."""
    found = _after(citizen, died_on, besides=besides)
    if until is not None:
        found = ((rows.filter(**{f"{name}__date__lte": until}), name) for rows, name in found)
    return _last_day(found, sees_sensitive=sees_sensitive)


def _after(citizen: Citizen, died_on: date, *, besides: Visit | None) -> Iterable[tuple[Any, str]]:
    """Yield what was done with the person, by the column of its moment, later than a day.

    What was taken in life may be examined later: of a specimen only the taking counts.
    """
    visits = Visit.objects.filter(citizen=citizen).exclude(status__in=NOT_HELD)
    if besides is not None:
        visits = visits.exclude(pk=besides.pk)
    # Who was brought in dead came after the death, and was looked at then.
    dead = [code for code, where in fatal(died_on).items() if where]
    visits = visits.exclude(outcome__in=dead)
    reports = DiagnosticReport.objects.filter(citizen=citizen).standing()
    reports = reports.exclude(visit__outcome__in=dead)
    procedures = Procedure.objects.filter(citizen=citizen, withdrawn_at=None)
    procedures = procedures.exclude(status=Procedure.Status.ENTERED_IN_ERROR)
    procedures = procedures.exclude(visit__outcome__in=dead)
    for rows, moment in (
        (visits, "started_at"),
        (reports, "collected_at"),
        (reports.filter(collected_at=None, kind__in=OF_THE_PERSON), "performed_at"),
        (procedures, "performed_at"),
    ):
        yield rows.filter(**{f"{moment}__date__gt": died_on}), moment


def _last_day(found: Iterable[tuple[Any, str]], *, sees_sensitive: bool) -> date | None:
    """Return the latest day on which something was done, of what may be seen."""
    moments = [
        moment
        for rows, name in found
        for moment in (rows if sees_sensitive else outside_hidden_visits(rows))
        .open_to(sees_sensitive=sees_sensitive)
        .order_by(f"-{name}")
        .values_list(name, flat=True)[:1]
    ]
    return timezone.localdate(max(moments)) if moments else None


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
    moved = set(said.filter(MOVING).values_list("citizen", "value"))
    FieldSource.objects.filter(pk__in=[pk for pk, *_rest in found]).update(
        set_aside_at=at, set_aside_by=by, set_aside_because=because[:500]
    )
    alive = FieldSource.objects.filter(MOVING, field=FieldSource.Field.DEATH, set_aside_at=None)
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
