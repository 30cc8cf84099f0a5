"""What is reckoned again and again: data quality, every night."""

from django.utils import timezone

from portal.jobs import job
from reporting.services.measuring import measure


@job(periodic="10 19 * * *", queueing_lock="measure_quality")  # 02:10 in Vietnam, cron is in UTC
def measure_quality(timestamp: int | None = None) -> int:
    """Measure what changed since the last night; return how many issues were opened."""
    run = measure(at=timezone.now())
    return run.opened if run else 0
