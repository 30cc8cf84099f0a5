"""Bring a file in from the command line, by the same services as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from typing_extensions import override

from portal.intake import services
from portal.intake.declaration import kinds
from portal.intake.models import Batch
from portal.intake.presenting import causes
from portal.intake.refusals import REFUSALS, sentence
from portal.places.models import Organisation

CHUNK = 1024 * 1024
COUNTS = ("new", "changed", "unchanged", "doubtful", "wrong", "written")


class Command(BaseCommand):
    help = "Read a file of a facility, say what is wrong with it, and write its good rows."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--kind", required=True, choices=[kind.id for kind in kinds()])
        parser.add_argument("--facility", required=True, help="its insurance code")
        parser.add_argument("--confirm", action="store_true", help="write the good rows")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._read(options["path"], options["kind"], _facility(options["facility"]))
        if options["confirm"] and batch.is_open and services.writable(batch):
            services.confirm_batch(actor=None, batch=batch, at=timezone.now())
            batch = services.write_batch(batch.pk, at=timezone.now())
        said = _said(batch)
        if options["json"]:
            self.stdout.write(orjson.dumps(said).decode())
            return
        self.stdout.write(" ".join(f"{name}={said[name]}" for name in ("state", *COUNTS)))
        if said["error"]:
            raise CommandError(said["error"])
        for line in said["findings"]:
            self.stdout.write("\t".join(str(part) for part in line.values()))

    @staticmethod
    def _read(path: Path, kind: str, facility: Organisation) -> Batch:
        sent = services.Sent(path.name, _chunks(path))
        try:
            batch = services.receive_file(
                actor=None, sent=sent, kind=kind, organisation=facility, at=timezone.now()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return services.read_batch(batch.pk, at=timezone.now())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _facility(code: str) -> Organisation:
    found = Organisation.objects.filter(
        identifiers__scheme="insurance", identifiers__value=code, identifiers__valid_until=None
    ).first()
    if found is None:
        raise CommandError(_("No facility has the insurance code %(code)s.") % {"code": code})
    return found


def _said(batch: Batch) -> dict[str, Any]:
    batch.refresh_from_db()
    return {
        "batch": str(batch.pk),
        "state": batch.state,
        **{name: getattr(batch, f"{name}_count") for name in COUNTS},
        "error": sentence(REFUSALS, batch.error_code, batch.error_params)
        if batch.error_code
        else "",
        "findings": [
            {
                "cell": line.cell,
                "column": line.column,
                "value": line.value,
                "why": line.why,
                "remedy": line.remedy,
                "rows": line.rows,
            }
            for line in causes(batch, open_=False)
        ],
    }
