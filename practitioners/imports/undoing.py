"""How is a list of practitioners undone: its profiles taken back while nobody has decided on them?"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as plain_text
from django.utils.translation import gettext_lazy as _

from portal.intake.handler import Consequences
from portal.intake.models import Batch, StagedRow
from practitioners.models import DiscrepancyCase, ProfileSubmission, SubmissionItem
from practitioners.services import drop_cases

NAMED_AT_MOST = 20
Decision = SubmissionItem.Decision


def _profiles(batch: Batch) -> QuerySet[ProfileSubmission]:
    rows = StagedRow.objects.filter(batch=batch).exclude(written_at=None)
    return ProfileSubmission.objects.filter(client_key__in=rows.values("pk"))


def _cases(batch: Batch) -> QuerySet[DiscrepancyCase]:
    """Return the cases that the list's clashes opened, as far as they are not dropped."""
    rows = DiscrepancyCase.objects.filter(batch_id=batch.pk)
    return rows.exclude(state=DiscrepancyCase.State.DROPPED).order_by("name", "id")


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
    heard = _cases(batch).filter(
        Q(state=DiscrepancyCase.State.DECIDED) | Q(sides__stated_at__isnull=False)
    )
    answered = _("In the case “%(case)s” about %(name)s somebody has stated or decided already.")
    return Consequences(
        touched=[
            (_("profiles that wait for review are taken back"), profiles.count()),
            (_("cases that the list's clashes opened are closed"), _cases(batch).count()),
        ],
        obstacles=[
            *(
                said % {"name": row.name, "license": row.license_number}
                for row in decided[:NAMED_AT_MOST]
            ),
            *(
                answered % {"case": case.get_kind_display(), "name": case.name}
                for case in heard.distinct()[:NAMED_AT_MOST]
            ),
        ],
    )


def undo(batch: Batch, at: datetime) -> None:
    """Take the profiles back and close their cases; the history keeps that they were sent."""
    reason = plain_text("the file %(name)s was undone") % {"name": batch.file_name}
    drop_cases(_cases(batch), reason=reason, actor=batch.undone_by, at=at)
    _profiles(batch).delete()
