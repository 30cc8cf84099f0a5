"""What reports do in the background: keep the counts of days."""

from django.utils import timezone

from portal.jobs import job
from reporting.days import catch_up


@job(periodic="* * * * *", queueing_lock="count_days")
def count_days(timestamp: int | None = None) -> int:
    """Count the days whose records changed since the last minute."""
    return catch_up(at=timezone.now())
