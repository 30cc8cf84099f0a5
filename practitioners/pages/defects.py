"""What in the register contradicts itself, for the department: by kind, with the people it is about."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.audit.reads import note
from portal.places.models import Organisation
from portal.scope import Scope
from portal.site.pages import page
from practitioners import pairs, services
from practitioners.defects import LABELS, Defect, defects_of, ground_of
from practitioners.models import DiscrepancyCase, Practitioner
from practitioners.pages.rights import scope_for
from practitioners.states import State

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def defects(request: HttpRequest) -> HttpResponse:
    """List the defects of one kind among the people the department keeps, or open a case about one."""
    scope, today = scope_for(request, "review_practitioners"), timezone.localdate()
    code = request.GET.get("kind", "two_licenses")
    if code not in LABELS:
        raise Http404(_("There is no such record."))
    found = sorted(defects_of(code, today, scope), key=lambda one: one.people)
    if request.method == "POST":
        return _open(request, code, found, scope)
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    people = _people(shown)
    places = _places(shown)
    cases = _cases(code, shown, people)
    note(request, list(people), action="listed", ground="defect")
    lines = [
        {
            "people": [people[key] for key in one.people if key in people],
            "keys": ",".join(map(str, one.people)),
            "said": _said(one, places),
            "case": cases.get(one.people),
        }
        for one in shown
    ]
    context = {
        "title": _("Contradictions in the register"),
        "page": shown,
        "lines": lines,
        "kind": code,
        "kinds": LABELS.items(),
        "can_open": code in pairs.KIND_OF,
        "ground": ground_of(code, today),
    }
    return page(request, "practitioners/defects.html", context)


def _people(found: Iterable[Defect]) -> dict[UUID, Practitioner]:
    keys = {key for one in found for key in one.people}
    rows = Practitioner.objects.filter(pk__in=keys).select_related("keeper")
    return rows.prefetch_related("licenses", "identifiers").in_bulk()


def _places(found: Iterable[Defect]) -> dict[str, str]:
    keys = {key for one in found for key in one.facts.get("places", ())}
    rows = Organisation.objects.filter(pk__in=keys).values_list("pk", "name")
    return {str(key): name for key, name in rows}


def _said(defect: Defect, places: dict[str, str]) -> str:
    """Write the facts of a defect as a person reads them."""
    facts = defect.facts
    if "places" in facts:
        return "; ".join(places.get(key, "–") for key in facts["places"])
    if "state" in facts:
        return str(State(facts["state"]).label)
    if facts.get("number_ends"):
        return _("number ending in %(end)s") % {"end": facts["number_ends"]}
    return str(facts.get("scope", ""))


def _cases(
    code: str, found: Iterable[Defect], people: dict[UUID, Practitioner]
) -> dict[tuple[UUID, ...], DiscrepancyCase]:
    """Return the latest case about each pair, where one was opened."""
    if code not in pairs.KIND_OF:
        return {}
    by_key = {
        pairs.key_of(code, *(people[key] for key in one.people)): one.people
        for one in found
        if set(one.people) <= people.keys()
    }
    rows = DiscrepancyCase.objects.filter(key__in=by_key).order_by("opened_at", "id")
    return {by_key[row.key]: row for row in rows}


def _open(request: HttpRequest, code: str, found: list[Defect], scope: Scope) -> HttpResponse:
    """Open a case about a defect that is still there; one that is open already is shown."""
    wanted = request.POST.get("people", "")
    defect = next((one for one in found if ",".join(map(str, one.people)) == wanted), None)
    if defect is None or code not in pairs.KIND_OF:
        messages.error(
            request, _("This contradiction is no longer in the register; no case was opened.")
        )
        return redirect(f"{request.path}?kind={code}")
    people = _people([defect])
    one, other = (people[key] for key in defect.people)
    keepers = [person.keeper for person in (one, other) if person.keeper is not None]
    decides = next((keeper for keeper in keepers if keeper.pk in scope), None)
    if decides is None:
        messages.error(
            request, _("No department keeps these profiles yet; verify one of them first.")
        )
        return redirect(f"{request.path}?kind={code}")
    dispute = pairs.dispute_of(code, one, other, decides=decides, facts=defect.facts)
    services.open_cases([dispute], actor=request.user, at=timezone.now())
    rows = DiscrepancyCase.objects.filter(key=dispute.case.key)
    case = rows.latest("opened_at", "id")  # a colleague may have closed it meanwhile
    if case.is_open:
        messages.success(request, _("The case is open; both sides are asked."))
    return redirect("practitioners:case", case.pk)
