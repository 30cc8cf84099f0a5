"""How are invented people written: `manage.py generate_population --citizens 1000000 --seed 1`."""

import os
import time
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from typing_extensions import override

from healthrecords.population.build import make_plan
from healthrecords.population.fast import bare_tables, require_bench
from healthrecords.population.organisations import create_tree
from healthrecords.population.plan import Plan, PopulationError
from healthrecords.population.rows import COLUMNS
from healthrecords.population.write import find_way, missing_chunks, write
from healthrecords.services.known_names import count_names
from portal.database.context import acting

YEARS = 2
SMALL = 20_000
SAY_EVERY = 5.0


class Command(BaseCommand):
    help = "Write invented people with numbers, addresses and visits; the same seed gives the same people."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--citizens", type=int, required=True, help="how many people")
        parser.add_argument("--seed", type=int, default=1, help="which population")
        parser.add_argument("--visits-per-citizen", type=float, default=3.0, help="on average")
        parser.add_argument(
            "--twins",
            type=float,
            default=0.0,
            help="how many of a thousand people are written down twice, with a slip",
        )
        parser.add_argument("--until", help="last day of the visits (2026-11-22); today")
        parser.add_argument("--days", type=int, default=YEARS * 365, help="length of the period")
        parser.add_argument(
            "--province", default="", help="only the communes of this province code"
        )
        parser.add_argument("--processes", type=int, help="1, or how many write side by side")
        parser.add_argument(
            "--with-organisations",
            action="store_true",
            help="first create departments, hospitals and stations where there are none",
        )
        parser.add_argument(
            "--fast",
            action="store_true",
            help="no history, indexes afterwards; as owner, in a bench database",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        owner = connection.settings_dict.get("OWNER", {}).get("USER")
        is_owner = connection.settings_dict["USER"] == owner
        as_owner = connection.as_owner() if options["fast"] and not is_owner else nullcontext()  # type: ignore[attr-defined]
        try:
            if options["fast"]:
                require_bench()
            with as_owner, acting(command="generate_population"):
                self.generate(options)
        except PopulationError as error:
            raise CommandError(str(error)) from error

    def generate(self, options: dict[str, Any]) -> None:
        """Plan, write what is missing, and let the planner know."""
        last_day = timezone.localdate()
        if options["until"]:
            last_day = parse_date(options["until"]) or last_day
        first_day = last_day - timedelta(days=options["days"])
        if options["with_organisations"]:
            made = create_tree(valid_from=first_day, province=options["province"])
            self.stdout.write(_("Organisations: %(count)s new.") % {"count": made})
        plan = make_plan(
            citizens=options["citizens"],
            seed=options["seed"],
            visits_per_citizen=options["visits_per_citizen"],
            first_day=first_day,
            last_day=last_day,
            province=options["province"],
            twins_per_thousand=options["twins"],
        )
        chunks = missing_chunks(plan)
        if not chunks:
            self.stdout.write(_("This population is already there; nothing was written."))
            return
        processes = options["processes"] or (1 if plan.citizens <= SMALL else os.cpu_count() or 1)
        self.write(plan, chunks, processes=min(processes, 4), fast=options["fast"])
        count_names()
        analyze()

    def write(self, plan: Plan, chunks: list[int], *, processes: int, fast: bool) -> None:
        """Write the chunks and tell how far it is."""
        begun = said = time.monotonic()
        way = find_way()
        written = 0
        with bare_tables(way) if fast else nullcontext():
            for written in write(plan, chunks, way, processes=processes):
                if time.monotonic() - said > SAY_EVERY:
                    said = time.monotonic()
                    self.tell(written, plan.citizens, said - begun)
        seconds = time.monotonic() - begun
        self.stdout.write(
            _("%(people)s people written in %(seconds)s s (%(speed)s per second).")
            % {
                "people": written,
                "seconds": f"{seconds:.1f}",
                "speed": round(written / max(seconds, 0.001)),
            }
        )

    def tell(self, written: int, wanted: int, seconds: float) -> None:
        """Say how many are in, and how long the rest takes."""
        left = max(wanted - written, 0) * seconds / max(written, 1)
        self.stdout.write(
            _("%(written)s of %(wanted)s people, about %(minutes)s min left")
            % {"written": written, "wanted": wanted, "minutes": f"{left / 60:.1f}"}
        )
        self.stdout.flush()


def analyze() -> None:
    """Let the planner know what came, as the owner where its name is known: others may not."""
    own = connection.settings_dict
    known = own.get("OWNER", {}).get("USER")
    if connection.in_atomic_block or not known:
        return
    as_owner = nullcontext() if own["USER"] == known else connection.as_owner()  # type: ignore[attr-defined]
    with as_owner, connection.cursor() as cursor:
        tables = (*COLUMNS, "knownname", "nameword")
        cursor.execute("ANALYZE " + ", ".join(f"healthrecords_{table}" for table in tables))
