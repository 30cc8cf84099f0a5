"""A run by turns leaves nothing out over all turns."""

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
