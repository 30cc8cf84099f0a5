"""A million people with three visits each, with history, in one run: who are they, and is it all there?"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from healthrecords.population.rows import COLUMNS
from tests.proof.house import House, house

pytestmark = pytest.mark.proof
PEOPLE = int(os.environ.get("PROOF_CITIZENS", "1000000"))
SEED = os.environ.get("PROOF_SEED", "20261122")
# Of the country's people; of a whole country with its 54 peoples the Kinh surnames are a little rarer.
SURNAMES = {"Nguyễn": 38, "Trần": 11, "Lê": 10}
TOLERANCE = 3.0
Prove = Callable[[str, float, str], None]


@pytest.fixture(scope="module")
def place() -> Iterator[House]:
    """A house whose database is gone afterwards, with a million people in it."""
    with house() as made:
        made.manage("migrate", "--verbosity=0")
        made.manage("load_reference_lists")
        began = time.monotonic()
        made.manage(
            "generate_population",
            f"--citizens={PEOPLE}",
            f"--seed={SEED}",
            "--until=2026-11-20",
            "--with-organisations",
        )
        made.seconds = time.monotonic() - began
        yield made


@pytest.fixture
def ask(place: House) -> Iterator[Callable[[str], Any]]:
    with place.look() as connection:

        def answer(query: str) -> Any:
            return connection.execute(query).fetchone()[0]

        connection.execute("SET jit = off")
        yield answer


def test_everyone_and_everything_is_there(
    place: House, ask: Callable[[str], Any], prove: Prove
) -> None:
    rows = {table: ask(f"SELECT count(*) FROM healthrecords_{table}") for table in COLUMNS}
    assert rows["citizen"] == PEOPLE
    assert abs(rows["visit"] / PEOPLE - 3) < 0.1
    assert rows["citizenidentifier"] > 1.5 * PEOPLE
    prove("population_seconds", round(place.seconds), "s")
    prove("population_people_per_s", round(PEOPLE / place.seconds), "people/s")
    for table, count in rows.items():
        prove(f"population_rows_{table}", count, "rows")
    size = ask("SELECT pg_database_size(current_database())")
    prove("population_database", round(size / 1024**3, 2), "GiB")


def test_every_row_has_its_history_signed_and_no_row_twice(
    ask: Callable[[str], Any], prove: Prove
) -> None:
    total = 0
    for table in COLUMNS:
        rows, history = f"healthrecords_{table}", f"healthrecords_{table}history"
        count = ask(f"SELECT count(*) FROM {history}")
        total += count
        assert count == ask(f"SELECT count(*) FROM {rows}"), table
        assert (
            ask(
                f"SELECT count(*) FROM {rows} LEFT JOIN {history} h ON h.pgh_obj_id = {rows}.id"
                " WHERE h.pgh_id IS NULL"
            )
            == 0
        ), table
        assert ask(f"SELECT count(*) FROM {history} WHERE pgh_context_id IS NULL") == 0, table
        assert ask(f"SELECT count(DISTINCT pgh_label) FROM {history}") == 1, table
    prove("population_rows_history", total, "rows")


def test_surnames_are_as_frequent_as_in_the_country(
    ask: Callable[[str], Any], prove: Prove
) -> None:
    for surname, share in SURNAMES.items():
        count = ask(f"SELECT count(*) FROM healthrecords_citizen WHERE name LIKE '{surname} %'")
        found = 100 * count / PEOPLE
        prove(f"population_surname_{surname}", round(found, 2), "%")
        assert abs(found - share) < TOLERANCE, surname


def test_nobody_is_without_a_place_and_no_verified_number_has_two_owners(
    ask: Callable[[str], Any], prove: Prove
) -> None:
    assert (
        ask(
            "SELECT count(*) FROM healthrecords_citizen WHERE home_station_id IS NULL"
            " OR area_id IS NULL OR name_norm = '' OR name_sort = ''"
        )
        == 0
    )
    assert (
        ask(
            "SELECT count(*) FROM (SELECT kind, value FROM healthrecords_citizenidentifier"
            " WHERE is_verified AND ended_on IS NULL GROUP BY kind, value HAVING count(*) > 1) t"
        )
        == 0
    )
    assert (
        ask(
            "SELECT count(*) FROM healthrecords_visit v WHERE NOT EXISTS (SELECT FROM"
            " healthrecords_diagnosis d WHERE d.visit_id = v.id AND d.rank = 'main')"
        )
        == 0
    )
    stations = ask("SELECT count(DISTINCT home_station_id) FROM healthrecords_citizen")
    prove("population_stations", stations, "stations")
    numberless = ask(
        "SELECT count(*) FROM healthrecords_citizen c WHERE NOT EXISTS (SELECT FROM"
        " healthrecords_citizenidentifier i WHERE i.citizen_id = c.id)"
    )
    prove("population_people_without_number", numberless, "people")
    assert numberless < 0.05 * PEOPLE
