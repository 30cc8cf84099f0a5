"""How is a list of practitioners undone: its profiles taken back while nobody has decided on them?"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow
from practitioners.models import ProfileSubmission, SubmissionItem

NAMED_AT_MOST = 20
Decision = SubmissionItem.Decision


def _profiles(batch: Batch) -> QuerySet[ProfileSubmission]:
    rows = StagedRow.objects.filter(batch=batch).exclude(written_at=None)
    return ProfileSubmission.objects.filter(client_key__in=rows.values("pk"))


def consequences(batch: Batch) -> Consequences:
    """Tell how many profiles are taken back; those decided or sent again stand in the way, by name."""
    profiles = _profiles(batch)
    touched = (
        ~Q(state=ProfileSubmission.State.SUBMITTED)
        | Q(superseded_by__isnull=False)
        | Q(items__decision__in=[Decision.VERIFIED, Decision.RETURNED])
    )
    decided = profiles.filter(touched).distinct().order_by("name", "id")
    said = _("The department has already looked at the profile of %(name)s (%(license)s).")
    return Consequences(
        touched=[(_("profiles that wait for review are taken back"), profiles.count())],
        obstacles=[
            said % {"name": row.name, "license": row.license_number}
            for row in decided[:NAMED_AT_MOST]
        ],
    )


def undo(batch: Batch) -> None:
    """Take the profiles back; their history keeps that they were sent."""
    _profiles(batch).delete()
