"""One record's twins: answered, joined, or likely while somebody types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from healthrecords.admin.merge_pages import taken_of
from healthrecords.admin.opening import Opened, open_record
from healthrecords.banner import banner_of
from healthrecords.forms.citizen import CitizenForm
from healthrecords.models import Citizen, CitizenIdentifier, CitizenMerge, TwinCase
from healthrecords.services import Twin, place_to_act
from healthrecords.services.hushing import Hush
from healthrecords.services.likeness import Facts
from healthrecords.services.standing import people_of
from healthrecords.services.twins import find_like, find_twins
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.pages import page

SHOWN = 10


def shown_twin(twin: Twin) -> dict[str, Any]:
    """Return a twin as questions and lists show it."""
    citizen = twin.citizen
    return {
        "citizen": citizen,
        "in_scope": twin.in_scope,
        "numbers": sorted(twin.numbers),
        "birth": str(citizen.birth),
        "formerly": twin.formerly,
        "why": TwinCase.Ground(twin.ground).label,
        "likelihood": twin.likelihood,
        "asks": twin.asks,
    }


def facts_of_record(citizen: Citizen) -> Facts:
    """Return what a record says as it is compared."""
    rows = citizen.identifiers.exclude(kind__in=CitizenIdentifier.LOCAL).values_list(
        "kind", "value", "ended_on"
    )
    return Facts(
        name=citizen.name_norm,
        birth=citizen.birth,
        sex=citizen.sex,
        phone=citizen.phone,
        area=citizen.area_id,
        numbers=frozenset((kind, value) for kind, value, ended in rows if ended is None),
        former=frozenset((kind, value) for kind, value, ended in rows if ended is not None),
    )


def twins_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show who may be this person, what was answered before, and which records were joined."""
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    citizen = opened.citizen
    scope = scope_of(request.user, "view_records")
    answered = _answered(citizen, request)
    found = find_like(facts_of_record(citizen), scope=scope, besides=citizen, limit=SHOWN)
    two = {case.other.pk for case in answered}
    twins = [twin for twin in found if twin.citizen.pk not in two]
    note(request, [twin.citizen.pk for twin in twins], action="identified", ground="twin")
    merges = CitizenMerge.objects.filter(
        Q(survivor__in=people_of(citizen.pk)) | Q(merged__in=people_of(citizen.pk))
    ).select_related("survivor", "merged", "merged_by", "undone_by", "organisation")
    note(
        request,
        {key for merge in merges for key in (merge.survivor_id, merge.merged_id)} - {citizen.pk},
        action="listed",
        ground="twin",
    )
    may_join = place_to_act(request.user, "enter_records") is not None
    hush = Hush(sees_sensitive=opened.sees_sensitive)
    for merge in merges:  # as they are told here; nobody saves them
        merge.reason, merge.undone_reason = hush.text(merge.reason), hush.text(merge.undone_reason)
    context = {
        "title": _("Twins of this record"),
        "banner": banner_of(citizen, opened.access),
        "twins": [shown_twin(twin) for twin in twins],
        "answered": answered,
        "merges": [{"merge": merge, "taken": taken_of(merge)} for merge in merges],
        "may_join": may_join,
        "may_part": may_join and opened.sees_sensitive,
    }
    return page(request, "healthrecords/twins_page.html", context)


def _answered(citizen: Citizen, request: HttpRequest) -> list[Any]:
    """Return the answers "two people" about this record, with the other one where it may be named."""
    mine = Citizen.objects.within(scope_of(request.user, "view_records"))
    cases: Any = list(
        TwinCase.objects.filter(
            Q(older=citizen) | Q(newer=citizen), answer=TwinCase.Answer.DIFFERENT
        )
        .select_related("older__area", "newer__area", "answered_by")
        .order_by("-answered_at", "id")
    )
    for case in cases:
        case.other = case.newer if case.older_id == citizen.pk else case.older
    named = set(mine.filter(pk__in=[c.other.pk for c in cases]).values_list("pk", flat=True))
    for case in cases:
        case.is_named = case.other.pk in named
    note(request, named, action="listed", ground="twin")
    return list(cases)


@require_POST
def candidates(request: HttpRequest) -> HttpResponse:
    """Answer who may be meant by a form that is still being filled in."""
    if place_to_act(request.user, "enter_records") is None:
        raise PermissionDenied(_("Entering people needs the role of a clerk or clinician here."))
    form = CitizenForm(request.POST, user=request.user)
    form.full_clean()
    found: list[Twin] = list(form.twins)
    said = form.cleaned_data
    if not found and "birth" in said and said.get("name"):
        said.setdefault("sex", Citizen.Sex.UNKNOWN)
        entry = replace(form.entry(), sex=said["sex"] or Citizen.Sex.UNKNOWN)
        found = find_twins(entry, scope=scope_of(request.user, "view_records"))
    likely = [twin for twin in found if twin.asks and (twin.in_scope or twin.numbers)]
    note(request, [t.citizen.pk for t in likely], action="identified", ground="twin")
    context = {"twins": [shown_twin(twin) for twin in likely], "at": timezone.now()}
    return page(request, "healthrecords/twin_candidates.html", context)
