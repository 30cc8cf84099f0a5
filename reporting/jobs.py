"""What is reckoned again and again: the counts of days, and data quality every night."""

from django.utils import timezone

from portal.jobs import job
from reporting.days import catch_up
from reporting.services.measuring import measure


@job(periodic="* * * * *", queueing_lock="count_days")
def count_days(timestamp: int | None = None) -> int:
    """Count the days whose records changed since the last minute."""
    return catch_up(at=timezone.now())


@job(periodic="10 19 * * *", queueing_lock="measure_quality")  # 02:10 in Vietnam, cron is in UTC
def measure_quality(timestamp: int | None = None) -> int:
    """Measure what changed since the last night; return how many issues were opened."""
    run = measure(at=timezone.now())
    return run.opened if run else 0
