"""Which dossiers read the register as a file left it: filed since, or signed since?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from portal.dossiers.models import Dossier
from portal.dossiers.states import OPEN_STATES, State


def signed_since(subjects: Collection[UUID], since: datetime | None) -> Iterator[str]:
    """Name what was granted about these people or places after a moment."""
    rows = Dossier.objects.filter(
        subject__in=subjects, state=State.GRANTED, decision__signed_at__gt=since
    )
    said = _("Decision %(number)s on the dossier %(dossier)s of %(who)s was signed since.")
    for one in rows.select_related("decision").order_by("filed_at", "id") if since else ():
        named = {"dossier": one.receipt_number, "who": one.applicant_name}
        yield said % {**named, "number": one.decision.number}


def filed_since(subjects: Collection[UUID], since: datetime) -> Iterator[str]:
    """Name the dossiers about these people or places that were filed after a moment and are open."""
    rows = Dossier.objects.filter(subject__in=subjects, state__in=OPEN_STATES, filed_at__gt=since)
    said = _("The dossier %(dossier)s of %(who)s was filed since; it counts on the report.")
    for one in rows.order_by("filed_at", "id"):
        yield said % {"dossier": one.receipt_number, "who": one.applicant_name}
