"""Each night: assignments that begin or end become grants."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from portal.accounts.grants import lacking_grants, write_out
from portal.accounts.models import Assignment
from portal.jobs import job

LOOK_BACK = timedelta(days=7)  # a worker that was off for some nights catches up


@job(periodic="5 17 * * *", queueing_lock="write_out_grants")  # 00:05 in Vietnam, cron is in UTC
def write_out_grants(timestamp: int | None = None) -> int:
    """Write out the grants of those whose assignments begin or end these days, or whose role grew."""
    today = timezone.localdate()
    days = (today - LOOK_BACK, today)
    turning = Assignment.objects.filter(Q(valid_from__range=days) | Q(valid_until__range=days))
    users = set(turning.values_list("user", flat=True)) | lacking_grants(today)
    write_out(users, on=today)
    return len(users)
