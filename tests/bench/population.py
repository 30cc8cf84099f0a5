"""How many people a second are generated with three visits each, history on?"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from django.conf import settings

from config.cluster import connection_settings
from tests.bench import database
from tests.bench.registry import Figure, NotHere, bench

PEOPLE = 60_000


@bench("generate_people_per_s")
def generate_people_per_s() -> Iterator[Figure]:
    way = connection_settings()
    with database.throwaway(way, f"{database.PREFIX}_write") as name:
        words = dict(os.environ) | {
            "DATABASE_URL": database.renamed(way.url(), name),
            "DATABASE_OWNER_URL": database.renamed(way.url(owner=True), name),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

        def manage(*argv: str) -> str:
            done = subprocess.run(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), *argv],
                env=words,
                check=True,
                capture_output=True,
                text=True,
            )
            return done.stdout

        manage("migrate", "--verbosity=0")
        manage("load_reference_lists")
        options = (f"--citizens={PEOPLE}", "--seed=3", "--with-organisations")
        told = manage("generate_population", *options)
    found = re.search(r"\((\d+) ", told)
    if found is None:
        raise NotHere(f"the command said: {told.strip()}")
    yield Figure("generate_people_per_s", float(found[1]), "people/s")
