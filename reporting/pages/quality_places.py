"""Pages of data quality beside a facility's: of a province and its communes, of a single record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.reads import note
from portal.places.models import Area, Organisation
from portal.scope import scope_of
from portal.site.pages import page
from reporting.models import QualityRule
from reporting.pages.rights import scope_for_any
from reporting.quality.chart import chart_of
from reporting.quality.communes import inhabited
from reporting.quality.home import SEES
from reporting.quality.league import areas_of
from reporting.quality.of_record import score_record
from reporting.quality.overview import Overview, chip_of, policy_on
from reporting.quality.worklist import (
    CAPABILITY,
    called,
    named_record,
    people_behind,
    told,
    url_at,
)


def _rules() -> dict[str, QualityRule]:
    return {rule.code: rule for rule in QualityRule.objects.holding(timezone.localdate())}


def _area(request: HttpRequest) -> Area | None:
    """Return the area asked for, else the province one works in; None is the whole country."""
    asked = request.GET.get("ma", "")
    if asked == "tat-ca":
        return None
    if asked:
        try:
            return Area.objects.select_related("parent").get(pk=UUID(asked))
        except (ValueError, Area.DoesNotExist) as error:
            raise Http404(_("There is no such area.")) from error
    user: Any = request.user
    here: Area | None = getattr(user.place_of_work, "area", None)
    return here.parent if here is not None and here.parent_id else here


@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """Show the score of a province or commune, and of the areas in it; figures of areas are public."""
    scope = scope_for_any(request, SEES)
    area, day = _area(request), timezone.localdate()
    policy = policy_on(day)
    is_commune = area is not None and area.parent_id is not None
    shown = Overview(area, day, policy) if area is not None and policy else None
    here = Organisation.objects.within(scope).current().filter(area=area) if is_commune else []
    context = {
        "title": _("Data quality, %(place)s") % {"place": area or _("whole country")},
        "area": area,
        "shown": shown,
        "policy": policy,
        "criteria": shown.lines(_rules()) if shown else [],
        "chart": chart_of(shown.weeks, policy) if shown and policy else None,
        "lines": areas_of(area, day, policy) if policy and not is_commune else [],
        "facilities": here,
        "is_commune": is_commune,
        "people": inhabited([area.pk], day).get(area.pk) if area and is_commune else None,
    }
    return page(request, "reporting/quality_areas.html", context)


@require_safe
def record(request: HttpRequest, label: str, record_id: UUID) -> HttpResponse:
    """Show what each rule says of one record, and its score; each line opens the field."""
    scope_for_any(request, SEES)
    policy = policy_on(timezone.localdate())
    if label not in CAPABILITY or policy is None:
        raise Http404(_("There is no such record."))
    user: Any = request.user
    sees = scope_of(user, "see_sensitive")
    found = score_record(label, record_id, timezone.localdate(), _rules(), policy, sees=sees)
    named = named_record(label, record_id)
    if found is None or named is None or found.facility not in scope_of(user, CAPABILITY[label]):
        raise Http404(_("There is no such record."))
    if found.sensitivity and found.facility not in sees:
        raise Http404(_("There is no such record."))
    if people := people_behind(label, record_id):
        note(request, people, action="listed", ground="scope")
    context = {
        "title": _("Data quality of one record"),
        "named": named,
        "value": found.scored.value,
        "chip": chip_of(found.scored.value, policy),
        "lines": [
            (
                verdict,
                [
                    (called(name, named), url_at(label, record_id, verdict.rule.code, name, named))
                    for name in told(verdict.wrong, named, sees=found.facility in sees)
                ],
            )
            for verdict in found.verdicts
        ],
    }
    return page(request, "reporting/quality_record.html", context)
