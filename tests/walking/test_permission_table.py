"""(b) Who may open what: every address has a row in permissions.csv, for every role.

``UPDATE_PERMISSIONS=1`` writes the table anew, ``UPDATE_PERMISSIONS=new`` the rows it lacks (and
leaves out the ones whose address is gone); the difference is what a reviewer reads.
"""

import csv
import os
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest

from portal.accounts.roles import Role
from tests.walking.world import Address, World, addresses, fillings

TABLE = Path(__file__).with_name("permissions.csv")
PEOPLE = ["anonymous", *[str(role) for role in Role], "stranger"]
READ_ONLY = ("_changelist", "_history", "_delete", ":autocomplete", ":jsi18n", ":app_list")
UPDATING = os.environ.get("UPDATE_PERMISSIONS", "") in ("1", "new")


def deeds_of(address: Address) -> list[str]:
    """Return the methods that are tried on an address."""
    return ["GET"] if address.name.endswith(READ_ONLY) else ["GET", "POST"]


def wanted() -> list[tuple[str, str]]:
    return sorted({(a.name, method) for a in addresses() for method in deeds_of(a)})


def expected() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as source:
        return {(row.pop("address"), row.pop("method")): row for row in csv.DictReader(source)}


@pytest.mark.skipif(UPDATING, reason="the table is being written")
def test_every_address_has_its_row_and_every_row_its_address() -> None:
    known = set(expected())
    assert sorted(set(wanted()) - known) == [], "Addresses without a row in permissions.csv"
    assert sorted(known - set(wanted())) == [], "Rows in permissions.csv without an address"


@pytest.mark.skipif(UPDATING, reason="the table is being written")
def test_no_address_is_expected_to_break() -> None:
    broken = {
        f"{name} {method}" for (name, method), row in expected().items() if "500" in row.values()
    }
    assert broken == set()


@pytest.mark.every_time
@pytest.mark.skipif(UPDATING, reason="the table is being written")
@pytest.mark.parametrize("who", PEOPLE)
def test_each_address_answers_each_person_as_the_table_says(
    who: str, world: World, walker: Any
) -> None:
    table = expected()
    wrong = [
        f"{name} {method}: {answered}, not {table[name, method][who]}"
        for (name, method), answered in answers(who, world, walker).items()
        if (name, method) in table and table[name, method][who] != answered
    ]
    assert wrong == []


def answers(
    who: str, world: World, walker: Any, known: Container[tuple[str, str]] = ()
) -> dict[tuple[str, str], str]:
    """Ask every address but the known ones as one person, with a row of the station where one is named."""
    person = walker(who)
    found = {}
    for address in addresses():
        deeds = [method for method in deeds_of(address) if (address.name, method) not in known]
        if deeds:
            path = address.at(**fillings(address, world, out_of_sight=False)[0])
            for method in deeds:
                found[address.name, method] = str(person.ask(method, path).status_code)
    return found


@pytest.mark.skipif(not UPDATING, reason="asked for by UPDATE_PERMISSIONS=1")
def test_the_table_is_written(world: World, walker: Any) -> None:
    kept = expected() if os.environ["UPDATE_PERMISSIONS"] == "new" else {}
    columns = {who: answers(who, world, walker, kept) for who in PEOPLE}
    for who, column in columns.items():
        column.update({key: row[who] for key, row in kept.items()})
    with TABLE.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["address", "method", *PEOPLE])
        writer.writerows(
            [name, method, *[columns[who][name, method] for who in PEOPLE]]
            for name, method in wanted()
        )
