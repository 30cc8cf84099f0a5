"""Discrepancy cases: what clashes, what each side says with its papers, what was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_safe

from portal.attachments.serving import answer
from portal.audit.reads import note
from portal.scope import Scope, scope_of
from portal.site.home import Chip
from portal.site.pages import page
from practitioners import services
from practitioners.disputes import outcomes_of
from practitioners.models import (
    CasePaper,
    CaseSide,
    DiscrepancyCase,
    Outcome,
    Practitioner,
    PractitionerAccount,
    PractitionerJoining,
)
from practitioners.pages.queue import due_chip
from practitioners.services.joining import department_of, may_join
from practitioners.wording import Titles, titles_on, write

if TYPE_CHECKING:
    from django.db.models import QuerySet

REVIEW, SUBMIT = "review_practitioners", "submit_practitioners"
PER_PAGE = 50
STATES = (("", _("Open")), ("decided", _("Decided")), ("all", _("All")))
State = DiscrepancyCase.State


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a case page is drawn for: an official, somebody of a side, the practitioner."""

    user: Any
    deciding: Scope
    stating: Scope
    person: UUID | None

    @classmethod
    def of(cls, request: HttpRequest) -> Reader:
        user = request.user
        account = PractitionerAccount.objects.filter(user=user.pk, valid_until=None).first()
        found = cls(
            user,
            scope_of(user, REVIEW),
            scope_of(user, SUBMIT),
            account.practitioner_id if account else None,
        )
        if not (found.deciding or found.stating or found.person):
            raise PermissionDenied(
                _("Cases are seen by the department and by the sides that are asked.")
            )
        return found

    def cases(self) -> QuerySet[DiscrepancyCase]:
        """Return the cases this person may see."""
        rows = DiscrepancyCase.objects.all()
        seen = rows.within(self.deciding).values("pk")
        asked = rows.within(self.stating).values("pk")
        own = rows.filter(practitioner=self.person).values("pk") if self.person else rows.none()
        return rows.filter(Q(pk__in=seen) | Q(pk__in=asked) | Q(pk__in=own.values("pk")))

    def decides(self, case: DiscrepancyCase) -> bool:
        return case.department_id in self.deciding

    def speaks_for(self, side: CaseSide, case: DiscrepancyCase) -> bool:
        """Say whether this person writes a side's statement; the department writes down a letter."""
        if side.is_of_person:
            own = self.person is not None and self.person == case.practitioner_id
            return own or self.decides(case)
        return self.answers_for(side)

    def answers_for(self, side: CaseSide) -> bool:
        """Say whether this person works where a side is asked."""
        return side.organisation_id in self.stating or side.organisation_id in self.deciding

    def sees_number(self, side: CaseSide, case: DiscrepancyCase) -> bool:
        """Say whether an identity number is shown whole: to who decides, its keeper, its holder.

        The two people of a case may be strangers to each other, and so are their sides.
        """
        rows = (side.identifier, side.submission)
        own = self.person and self.person in {row.practitioner_id for row in rows if row}
        return bool(own) or self.decides(case) or self.answers_for(side)


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """List the cases, those whose statement or decision is due first."""
    reader, today = Reader.of(request), timezone.localdate()
    state = request.GET.get("state", "")
    rows = reader.cases().select_related("department").prefetch_related("sides__organisation")
    if state != "all":
        rows = rows.filter(state="decided") if state == "decided" else rows.filter(state="open")
    shown = Paginator(rows.order_by("opened_at", "id"), PER_PAGE).get_page(request.GET.get("page"))
    people = [key for row in shown for key in row.person_ids]
    note(request, people, action="listed", ground="case")
    context = {
        "title": _("Discrepancy cases"),
        "page": shown,
        "rows": [{"case": row, "chip": chip_of(row, today)} for row in shown],
        "state": state,
        "states": STATES,
    }
    return page(request, "practitioners/cases.html", context)


def chip_of(case: DiscrepancyCase, today: date) -> Chip:
    """Say where a case stands: who is to speak until when, or that it can be decided."""
    if not case.is_open:
        return Chip("ok", "shield", case.get_state_display())
    waits = [s for s in case.sides.all() if s.stated_at is None and not s.is_of_person]
    late = [side for side in waits if side.is_late(today)]
    if len(waits) == len(late):
        return Chip("warn", "flag", _("ready to decide"))
    due = min((side.due_on for side in waits if side.due_on), default=None)
    return due_chip(due, today)


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show one case, take a statement, or decide."""
    reader = Reader.of(request)
    rows = reader.cases().select_related("department", "practitioner", "decided_by")
    found = rows.filter(pk=case_id).first()
    if found is None:
        raise Http404(_("There is no such record."))
    if request.method != "POST":
        return _draw(request, reader, found)
    name = next((name for name in DEEDS if name in request.POST), "_state")
    try:
        said = DEEDS[name](request, reader, found)
    except ValidationError as refused:
        return _draw(request, reader, rows.get(pk=case_id), refused=refused)
    messages.success(request, said)
    return redirect("practitioners:case", found.pk)


def _state(request: HttpRequest, reader: Reader, case: DiscrepancyCase) -> str:
    side = _side(request, reader, case)
    files = [(file.name or "", file.read()) for file in request.FILES.getlist("papers")]
    services.state_side(
        side_id=side.pk,
        stance=request.POST.get("stance", ""),
        statement=request.POST.get("statement", ""),
        papers=files,
        actor=request.user,
        at=timezone.now(),
    )
    return _("The statement lies before the department.")


def _extend(request: HttpRequest, reader: Reader, case: DiscrepancyCase) -> str:
    _require_deciding(reader, case)
    try:
        due_on = date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        raise ValidationError(_("Choose the new day."), code="day_missing") from None
    side = _any_side(request, case)
    services.extend_side(
        side_id=side.pk,
        due_on=due_on,
        reason=request.POST.get("reason", ""),
        actor=request.user,
        at=timezone.now(),
    )
    return _("More time was given.")


def _decide(request: HttpRequest, reader: Reader, case: DiscrepancyCase) -> str:
    _require_deciding(reader, case)
    decided = services.decide_case(
        case_id=case.pk,
        outcome=request.POST.get("outcome", ""),
        reason=request.POST.get("reason", ""),
        actor=request.user,
        at=timezone.now(),
    )
    return _("Decided: %(outcome)s.") % {"outcome": decided.get_outcome_display()}


def _drop(request: HttpRequest, reader: Reader, case: DiscrepancyCase) -> str:
    _require_deciding(reader, case)
    services.drop_case(
        case_id=case.pk,
        reason=request.POST.get("reason", ""),
        actor=request.user,
        at=timezone.now(),
    )
    return _("The case is closed: nothing differs any more.")


DEEDS: dict[str, Callable[[HttpRequest, Reader, DiscrepancyCase], str]] = {
    "_decide": _decide,
    "_drop": _drop,
    "_extend": _extend,
    "_state": _state,
}


def _require_deciding(reader: Reader, case: DiscrepancyCase) -> None:
    if not reader.decides(case):
        raise PermissionDenied(_("The department named in the case decides it."))


def _any_side(request: HttpRequest, case: DiscrepancyCase) -> CaseSide:
    try:
        side = case.sides.filter(pk=UUID(request.POST.get("side", ""))).first()
    except ValueError:
        side = None
    if side is None:
        raise ValidationError(_("Choose the side."), code="side_not_chosen")
    return side


def _side(request: HttpRequest, reader: Reader, case: DiscrepancyCase) -> CaseSide:
    side = _any_side(request, case)
    if not reader.speaks_for(side, case):
        raise PermissionDenied(_("Only the side that is asked writes its statement."))
    return side


def _draw(
    request: HttpRequest,
    reader: Reader,
    case: DiscrepancyCase,
    *,
    refused: ValidationError | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    titles = titles_on(today)
    note(request, case.person_ids, action="opened", ground="case")
    rows = case.sides.select_related(
        "organisation", "stated_by", "submission", "registration", "identifier"
    )
    sides = [
        _drawn(side, reader, case, titles, today)
        for side in rows.prefetch_related("papers__stored")
    ]
    context = {
        "title": str(case),
        "case": case,
        "chip": chip_of(case, today),
        "sides": sides,
        "steps": case.steps.select_related("actor", "side__organisation"),
        "stances": CaseSide.Stance.choices,
        "outcomes": [(one.value, one.label) for one in outcomes_of(case, rows)],
        "people": Practitioner.objects.filter(pk__in=case.people).order_by("name_sort", "id")
        if reader.decides(case) and case.people
        else (),
        "decides": reader.decides(case) and case.is_open,
        **_joining(request, case),
        "refused": refused,
        "typed": request.POST,
    }
    status = 200 if refused is None else 400
    return page(request, "practitioners/case.html", context, status=status)


def _joining(request: HttpRequest, case: DiscrepancyCase) -> dict[str, Any]:
    """Say whether this person may join the two rows of a case, and how far that is."""
    if case.outcome != Outcome.ONE_PERSON or not case.people:
        return {}
    rows = Practitioner.objects.filter(pk__in=case.people).select_related("keeper")
    known = PractitionerJoining.objects.filter(case=case, state__in=["asked", "done"]).first()
    joins = any(may_join(request.user, department_of(case, person)) for person in rows)
    return {"joins": joins, "joining": known}


def _drawn(
    side: CaseSide, reader: Reader, case: DiscrepancyCase, titles: Titles, today: date
) -> dict[str, Any]:
    side.case = case
    waiting = side.submission is not None and side.submission.is_waiting
    claim = {name: write(name, value, titles) for name, value in side.claim.items() if value}
    if "identifier" in claim and not reader.sees_number(side, case):
        claim["identifier"] = _("number ending in %(end)s") % {"end": claim["identifier"][-3:]}
    return {
        "side": side,
        "name": case.name if side.is_of_person else str(side.organisation),
        "claim": list(claim.values()),
        "due": None if side.stated_at else due_chip(side.due_on, today),
        "speaks": case.is_open and reader.speaks_for(side, case),
        "on_behalf": side.is_of_person and reader.person != case.practitioner_id,
        "desk": side.submission_id if waiting and reader.decides(case) else None,
    }


@never_cache
@require_safe
@xframe_options_sameorigin
def case_paper(request: HttpRequest, paper_id: UUID) -> HttpResponseBase:
    """Send a paper that a side laid before the department, to everybody who sees the case."""
    reader = Reader.of(request)
    rows = CasePaper.objects.select_related("stored", "side__case")
    row = rows.filter(pk=paper_id, side__case__in=reader.cases().values("pk")).first()
    if row is None:
        raise Http404(_("There is no such record."))
    note(request, row.side.case.person_ids, action="opened", ground="evidence")
    return answer(row.stored, is_framed=True)
