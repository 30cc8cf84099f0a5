"""Background jobs: enqueued in the transaction that needs them, signed like every writer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import QUEUEING_LOCK_CONSTRAINT

from portal.database.context import acting


def job(*, periodic: str = "", **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Make a function a background job whose writes are signed with its name.

    ``periodic`` is a cron line; ``options`` are procrastinate's (queue, lock, retry ...).
    """

    def decorate(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with acting(job=function.__name__):
                return function(*args, **kwargs)

        options.setdefault("name", f"{function.__module__}.{function.__name__}")
        task = app.task(**options)(run)
        return app.periodic(cron=periodic)(task) if periodic else task

    return decorate


def busy(task: Any, argument: str, keys: Sequence[UUID]) -> set[UUID]:
    """Return those of the keys for which a job of a task waits or is at work."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # a model: apps come first

    name = f"args__{argument}"
    jobs = ProcrastinateJob.objects.filter(
        status__in=["todo", "doing"], task_name=task.name, **{f"{name}__in": [str(k) for k in keys]}
    )
    return {UUID(key) for key in jobs.values_list(name, flat=True)}


def enqueue_once(task: Any, said: Mapping[str, Any], **options: Any) -> None:
    """Enqueue a job under a queueing lock; where one like it waits already, that one is enough."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.configure(**options).defer(**said)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=False)
async def retry_stalled_jobs(timestamp: int) -> None:
    """Give jobs of a dead worker back to the queue; they start again at their last stage."""
    manager = app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=settings.STALLED_AFTER):
        waits = False
        try:
            await manager.retry_job(stalled)
        except UniqueViolation as error:
            if error.constraint_name != QUEUEING_LOCK_CONSTRAINT:
                raise
            waits = True
        if waits:
            # Its like waits already (this very job does, after a crash): one of them is enough, and
            # those behind it must not be held up by it.
            await manager.finish_job(stalled, Status.ABORTED, delete_job=False)
