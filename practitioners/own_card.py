"""What of a practitioner's own profile is due, on the first page after logging in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.site.home import Chip, Link, WorkList, WorkRow
from practitioners import due
from practitioners.practising import practitioner_of
from practitioners.rules import rules_on
from practitioners.stopped import bans_of
from practitioners.training import balance_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def own_card(request: HttpRequest) -> WorkList | None:
    """Return what is due of the person who is logged in; nothing where no practitioner is."""
    today = timezone.localdate()
    person = practitioner_of(request.user, today)
    if person is None:
        return None
    rules = rules_on(today)
    license = person.licenses.current().prefetch_related("events", "versions").first()
    standing = license.standing_on(today, rules) if license else None
    dues = [
        *due.of_person(person, bans_of(person, today), today),
        *due.of_license(license, standing, rules, today),
        *due.of_training(balance_of(license, today) if license else None),
    ]
    address = reverse("practitioners:my-profile")
    return WorkList(
        title=_("My practice"),
        rows=[
            WorkRow(
                due=Chip(one.kind, one.icon, f"{one.until:%d/%m/%Y}" if one.until else _("now")),
                what=one.text,
                url=address,
                why="",
                deed=_("Open"),
            )
            for one in sorted(dues, key=lambda one: one.order)
        ],
        more=Link(_("My profile"), address),
        empty=_("Licence and training are in order."),
    )
