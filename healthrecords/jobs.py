"""Every ten minutes: numbers in files that no register knew are looked for once more."""

from django.utils import timezone

from healthrecords.services.namings import resolve_waiting
from portal.jobs import job


@job(periodic="*/10 * * * *", queueing_lock="resolve_namings")
def resolve_namings(timestamp: int | None = None) -> int:
    """Find whose the waiting numbers are, now that the registers have grown."""
    return resolve_waiting(at=timezone.now())
