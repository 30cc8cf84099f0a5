"""Whom does the law want told of a patient whom nobody knows, until when, and was it done?

The duties, their hours and articles are the list ``unknown_patient_duties`` of the day on which the
person was taken in. Who is identified meanwhile is told of no more; what was told stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, FieldSource, UnknownNotice
from healthrecords.services.citizens import require_mendable
from healthrecords.services.standing import standing
from portal.codelists.lookup import codes_on
from portal.places.models import Organisation

LIST = "unknown_patient_duties"
UNKNOWN = Citizen.Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to tell, until when, by which article; what was told of it, if it was."""

    code: str
    title: str
    due: datetime
    basis: str
    notice: UnknownNotice | None

    def is_late(self, at: datetime) -> bool:
        """Say whether its hours are over and nobody was told, or was told too late."""
        return (self.notice.told_at if self.notice is not None else at) > self.due


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody writes: which duty was done, who was told, when."""

    duty: str
    told_to: str
    told_at: datetime


def with_unknown_since(people: Any) -> Any:
    """Let each citizen bring the moment since which they are kept as unknown, and what was told."""
    said = FieldSource.objects.filter(citizen=OuterRef("pk"), field="standing", value=UNKNOWN)
    rows = people.annotate(unknown_since=Subquery(said.order_by("-said_at").values("said_at")[:1]))
    told = UnknownNotice.objects.select_related("told_by").order_by("told_at", "id")
    return rows.prefetch_related(Prefetch("unknown_notices", told))


def since_when(citizen: Any) -> datetime:
    """Return when the clock began: when they were written down as unknown, else their record made."""
    said: datetime | None = citizen.unknown_since
    return said or datetime.fromtimestamp((citizen.pk.int >> 80) / 1000, tz=UTC)


def duties_of(citizen: Any) -> list[Duty]:
    """Return what is to be told of an unknown person, and what was told of anybody."""
    since = since_when(citizen)
    told: dict[str, UnknownNotice] = {}
    for notice in citizen.unknown_notices.all():
        told.setdefault(notice.duty, notice)
    duties = [
        Duty(
            row.code,
            row.title,
            since + timedelta(hours=int(row.attributes["hours"])),
            str(row.attributes.get("source", "")),
            told.get(row.code),
        )
        for row in codes_on(LIST, timezone.localdate(since))
    ]
    if citizen.standing != UNKNOWN:
        duties = [duty for duty in duties if duty.notice is not None]
    return sorted(duties, key=lambda duty: duty.due)


def undone(duties: Iterable[Duty]) -> list[Duty]:
    """Return those of which nobody was told yet."""
    return [duty for duty in duties if duty.notice is None]


def unknown_at(place: Organisation, *, at_most: int) -> Sequence[Any]:
    """Return whom a place took in and nobody knows yet, the longest first."""
    people = Citizen.objects.current().filter(standing=UNKNOWN, registered_at=place)
    return list(with_unknown_since(people).order_by("id")[:at_most])


def read_unknown(citizen: Citizen) -> Any:
    """Return a citizen with the moment and the notices that duties are counted from."""
    return with_unknown_since(Citizen.objects.filter(pk=citizen.pk)).get()


@transaction.atomic
def tell_of_unknown(*, actor: Any, citizen: Citizen, said: Told, at: datetime) -> UnknownNotice:
    """Note that somebody was told of an unknown patient; each duty is done once."""
    citizen = standing(citizen)
    require_mendable(actor, citizen)
    Citizen.objects.select_for_update().get(pk=citizen.pk)
    found = read_unknown(citizen)
    if found.standing != UNKNOWN:
        raise ValidationError(
            _("Who this person is has become known; there is nobody to tell of them any more."),
            code="known_by_now",
        )
    duty = next((one for one in duties_of(found) if one.code == said.duty), None)
    if duty is None:
        raise ValidationError({"duty": ValidationError(_("Choose from the list."), "required")})
    if duty.notice is not None:
        raise ValidationError(
            _("%(name)s has told %(whom)s already."),
            code="told_already",
            params={"name": duty.notice.told_by.full_name, "whom": duty.notice.told_to},
        )
    if said.told_at > at:
        raise ValidationError(
            {
                "told_at": ValidationError(
                    _("%(moment)s is still to come; check the time."),
                    "told_later",
                    params={"moment": f"{timezone.localtime(said.told_at):%H:%M %d/%m/%Y}"},
                )
            }
        )
    notice = UnknownNotice(
        citizen=citizen,
        facility=actor.place_of_work,
        duty=duty.code,
        told_to=" ".join(said.told_to.split()),
        told_at=said.told_at,
        told_by=actor,
        recorded_at=at,
    )
    notice.full_clean(exclude=["citizen", "facility", "told_by"])
    notice.save(force_insert=True)
    return notice
