"""kill -9 of PostgreSQL in the middle of a population: taken up again, the end is the same."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from healthrecords.population.rows import COLUMNS
from tests.proof.house import House, end_group, house, wait_until

pytestmark = pytest.mark.proof
Prove = Callable[[str, float, str], None]
PEOPLE, CHUNKS_BEFORE_THE_KILL = 60_000, 3
POPULATION = (
    "generate_population", f"--citizens={PEOPLE}", "--seed=11", "--until=2026-11-20",
    "--visits-per-citizen=1", "--processes=2",
)  # fmt: skip
TREE = """
from datetime import date
from healthrecords.population.organisations import create_tree
from portal.database.context import acting
with acting(command="proof"):
    print(create_tree(valid_from=date(2024, 11, 20)))
"""


@pytest.fixture(scope="module")
def place() -> Iterator[House]:
    """A migrated house with lists and organisations, and a copy of its database."""
    with house() as made:
        made.manage("migrate", "--verbosity=0")
        made.manage("load_reference_lists")
        assert int(made.manage("shell", "--no-imports", "-c", TREE).split()[-1]) > 3_000
        with made.look("postgres") as connection:
            connection.execute("CREATE DATABASE untouched TEMPLATE mach")
        yield made


def people(place: House) -> int:
    with place.look() as connection:
        return connection.execute("SELECT count(*) FROM healthrecords_citizen").fetchone()[0]


def state(connection: "psycopg.Connection[Any]") -> dict[str, tuple[int, int]]:
    """Return for each table, and for its history, the number of rows and a sum over what they say."""
    found = {}
    for table, columns in COLUMNS.items():
        said = ", ".join(f'"{name}"' for name in columns)
        for name in (f"healthrecords_{table}", f"healthrecords_{table}history"):
            row = connection.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(ROW({said})::text, 0)::numeric), 0)"
                f" FROM {name}"
            ).fetchone()
            found[name] = (row[0], int(row[1]))
    return found


def test_a_population_goes_on_after_the_database_was_killed(place: House, prove: Prove) -> None:
    writing = place.begin("manage.py", *POPULATION)
    try:
        wait_until(lambda: people(place) >= CHUNKS_BEFORE_THE_KILL * 5_000, 300)
        place.kill_database()
        told, _nothing = writing.communicate(timeout=60)
    finally:
        end_group(writing)
    assert writing.returncode != 0, told
    kept = people(place)
    assert 0 < kept < PEOPLE
    assert kept % 5_000 == 0
    place.manage(*POPULATION)
    place.manage(*POPULATION, database="untouched")
    with place.look() as taken_up, place.look("untouched") as never_stopped:
        assert state(taken_up) == state(never_stopped)
        assert people(place) == PEOPLE
    prove("people_kept_over_kill", kept, "people")
    prove("people_in_the_end", PEOPLE, "people")
