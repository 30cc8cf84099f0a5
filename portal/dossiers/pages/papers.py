"""Send a paper of a dossier: its receipt, a request for a supplement, the signed decision."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from portal.attachments.serving import gone
from portal.dossiers.models import Decision, Dossier
from portal.dossiers.papers.making import receipt_paper, supplement_paper
from portal.dossiers.services.deciding import paper_of
from portal.papers.storage import PaperDamagedError

RECEIPT, DECISION, ASKED = "bien-nhan", "ket-qua", "bo-sung-"


def answer_paper(dossier: Dossier, name: str) -> HttpResponse:
    """Return one paper as PDF; whoever asks has shown the right to the dossier."""
    if name == RECEIPT:
        return _pdf(receipt_paper(dossier), f"bien-nhan-{dossier.tracking_code}")
    if name == DECISION:
        decision = Decision.objects.filter(dossier=dossier).first()
        if decision is None:
            raise Http404(_("There is no decision on this dossier yet."))
        try:
            return _pdf(paper_of(decision), f"ket-qua-{dossier.tracking_code}")
        except PaperDamagedError:
            return gone()
    number = name.removeprefix(ASKED)
    rows = dossier.supplements.select_related("dossier__authority", "asked_by")
    asked = rows.filter(number=int(number)).first() if number.isdecimal() else None
    if asked is None:
        raise Http404(_("There is no such paper."))
    return _pdf(supplement_paper(asked), f"{name}-{dossier.tracking_code}")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
