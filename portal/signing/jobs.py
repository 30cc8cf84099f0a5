"""Carry signings at a service on."""

from uuid import UUID

from django.utils import timezone

from portal.jobs import job
from portal.signing import tasks


@job(retry=3)
def carry_on(task_id: str) -> None:
    """Do one step of a task and come again while it is open."""
    seconds = tasks.step(UUID(task_id), at=timezone.now())
    if seconds is not None:
        tasks.again(UUID(task_id), seconds=seconds)
