"""Keep the day on which a person is to come again, and note that they came."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from healthrecords.models import Appointment, CareRelation, Visit
from healthrecords.services.access import care_for
from portal.places.models import Organisation

# Whoever comes so much earlier or later than the day has come for the appointment.
EARLY, LATE = timedelta(days=7), timedelta(days=30)


def keep_appointment(visit: Visit, *, at: datetime) -> None:
    """Let the appointment of a visit follow the day that the visit names."""
    open_row = Appointment.objects.filter(visit=visit, cancelled_at=None).first()
    wanted = visit.next_visit_on if visit.status == Visit.Status.FINISHED else None
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
    """Let a visit keep the appointment that lies nearest to its day, if one does."""
    on = timezone.localdate(visit.started_at)
    rows = Appointment.objects.filter(
        citizen_id=visit.citizen_id,
        facility_id=visit.facility_id,
        cancelled_at=None,
        kept_by=None,
        on__range=(on - LATE, on + EARLY),
    ).exclude(visit=visit)
    found = min(rows, key=lambda row: abs(row.on - on), default=None)
    if found is not None:
        found.kept_by = visit
        found.save(update_fields=["kept_by"])
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
