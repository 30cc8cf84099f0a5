"""Whom has my place to tell of patients whom nobody knows, and until when?"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.services import place_to_act
from healthrecords.services.unknown import Duty, duties_of, undone, unknown_at
from portal.audit.reads import note
from portal.site.home import Chip, WorkList, WorkRow
from portal.templatetags.portal import moment

AT_MOST = 50  # they unfold in place


def unknown_card(request: HttpRequest) -> WorkList | None:
    """What is still to be told of unknown patients of my place; nothing while there are none."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        return None
    found = unknown_at(place, at_most=AT_MOST)
    due = [(citizen, duty) for citizen in found for duty in undone(duties_of(citizen))]
    if not due:
        return None
    note(request, [citizen.pk for citizen, _duty in due], action="listed", ground="identity")
    now = timezone.now()
    return WorkList(
        title=_("Unknown patients to tell of"),
        rows=[_row(*one, now) for one in sorted(due, key=lambda one: one[1].due)],
        is_cut=len(found) == AT_MOST,
    )


def _row(citizen: Any, duty: Duty, now: datetime) -> WorkRow:
    url = f"{reverse('admin:healthrecords_citizen_identity', args=[citizen.pk])}#h-unknown"
    return WorkRow(
        due=clock_of(duty, now),
        what=f"{citizen.name}: {duty.title}",
        url=url,
        why=duty.basis,
        deed=_("Note who was told"),
        deed_url=url,
    )


def clock_of(duty: Duty, now: datetime) -> Chip:
    """Say until when it is to be done, or that it was done in time or late."""
    if duty.notice is not None:
        late = duty.is_late(now)
        return Chip("warn" if late else "ok", "ok", _("told late") if late else _("told"))
    if duty.is_late(now):
        return Chip("bad", "bad", _("overdue since %(moment)s") % {"moment": moment(duty.due)})
    return Chip("warn", "clock", _("until %(moment)s") % {"moment": moment(duty.due)})
