"""The review desk: queue, changed items, evidence; one decision leads to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.audit.reads import note
from portal.site.pages import page, wants_part
from practitioners import services
from practitioners.models import ProfileSubmission, SubmissionItem
from practitioners.pages.beside import beside
from practitioners.pages.drawing import choices, draw
from practitioners.pages.figures import counts_of, facets_of
from practitioners.pages.filters import Filter
from practitioners.pages.queue import Queue
from practitioners.pages.rights import scope_for
from practitioners.provenances import words_on
from practitioners.services import OvertakenError

CAPABILITY = "review_practitioners"
PLACE, A_WEEK = "desk_place", 7 * 24 * 3600
Decision = SubmissionItem.Decision


def queue_of(request: HttpRequest) -> Queue:
    """Return the queue of whoever asks, narrowed as they left it."""
    scope = scope_for(request, CAPABILITY)
    return Queue(scope, Filter.of(request), user=request.user, at=timezone.now())


def found(queue: Queue, submission_id: UUID) -> ProfileSubmission:
    """Return a profile of the scope, or say that there is none."""
    rows = ProfileSubmission.objects.within(queue.scope).select_related(
        "facility", "practitioner", "submitted_by", "reviewer", "supersedes", "assignee"
    )
    rows = rows.annotate(words=words_on("practitioner"), **beside())
    submission = rows.filter(pk=submission_id).first()
    if submission is None:
        raise Http404(_("There is no such record."))
    return submission


@require_safe
def first_of_queue(request: HttpRequest) -> HttpResponse:
    """Open the profile this person left, else the most urgent one, or say that nothing waits."""
    queue = queue_of(request)
    left = _place(request)
    if left is not None and not request.GET and queue.holds(left):
        return HttpResponseRedirect(_address(left, queue.chosen))
    first = queue.first()
    if first is not None:
        return HttpResponseRedirect(_address(first, queue.chosen))
    offered = choices(queue, facets_of(request, queue))
    context = {
        "title": _("Review of practitioners' profiles"),
        "counts": counts_of(request, queue.scope),
        **offered,
    }
    return page(request, "practitioners/desk_empty.html", context)


def _place(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.COOKIES.get(PLACE, ""))
    except ValueError:
        return None


@transaction.non_atomic_requests
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Show one profile for decision, or decide on it.

    A decision is written before the next profile is looked at: it stands whatever becomes of that.
    """
    queue = queue_of(request)
    submission = found(queue, submission_id)
    if request.method != "POST":
        return _opened(request, submission, queue, asked=request.GET.dict())
    following = queue.following(submission)
    try:
        decided = _decide(request, submission)
    except (OvertakenError, ValidationError) as refused:
        fresh = found(queue, submission_id)
        status = 409 if isinstance(refused, OvertakenError) else 400
        asked = {**request.GET.dict(), "item": _item(request)}
        return draw(request, fresh, queue, asked=asked, refused=refused, status=status)
    return _onwards(request, decided, queue, following)


def _opened(
    request: HttpRequest, submission: ProfileSubmission, queue: Queue, *, asked: Mapping[str, str]
) -> HttpResponse:
    """Show a profile; it is held for whoever opened it, and is the place they left."""
    if request.method != "HEAD" and submission.is_waiting:
        services.hold_profile(submission, actor=request.user, at=queue.at)
    response = draw(request, submission, queue, asked=asked)
    response.set_cookie(PLACE, str(submission.pk), max_age=A_WEEK, httponly=True, samesite="Lax")
    return response


def _item(request: HttpRequest) -> str:
    """Return the item in work: the chosen one, else the one of the address."""
    return request.POST.get("item") or request.GET.get("item", "")


def _decide(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    for name, deed in DEEDS.items():
        if name in request.POST:
            return deed(request, submission)
    return _verify(request, submission)


def _common(request: HttpRequest, submission: ProfileSubmission) -> dict[str, Any]:
    return {
        "submission_id": submission.pk,
        "version": _number(request.POST.get("version", "")),
        "actor": request.user,
        "at": timezone.now(),
    }


def _return(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    sent = request.POST
    return services.return_profile(
        reason_code=sent.get("reason_code", ""),
        reason=sent.get("reason", ""),
        key=sent.get("wrong_item", ""),
        **_common(request, submission),
    )


def _verify_passing(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    return services.verify_all_passing(**_common(request, submission))


def _verify(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    key = request.POST.get("item", "")
    if not submission.items.filter(key=key).exists():
        raise ValidationError(
            _("Choose the item to verify in the middle column."), code="item_not_chosen"
        )
    return services.verify_item(key=key, **_common(request, submission))


def _take(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    return services.take_profile(submission_id=submission.pk, actor=request.user, at=timezone.now())


def _release(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    return services.release_profile(
        submission_id=submission.pk, actor=request.user, at=timezone.now()
    )


def _mark(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    """Keep on which page of the paper in sight the chosen item stands."""
    asked = _key(request.POST.get("paper", ""))
    paper = submission.evidence.filter(pk=asked).first() if asked else None
    if paper is None:
        raise ValidationError(_("Choose the paper first."), code="paper_not_chosen")
    item, page_ = request.POST.get("item", ""), _number(request.POST.get("page", ""))
    services.mark_page(evidence=paper, key=item, page=page_)
    return submission


DEEDS: dict[str, Callable[[HttpRequest, ProfileSubmission], ProfileSubmission]] = {
    "_return": _return,
    "_verify_passing": _verify_passing,
    "_take": _take,
    "_release": _release,
    "_mark": _mark,
}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _onwards(
    request: HttpRequest, decided: ProfileSubmission, queue: Queue, following: UUID | None
) -> HttpResponse:
    """Go to the next item; after the last one, to the next profile of the same filter."""
    if "_take" in request.POST or "_mark" in request.POST:
        return _go(request, queue, decided.pk, item=request.POST.get("item", ""))
    if "_release" in request.POST:
        messages.success(request, _("Laid %(name)s back for everybody.") % {"name": decided.name})
    elif decided.is_waiting:
        waiting = list(
            decided.items.filter(decision=Decision.PENDING).values_list("key", flat=True)
        )
        after = _next_key(request.POST.get("item", ""), waiting, decided)
        return _go(request, queue, decided.pk, item=after)
    else:
        done = (
            _("Verified the profile of %(name)s.")
            if decided.state == ProfileSubmission.State.VERIFIED
            else _("Returned the profile of %(name)s to the facility with the reason.")
        )
        messages.success(request, done % {"name": decided.name})
    return _go(request, queue, following or queue.first(but=decided.pk))


def _go(request: HttpRequest, queue: Queue, pk: UUID | None, *, item: str = "") -> HttpResponse:
    """Lead to a profile: by its address, or to a script of ours with the profile itself."""
    address = _address(pk, queue.chosen, item) if pk else reverse("practitioners:desk-queue")
    if not wants_part(request):
        return HttpResponseRedirect(address + "#item-now" * bool(item))
    if pk is None:
        return HttpResponse(headers={"Content-Location": address})
    response = _opened(request, found(queue, pk), queue, asked={"item": item})
    response.headers["Content-Location"] = address
    return response


def _next_key(current: str, waiting: list[str], decided: ProfileSubmission) -> str:
    order = list(decided.items.values_list("key", flat=True))
    place = order.index(current) if current in order else -1
    return next((key for key in waiting if order.index(key) > place), (waiting or [""])[0])


def _address(pk: UUID, chosen: Filter, item: str = "") -> str:
    return reverse("practitioners:desk", args=[pk]) + chosen.address(item=item)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the next free profiles of the queue for oneself."""
    queue = queue_of(request)
    count = _number(request.POST.get("count", ""))
    taken = services.take_many(rows=queue.waiting, count=count, actor=request.user, at=queue.at)
    text = ngettext("Took %(count)d profile.", "Took %(count)d profiles.", taken)
    messages.success(request, text % {"count": taken})
    mine = queue.chosen.but(who="mine")
    return HttpResponseRedirect(reverse("practitioners:desk-queue") + mine.address())


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Give a profile to a colleague."""
    queue = queue_of(request)
    submission = found(queue, submission_id)
    refused: ValidationError | None = None
    if request.method == "POST":
        following = queue.following(submission)
        try:
            given = services.give_profile(
                submission_id=submission.pk,
                to=_key(request.POST.get("to", "")),
                actor=request.user,
                at=queue.at,
            )
        except ValidationError as error:
            refused = error
        else:
            text = _("Gave the profile of %(name)s to %(colleague)s.")
            names = {"name": given.name, "colleague": given.assignee}
            messages.success(request, text % names)
            if following is not None:
                return HttpResponseRedirect(_address(following, queue.chosen))
            return redirect("practitioners:desk-queue")
    note(request, [submission.person_id], action="opened", ground="review")
    people = services.reviewers_of(submission.facility, queue.today).exclude(pk=request.user.pk)
    load = ProfileSubmission.objects.held(queue.at).waiting().filter(assignee__in=people)
    counted = dict(load.values_list("assignee").annotate(count=Count("id")).order_by())
    context = {
        "title": _("Give a profile to a colleague"),
        "submission": submission,
        "people": [(person, counted.get(person.pk, 0)) for person in people.order_by("full_name")],
        "back": _address(submission.pk, queue.chosen),
        "refused": refused,
    }
    return page(request, "practitioners/desk_give.html", context, status=400 if refused else 200)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
