"""A word is taken for what it may have been: one slip away, or with the keys left in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.slips import keystrokes_of, slips_of, splits_of

WORD = st.text(alphabet="abcdeghiklmnopqrstuvxy", min_size=2, max_size=8)


@given(word=WORD, data=st.data())
def test_one_slip_is_always_found_back(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    typed = [
        word[:place] + word[place + 1 :],  # missing
        word[: place + 1] + word[place:],  # doubled
        word[:place] + letter + word[place + 1 :],  # wrong
        word[:place] + letter + word[place:],  # one too many
    ]
    if place + 1 < len(word):
        typed.append(word[:place] + word[place + 1] + word[place] + word[place + 2 :])
    for other in typed:
        assert other == word or word in slips_of(other)


@given(word=WORD)
def test_a_slip_is_never_the_word_itself(word: str) -> None:
    assert word not in slips_of(word)
    assert "" not in slips_of(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nguyeenx", "nguyen"),
        ("nguyenex", "nguyen"),
        ("nguyeexn", "nguyen"),
        ("thij", "thi"),
        ("vawn", "van"),
        ("ddawjng", "dang"),
        ("hufng", "hung"),
        ("hwowng", "huong"),
        ("huwowng", "huong"),
        ("nhw", "nhu"),
        ("twf", "tu"),
        ("nguye64n", "nguyen"),
        ("d9a85ng", "dang"),
        ("thi5", "thi"),
    ],
)
def test_keys_left_over_by_telex_and_vni_are_read(typed: str, meant: str) -> None:
    assert meant in keystrokes_of(typed)


@pytest.mark.parametrize("word", ["an", "hung", "thi", "pao"])
def test_plain_words_have_no_keys_in_them(word: str) -> None:
    assert keystrokes_of(word) == set()


def test_two_words_written_as_one_come_apart() -> None:
    assert ("nguyen", "van") in splits_of("nguyenvan")
