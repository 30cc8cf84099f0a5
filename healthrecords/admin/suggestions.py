"""Suggestions while somebody types: codes of a list, communes; no person is in them."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from healthrecords.forms.around import find_facilities
from healthrecords.forms.fields import commune_label
from portal.admin.forms import MomentField
from portal.codelists.lookup import Entry, find_codes
from portal.places.lookup import find_communes, organisation_label

MOST = 8
# What picking writes back: a diagnosis keeps its code in front, a reason is its words.
WITH_CODE = frozenset({"icd10"})
# Which attribute of a list stands small beside a suggestion.
NOTES = {"station_medicines": "form", "lab_tests": "unit"}
OPEN_LISTS = frozenset(
    {
        "allergens",
        "allergic_reactions",
        "ethnic_groups",
        "icd10",
        "lab_tests",
        "nationalities",
        "occupations",
        "station_medicines",
        "vaccines",
        "visit_reasons",
    }
)


@require_safe
def codes(request: HttpRequest, key: str) -> JsonResponse:
    """Answer the codes of a list that a text may mean, on the day ``?on=`` or today."""
    if key not in OPEN_LISTS:
        raise Http404(_("There is no such page."))
    found = find_codes(key, request.GET.get("q", ""), on=_day(request), limit=MOST)
    return JsonResponse({"results": [_code(key, row) for row in found]})


def _day(request: HttpRequest) -> date:
    """Return the day that the page says its list is of, as somebody typed it; else today."""
    try:
        moment = MomentField(required=False).clean(request.GET.get("on", ""))
    except ValidationError:
        moment = None
    return timezone.localdate(moment)


def _code(key: str, row: Entry) -> dict[str, Any]:
    written = f"{row.code} {row.title}" if key in WITH_CODE else row.title
    note = str(row.attributes.get(NOTES.get(key, ""), ""))
    return {"id": row.code, "value": written, "text": written, "note": note}


@require_safe
def communes(request: HttpRequest) -> JsonResponse:
    """Answer the communes that a text may mean, those of the clerk's province first."""
    found = find_communes(request.GET.get("q", ""), limit=60)
    area = getattr(getattr(request.user, "place_of_work", None), "area", None)
    near = area and (area.parent_id or area.pk)
    found.sort(key=lambda row: row.area.parent_id != near)
    results = []
    for row in found[:MOST]:
        label = commune_label(row.area)
        was = _("formerly %(name)s") % {"name": row.formerly} if row.formerly else ""
        results.append({"id": row.area.code, "value": label, "text": label, "note": was})
    return JsonResponse({"results": results})


@require_safe
def facilities(request: HttpRequest) -> JsonResponse:
    """Answer the places of care that a text may mean: cards name those that have a code."""
    found = find_facilities(request.GET.get("q", ""), limit=MOST, with_code=True)
    labels = [organisation_label(row) for row in found]
    return JsonResponse(
        {"results": [{"id": label, "value": label, "text": label, "note": ""} for label in labels]}
    )
