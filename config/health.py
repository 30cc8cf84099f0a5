"""Is the house fit to serve? Asked by the reverse proxy and by whoever is on duty."""

import shutil
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

WORKER_SILENT_AFTER = 60  # seconds; a worker tells its heartbeat every 10
DISK_FREE_AT_LEAST = 0.05


def database() -> str:
    """Ask the database for one row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def worker() -> str:
    """Look for a worker whose heart has beaten in the last minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
        )
        (silent,) = cursor.fetchone()
    if silent is None:
        return "no worker"
    return "ok" if silent < WORKER_SILENT_AFTER else f"silent for {int(silent)} s"


def disk() -> str:
    """Look at the room left where files are kept."""
    place = settings.STATE_DIR if settings.STATE_DIR.exists() else settings.BASE_DIR
    usage = shutil.disk_usage(place)
    share = usage.free / usage.total
    return "ok" if share >= DISK_FREE_AT_LEAST else f"{share:.0%} free"


CHECKS: dict[str, Callable[[], str]] = {"database": database, "worker": worker, "disk": disk}


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when all is well, 503 with the part that is not."""
    answers = {"web": "ok"}
    for name, check in CHECKS.items():
        try:
            answers[name] = check()
        except (DatabaseError, OSError) as error:
            answers[name] = type(error).__name__
    is_well = all(answer == "ok" for answer in answers.values())
    return JsonResponse(answers, status=200 if is_well else 503)
