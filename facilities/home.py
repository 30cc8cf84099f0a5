"""What waits at a place of care: what it must publish and answer, devices, lots, cold stores."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.conditions import facts_of
from facilities.dues import Due, in_order, supplies_due, told_by
from facilities.duties import duties_of
from facilities.models import Facility
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.home import Chip, Link, WorkList, WorkRow

# The page of a place that lists all of it stands in a storey above: it is named, not imported.
OF_PLACE = "reporting:place"
CARE = frozenset({"station", "point", "hospital", "clinic", "centre", "other"})


def supplies_card(request: HttpRequest) -> WorkList | None:
    """Return what is due of supplies at the place of work of who keeps them."""
    place: Organisation | None = getattr(request.user, "place_of_work", None)
    if place is None or place.kind not in CARE:
        return None
    if place.pk not in scope_of(request.user, "keep_supplies"):
        return None
    today, dues = timezone.localdate(), dues_here(request)
    if not dues:
        return None
    return WorkList(
        title=_("Equipment and medicines"),
        rows=[_row(due, today) for due in dues],
        more=Link(_("All of them"), f"{reverse(OF_PLACE, args=[place.pk])}#vat-tu"),
    )


def duties_card(request: HttpRequest) -> WorkList | None:
    """Return what the place of work must publish, answer or renew, for who mends its facts."""
    place: Organisation | None = getattr(request.user, "place_of_work", None)
    if place is None or place.kind not in CARE:
        return None
    if place.pk not in scope_of(request.user, "edit_facilities"):
        return None
    facility = Facility.objects.filter(organisation=place).select_related("organisation").first()
    if facility is None:
        return None
    today = timezone.localdate()
    facts = facts_of(facility, today)
    dues = told_by(facility, facts, duties_of(facility, today, facts.staffing), today)
    if not dues:
        return None
    return WorkList(
        title=_("What the facility owes by law"),
        rows=[
            WorkRow(
                due=Chip(*due.chip(today)),
                what=due.what,
                url=_told_at(facility, due),
                why=due.why,
            )
            for due in in_order(dues)
        ],
    )


def _told_at(facility: Facility, due: Due) -> str:
    """Return where it is told; a licence is the department's, so its end leads to the page."""
    if due.where in {"publish", "readiness"}:
        url = reverse(f"admin:facilities_facility_{due.where}", args=[facility.pk])
        return f"{url}?viec={due.key}"
    return reverse("admin:facilities_facility_change", args=[facility.pk])


def dues_here(request: HttpRequest) -> list[Due]:
    """Return what is due of supplies at the place of work; asked once per request."""
    kept: list[Due] | None = request.__dict__.get("_supplies_due")
    if kept is None:
        place: Organisation | None = getattr(request.user, "place_of_work", None)
        kept = in_order(supplies_due(place, timezone.localdate())) if place is not None else []
        request.__dict__["_supplies_due"] = kept
    return kept


def _row(due: Due, today: date) -> WorkRow:
    kind, icon, word = due.chip(today)
    name = {"equipment": "equipment", "cold": "coldstore", "stock": "stocklot"}[due.where]
    return WorkRow(
        due=Chip(kind, icon, word),
        what=due.what,
        url=reverse(f"admin:facilities_{name}_change", args=[due.key]),
        why=due.why,
    )
