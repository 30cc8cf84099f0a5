"""The review desk: queue, changed items, evidence; one decision leads to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.reads import note
from portal.site.home import Chip
from portal.site.pages import page
from practitioners import services
from practitioners.findings import ORDER
from practitioners.items import BY_KEY
from practitioners.models import (
    CheckStatus,
    Evidence,
    ProfileSubmission,
    ReturnReason,
    SubmissionCheck,
    SubmissionItem,
)
from practitioners.pages.queue import (
    DUE,
    RISK,
    Filter,
    Queue,
    counts_of,
    due_chip,
    facilities_waiting,
    worst_chip,
)
from practitioners.pages.rights import scope_for
from practitioners.sentences import say
from practitioners.services import OvertakenError
from practitioners.wording import Part, Titles, parts, titles_on, write

CAPABILITY = "review_practitioners"
Decision = SubmissionItem.Decision
MARKS = {"pass": ("ok", "ok"), "ask": ("warn", "warn"), "fail": ("bad", "bad")}


@dataclass(frozen=True, slots=True)
class Note:
    """One check's sentence with its mark."""

    kind: str
    icon: str
    text: str
    label: str
    status: str


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the desk draws it."""

    key: str
    label: str
    old: Sequence[Part]
    new: Sequence[Part]
    notes: Sequence[Note]
    chip: Chip
    is_current: bool
    is_waiting: bool
    decided_by: str


@require_safe
def first_of_queue(request: HttpRequest) -> HttpResponse:
    """Open the most urgent profile of the filter, or say that nothing waits."""
    scope = scope_for(request, CAPABILITY)
    chosen = Filter.of(request)
    queue = Queue(scope, chosen, timezone.localdate())
    if queue.ids:
        return HttpResponseRedirect(_address(queue.ids[0], chosen))
    context = {
        "title": _("Review of practitioners' profiles"),
        "chosen": chosen,
        "counts": counts_of(request, scope),
        **_choices(queue),
    }
    return page(request, "practitioners/desk_empty.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Show one profile for decision, or decide on it."""
    scope = scope_for(request, CAPABILITY)
    rows = ProfileSubmission.objects.within(scope).select_related(
        "facility", "practitioner", "submitted_by", "reviewer", "supersedes"
    )
    submission = rows.filter(pk=submission_id).first()
    if submission is None:
        raise Http404(_("There is no such record."))
    queue = Queue(scope, Filter.of(request), timezone.localdate())
    if request.method != "POST":
        return _draw(request, submission, queue)
    following = queue.after(submission.pk)
    try:
        decided = _decide(request, submission)
    except (OvertakenError, ValidationError) as refused:
        fresh = rows.get(pk=submission_id)
        status = 409 if isinstance(refused, OvertakenError) else 400
        return _draw(request, fresh, queue, refused=refused, status=status)
    return _onwards(request, decided, queue, following)


def _decide(request: HttpRequest, submission: ProfileSubmission) -> ProfileSubmission:
    sent = request.POST
    common: dict[str, Any] = {
        "submission_id": submission.pk,
        "version": _number(sent.get("version", "")),
        "actor": request.user,
        "at": timezone.now(),
    }
    if "_return" in sent:
        return services.return_profile(
            reason_code=sent.get("reason_code", ""),
            reason=sent.get("reason", ""),
            key=sent.get("wrong_item", ""),
            **common,
        )
    if "_verify_passing" in sent:
        return services.verify_all_passing(**common)
    key = sent.get("item", "")
    if not submission.items.filter(key=key).exists():
        raise ValidationError(
            _("Choose the item to verify in the middle column."), code="item_not_chosen"
        )
    return services.verify_item(key=key, **common)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _onwards(
    request: HttpRequest, decided: ProfileSubmission, queue: Queue, following: UUID | None
) -> HttpResponse:
    """Go to the next item; after the last one, to the next profile of the same filter."""
    if decided.is_waiting:
        waiting = list(
            decided.items.filter(decision=Decision.PENDING).values_list("key", flat=True)
        )
        after = _next_key(request.POST.get("item", ""), waiting, decided)
        return HttpResponseRedirect(_address(decided.pk, queue.chosen, item=after) + "#item-now")
    done = (
        _("Verified the profile of %(name)s.")
        if decided.state == ProfileSubmission.State.VERIFIED
        else _("Returned the profile of %(name)s to the facility with the reason.")
    )
    messages.success(request, done % {"name": decided.name})
    if following is not None and following != decided.pk:
        return HttpResponseRedirect(_address(following, queue.chosen))
    return redirect("practitioners:desk-queue")


def _next_key(current: str, waiting: list[str], decided: ProfileSubmission) -> str:
    order = list(decided.items.values_list("key", flat=True))
    place = order.index(current) if current in order else -1
    return next((key for key in waiting if order.index(key) > place), waiting[0])


def _address(pk: UUID, chosen: Filter, item: str = "") -> str:
    return reverse("practitioners:desk", args=[pk]) + chosen.address(item=item)


def _draw(
    request: HttpRequest,
    submission: ProfileSubmission,
    queue: Queue,
    *,
    refused: ValidationError | None = None,
    status: int = 200,
) -> HttpResponse:
    titles = titles_on(queue.today)
    items = list(submission.items.select_related("decided_by"))
    checks = sorted(submission.checks.all(), key=lambda c: -ORDER[CheckStatus(c.status)])
    evidence = list(submission.evidence.all())
    changed = [item for item in items if item.is_changed]
    now = _current(request, changed)
    shown = queue.shown(submission.pk, titles)
    note(request, [submission.person_id], action="opened", ground="review")
    others = [row["practitioner_id"] or row["id"] for row in shown if not row["is_current"]]
    note(request, others, action="listed", ground="review")
    before, after = queue.before(submission.pk), queue.after(submission.pk)
    context = {
        "title": _("Review of practitioners' profiles"),
        "submission": submission,
        "facts": _facts(submission, titles),
        "rows": [_row(item, checks, titles, is_current=item is now) for item in changed],
        "unchanged": [_row(i, checks, titles, is_current=False) for i in items if not i.is_changed],
        "checks": [_note(check) for check in checks],
        "evidence": _figures(evidence, now.key if now else ""),
        "has_current_evidence": any(now and now.key in row.proves for row in evidence),
        "passing": _passing(items, checks),
        "chip": worst_chip(submission.worst, submission.worst_code),
        "due": due_chip(submission.due_on, queue.today),
        "queue": shown,
        "queue_length": len(queue.rows),
        "queue_address": queue.chosen.address(),
        "before": _address(before, queue.chosen) if before else "",
        "after": _address(after, queue.chosen) if after else "",
        "counts": counts_of(request, queue.scope),
        "chosen": queue.chosen,
        "reasons": [r for r in ReturnReason if r != ReturnReason.OTHER],
        "refused": refused,
        "typed": request.POST,
        "return_open": refused is not None and "_return" in request.POST,
        "item_now": now,
        **_choices(queue),
    }
    return page(request, "practitioners/desk.html", context, status=status)


def _choices(queue: Queue) -> dict[str, Any]:
    return {
        "due_choices": DUE.items(),
        "risk_choices": RISK.items(),
        "facility_choices": facilities_waiting(queue),
    }


def _current(request: HttpRequest, changed: list[SubmissionItem]) -> SubmissionItem | None:
    asked = request.POST.get("item") or request.GET.get("item", "")
    chosen = next((item for item in changed if item.key == asked), None)
    waiting = (item for item in changed if item.decision == Decision.PENDING)
    return chosen or next(waiting, None) or next(iter(changed), None)


def _facts(submission: ProfileSubmission, titles: Titles) -> list[str]:
    values = submission.values
    names = ("title", "sex", "birth_date")
    return [write(name, values[name], titles) for name in names if values.get(name)]


def _row(
    item: SubmissionItem, checks: Sequence[SubmissionCheck], titles: Titles, *, is_current: bool
) -> Row:
    mine = [check for check in checks if check.item_key == item.key]
    return Row(
        key=item.key,
        label=str(item.item.label),
        old=parts(item.item, item.approved, item.submitted, titles),
        new=parts(item.item, item.submitted, item.approved, titles),
        notes=[_note(check) for check in _telling(mine)],
        chip=_item_chip(item, mine),
        is_current=is_current,
        is_waiting=item.decision == Decision.PENDING,
        decided_by=str(item.decided_by or ""),
    )


def _telling(checks: Sequence[SubmissionCheck]) -> Sequence[SubmissionCheck]:
    """Return what a person should read beside the value: doubts, else the paper that shows it."""
    doubts = [check for check in checks if check.status != CheckStatus.PASS]
    shown = [check for check in checks if check.code == "evidence_present"]
    return doubts or shown or checks[:1]


def _item_chip(item: SubmissionItem, checks: Sequence[SubmissionCheck]) -> Chip:
    if item.decision == Decision.VERIFIED:
        return Chip("ok", "shield", _("Verified"))
    if item.decision == Decision.RETURNED:
        return Chip("bad", "swap", _("Returned"))
    if any(check.status == CheckStatus.FAIL for check in checks):
        return Chip("bad", "bad", _("Wrong"))
    return Chip("", "clock", _("Waiting"))


def _note(check: SubmissionCheck) -> Note:
    kind, icon = MARKS[check.status]
    return Note(
        kind=kind,
        icon=icon,
        text=say(check.code, check.params),
        label=str(BY_KEY[check.item_key].label),
        status=str(check.get_status_display()),
    )


def _figures(evidence: list[Evidence], key: str) -> list[dict[str, Any]]:
    """Return the papers, the one that shows the current item first in sight."""
    current = next((row for row in evidence if key in row.proves), None)
    current = current or next(iter(evidence), None)
    return [
        {
            "row": row,
            "is_current": row is current,
            "proves": " ".join(row.proves),
            "url": reverse("practitioners:evidence", args=[row.pk]),
        }
        for row in evidence
    ]


def _passing(items: list[SubmissionItem], checks: Sequence[SubmissionCheck]) -> int:
    doubted = {check.item_key for check in checks if check.status != CheckStatus.PASS}
    return sum(i.decision == Decision.PENDING and i.key not in doubted for i in items)
