"""The simulator as a process of its own, and a worker that does what waits."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from procrastinate.contrib.django import app

from tests.healthrecords.conftest import citizen, lists

__all__ = ["citizen", "lists"]

PROJECT = Path(__file__).resolve().parents[2]
HELD = {
    "personal_number": "011162004137",
    "name": "QUÀNG THỊ HẶC",
    "birth": "1962-03-12",
    "sex": "female",
}


def work() -> None:
    """Let a worker do what waits now."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await worker.run_worker_async(
                    queues=["verification"], wait=False, install_signal_handlers=False
                )

    def alone() -> None:
        asyncio.run(run())
        connections.close_all()

    # A browser keeps an event loop in its thread, where no other can run.
    thread = Thread(target=alone)
    thread.start()
    thread.join(60)


def due_now() -> None:
    """Let what is scheduled for later be due, as if the time had passed."""
    from django.db import connection

    from portal.verification.models import Inquiry

    cache.delete("verification:pause")
    Inquiry.objects.exclude(next_attempt_at=None).update(next_attempt_at=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


@pytest.fixture
def simulator(tmp_path: Path, settings: Any) -> Iterator[Callable[..., str]]:
    """Start the simulator with people and faults; the deployment asks it from then on."""
    running: list[subprocess.Popen[str]] = []
    cache.delete("verification:pause")

    def start(*people: dict[str, Any], arguments: tuple[str, ...] = ()) -> str:
        path = tmp_path / "people.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in people), "utf-8")
        command = [sys.executable, "-m", "portal.verification.simulator", "--people", str(path)]
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PATH": "",
                "PYTHONPATH": str(PROJECT),
                "POPULATION_KEY": "khoa-kiem-thu",
                "POPULATION_CALLBACK_SECRET": "bi-mat-kiem-thu",
            },
        )
        running.append(process)
        assert process.stdout is not None
        word, address = process.stdout.readline().split()
        assert word == "SIMULATOR"
        settings.POPULATION_URL, settings.POPULATION_KEY = address, "khoa-kiem-thu"
        settings.POPULATION_CALLBACK_SECRET = "bi-mat-kiem-thu"
        settings.POPULATION_TIMEOUT = 2.0
        return address

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
    cache.delete("verification:pause")
