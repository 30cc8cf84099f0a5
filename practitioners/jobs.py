"""What is done again and again: the public register follows, turns with the day, is written out."""

from django.utils import timezone

from portal.jobs import job
from practitioners.public.publishing import (
    forget_unborne,
    publish_everybody,
    publish_reworded,
    publish_turned,
    publish_waiting,
)
from practitioners.public.snapshot import take_snapshot


@job(periodic="* * * * *", queueing_lock="publish_register")
def publish_register(timestamp: int | None = None) -> int:
    """Publish whoever was touched since the last minute."""
    return publish_waiting(at=timezone.now())


@job(periodic="5 17 * * *", queueing_lock="turn_register")  # 00:05 in Vietnam, cron is in UTC
def turn_register(timestamp: int | None = None) -> int:
    """Publish what the new day has changed, then write the night's snapshot."""
    at = timezone.now()
    changed = publish_waiting(at=at) + publish_turned(at=at) + publish_reworded(at=at)
    forget_unborne()
    take_snapshot(at=at)
    return changed


@job(periodic="30 17 * * 6", queueing_lock="compare_register")  # Sunday 00:30 in Vietnam
def compare_register(timestamp: int | None = None) -> int:
    """Compare the whole register with what is published: a rule may have changed what all rows mean."""
    return publish_everybody(at=timezone.now())
