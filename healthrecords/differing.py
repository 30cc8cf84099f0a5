"""Whose identity differs from the national population database and waits for a person?"""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from healthrecords.models import Citizen, IdentityCheck
from healthrecords.services import place_to_act
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.home import Chip, WorkList, WorkRow

AT_MOST = 50  # they unfold in place


def differences_card(request: HttpRequest) -> WorkList | None:
    """The people of my place with differences that nobody has settled; nothing while there are none."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        return None
    mine = Citizen.objects.current().within(scope_of(request.user, "enter_records"))
    rows = IdentityCheck.objects.filter(open_count__gt=0, citizen__in=mine.order_by())
    found = list(rows.select_related("citizen", "inquiry").order_by("id")[:AT_MOST])
    if not found:
        return None
    note(request, [check.citizen_id for check in found], action="listed", ground="identity")
    return WorkList(
        title=_("Differs from the population database"),
        rows=[_row(check) for check in found],
        is_cut=len(found) == AT_MOST,
    )


def _row(check: IdentityCheck) -> WorkRow:
    url = reverse("admin:healthrecords_citizen_identity", args=[check.citizen_id])
    fields = ngettext("%(count)d field", "%(count)d fields", check.open_count) % {
        "count": check.open_count
    }
    answered = check.inquiry.answered_at
    parts = [fields]
    if answered is not None:
        on = f"{timezone.localdate(answered):%d/%m/%Y}"
        parts.append(_("answered on %(day)s") % {"day": on})
    if check.inquiry.is_simulated:
        parts.append(_("simulation"))
    return WorkRow(
        due=Chip("bad", "bad", _("Differs")),
        what=check.citizen.name,
        url=url,
        why=", ".join(parts),
        deed=_("Compare"),
        deed_url=url,
    )
