"""Each night: last days are counted anew where the table of holidays changed."""

from __future__ import annotations

from django.utils import timezone

from portal.dossiers.models import Dossier
from portal.dossiers.services.moving import recount
from portal.jobs import job


@job(periodic="20 17 * * *", queueing_lock="recount_dossiers")  # 00:20 in Vietnam, cron is in UTC
def recount_dossiers(timestamp: int | None = None) -> int:
    """Count the last day of every running term in working days anew; say how many moved."""
    running = Dossier.objects.open().filter(
        clock=Dossier.Clock.RUNNING, term_unit=Dossier.TermUnit.WORKING_DAYS
    )
    at = timezone.now()
    return sum(recount(dossier=row, at=at) for row in running.order_by("id"))
