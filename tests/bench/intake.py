"""How fast does a hospital's file become records, beside what the machine could do at best?"""

import json
from collections.abc import Iterator
from typing import Any

from config.cluster import connection_settings
from healthrecords.imports.writing import TABLES
from portal.intake.copying import copied_columns
from tests.bench import intake_files, intake_floors, intake_peer
from tests.bench.intake_world import HOSPITAL, World, world
from tests.bench.registry import Figure, NotHere, bench, note

RUN = ("-m", "tests.bench.intake_run")
PEER = ("-m", "tests.bench.intake_peer")


def imported(here: World, *argv: str) -> dict[str, Any]:
    """Import a file in a process of its own."""
    told: dict[str, Any] = json.loads(here.python(*RUN, *argv, "--facility", HOSPITAL))
    note(
        f"{told['rows']} rows, {told['written']} written, {told['doubtful']} doubtful,"
        f" {told['wrong']} wrong: read in {told['read_s']:.1f} s, written in {told['write_s']:.1f} s,"
        f" Python {told['cpu_s']:.1f} s, peak {told['peak_mb']:.0f} MB"
    )
    return told


@bench("import_visits_100k")
def import_visits_100k() -> Iterator[Figure]:
    """The import beside the two floors and django-import-export, all in one run."""
    way, name = connection_settings(), "import_visits_100k"
    with world(way, "run") as here:
        file = intake_files.workbook(here.url(owner=True), here.folder / "visits.xlsx", 100_000)
        told = imported(here, str(file))
        speed = told["rows"] / told["seconds"]
        yield Figure(f"{name}_rows_per_s", speed, "rows/s")
        tables = {model._meta.db_table: copied_columns(model) for model in TABLES}
        taken = intake_floors.take(here.url(owner=True), told["batch"], tables, here.folder)
        visits = next(rows.rows for rows in taken if rows.table.endswith("_visit"))
        if visits != told["written"]:
            message = f"{visits} visits were taken of {told['written']} written"
            raise NotHere(message)
        here.python(*PEER, "take", str(here.folder))
        with world(way, "floor") as fresh:
            read = intake_floors.read_floor(fresh.url(owner=True), file, intake_files.SHEET)
            write = intake_floors.write_floor(fresh.url(owner=True), taken)
        note(f"the read floor took {read:.1f} s, the write floor {write:.1f} s")
        yield Figure(f"{name}_of_read_floor", 100 * read / told["seconds"], "%")
        yield Figure(f"{name}_of_write_floor", 100 * write / told["seconds"], "%")
        with world(way, "peer") as fresh:
            peer = json.loads(fresh.python(*PEER, "write", str(here.folder)))
        slow = peer["visit"] / peer["seconds"]
        note(f"django-import-export wrote {peer}: {slow:.1f} visits/s")
        if peer["visit"] != intake_peer.VISITS:
            raise NotHere("django-import-export did not write every visit")
        yield Figure(f"{name}_vs_import_export", told["written"] / told["seconds"] / slow, "times")


@bench("import_visits_500k", short=False)
def import_visits_500k() -> Iterator[Figure]:
    with world(connection_settings(), "run") as here:
        file = intake_files.workbook(here.url(owner=True), here.folder / "visits.xlsx", 500_000)
        told = imported(here, str(file))
    yield Figure("import_visits_500k_peak_mb", told["peak_mb"], "MB")
    yield Figure("import_visits_500k_rows_per_s", told["rows"] / told["seconds"], "rows/s")


@bench("import_envelope")
def import_envelope() -> Iterator[Figure]:
    """From the stored file to committed visits, as one worker does it."""
    with world(connection_settings(), "run") as here:
        file = intake_files.envelope(here.folder / "visits.xml", 10_000)
        told = imported(here, str(file), "--kind", "envelope")
    yield Figure("import_envelope_visits_per_s", told["written"] / told["seconds"], "visits/s")


@bench("import_neighbour", short=False)
def import_neighbour() -> Iterator[Figure]:
    """The visit form while a file of 100,000 visits is imported, against a quiet house."""
    with world(connection_settings(), "run") as here:
        file = intake_files.workbook(here.url(owner=True), here.folder / "visits.xlsx", 100_000)
        told = json.loads(
            here.python("-m", "tests.bench.intake_neighbour", str(file), "--facility", HOSPITAL)
        )
    note(
        f"{told['forms']} forms in {told['seconds']:.1f} s of import, the slowest"
        f" {told['worst_ms']:.0f} ms"
    )
    yield Figure("import_neighbour_idle_p95_ms", told["idle_p95_ms"], "ms")
    yield Figure("import_neighbour_p95_ms", told["p95_ms"], "ms")
    yield Figure("import_neighbour_ratio", told["p95_ms"] / told["idle_p95_ms"], "times")
