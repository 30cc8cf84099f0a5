"""What is done each night for places of care: follow licences, warn of what is due."""

from django.utils import timezone

from facilities.services.equipment import warn_of_due
from facilities.services.following import follow_licenses
from portal.jobs import job


@job(periodic="0 17 * * *", queueing_lock="follow_operating_licenses")  # 00:00 in Vietnam
def follow_operating_licenses(timestamp: int | None = None) -> int:
    """Let name, beds and hours follow the licences that say something else from today."""
    return follow_licenses(today=timezone.localdate())


@job(periodic="15 17 * * *", queueing_lock="warn_of_due_equipment")  # 00:15 in Vietnam
def warn_of_due_equipment(timestamp: int | None = None) -> int:
    """Warn of inspections and licences that are due in 60, 30 or 7 days, or overdue."""
    return warn_of_due(today=timezone.localdate())
