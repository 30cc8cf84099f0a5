"""What in the register contradicts itself: `manage.py check_register [--json]`."""

from collections import Counter
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date
from typing_extensions import override

from practitioners.defects import LABELS, find_defects


class Command(BaseCommand):
    help = "Count contradictions in the register of practitioners; with --json, a line for each."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="a JSON line for each finding")
        parser.add_argument("--on", default="", help="as of this day, YYYY-MM-DD")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        on = parse_date(options["on"]) or timezone.localdate()
        counts: Counter[str] = Counter()
        for defect in find_defects(on):
            counts[defect.code] += 1
            if options["json"]:
                line = {"code": defect.code, "people": defect.people, "facts": defect.facts}
                self.stdout.write(orjson.dumps(line).decode())
        if not options["json"]:
            for code, label in LABELS.items():
                self.stdout.write(f"{counts[code]:>8}  {label}")
