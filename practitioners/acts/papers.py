"""What of a dossier goes into the papers and acts of a licence?"""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from portal.dossiers.acts import Granting
from portal.dossiers.models import Dossier
from practitioners.services import Decision


def decision_of(granting: Granting, *, valid_from: date | None = None) -> Decision:
    """Return by which decision something happens to a licence."""
    return Decision(
        valid_from=valid_from or granting.on,
        number=granting.number,
        decided_on=granting.on,
        authority=granting.dossier.authority.name,
        case_id=granting.dossier.pk,
    )


def license_url(dossier: Dossier) -> str:
    """Return the page of the person whose licence it was."""
    if dossier.subject is None:
        return ""
    return reverse("admin:practitioners_practitioner_change", args=[dossier.subject])
