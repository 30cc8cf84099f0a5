"""What waits at a place of care: devices due, lots that expire, cold stores to decide on."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.dues import Due, in_order, supplies_due
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
