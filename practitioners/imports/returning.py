"""How is a report of those who stopped undone: registrations stand again, unless something took their place?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.intake.handler import Consequences
from portal.intake.kept import Keeper, Kept, Part, restored
from portal.intake.models import Batch
from portal.intake.since import changed_since, kept_rows
from practitioners.clashes import clashes_among
from practitioners.hours import Span
from practitioners.imports.decided import filed_since, signed_since
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    ExtraTechnique,
    LicenseEvent,
    Practitioner,
    Registration,
    WorkingSlot,
)

NAMED_AT_MOST = 20
ONE_DAY = timedelta(days=1)
HOURS = Part(WorkingSlot, by="registration_id")
TECHNIQUES = Part(ExtraTechnique, by="registration_id", fields=("valid_until",))
ENDS = Part(Registration, fields=("valid_until", "ended_because", "leaving_announced_on"))
KEEPER = Keeper(ENDS, HOURS, TECHNIQUES)


@dataclass(frozen=True, slots=True)
class Ended:
    """A registration that a row of the file ended: on which day, what was before, since when."""

    row: Registration
    last: date
    before: Kept
    at: datetime

    @property
    def name(self) -> str:
        return self.row.practitioner.name

    @property
    def freed_from(self) -> date | None:
        """Return the first day the file freed; None where it freed none."""
        return self.last + ONE_DAY if self.until is None or self.until > self.last else None

    @property
    def until(self) -> date | None:
        """Return until when the registration held before."""
        said = self.before["was"][ENDS.name].get(str(self.row.pk))
        if said is None:
            return self.last
        return date.fromisoformat(said["valid_until"]) if said["valid_until"] else None

    @property
    def hours(self) -> list[WorkingSlot]:
        """Return the hours that return."""
        return [cast(WorkingSlot, row) for row in restored(HOURS, self.before["was"][HOURS.name])]

    def meets(self, first: date, last: date | None) -> bool:
        """Say whether a period takes days that the file freed."""
        freed = self.freed_from
        if freed is None or (last is not None and last < freed):
            return False
        return self.until is None or first <= self.until


def _ended(batch: Batch) -> list[Ended]:
    kept = kept_rows(batch)
    held = Registration.objects.filter(pk__in=list(kept))
    return [
        Ended(row, date.fromisoformat(staged.values["DEN_NGAY"]), staged.before, staged.written_at)
        for row in held.select_related("practitioner", "facility").order_by("id")
        if (staged := kept[row.pk]).before is not None and staged.written_at is not None
    ]


def consequences(batch: Batch) -> Consequences:
    """Tell which registrations stand again, and by name what has taken their place since."""
    ended = _ended(batch)
    hours = sum(len(one.before["was"][HOURS.name]) for one in ended)
    techniques = sum(len(one.before["was"][TECHNIQUES.name]) for one in ended)
    return Consequences(
        touched=[
            (_("registrations that the file ended stand again"), len(ended)),
            (_("working hours hold on as before"), hours),
            (_("assigned techniques hold on as before"), techniques),
        ],
        obstacles=list(_obstacles(batch, ended))[:NAMED_AT_MOST] if ended else [],
    )


def undo(batch: Batch) -> None:
    """Let the registrations stand again; what came in between is refused as the page refuses it."""
    ended = _ended(batch)
    people = Practitioner.objects.filter(pk__in=[one.row.practitioner_id for one in ended])
    list(people.select_for_update().order_by("id"))  # nobody registers them elsewhere meanwhile
    refused = consequences(batch).obstacles
    if refused:
        raise ValidationError([ValidationError(str(one), code="depended_on") for one in refused])
    KEEPER.give_back([one.before for one in ended])


def _obstacles(batch: Batch, ended: list[Ended]) -> Iterator[str]:
    yield from _changed(batch, ended)
    yield from _posts(ended)
    yield from _hours(ended)
    yield from _decided(ended)


def _changed(batch: Batch, ended: list[Ended]) -> Iterator[str]:
    """Name what no longer is as the file left it, with the later file where it was one."""
    kept = kept_rows(batch)
    named = {one.row.pk: one.name for one in ended}
    yield from changed_since(batch, KEEPER, {key: kept[key] for key in named}, named)


def _posts(ended: list[Ended]) -> Iterator[str]:
    """Name registrations that took the freed post, or the person's full time, since."""
    people = [one.row.practitioner_id for one in ended]
    places = [one.row.facility_id for one in ended if one.row.is_responsible]
    rows = Registration.objects.filter(Q(practitioner__in=people) | Q(facility__in=places))
    others = list(
        rows.exclude(pk__in=[one.row.pk for one in ended])
        .select_related("practitioner", "facility")
        .order_by("valid_from", "id")
    )
    for one in ended:
        for other in others:
            if one.meets(other.valid_from, other.valid_until) and (said := _taken(one, other)):
                yield said % {
                    "who": other.practitioner.name,
                    "place": other.facility.name,
                    "since": f"{other.valid_from:%d/%m/%Y}",
                }


def _taken(one: Ended, other: Registration) -> Any:
    is_own = other.practitioner_id == one.row.practitioner_id
    is_here = other.facility_id == one.row.facility_id
    if one.row.is_responsible and other.is_responsible and (is_own or is_here):
        return _("%(who)s is responsible for the profession of %(place)s since %(since)s.")
    if is_own and is_here and other.position == one.row.position:
        return _("%(who)s is registered anew at %(place)s since %(since)s.")
    began_since = one.freed_from is not None and other.valid_from >= one.freed_from
    if is_own and not is_here and began_since and one.row.is_full_time and other.is_full_time:
        return _("%(who)s is registered full time at %(place)s since %(since)s.")
    return None


def _hours(ended: list[Ended]) -> Iterator[str]:
    """Name the hours elsewhere that stand in those about to return."""
    back = {one.row.practitioner_id: one.hours for one in ended}
    freed = {one.row.practitioner_id: one.freed_from for one in ended}
    names = {one.row.practitioner_id: one.name for one in ended}
    own = [slot.pk for slots in back.values() for slot in slots]
    held: dict[UUID, list[WorkingSlot]] = {}
    rows = WorkingSlot.objects.filter(practitioner__in=back).exclude(pk__in=own)
    for slot in rows.select_related("facility").order_by("weekday", "starts", "id"):
        held.setdefault(slot.practitioner_id, []).append(slot)
    for person, slots in back.items():
        sentences = {
            clash.sentence
            for slot in slots
            for clash in clashes_among(
                [Span(slot.weekday, slot.starts, slot.ends)],
                held.get(person, ()),
                max(slot.valid_from, freed[person] or slot.valid_from),
                slot.valid_until,
            )
        }
        for sentence in sorted(sentences):
            yield f"{names[person]}: {sentence}"


def _decided(ended: list[Ended]) -> Iterator[str]:
    """Name cases, dossiers and decisions of since then that read the register as the file left it."""
    since = min(one.at for one in ended)
    people = {one.row.practitioner_id: one for one in ended}
    yield from _cases({one.row.pk: one for one in ended}, since)
    places = {one.row.facility_id for one in ended if one.row.is_responsible}
    yield from signed_since({*people, *places}, since)
    yield from filed_since({*people, *places}, since)
    revoked = LicenseEvent.objects.filter(
        license__practitioner__in=people,
        kind__in=[LicenseEvent.Kind.REVOKED, LicenseEvent.Kind.SUSPENDED],
        case_id=None,
        recorded_at__gt=since,
    )
    said = _("The licence of %(who)s: %(act)s by decision %(number)s since.")
    for event in revoked.select_related("license").order_by("recorded_at", "id"):
        named = {"act": event.get_kind_display().lower(), "number": event.decision_no or "–"}
        yield said % {**named, "who": people[event.license.practitioner_id].name}


def _cases(ended: dict[UUID, Ended], since: datetime) -> Iterator[str]:
    sides = CaseSide.objects.filter(registration__in=ended)
    heard = sides.filter(Q(case__opened_at__gt=since) | Q(case__decided_at__gt=since)).exclude(
        case__state=DiscrepancyCase.State.DROPPED
    )
    said = _("The case “%(case)s” about %(who)s was opened or decided since.")
    for side in heard.select_related("case").order_by("case__opened_at", "id"):
        assert side.registration_id is not None  # noqa: S101  (asked for above)
        kind = side.case.get_kind_display()
        yield said % {"case": kind, "who": ended[side.registration_id].name}
