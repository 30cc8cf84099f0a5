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

CARE = frozenset({"station", "point", "hospital", "clinic", "centre", "other"})


def supplies_card(request: HttpRequest) -> WorkList | None:
    """Return what is due of supplies at the place of work of who keeps them."""
    place: Organisation | None = getattr(request.user, "place_of_work", None)
    if place is None or place.kind not in CARE:
        return None
    if place.pk not in scope_of(request.user, "keep_supplies"):
        return None
    today = timezone.localdate()
    dues = in_order(supplies_due(place, today))
    if not dues:
        return None
    return WorkList(
        title=_("Equipment and medicines"),
        rows=[_row(due, today) for due in dues],
        more=Link(_("The stock"), reverse("admin:facilities_stocklot_stock")),
    )


def _row(due: Due, today: date) -> WorkRow:
    kind, icon, word = due.chip(today)
    name = {"equipment": "equipment", "cold": "coldstore", "stock": "stocklot"}[due.where]
    return WorkRow(
        due=Chip(kind, icon, word),
        what=due.what,
        url=reverse(f"admin:facilities_{name}_change", args=[due.key]),
        why=due.why,
    )
