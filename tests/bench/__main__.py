"""Measure: `python -m tests.bench [--what NAME ...] [--size 1m]`, or WHAT and SIZE in the environment."""

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import tests.bench
from config.cluster import ConnectionSettings, connection_settings
from config.state import secret_key, state_directory
from tests.bench import database
from tests.bench.registry import BENCHES, Bench, NotHere, benches_of, note, say


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", nargs="*", default=os.environ.get("WHAT", "").split())
    parser.add_argument("--size", choices=database.SIZES, default=os.environ.get("SIZE") or "1m")
    parser.add_argument("--within", choices=database.KINDS, help="benches of this database alone")
    return parser.parse_args()


def discover() -> None:
    """Import every module beside this one: they register their figures."""
    for module in pkgutil.iter_modules(tests.bench.__path__):
        if module.name != "__main__":
            importlib.import_module(f"tests.bench.{module.name}")


def chosen(what: list[str]) -> list[Bench]:
    """Return the benches that were asked for, by their names or their figures'; the short ones if none."""
    if not what:
        return [bench for bench in BENCHES.values() if bench.is_short]
    found = benches_of(what)
    if not found:
        message = f"No such figure; there are: {', '.join(sorted(BENCHES))}."
        raise SystemExit(message)
    return found


def ready(way: ConnectionSettings, size: str, kind: str) -> None:
    """Make or find the database of a size and kind; Django is set up on it."""
    database.drop_outdated(way, size, kind)
    name = database.name_of(size, kind)
    if database.is_ready(way, name):
        return
    database.make(way, name)
    note(f"making {name}: this is done once for this state of the migrations")
    begun = time.monotonic()
    with redirect_stdout(sys.stderr):
        if kind == database.CITIZENS:
            database.fill(database.SIZES[size])
        else:
            database.fill(database.FEW, visits_per_citizen=0)
    database.mark_ready(way, name)
    seconds = time.monotonic() - begun
    note(f"{name} stands after {seconds:.0f} s")


def run(bench: Bench) -> None:
    from portal.database.context import acting

    begun = time.monotonic()
    try:
        with acting(command="bench"):
            for figure in bench.run():
                say(figure)
    except NotHere as reason:
        note(f"{bench.name}: {reason}")
    note(f"{bench.name} took {time.monotonic() - begun:.1f} s")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("MACH_DEMO", "1")
    # Django keeps every statement while debugging; that would be measured too.
    os.environ["DEBUG"] = "0"
    if not os.environ.get("SECRET_KEY_FILE"):
        os.environ.setdefault("SECRET_KEY", secret_key(state_directory()))
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    asked = arguments()
    way, kind = connection_settings(), asked.within or database.CITIZENS
    told = dict(os.environ)
    database.use(way, database.name_of(asked.size, kind))
    import django

    django.setup()
    discover()
    benches = chosen(asked.what)
    here = [bench for bench in benches if bench.within == kind]
    if here:
        measure(here, way, asked.size, kind)
    for other in database.KINDS if asked.within is None else ():
        there = [bench.name for bench in benches if bench.within == other != kind]
        if there:
            # One process works in one database.
            argv = ("--within", other, "--size", asked.size, "--what", *there)
            subprocess.run([sys.executable, "-m", "tests.bench", *argv], env=told, check=True)


def measure(benches: list[Bench], way: ConnectionSettings, size: str, kind: str) -> None:
    """Print the figures of benches that share a database."""
    ready(way, size, kind)
    from django.db import connection

    importlib.import_module("config.wsgi")  # as the web server does
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        say(f"bench server PostgreSQL {cursor.fetchone()[0]} size={size} cpus={os.cpu_count()}")
    for bench in benches:
        run(bench)


if __name__ == "__main__":
    main()
