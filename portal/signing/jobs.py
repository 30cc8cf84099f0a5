"""Carry signings at a service on."""

from uuid import UUID

from django.utils import timezone

from portal.jobs import busy, job
from portal.signing import tasks


@job(retry=3)
def carry_on(task_id: str) -> None:
    """Do one step of a task and come again while it is open."""
    seconds = tasks.step(UUID(task_id), at=timezone.now())
    if seconds is not None:
        tasks.again(UUID(task_id), seconds=seconds)


@job(periodic="*/5 * * * *", queueing_lock="take_up_forgotten_signings")
def take_up_forgotten(timestamp: int | None = None) -> int:
    """Carry on what should be over by now and no job works on any more; return how many there were."""
    at = timezone.now()
    late = tasks.late(at=at)
    at_work = busy(carry_on, "task_id", late)
    lost = [key for key in late if key not in at_work]
    for key in lost:
        tasks.carry_on_late(key, at=at)
    return len(lost)
