"""Keep the day on which a person is to come again, and note that they came."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from healthrecords.models import Appointment, CareRelation, Diagnosis, Document, Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.services.access import care_for
from portal.places.models import Organisation

# Whoever comes so much earlier or later than the day may have come for the appointment.
EARLY, LATE = timedelta(days=7), timedelta(days=30)


def slips_of(visit: Visit) -> list[tuple[Document, date]]:
    """Return the re-visit slips of a visit that stand, each with its day, the earliest day first."""
    rows = Document.objects.filter(visit=visit, kind=DocumentKind.REVISIT, cancelled_at=None)
    days = ((row, parse_date(str(row.content.get("on", "")))) for row in rows.order_by("issued_at"))
    return sorted(((row, day) for row, day in days if day), key=lambda found: found[1])


def day_named(visit: Visit) -> date | None:
    """Return on which day a person is to come again: as the visit says, else as a slip of it does."""
    if visit.next_visit_on is not None:
        return visit.next_visit_on
    return next((day for _slip, day in slips_of(visit)), None)


def stray_slips(visit: Visit, *, sees_sensitive: bool) -> list[tuple[Document, date]]:
    """Return the slips by which a person would come on another day than the visit says by now."""
    if visit.next_visit_on is None:
        return []
    return [
        (slip, day)
        for slip, day in slips_of(visit)
        if day != visit.next_visit_on and (sees_sensitive or not slip.sensitivity)
    ]


def keep_appointment(visit: Visit, *, at: datetime) -> None:
    """Let the appointment of a visit follow the day that the visit, or a slip of it, names.

    Also of a signed visit: what was signed stays as it is, and the desk expects the person.
    """
    open_row = Appointment.objects.filter(visit=visit, cancelled_at=None).first()
    wanted = day_named(visit) if visit.status == Visit.Status.FINISHED else None
    if open_row is not None and open_row.kept_by_id is None and open_row.on != wanted:
        open_row.cancelled_at = at
        open_row.save(update_fields=["cancelled_at"])
        open_row = None
    if wanted is None or open_row is not None:
        return
    Appointment.objects.create(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=visit.sensitivity,
        on=wanted,
        reason=visit.reason[:300],
        made_at=at,
    )
    care_for(
        citizen=visit.citizen,
        organisation=visit.facility,
        ground=CareRelation.Ground.APPOINTMENT,
        at=at,
        until=wanted + LATE,
    )


def note_kept(visit: Visit) -> Appointment | None:
    """Let a visit keep the appointment it fits that lies nearest to its day, if one does.

    A visit keeps one, and none that it fits no more since somebody wrote what the person had.
    """
    on = timezone.localdate(visit.started_at)
    near = Appointment.objects.filter(
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        cancelled_at=None,
        on__range=(on - LATE, on + EARLY),
    ).exclude(visit=visit)
    rows = near.select_related("visit").filter(Q(kept_by=None) | Q(kept_by=visit))
    illnesses = _illnesses([visit.pk, *(row.visit_id for row in rows)])
    fitting = [row for row in rows if _fits(visit, row, illnesses, on=on)]
    held = next((row for row in fitting if row.kept_by_id == visit.pk), None)
    others = Appointment.objects.filter(kept_by=visit)
    if held is not None:
        others = others.exclude(pk=held.pk)
    others.update(kept_by=None)
    found = held or min(fitting, key=lambda row: abs(row.on - on), default=None)
    if found is not None and held is None:
        found.kept_by = visit
        found.save(update_fields=["kept_by"])
    return found


def _fits(visit: Visit, row: Appointment, illnesses: Mapping[UUID, set[str]], *, on: date) -> bool:
    """Say whether somebody came for an appointment: on its day, or for the same illness near it.

    Whoever comes to another department came for something else.
    """
    here, there = _departments(visit), _departments(row.visit)
    if here and there and not here & there:
        return False
    return row.on == on or bool(illnesses[visit.pk] & illnesses[row.visit_id])


def _departments(visit: Visit) -> set[str]:
    return {code.strip() for code in visit.department.split(";")} - {""}


def _illnesses(visits: Collection[UUID]) -> Mapping[UUID, set[str]]:
    """Return the illnesses of each visit by the three signs of their category."""
    found: dict[UUID, set[str]] = {visit: set() for visit in visits}
    rows = Diagnosis.objects.filter(visit__in=visits).exclude(code="").order_by()
    for visit, code in rows.values_list("visit_id", "code"):
        found[visit].add(code[:3])
    return found


def appointments_on(place: Organisation, on: date, *, sees_sensitive: bool) -> list[Appointment]:
    """Return who is to come on a day, in the order of names, kept ones last; no dead are waited for."""
    rows = (
        Appointment.objects.filter(facility=place, on=on, cancelled_at=None)
        .exclude(citizen__died_on__lte=on)
        .open_to(sees_sensitive=sees_sensitive)
        .select_related("visit__citizen", "kept_by")
    )
    return sorted(rows, key=lambda row: (row.kept_by_id is not None, row.visit.citizen.name_sort))
