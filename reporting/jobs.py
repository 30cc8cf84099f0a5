"""What is reckoned again and again: days, what places have due, and data quality every night."""

from datetime import timedelta

from django.utils import timezone

from portal.jobs import enqueue_once, job
from portal.places.models import Organisation
from reporting.arrivals import sum_weeks
from reporting.days import catch_up
from reporting.services.measuring import measure, measure_under
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
    if run is None:  # a place is being measured at this moment
        enqueue_once(measure_quality, {}, schedule_in={"minutes": 1})
    return run.opened if run else 0


@job()
def measure_place(place_id: str) -> int:
    """Measure a place and what is under it, because somebody asked; after another measuring that runs."""
    place = Organisation.objects.get(pk=place_id)
    measured = measure_under(place=place, at=timezone.now())
    if measured is None:
        ask_to_measure(place, later={"minutes": 1})
    return measured.opened if measured else 0


def ask_to_measure(place: Organisation, *, later: dict[str, int] | None = None) -> None:
    """Have a place measured; one asking that waits is enough."""
    options = {"schedule_in": later} if later else {}
    enqueue_once(
        measure_place, {"place_id": str(place.pk)}, queueing_lock=f"measure {place.pk}", **options
    )
