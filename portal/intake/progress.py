"""How far is a job, as others see it while its transaction is still open, and shall it stop?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from portal.intake.models import Batch, Progress

SAY_EVERY = 0.5  # seconds
BEGIN = """
INSERT INTO intake_progress (batch_id, stage, done, total, began_at, said_at, is_unwanted)
VALUES (%(batch)s, %(stage)s, 0, %(total)s, %(at)s, %(at)s, false)
ON CONFLICT (batch_id) DO UPDATE SET stage = excluded.stage, done = 0, total = excluded.total,
  began_at = excluded.began_at, said_at = excluded.said_at
"""
SAY = """
UPDATE intake_progress SET done = %(done)s, total = %(total)s, said_at = %(at)s
WHERE batch_id = %(batch)s RETURNING is_unwanted
"""
FORGET = "DELETE FROM intake_progress WHERE batch_id = %(batch)s"


class UnwantedError(Exception):
    """Somebody asked the job of this batch to stop."""


class Teller:
    """Tells on a connection of its own how far the job is; raises when it shall stop."""

    def __init__(self, batch_id: UUID, side: Any) -> None:
        self.batch_id, self.side = batch_id, side
        self.done, self.total, self._said = 0, 0, 0.0

    def begin(self, stage: Progress.Stage, total: int = 0) -> None:
        """Enter a stage of ``total`` rows."""
        self.done, self.total = 0, total
        self._execute(BEGIN, stage=stage.value, total=total)
        self._say()

    def add(self, rows: int, *, of: int = 0) -> None:
        """Count more rows as done, of at least ``of``."""
        self.done += rows
        self.total = max(self.total, self.done, of)
        if time.monotonic() - self._said > SAY_EVERY:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        row = self._execute(SAY, done=self.done, total=self.total)
        if row is not None and row[0]:
            raise UnwantedError

    def end(self) -> None:
        self._execute(FORGET)

    def _execute(self, statement: str, **params: Any) -> Any:
        with self.side.cursor() as cursor:
            cursor.execute(statement, {"batch": self.batch_id, "at": timezone.now(), **params})
            return cursor.fetchone() if cursor.description else None


@contextmanager
def telling(batch_id: UUID) -> Iterator[Teller]:
    """Lend a teller; inside a transaction of the caller's own it speaks through that one."""
    if connection.in_atomic_block:
        yield Teller(batch_id, connection)
        return
    side = connection.copy()
    try:
        yield Teller(batch_id, side)
    finally:
        side.close()


def seconds_left(progress: Progress, at: datetime) -> int | None:
    """Estimate how long the stage still takes, from its own speed; None while too little is known."""
    taken = (progress.said_at - progress.began_at).total_seconds()
    if taken < 1 or progress.done < 100 or progress.total <= progress.done:
        return None
    speed = progress.done / taken
    waited = max(0.0, (at - progress.said_at).total_seconds())
    return max(0, round((progress.total - progress.done) / speed - waited))


def how_far(batch: Batch, at: datetime) -> dict[str, Any]:
    """Return stage, rows done and in all, and seconds left of a batch's job, where they are known."""
    found = Progress.objects.filter(batch=batch).first()
    if found is None:
        return {
            "stage": "",
            "stage_name": "",
            "done": 0,
            "total": 0,
            "left": None,
            "stopping": False,
        }
    return {
        "stage": found.stage,
        "stage_name": found.get_stage_display(),
        "done": found.done,
        "total": found.total,
        "left": seconds_left(found, at),
        "stopping": found.is_unwanted,
    }
