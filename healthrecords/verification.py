"""Anyone who holds a paper asks whether it is still in force: its mark leads here, to nothing more."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from healthrecords.models import SignedPaper, Visit, VisitSeal, VisitVersion
from healthrecords.papers.current import paper_in_force
from healthrecords.papers.issued import stands
from healthrecords.papers.marks import DRAFT, Mark, read_token
from portal.audit.middleware import address_of
from portal.site.pages import page

PER_MINUTE = 30
Kind = SignedPaper.Kind


@require_safe
def verification(request: HttpRequest, token: str) -> HttpResponse:
    """Tell a stranger the number, version and standing of a paper; no name, nothing medical."""
    if not _allowed(request):
        pause = {"title": _("Too many questions")}
        answer = page(request, "healthrecords/paper_pause.html", pause, status=429)
        answer["Retry-After"] = "60"
        return answer
    mark = read_token(token)
    visit = Visit.objects.filter(pk=mark.visit).select_related("facility").first() if mark else None
    if mark is None or visit is None:
        raise Http404(_("This mark belongs to no paper of this portal."))
    context: dict[str, Any] = {
        "title": _("Check of a paper"),
        "kind": Kind(mark.kind).label,
        "number": mark.visit.hex[-8:].upper(),
        "version": mark.number,
        "facility": visit.facility,
        "may_open": request.user.is_authenticated,
        "visit": visit,
        "now": timezone.now(),
        **_standing(mark, visit),
    }
    answer = page(request, "healthrecords/paper_check.html", context)
    patch_cache_control(answer, no_store=True, private=True)
    return answer


def _standing(mark: Mark, visit: Visit) -> dict[str, Any]:
    """Say whether a paper is in force, superseded, a draft, or of a visit that was withdrawn."""
    seal = VisitSeal.objects.filter(visit=visit.pk).select_related("version__signature").first()
    current = seal.number if seal else 0
    kept = paper_in_force(
        visit, mark.kind
    )  # an addendum leaves the papers it did not make in force
    versions = VisitVersion.objects.filter(visit=visit.pk, number=mark.number or current)
    version = versions.select_related("signature").first()
    if visit.status == Visit.Status.WITHDRAWN:
        state = "withdrawn"
    elif mark.number == DRAFT:
        state = "draft" if seal is None else "draft_superseded"
    elif version is None:
        raise Http404(_("This mark belongs to no paper of this portal."))
    elif mark.number < (kept.version.number if kept else current):
        state = "superseded"
    elif not stands(visit, mark.kind, version.signed_at):
        state = "withdrawn"
    else:
        state = "amending" if seal and seal.amendment_id else "valid"
    newest = kept.version if kept else seal.version if seal else None
    return {"state": state, "current": newest, "of": version}


def _allowed(request: HttpRequest) -> bool:
    minute = timezone.now().strftime("%H%M")
    key = f"paper:{address_of(request)}:{minute}"
    cache.add(key, 0, timeout=120)
    try:
        return cache.incr(key) <= PER_MINUTE
    except ValueError:  # gone between the two
        return True
