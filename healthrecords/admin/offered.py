"""What was typed for the wrong person, offered in this session for the right one."""

from django.http import HttpRequest

from healthrecords.admin.opening import Opened, as_key
from healthrecords.models import Visit
from healthrecords.services import place_to_act

OFFERED = "withdrawn_visit"
OFFER = "offered"  # in the address of the form that takes it


def offer(request: HttpRequest, visit: Visit) -> None:
    """Remember a visit that was just withdrawn, for whoever withdrew it."""
    request.session[OFFERED] = str(visit.pk)


def offered(request: HttpRequest, opened: Opened) -> Visit | None:
    """Return the visit that was withdrawn in this session, for another person at the same place."""
    key, place = request.session.get(OFFERED, ""), place_to_act(request.user, "enter_records")
    if not key or place is None:
        return None
    rows = Visit.objects.filter(pk=as_key(key), facility=place, status=Visit.Status.WITHDRAWN)
    rows = rows.open_to(sees_sensitive=opened.sees_sensitive)
    return rows.exclude(citizen=opened.citizen).first()


def take(request: HttpRequest) -> None:
    """Forget the offer once the visit was stored for the right person."""
    request.session.pop(OFFERED, None)
