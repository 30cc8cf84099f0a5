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
from portal.codelists.sensitivity import strictest
from portal.places.models import Organisation

# Whoever comes so much earlier or later than the day may have come for the appointment.
EARLY, LATE = timedelta(days=7), timedelta(days=30)


def slips_of(visit: Visit) -> list[tuple[Document, date]]:
    """Return the re-visit slips of a visit that stand, each with its day, the earliest day first."""
    rows = Document.objects.filter(visit=visit, kind=DocumentKind.REVISIT, cancelled_at=None)
    days = ((row, parse_date(str(row.content.get("on", "")))) for row in rows.order_by("issued_at"))
    return sorted(((row, day) for row, day in days if day), key=lambda found: found[1])


def days_named(visit: Visit, *, sees_sensitive: bool = True) -> dict[date, str]:
    """Return the day to come again, with its class: as the visit says, else as its earliest slip does.

    A slip protected by its own words is hidden from those without the right, who may issue one for
    another day: the person is waited for on both. A day that is named openly too is no secret.
    """
    if visit.next_visit_on is not None:
        return {visit.next_visit_on: visit.sensitivity}
    earliest: dict[bool, tuple[date, str]] = {}
    for slip, day in slips_of(visit):
        own = strictest({visit.sensitivity, slip.sensitivity})
        if sees_sensitive or not own:
            earliest.setdefault(not own, (day, own))
    return dict(found for _is_open, found in sorted(earliest.items()))


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
    """Let the appointments of a visit follow the days that the visit, or slips of it, name.

    Also of a signed visit: what was signed stays as it is, and the desk expects the person.
    """
    wanted = days_named(visit) if visit.status == Visit.Status.FINISHED else {}
    stand = []
    for row in Appointment.objects.filter(visit=visit, cancelled_at=None):
        if row.on not in wanted and row.kept_by_id is None:
            row.cancelled_at = at
            row.save(update_fields=["cancelled_at"])
            continue
        stand.append(row)
        said = (wanted.get(row.on, row.sensitivity), reason_of(visit))
        if said != (row.sensitivity, row.reason):
            row.sensitivity, row.reason = said
            row.save(update_fields=["sensitivity", "reason"])
    days = {row.on for row in stand}
    # Who came for a day may be told another one later; one that is still waited for is enough.
    sights = {bool(row.sensitivity) for row in stand if row.kept_by_id is None}
    for day, own in wanted.items():
        if day not in days and bool(own) not in sights:
            _appoint(visit, day, own, at=at)


def reason_of(visit: Visit) -> str:
    """Return what the desk reads of a person who is to come: as the visit says it by now."""
    return visit.reason[:300]


def _appoint(visit: Visit, day: date, sensitivity: str, *, at: datetime) -> None:
    Appointment.objects.create(
        visit=visit,
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        sensitivity=sensitivity,
        on=day,
        reason=reason_of(visit),
        made_at=at,
    )
    care_for(
        citizen=visit.citizen,
        organisation=visit.facility,
        ground=CareRelation.Ground.APPOINTMENT,
        at=at,
        until=day + LATE,
    )


def note_kept(visit: Visit) -> Appointment | None:
    """Let a visit keep the appointment it fits that lies nearest to its day, if one does.

    A visit keeps one, and none that it fits no more since somebody wrote what the person had.
    """
    on = timezone.localdate(visit.started_at)
    near = Q(
        ~Q(visit=visit),
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        cancelled_at=None,
        on__range=(on - LATE, on + EARLY),
    )
    rows = Appointment.objects.filter(Q(near, kept_by=None) | Q(kept_by=visit))
    found = list(rows.annotate(is_near=near).select_related("visit"))
    if not found:
        return None
    illnesses = _illnesses([visit.pk, *(row.visit_id for row in found)])
    fitting = [row for row in found if row.is_near and _fits(visit, row, illnesses, on=on)]
    held = next((row for row in fitting if row.kept_by_id == visit.pk), None)
    for row in found:
        if row.kept_by_id and row is not held:
            row.kept_by = None
            row.save(update_fields=["kept_by"])
    kept = held or min(fitting, key=lambda row: abs(row.on - on), default=None)
    if kept is not None and held is None:
        kept.kept_by = visit
        kept.save(update_fields=["kept_by"])
    return kept


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
