"""Bring a file in from the command line, by the same services as the pages."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from typing_extensions import override

from portal.accounts.models import User
from portal.intake import services
from portal.intake.access import may_confirm, places_to_send
from portal.intake.answering_findings import as_data, lines
from portal.intake.declaration import Kind, kind_of, kinds
from portal.intake.models import Batch
from portal.intake.parcels import Part, parts_of, whole
from portal.intake.refusals import REFUSALS, sentence
from portal.places.lookup import place_named
from portal.places.models import Organisation

COUNTS = ("new", "changed", "unchanged", "doubtful", "wrong", "written")
NOT_READ, USAGE, NOT_ALL_GOOD = 1, 2, 3
HELP = """Read a file of any kind, say what is wrong with it, and write its good rows.

It is sent by the system itself, or by --user within this person's rights. Practitioners' lists
need a person: somebody answers for each profile.

Exit codes: 0 every file was read; 1 a file could not be read, or the facility or user is not known;
2 the command line is wrong; 3 with --strict: read, but some rows are wrong or wait for a decision.
With --json the answer is one JSON object on the standard output, in each of these cases but 2."""


class Command(BaseCommand):
    help = HELP

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help=".xlsx, .csv, .xml, or a .zip of those")
        parser.add_argument("--kind", required=True, choices=[kind.id for kind in kinds()])
        parser.add_argument(
            "--facility",
            required=True,
            help="its insurance code; of a place without one another code of it, or its id",
        )
        parser.add_argument("--user", default="", help="who sends the file, by login name")
        parser.add_argument("--confirm", action="store_true", help="write the good rows")
        parser.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="with --confirm: write a file only when none of its rows is wrong or doubtful",
        )
        parser.add_argument("--strict", action="store_true", help="exit with 3 unless all is good")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            try:
                results = self._bring(options)
            except CommandError as error:
                if options["json"]:
                    empty = {"files": [], "error": str(error), "findings": []}
                    self.stdout.write(orjson.dumps(empty).decode())
                raise
            show = self._as_json if options["json"] else self._as_text
            show(results)
            self._exit(results, strict=options["strict"])

    def _bring(self, options: dict[str, Any]) -> list[Result]:
        facility = _facility(options["facility"])
        path: Path = options["path"]
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        results = []
        # A zip of tables is one sending, as on the page; envelopes are sent one by one.
        kind = kind_of(options["kind"])
        user = _sender(options["user"], kind, facility)
        for part in [whole(path)] if kind.is_tabular else parts_of(path):
            result = _read(part, kind.id, facility, user)
            if options["confirm"]:
                result.write(user, undivided=options["all_or_nothing"])
            results.append(result)
        return results

    def _as_text(self, results: list[Result]) -> None:
        for result in results:
            said = result.said()
            counts = " ".join(f"{name}={said[name]}" for name in COUNTS)
            self.stdout.write(f"{said['file']}: state={said['state']} {counts}")
            if said["error"]:
                self.stdout.write(said["error"])
            for finding in result.findings():
                named = ("cell", "severity", "heading", "value", "message", "remedy")
                self.stdout.write("\t".join(str(finding[name]) for name in named))

    def _as_json(self, results: list[Result]) -> None:
        """Write one object, finding by finding: there may be very many."""
        said = [result.said() for result in results]
        total = {name: sum(one[name] for one in said) for name in COUNTS}
        head = {
            "batch": said[0]["batch"],
            "state": said[0]["state"],
            **total,
            "counts": total,
            "error": " ".join(one["error"] for one in said if one["error"]),
            "files": said,
        }
        self.stdout.write(orjson.dumps(head).decode()[:-1] + ',"findings":[', ending="")
        comma = ""
        for result in results:
            for finding in result.findings():
                self.stdout.write(comma + orjson.dumps(finding).decode(), ending="")
                comma = ","
        self.stdout.write("]}")

    @staticmethod
    def _exit(results: Iterable[Result], *, strict: bool) -> None:
        said = [result.said() for result in results]
        refused = [one for one in said if one["error"]]
        if refused:
            message = " ".join(f"{one['file']}: {one['error']}" for one in refused)
            raise CommandError(message, returncode=NOT_READ)
        waiting = sum(one["wrong"] + one["doubtful"] for one in said)
        if strict and waiting:
            message = _("%(count)s rows are wrong or wait for a decision.") % {"count": waiting}
            raise CommandError(message, returncode=NOT_ALL_GOOD)


class Result:
    """What became of one file: a batch, or the reason why there is none or why it was not written."""

    def __init__(self, name: str, batch: Batch | None, error: str = "") -> None:
        self.name, self.batch, self.error = name, batch, error

    def write(self, user: User | None, *, undivided: bool) -> None:
        """Write the good rows; with ``undivided`` only when there are no others."""
        batch = self.batch
        if batch is None or not batch.is_open or not services.writable(batch):
            return
        if undivided and (batch.wrong_count or batch.doubtful_count):
            return
        if user is not None and not may_confirm(user, batch):
            said = _("%(user)s may not confirm files of %(place)s; nothing was written.")
            self.error = said % {"user": user, "place": batch.organisation.name}
            return
        services.confirm_batch(actor=user, batch=batch, at=timezone.now(), undivided=undivided)
        self.batch = services.write_batch(batch.pk, at=timezone.now())

    def said(self) -> dict[str, Any]:
        batch = self.batch
        if batch is None:
            counts: dict[str, Any] = dict.fromkeys(COUNTS, 0)
            return {
                "file": self.name,
                "batch": None,
                "state": "refused",
                **counts,
                "error": self.error,
            }
        batch.refresh_from_db()
        code = batch.error_code
        return {
            "file": self.name,
            "batch": str(batch.pk),
            "state": batch.state,
            **{name: getattr(batch, f"{name}_count") for name in COUNTS},
            "error": sentence(REFUSALS, code, batch.error_params) if code else self.error,
        }

    def findings(self) -> Iterator[dict[str, Any]]:
        """Yield every finding; of a protected row no more than where it stands."""
        if self.batch is not None:
            for line in lines(self.batch, open_=False, language=settings.LANGUAGE_CODE):
                yield as_data(line, self.name)


def _read(part: Part, kind: str, facility: Organisation, user: User | None) -> Result:
    if part.error:
        return Result(part.name, None, part.error)
    sent = services.Sent(Path(part.name).name, part.chunks())
    try:
        batch = services.receive_file(
            actor=user, sent=sent, kind=kind, organisation=facility, at=timezone.now()
        )
    except ValidationError as error:
        return Result(part.name, None, " ".join(error.messages))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError):
        return Result(part.name, None, sentence(REFUSALS, "file_torn", {}))
    return Result(part.name, services.read_batch(batch.pk, at=timezone.now()))


def _facility(code: str) -> Organisation:
    found = place_named(Organisation.objects.current(), code)
    if found is None:
        message = _("No facility of today has the insurance code, another code or the id %(code)s.")
        raise CommandError(message % {"code": code})
    return found


def _sender(name: str, kind: Kind, facility: Organisation) -> User | None:
    """Return who sends the file; nobody is the system, which may send what needs no person."""
    if facility.kind not in kind.places:
        message = _("Files of the kind “%(kind)s” are not sent for %(place)s; choose another.")
        raise CommandError(message % {"kind": kind.title, "place": facility.name})
    if not name:
        if kind.needs_person:
            message = _("A list of the kind “%(kind)s” needs a person who answers for it: --user.")
            raise CommandError(message % {"kind": kind.title})
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(_("Nobody with the login name %(name)s is active.") % {"name": name})
    if facility.pk not in places_to_send(user, kind):
        message = _("%(user)s may not send files of the kind “%(kind)s” for %(place)s.")
        said = {"user": user, "kind": kind.title, "place": facility.name}
        raise CommandError(message % said)
    return user
