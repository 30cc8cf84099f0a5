"""A visit ends with a death: when, does the record say so too, and what if the visit changes?

The main diagnosis stands as the cause of death (register A6/YTCS); the moment is asked for, and the
visit's word on it is kept, so that a correction of the visit finds it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, FieldSource, Visit
from healthrecords.services.deaths import check_day, fatal, tell_of_death, unsay
from healthrecords.services.entries import VisitEntry
from healthrecords.services.kinds import CLOCK_ASTRAY
from healthrecords.services.sources import Spoken, note_words

DEATH = FieldSource.Field.DEATH
Errors = Iterator[ValidationError]


def words_of(visit: Visit) -> Any:
    """Return what a visit entered here says of the person's death."""
    rows = FieldSource.objects.filter(visit_id=visit.pk, field=DEATH, set_aside_at=None)
    return rows.filter(source=FieldSource.Source.TYPED)


def died_at_of(visit: Visit) -> datetime | None:
    """Return when a visit says that the person died: its end where that is the day, else the day."""
    word = words_of(visit).order_by("-id").first() if is_fatal(visit) else None
    if word is None:
        return None
    died_on = date.fromisoformat(word.value)
    if visit.ended_at is not None and timezone.localdate(visit.ended_at) == died_on:
        return visit.ended_at
    return timezone.make_aware(datetime.combine(died_on, time()))


def is_fatal(visit: Visit) -> bool:
    """Say whether a visit ended with a death."""
    return visit.outcome in fatal(timezone.localdate(visit.ended_at or visit.started_at))


def no_longer_says(word: FieldSource) -> bool:
    """Say whether the visit that a word of a death cites says by now that nobody died, or when else."""
    visit = Visit.objects.filter(pk=word.visit_id).first() if word.visit_id is not None else None
    if visit is None:
        return False
    if visit.status != Visit.Status.FINISHED or not is_fatal(visit):
        return True
    said = FieldSource.objects.filter(visit_id=visit.pk, field=DEATH, source=word.source)
    return bool(said.filter(pk__gt=word.pk).exists())


def check_death(
    entry: VisitEntry, *, citizen: Citizen, on: date, at: datetime, besides: Visit | None
) -> Errors:
    """Yield what is wrong with the moment of death, by the results that hold on a day."""
    outside = fatal(on).get(entry.outcome)
    if outside is None:
        if entry.died_at is not None:
            yield ValidationError(
                _(
                    "A day of death is written, and the result is no death. Choose the result, or"
                    " empty the day."
                ),
                code="death_not_result",
            )
        return
    if entry.died_at is None:
        if entry.is_finished:
            yield ValidationError(
                _("When did the person die? Write day and hour."), code="death_day_missing"
            )
        return
    yield from _check_moment(entry, entry.died_at, at=at, outside=outside)
    died_on = timezone.localdate(entry.died_at)
    if citizen.died_on not in {None, died_on} and not _rests_on(citizen, besides):
        yield ValidationError(
            _(
                "The record says that this person died on %(day)s (%(source)s). Write that day, or"
                " take the other one back first."
            ),
            code="death_noted_otherwise",
            params={
                "day": f"{citizen.died_on:%d/%m/%Y}",
                "source": citizen.get_death_source_display(),
            },
        )
    try:
        check_day(citizen, died_on, at=at, besides=besides)
    except ValidationError as refused:
        yield from refused.error_dict["died_on"]


def _check_moment(entry: VisitEntry, died_at: datetime, *, at: datetime, outside: bool) -> Errors:
    died_on, came_on = timezone.localdate(died_at), timezone.localdate(entry.started_at)
    said = {
        "day": f"{timezone.localtime(died_at):%d/%m/%Y}",
        "moment": f"{timezone.localtime(died_at):%d/%m/%Y %H:%M}",
    }
    if died_at > at + CLOCK_ASTRAY and died_on == timezone.localdate(at):
        yield ValidationError(
            _("%(day)s is still to come; check the day of death."),
            code="died_later",
            params={"day": said["moment"]},
        )
    if outside and died_on > came_on:
        yield ValidationError(
            _("The person came on %(day)s; death outside the facility cannot be later."),
            code="death_after_arrival",
            params={"day": f"{came_on:%d/%m/%Y}"},
        )
    if not outside and died_on < came_on:
        yield ValidationError(
            _(
                "%(day)s is before the visit began; who died before arriving has the result “died"
                " outside”."
            ),
            code="death_before_visit",
            params=said,
        )
    if not outside and entry.ended_at is not None and died_at > entry.ended_at:
        yield ValidationError(
            _("%(moment)s is after the visit ended; check both times."),
            code="death_after_end",
            params=said,
        )


def may_follow_death(
    entry: VisitEntry, *, on: date, citizen: Citizen, besides: Visit | None
) -> bool:
    """Say whether a visit may begin after the death: brought in dead, or the visit that told of it."""
    return fatal(on).get(entry.outcome, False) or _rests_on(citizen, besides)


def _rests_on(citizen: Citizen, visit: Visit | None) -> bool:
    if visit is None or citizen.died_on is None:
        return False
    others = FieldSource.objects.filter(citizen=citizen, field=DEATH, set_aside_at=None)
    own = words_of(visit).filter(value=citizen.died_on.isoformat())
    return own.exists() and not others.exclude(visit_id=visit.pk).exists()


def follow_death(
    visit: Visit, *, died_at: datetime | None, was_fatal: bool, actor: Any, at: datetime
) -> None:
    """Note in the record that the person died, as the visit says; take back what it no longer says."""
    says = visit.status == Visit.Status.FINISHED and died_at is not None and is_fatal(visit)
    if not says and not was_fatal:
        return
    died_on = timezone.localdate(died_at) if says else None
    value = died_on.isoformat() if died_on is not None else ""
    stale = words_of(visit).exclude(value=value)
    unsay(stale, because=gettext("The visit no longer says that the person died."), at=at, by=actor)
    if died_on is None or words_of(visit).exists():
        return
    citizen = Citizen.objects.select_for_update().get(pk=visit.citizen_id)
    if citizen.died_on is None:
        citizen.died_on, citizen.death_source = died_on, Citizen.DeathSource.FACILITY
        # Everybody who opens the record reads the note, so it names no place of a protected visit.
        told = gettext("At %(time)s") if visit.sensitivity else gettext("At %(time)s, %(place)s")
        citizen.death_note = told % {
            "time": f"{timezone.localtime(died_at):%H:%M}",
            "place": visit.facility.name,
        }
        citizen.full_clean(exclude=["name_norm", "client_key"])
        citizen.save(update_fields=["died_on", "death_source", "death_note"])
        tell_of_death(citizen.pk)
    spoken = Spoken(FieldSource.Source.TYPED, at, actor, visit.facility, visit_id=visit.pk)
    note_words(citizen, {str(DEATH): value}, spoken)
