"""How long does one import take, and how much memory? `python -m tests.bench.intake_run FILE ...`

A process of its own, like the worker: receives the file, which is not timed, then reads, confirms
and writes it, and prints one line of JSON.
"""

import argparse
import json
import os
import resource
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.database import UNTIL
from tests.bench.registry import say

BLOCK = 1 << 20


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--kind", default="visits")
    parser.add_argument("--facility", required=True)
    parser.add_argument("--nice", type=int, default=0)
    return parser.parse_args()


def peak_mb() -> float:
    """Return the greatest size of this process and of its largest child together."""
    unit = 1 if sys.platform == "darwin" else 1024
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(who).ru_maxrss for who in both) * unit / 1_000_000


def run(asked: argparse.Namespace) -> dict[str, Any]:
    from django.utils import timezone

    from portal.intake import services
    from portal.places.models import Organisation

    at = timezone.make_aware(datetime.fromisoformat(f"{UNTIL} 09:00"))
    sender = Organisation.objects.get(
        identifiers__scheme="insurance", identifiers__value=asked.facility
    )
    if asked.kind == "envelope":
        register_practitioners()
    with asked.file.open("rb") as file:
        sent = services.Sent(asked.file.name, iter(lambda: file.read(BLOCK), b""))
        batch = services.receive_file(
            actor=None, sent=sent, kind=asked.kind, organisation=sender, at=at
        )
    began, cpu = time.time(), time.process_time()
    begun = time.perf_counter()
    batch = services.read_batch(batch.pk, at=at)
    read = time.perf_counter()
    if batch.state != batch.State.CHECKED:
        message = f"The file was not read: {batch.error_code} {batch.error_params}"
        raise SystemExit(message)
    services.confirm_batch(actor=None, batch=batch, at=at)
    batch = services.write_batch(batch.pk, at=at)
    written = time.perf_counter()
    return {
        "batch": str(batch.pk),
        "began_at": began,
        "ended_at": time.time(),
        "read_s": read - begun,
        "write_s": written - read,
        "seconds": written - begun,
        "rows": batch.rows_read,
        "written": batch.written_count,
        "doubtful": batch.doubtful_count,
        "wrong": batch.wrong_count,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": peak_mb(),
    }


def register_practitioners() -> None:
    """Let the registers know the doctor and the nurse whom the envelopes name."""
    from datetime import date

    from practitioners.models import PracticeLicense, Practitioner, PractitionerIdentifier
    from tests.intake.envelopes import DOCTOR, NURSE

    person = Practitioner.objects.create(
        name="Lường Văn Ký", birth_date=date(1980, 5, 12), sex="male"
    )
    serial, rest = DOCTOR.split("/")
    issuer, kind = rest.split("-")
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw=DOCTOR,
        serial=int(serial),
        issuer_code=issuer,
        kind=kind.lower(),
        title="1",
        issued_on=date(2015, 1, 1),
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="insurance", value=NURSE, is_verified=True
    )


def main() -> None:
    asked = arguments()
    if asked.nice:
        os.nice(asked.nice)
    import django

    django.setup()
    from portal.database.context import acting

    with acting(command="bench"):
        say(json.dumps(run(asked)))


if __name__ == "__main__":
    main()
