"""Which rows of the register did a colleague ask to join or part, on the first page after logging in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.scope import scope_of
from portal.site.home import Chip, WorkList, WorkRow
from practitioners.models import PractitionerJoining

if TYPE_CHECKING:
    from django.http import HttpRequest

State = PractitionerJoining.State


def joining_card(request: HttpRequest) -> WorkList | None:
    """List what this person may carry out as the second official; nothing where nothing waits."""
    scope, me = scope_of(request.user, "review_practitioners"), request.user.pk
    asked = Q(state=State.ASKED) & ~Q(asked_by=me)
    to_part = Q(state=State.DONE, parting_asked_by__isnull=False) & ~Q(parting_asked_by=me)
    rows = PractitionerJoining.objects.filter(asked | to_part)
    if not scope.everything:
        rows = rows.filter(department__in=scope.ids)
    rows = rows.select_related("survivor", "asked_by", "parting_asked_by")
    shown = list(rows.order_by("asked_at", "id")[: WorkList.shown_at_most])
    if not shown:
        return None
    return WorkList(
        title=_("One person, two rows: to carry out"),
        rows=[
            WorkRow(
                due=Chip("warn", "swap", _("second official")),
                what=row.survivor.name,
                url=reverse("practitioners:joining", args=[row.case_id]),
                why=_why(row),
                deed=_("Open"),
            )
            for row in shown
        ],
    )


def _why(row: PractitionerJoining) -> str:
    if row.parting_asked_by is not None:
        return _("to part, asked by %(name)s") % {"name": row.parting_asked_by}
    return _("to join, asked by %(name)s") % {"name": row.asked_by}
