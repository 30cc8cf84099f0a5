"""What is reckoned again and again: days, what places have due, and data quality every night."""

from datetime import timedelta

from django.utils import timezone

from portal.jobs import enqueue_once, job
from reporting.arrivals import sum_weeks
from reporting.days import catch_up
from reporting.services.measuring import measure
from reporting.standings import keep_standings

REMEMBERED = timedelta(weeks=60)


@job(periodic="* * * * *", queueing_lock="count_days")
def count_days(timestamp: int | None = None) -> int:
    """Count the days whose records changed since the last minute."""
    return catch_up(at=timezone.now())


@job(periodic="*/5 * * * *", queueing_lock="count_standings")
def count_standings(timestamp: int | None = None) -> int:
    """Count what every place has due, late, better or worse."""
    return keep_standings(at=timezone.now())


@job(periodic="40 18 * * *", queueing_lock="add_weeks_up")  # 01:40 in Vietnam
def add_weeks_up(timestamp: int | None = None) -> None:
    """Add the weeks of each body up again: a place may have come under another one meanwhile."""
    today = timezone.localdate()
    sum_weeks(today - timedelta(days=n) for n in range(REMEMBERED.days))


@job(periodic="10 19 * * *", queueing_lock="measure_quality")  # 02:10 in Vietnam, cron is in UTC
def measure_quality(timestamp: int | None = None) -> int:
    """Measure what changed since the last night; return how many issues were opened."""
    run = measure(at=timezone.now())
    return run.opened if run else 0


@job(queueing_lock="measure_now")
def measure_now() -> int:
    """Measure what changed, because somebody asked; while another measuring runs, after it."""
    run = measure(at=timezone.now())
    if run is None:
        enqueue_once(measure_now, schedule_in={"minutes": 1})
    return run.opened if run else 0
