"""Show one copy of a paper to those who decide on it or sent it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from portal.attachments.serving import answer, gone
from portal.audit.reads import note
from portal.scope import scope_of
from practitioners.models import BanProposal, DutyProof, Evidence, ProfileSource
from practitioners.services import stored_evidence


@never_cache
@require_safe
@xframe_options_sameorigin
def evidence(request: HttpRequest, evidence_id: UUID) -> HttpResponseBase:
    """Send the bytes as what they were found to be, never as what a sender called them."""
    reviewed = Evidence.objects.within(scope_of(request.user, "review_practitioners"))
    sent = Evidence.objects.within(scope_of(request.user, "submit_practitioners"))
    unsent = Evidence.objects.filter(submission=None, uploaded_by=request.user.pk)
    theirs = Q(pk__in=reviewed.values("pk")) | Q(pk__in=sent.values("pk"))
    mine = (Q(submission__isnull=False) & theirs) | Q(pk__in=unsent.values("pk"))
    row = Evidence.objects.filter(mine, pk=evidence_id).select_related("submission").first()
    if row is None:
        raise Http404(_("There is no such record."))
    if row.submission is not None:
        note(request, [row.submission.person_id], action="opened", ground="evidence")
    try:
        stored = stored_evidence(row)
    except FileNotFoundError:
        return gone()
    return answer(stored, is_framed=True)


@never_cache
@require_safe
@xframe_options_sameorigin
def word_paper(request: HttpRequest, word_id: UUID) -> HttpResponseBase:
    """Send the copy an official kept beside a value to those who may enter values."""
    words = ProfileSource.objects.within(scope_of(request.user, "review_practitioners"))
    row = words.filter(pk=word_id).exclude(paper=None).select_related("paper").first()
    if row is None or row.paper is None:
        raise Http404(_("There is no such record."))
    note(request, [row.practitioner_id], action="opened", ground="evidence")
    return answer(row.paper, is_framed=True)


@never_cache
@require_safe
@xframe_options_sameorigin
def ban_paper(request: HttpRequest, proposal_id: UUID) -> HttpResponseBase:
    """Send the copy of a decision to those who may confirm the ban, or its end, proposed by it."""
    proposed = BanProposal.objects.within(scope_of(request.user, "decide_licenses"))
    return _copy(request, proposed.filter(pk=proposal_id), "practitioner_id")


@never_cache
@require_safe
@xframe_options_sameorigin
def duty_paper(request: HttpRequest, proof_id: UUID) -> HttpResponseBase:
    """Send the copy of a paper to those who may confirm that a duty is done by it."""
    proofs = DutyProof.objects.within(scope_of(request.user, "decide_licenses"))
    return _copy(request, proofs.filter(pk=proof_id), "license__practitioner_id")


def _copy(request: HttpRequest, rows: Any, person: str) -> HttpResponseBase:
    row = rows.exclude(paper=None).select_related("paper").annotate(who=F(person)).first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, [row.who], action="opened", ground="evidence")
    return answer(row.paper, is_framed=True)
