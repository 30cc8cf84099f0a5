"""What does the desk show of one profile: who, what changed, its papers, its checks, its neighbours?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.audit.reads import note
from portal.codelists.lookup import lists_on
from portal.site.home import Chip
from portal.site.pages import page_or_part
from practitioners.findings import ORDER
from practitioners.items import BY_KEY
from practitioners.models import CheckStatus, ReturnReason, SubmissionItem
from practitioners.pages.beside import checks_of, evidence_of, items_of
from practitioners.pages.figures import Facets, counts_of, facets_of
from practitioners.pages.filters import DUE, RISK, WHO, Filter
from practitioners.pages.filters import ORDER as ORDERS
from practitioners.pages.papers import papers_of
from practitioners.pages.queue import drawn, due_chip, worst_chip
from practitioners.provenances import LIST as FRESHNESS
from practitioners.provenances import Sources, sources_of
from practitioners.sentences import say
from practitioners.services.assigning import held_by
from practitioners.wording import LIST_OF, Part, Titles, parts, titles_of, write

if TYPE_CHECKING:
    from django.core.exceptions import ValidationError
    from django.http import HttpRequest, HttpResponse

    from portal.codelists.lookup import Entry
    from portal.provenance import Provenance
    from practitioners.models import ProfileSubmission, SubmissionCheck
    from practitioners.pages.queue import Around, Queue

Decision = SubmissionItem.Decision
MARKS = {"pass": ("ok", "ok"), "ask": ("warn", "warn"), "fail": ("bad", "bad")}
# What is still to be answered is neither green nor amber.
UNANSWERED = frozenset({"population_waiting"})
# Which reason an official most likely picks, by what is worst.
LIKELY: Mapping[str, ReturnReason] = {
    "evidence_missing": ReturnReason.EVIDENCE_MISSING,
    "license_expired": ReturnReason.LICENSE_EXPIRED,
    "license_unreadable": ReturnReason.LICENSE_WRONG,
    "license_pharmacist": ReturnReason.LICENSE_WRONG,
    "license_operating": ReturnReason.LICENSE_WRONG,
    "license_no_term": ReturnReason.LICENSE_WRONG,
    "license_taken": ReturnReason.LICENSE_WRONG,
    "scope_wider": ReturnReason.SCOPE_DIFFERS,
    "scope_of_another_title": ReturnReason.SCOPE_DIFFERS,
    "full_time_elsewhere": ReturnReason.HOURS_OVERLAP,
    "waiting_twin": ReturnReason.DUPLICATE,
    "twin_license": ReturnReason.LICENSE_WRONG,
    "identifier_taken": ReturnReason.IDENTITY_DIFFERS,
    "identifier_sex": ReturnReason.IDENTITY_DIFFERS,
    "identifier_birth": ReturnReason.IDENTITY_DIFFERS,
    "population_name": ReturnReason.IDENTITY_DIFFERS,
    "population_birth": ReturnReason.IDENTITY_DIFFERS,
    "population_sex": ReturnReason.IDENTITY_DIFFERS,
    "population_personal_number": ReturnReason.IDENTITY_DIFFERS,
    "number_waits_elsewhere": ReturnReason.IDENTITY_DIFFERS,
}


@dataclass(frozen=True, slots=True)
class Note:
    """One check's sentence with its mark; ``url`` leads to the case about it."""

    kind: str
    icon: str
    text: str
    label: str
    status: str
    url: str = ""


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
    see: str
    source: Provenance | None = None


def draw(
    request: HttpRequest,
    submission: ProfileSubmission,
    queue: Queue,
    *,
    asked: Mapping[str, str],
    refused: ValidationError | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw one profile among its neighbours.

    ``asked`` may name the item, the paper and its page to begin with.
    """
    lists = lists_on((*dict.fromkeys(LIST_OF.values()), FRESHNESS), queue.today)
    titles = titles_of(lists)
    sources = _sources(submission, queue, lists[FRESHNESS])
    items = items_of(submission)
    checks = sorted(checks_of(submission), key=lambda c: -ORDER[CheckStatus(c.status)])
    evidence = evidence_of(submission)
    changed = [item for item in items if item.is_changed]
    now = _current(asked, changed, checks)
    around = queue.around(submission)
    shown = drawn(around.rows(submission), titles, request.user, queue.at)
    note(request, [submission.person_id], action="opened", ground="review")
    others = [row["practitioner_id"] or row["id"] for row in shown if not row["is_current"]]
    note(request, others, action="listed", ground="review")
    proved = {key for row in evidence for key in row.proves}
    here = reverse("practitioners:desk", args=[submission.pk])
    papers = papers_of(evidence, now.key if now else "", asked, here=here, chosen=queue.chosen)

    def row(item: SubmissionItem) -> Row:
        see = here + queue.chosen.address(item=item.key) + "#item-now"
        return replace(
            _row(item, checks, titles, is_current=item is now, see=see * (item.key in proved)),
            source=sources.of_values(item.approved) if sources else None,
        )

    offered = choices(queue, facets_of(request, queue))
    context = {
        "title": _("Review of practitioners' profiles"),
        "submission": submission,
        "facts": _facts(submission, titles),
        "rows": [row(item) for item in changed],
        "unchanged": [row(item) for item in items if not item.is_changed],
        "checks": _together([_note(check) for check in checks]),
        "papers": papers,
        "has_current_evidence": now is None or now.key in proved,
        "passing": _passing(items, checks),
        "chip": worst_chip(submission.worst, submission.worst_code),
        "due": due_chip(submission.due_on, queue.today),
        "queue": shown,
        "before": _desk(around.previous, queue.chosen),
        "after": _desk(around.following or _first(queue, around, submission), queue.chosen),
        "counts": counts_of(request, queue.scope),
        "refused": refused,
        "typed": request.POST if refused is not None else _likely(submission, checks),
        "return_open": refused is not None and "_return" in request.POST,
        "reasons": [r for r in ReturnReason if r != ReturnReason.OTHER],
        "item_now": now,
        "item_asked": asked.get("item", ""),
        "held": _held(submission, request, queue),
        "is_mine": submission.holder_at(queue.at) == request.user,
        "is_kept": submission.held_until is None,
        **offered,
    }
    return page_or_part(request, "practitioners/desk.html", context, status=status)


def _sources(
    submission: ProfileSubmission, queue: Queue, freshness: Sequence[Entry]
) -> Sources | None:
    """Return where the approved values come from; nothing of somebody who is new.

    The words were read along with the profile (practitioners.pages.desk.found).
    """
    if submission.practitioner is None:
        return None
    words: Any = submission
    return sources_of(words.words, queue.today, freshness)


def choices(queue: Queue, facets: Facets) -> dict[str, Any]:
    """Return what the filter offers, with how many each choice would leave."""
    chosen = queue.chosen
    return {
        "chosen": chosen,
        "queue_length": facets.length,
        "queue_address": chosen.address(),
        "due_choices": _links("due", DUE, facets.due, chosen),
        "risk_choices": _links("risk", RISK, facets.risk, chosen),
        "who_choices": WHO.items(),
        "order_choices": ORDERS.items(),
        "facility_choices": facets.facilities,
    }


def _links(
    name: str, labels: Mapping[str, Any], counts: Mapping[str, int], chosen: Filter
) -> list[dict[str, Any]]:
    """Return each choice as a link that takes it, or lets it go where it is taken."""
    queue = reverse("practitioners:desk-queue")
    value_now = getattr(chosen, name)
    return [
        {
            "label": label,
            "count": counts.get(value, 0),
            "is_on": value == value_now,
            "value": value,
            "url": queue
            + chosen.but(**{name: "" if value == value_now else value}).whole_address(),
        }
        for value, label in labels.items()
    ]


def _first(queue: Queue, around: Around, submission: ProfileSubmission) -> Any:
    """Return the first of the queue; it is asked for only where it does not stand in sight."""
    if around.is_whole_before:
        return around.before[0]["id"] if around.before else None
    return queue.first(but=submission.pk)


def _desk(pk: Any, chosen: Filter) -> str:
    return reverse("practitioners:desk", args=[pk]) + chosen.address() if pk else ""


def _held(
    submission: ProfileSubmission, request: HttpRequest, queue: Queue
) -> dict[str, Any] | None:
    """Return who else has the profile on the desk, and since when."""
    holder = submission.holder_at(queue.at) if submission.is_waiting else None
    return held_by(submission) if holder is not None and holder != request.user else None


def _likely(submission: ProfileSubmission, checks: Sequence[SubmissionCheck]) -> dict[str, str]:
    """Choose the reason that fits what is worst, where one does; the official may choose another."""
    worst = next((check for check in checks if check.status != CheckStatus.PASS), None)
    reason = LIKELY.get(submission.worst_code)
    if worst is None or reason is None:
        return {}
    at = next((c for c in checks if c.code == submission.worst_code), worst)
    return {"reason_code": str(reason.value), "wrong_item": at.item_key}


def _current(
    asked: Mapping[str, str], changed: list[SubmissionItem], checks: Sequence[SubmissionCheck]
) -> SubmissionItem | None:
    """Return the item asked for, else the waiting one with the worst check, in the paper's order."""
    chosen = next((item for item in changed if item.key == asked.get("item")), None)
    worst = {check.item_key: ORDER[CheckStatus(check.status)] for check in reversed(checks)}
    waiting = [item for item in changed if item.decision == Decision.PENDING]
    first = max(waiting, key=lambda item: worst.get(item.key, 0), default=None)
    return chosen or first or next(iter(changed), None)


def _facts(submission: ProfileSubmission, titles: Titles) -> list[str]:
    values = submission.values
    names = ("title", "sex", "birth_date")
    return [write(name, values[name], titles) for name in names if values.get(name)]


def _row(
    item: SubmissionItem,
    checks: Sequence[SubmissionCheck],
    titles: Titles,
    *,
    is_current: bool,
    see: str,
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
        see=see,
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
    statuses = {check.status for check in checks}
    if CheckStatus.FAIL in statuses:
        return Chip("bad", "bad", _("Wrong"))
    if CheckStatus.ASK in statuses:
        return Chip("warn", "warn", _("Look"))
    return Chip("", "clock", _("Waiting"))


def _note(check: SubmissionCheck) -> Note:
    kind, icon = ("", "none") if check.code in UNANSWERED else MARKS[check.status]
    return Note(
        kind=kind,
        icon=icon,
        text=say(check.code, check.params),
        label=str(BY_KEY[check.item_key].label),
        status=str(check.get_status_display()),
        url=reverse("practitioners:case", args=[check.params["case"]])
        if check.params.get("case")
        else "",
    )


def _together(notes: Sequence[Note]) -> list[Note]:
    """Say once what several items have in common, and of which items."""
    found: dict[tuple[str, str], Note] = {}
    for one in notes:
        known = found.get((one.kind, one.text))
        label = one.label if known is None else f"{known.label}, {one.label}"
        found[one.kind, one.text] = replace(one, label=label)
    return list(found.values())


def _passing(items: list[SubmissionItem], checks: Sequence[SubmissionCheck]) -> int:
    doubted = {check.item_key for check in checks if check.status != CheckStatus.PASS}
    return sum(i.decision == Decision.PENDING and i.key not in doubted for i in items)
