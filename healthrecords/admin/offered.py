"""What was typed for the wrong person, offered in this session for the right one."""

from datetime import timedelta

from django.http import HttpRequest

from healthrecords.admin.opening import Opened, as_key
from healthrecords.models import Visit, VisitAmendment
from healthrecords.services import place_to_act
from portal.audit.reads import note

OFFERED = "withdrawn_visit"
OFFER = "offered"  # in the address of the form that takes it
OFFERED_FOR = timedelta(
    hours=2
)  # who stands at the desk is found in that time, or comes another day


def offer(request: HttpRequest, visit: Visit) -> None:
    """Remember a visit that was just withdrawn, for whoever withdrew it."""
    request.session[OFFERED] = str(visit.pk)


def offered(request: HttpRequest, opened: Opened) -> Visit | None:
    """Return the visit that this user withdrew a while ago, for another person at the same place.

    The read log says that the person it was typed for was shown, too.
    """
    key, place = request.session.get(OFFERED, ""), place_to_act(request.user, "enter_records")
    if not key or place is None:
        return None
    lately = VisitAmendment.objects.filter(
        visit=as_key(key),
        outcome=VisitAmendment.Outcome.WITHDRAWN,
        closed_by=request.user.pk,
        closed_at__gte=opened.at - OFFERED_FOR,
    )
    rows = Visit.objects.filter(
        pk__in=lately.values("visit"), facility=place, status=Visit.Status.WITHDRAWN
    )
    rows = rows.open_to(sees_sensitive=opened.sees_sensitive)
    found: Visit | None = rows.exclude(citizen=opened.citizen).first()
    if found is not None:
        action = "opened" if OFFER in request.GET else "listed"
        note(request, [found.citizen_id], action=action, ground="withdrawn")
    return found


def take(request: HttpRequest) -> None:
    """Forget the offer once the visit was stored for the right person."""
    request.session.pop(OFFERED, None)
