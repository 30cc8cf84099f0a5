"""May a run be one of several by turns? A pytest plugin: ``--turn=2/3`` runs the second third.

Which third a test is in follows from its name, so that three runs in a row have run all of them.
What is marked ``every_time`` is in all of them. The longest walks, marked ``by_turns``, go by
``--walk-turn=2/6`` where that is given.
"""

import re
from zlib import crc32

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--turn", default="", metavar="K/N", help="run part K of N; empty runs all")
    parser.addoption(
        "--walk-turn", default="", metavar="K/N", help="run part K of N of what is marked by_turns"
    )


def of_turn(text: str) -> tuple[int, int]:
    """Return the part and the number of parts; ``""`` is the first of one."""
    found = re.fullmatch(r"(\d+)/(\d+)", text or "1/1")
    turn, parts = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= turn <= parts:
        message = f"A turn of {text}: say K/N with 1 <= K <= N, as 2/3."
        raise pytest.UsageError(message)
    return turn, parts


def is_in(name: str, turn: int, parts: int) -> bool:
    return crc32(name.encode()) % parts == turn - 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    turn, walk_turn = config.getoption("--turn"), config.getoption("--walk-turn")
    common, walks = of_turn(turn), of_turn(walk_turn or turn)
    chosen = [
        item
        for item in items
        if item.get_closest_marker("every_time")
        or is_in(item.nodeid, *(walks if item.get_closest_marker("by_turns") else common))
    ]
    if len(chosen) < len(items):
        kept = set(chosen)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = chosen
