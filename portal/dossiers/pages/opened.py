"""Which dossiers may this browser see without a login? Those it gave code and second secret for."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.dossiers.models import Dossier
from portal.site.pages import page

KEPT = "dossiers"
OPEN_FOR = timedelta(minutes=30)


def let_in(request: HttpRequest, dossier: Dossier) -> None:
    """Let this browser see a dossier for a while."""
    until = (timezone.now() + OPEN_FOR).isoformat()
    request.session[KEPT] = {**_kept(request), dossier.pk.hex: until}


def shut(request: HttpRequest, dossier_id: UUID) -> None:
    """Close a dossier in this browser, as on a computer others use too."""
    kept = _kept(request)
    kept.pop(dossier_id.hex, None)
    request.session[KEPT] = kept


def is_let_in(request: HttpRequest, dossier_id: UUID) -> bool:
    """Say whether this browser may see a dossier now."""
    until = _kept(request).get(dossier_id.hex, "")
    return bool(until) and datetime.fromisoformat(until) > timezone.now()


def _kept(request: HttpRequest) -> dict[str, str]:
    return dict(request.session.get(KEPT) or {})


def too_many(request: HttpRequest) -> HttpResponse:
    """Ask for a minute's patience."""
    context = {"title": _("Too many questions")}
    answer = page(request, "dossiers/pause.html", context, status=429)
    answer["Retry-After"] = "60"
    return answer
