"""Who was sent on from here, who is sent here, and the answers that come back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from healthrecords.admin.visit_pages import require_station
from healthrecords.models import Referral
from healthrecords.querysets import of_held_visits
from healthrecords.services import referrals
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.pages import page

MOST = 50


def _rows(request: HttpRequest, place: Any) -> Any:
    rows: Any = Referral.objects.select_related(
        "visit__citizen", "document", "facility", "to_facility", "arrived_visit"
    )
    sees = place.pk in scope_of(request.user, "see_sensitive")
    return of_held_visits(rows.open_to(sees_sensitive=sees)).order_by("-sent_at", "-id")


@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """Draw both directions: who is coming, and what became of those who were sent."""
    place = require_station(request)
    on = timezone.localdate()
    rows = _rows(request, place)
    coming = list(rows.filter(to_facility=place, document__cancelled_at=None)[:MOST])
    sent = list(rows.filter(facility=place)[:MOST])
    people = [row.visit.citizen_id for row in (*coming, *sent)]
    note(request, people, action="listed", ground="referral")
    context = {
        "title": _("Referrals"),
        "place": place,
        "coming": [(row, row.state_on(on)) for row in coming],
        "sent": [(row, row.state_on(on)) for row in sent],
    }
    return page(request, "healthrecords/referrals.html", context)


@require_POST
def answer(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """Send back what was found and done."""
    place = require_station(request)
    referral = _rows(request, place).filter(pk=referral_id, to_facility=place).first()
    if referral is None:
        raise Http404(_("There is no such record."))
    note(request, [referral.visit.citizen_id], action="listed", ground="referral")
    name = referral.visit.citizen.name
    text = request.POST.get("answer", "")
    try:
        referrals.answer(actor=request.user, referral=referral, text=text, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, f"{name}: {' '.join(refused.messages)}")
    else:
        said = {"name": name, "place": referral.facility.name}
        messages.success(request, _("Answered %(place)s about %(name)s.") % said)
    return HttpResponseRedirect(reverse("admin:healthrecords_visit_referrals"))
