"""How fast is somebody found among 1, 5 and 10 million, and how does that grow?

People with numbers, phones and addresses and without visits: a million are generated, more are made
of them, one size after the other (SIZES="1m 5m" in the environment for fewer); all but the first
million are dropped again.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping

from config.cluster import ConnectionSettings, connection_settings
from tests.bench import database
from tests.bench.registry import Figure, bench, note

WHAT = ("search_id", "search_prefix", "search_words", "search_typo", "search_page")
FOUND = "search_slips_found"
FIRST = "1m"
LINE = re.compile(r"bench (\w+)_(ms|pct) ([\d.]+) (\S+)")


def people_of(way: ConnectionSettings, size: str) -> str:
    """Return the database with so many people, made unless it is there."""
    name = database.name_of(size).replace(database.PREFIX, f"{database.PREFIX}_people")
    if database.is_ready(way, name):
        return name
    note(f"making {name}")
    database.drop(way, name)
    if size == FIRST:
        database.make(way, name)
        run(way, name, "fill", str(database.SIZES[size]))
    else:
        database.copy(way, name, template=people_of(way, FIRST))
        run(way, name, "multiply", str(database.SIZES[size] // database.SIZES[FIRST]))
    database.mark_ready(way, name)
    return name


def run(way: ConnectionSettings, name: str, *argv: str) -> str:
    return database.child(way, name, "tests.bench.search_sizes", *argv)


@bench(
    "search_sizes",
    short=False,
    figures=(r"search_\w+_(ms|pct)_\d+[km]", r"search_(\w+_)?growth\w*"),
)
def search_sizes() -> Iterator[Figure]:
    way = connection_settings()
    found: dict[str, float] = {}
    sizes = os.environ.get("SIZES", "1m 5m 10m").split()
    for size in sizes:
        name = people_of(way, size)
        for what, kind, value, unit in LINE.findall(run(way, name, "measure")):
            found[f"{what}_{kind}_{size}"] = float(value)
            yield Figure(f"{what}_{kind}_{size}", float(value), unit)
        if size != FIRST:
            database.drop(way, name)
    if len(sizes) > 1:
        yield from growths(found, sizes[0], sizes[-1])


def growths(found: Mapping[str, float], first: str, last: str) -> Iterator[Figure]:
    """Yield how many times as long each search takes among the last size as among the first; the worst."""
    medians = [
        what
        for name in found
        if (what := name.removesuffix(f"_ms_{first}")) != name and not what.endswith("_p95")
    ]
    grown = {what: found[f"{what}_ms_{last}"] / found[f"{what}_ms_{first}"] for what in medians}
    for what, ratio in grown.items():
        yield Figure(f"{what}_growth_{first}_{last}", ratio, "times")
    yield Figure(f"search_growth_{first}_{last}", max(grown.values()), "times")


def vacuum() -> None:
    """Do what autovacuum would have done by the next day."""
    from django.db import connection

    with connection.as_owner(), connection.cursor() as cursor:
        for table in ("citizen", "citizenidentifier", "carerelation", "knownname", "nameword"):
            cursor.execute(f"VACUUM (ANALYZE) healthrecords_{table}")


def main(deed: str, *argv: str) -> None:
    import django

    django.setup()
    from portal.database.context import acting
    from tests.bench import search
    from tests.bench.many import multiply
    from tests.bench.registry import BENCHES, say

    with acting(command="bench"):
        if deed == "fill":
            database.fill(int(argv[0]), visits_per_citizen=0)
            vacuum()
            return
        if deed == "multiply":
            multiply(int(argv[0]))
            vacuum()
            return
        assert search
        for what in (*WHAT, FOUND):
            for figure in BENCHES[what].run():
                say(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
