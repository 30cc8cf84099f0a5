"""Anyone who holds a decision asks whether it is genuine: its mark leads here, to no name."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.dossiers.models import Decision
from portal.dossiers.pages.opened import too_many
from portal.dossiers.papers.making import titles_of
from portal.dossiers.papers.marks import read_token
from portal.signing.services import latest_checks
from portal.site.pace import allowed
from portal.site.pages import page

PER_MINUTE = 30


@require_safe
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Say number, day, authority and signature of a decision; what it says of a person, to nobody."""
    if not allowed(request, "decision", PER_MINUTE):
        return too_many(request)
    dossier_id = read_token(token)
    rows = Decision.objects.select_related("dossier", "authority", "signature")
    decision = rows.filter(dossier=dossier_id).first() if dossier_id else None
    if decision is None:
        raise Http404(_("This mark belongs to no decision of this portal."))
    procedure, _case = titles_of(decision.dossier)
    context = {
        "title": _("Check of a decision"),
        "decision": decision,
        "procedure": procedure,
        "check": latest_checks([decision.signature]).get(decision.signature_id),
        "now": timezone.now(),
    }
    return page(request, "dossiers/check.html", context)
