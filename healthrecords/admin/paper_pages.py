"""The papers of a visit: the signed one as it was signed, else a draft that says so."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from healthrecords.admin.visit_pages import find_visit
from healthrecords.banner import banner_of
from healthrecords.models import SignedPaper, Visit, VisitVersion
from healthrecords.papers.current import open_papers, paper_in_force
from healthrecords.papers.issued import stands
from healthrecords.papers.making import draft, kinds_of, make
from healthrecords.services.seals import seal_of
from portal.papers import storage

FILE_NAMES = {
    "visit": "phieu-kham",
    "prescription": "don-thuoc",
    "referral": "giay-chuyen",
    "discharge": "giay-ra-vien",
    "summary": "tom-tat",
    "birth": "giay-chung-sinh",
    "pregnancy": "giay-nghi-duong-thai",
    "sick_leave": "giay-nghi-viec",
    "revisit": "phieu-hen-kham-lai",
}


@xframe_options_sameorigin
def slip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Print the slip of a visit; the read log says who printed it."""
    return paper(request, pk, "visit")


@xframe_options_sameorigin
def paper(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """Print one paper of a visit as it stands: signed, or a draft that says so."""
    found = find_visit(request, pk, action="printed")
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    seal = seal_of(visit)
    if seal is not None and seal.amendment_id is None:
        kept = paper_in_force(visit, kind)
        if kept is not None and stands(visit, kind, kept.version.signed_at):
            if not open_papers(visit, [kept], sees_sensitive=opened.sees_sensitive):
                raise Http404(_("This visit has no such paper."))
            content = storage.read(kept.path, kept.sha256)
            return _answer(visit, kind, content, kept.version.number)
    if kind not in kinds_of(visit, sees_sensitive=opened.sees_sensitive):
        raise Http404(_("This visit has no such paper."))
    pdf = make(kind, visit, draft(visit, seal), banner=banner_of(opened.citizen))
    return _answer(visit, kind, pdf, 0)


@xframe_options_sameorigin
def version_paper(request: HttpRequest, pk: UUID, number: int, kind: str) -> HttpResponse:
    """Print a paper of one signed version, whatever came after it."""
    found = find_visit(request, pk, action="printed")
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    version = visible_versions(visit, sees_sensitive=opened.sees_sensitive).filter(number=number)
    rows = SignedPaper.objects.filter(version__in=version, kind=kind).select_related("version")
    found_papers = open_papers(visit, rows, sees_sensitive=opened.sees_sensitive)
    if not found_papers:
        raise Http404(_("This version has no such paper."))
    kept = found_papers[0]
    return _answer(visit, kind, storage.read(kept.path, kept.sha256), number)


def visible_versions(visit: Visit, *, sees_sensitive: bool) -> Any:
    """Return the versions of a visit that this person may read: a class may have been taken off since."""
    return VisitVersion.objects.filter(visit=visit.pk).open_to(sees_sensitive=sees_sensitive)


def _answer(visit: Visit, kind: str, content: bytes, number: int) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    version = f"-v{number}" if number else ""
    name = f"{FILE_NAMES[kind]}-{visit.started_at:%Y%m%d}{version}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
