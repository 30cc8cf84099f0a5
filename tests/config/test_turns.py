"""A run by turns leaves nothing out over all turns."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.turns import is_in, of_turn


@given(st.text(), st.integers(1, 7))
def test_every_test_is_in_one_turn(name: str, parts: int) -> None:
    assert [is_in(name, turn, parts) for turn in range(1, parts + 1)].count(True) == 1


def test_no_turn_named_is_the_whole() -> None:
    assert of_turn("") == (1, 1)
    assert of_turn("2/3") == (2, 3)


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "1/3 "])
def test_a_turn_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(pytest.UsageError, match="say K/N"):
        of_turn(text)


TESTS = """
import pytest
@pytest.mark.parametrize("n", range(12))
def test_common(n): pass
@pytest.mark.by_turns
@pytest.mark.parametrize("n", range(12))
def test_walk(n): pass
@pytest.mark.every_time
@pytest.mark.parametrize("n", range(12))
def test_always(n): pass
"""


def collected(folder: Path, *options: str) -> list[str]:
    (folder / "test_some.py").write_text(TESTS)
    asked = [sys.executable, "-m", "pytest", "-p", "tests.turns", "-c", "/dev/null", "-q", *options]
    told = subprocess.run(
        [*asked, "--collect-only", f"--rootdir={folder}", "-p", "no:django", str(folder)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.partition("::")[2] for line in told.stdout.splitlines() if "::" in line]


def test_turns_together_are_all_tests_and_each_has_what_is_run_every_time(tmp_path: Path) -> None:
    whole = collected(tmp_path)
    assert len(whole) == 36
    turns = [collected(tmp_path, f"--turn={n}/2", f"--walk-turn={n}/2") for n in (1, 2)]
    always = {name for name in whole if "always" in name}
    assert {*turns[0]} | {*turns[1]} == {*whole}
    assert {*turns[0]} & {*turns[1]} == always


def test_walks_go_by_the_turn_of_the_others_where_none_is_named_for_them(tmp_path: Path) -> None:
    first, second = (collected(tmp_path, f"--turn={n}/2") for n in (1, 2))
    assert {name for name in first if "walk" in name}.isdisjoint(second)
    walks_of_their_own = collected(tmp_path, "--walk-turn=1/6")
    assert {name for name in walks_of_their_own if "walk" in name} < {*collected(tmp_path)}
    assert len([name for name in walks_of_their_own if "common" in name]) == 12
