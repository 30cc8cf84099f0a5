"""A week is read as facilities write it; what cannot be read is never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.hours import DAY, Span, meets_itself, read_hours, written


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("T2T3T4T5T6 0730-1630", "T2–T6 07:30–16:30"),
        ("0730-1630 T2T3T4T5T6", "T2–T6 07:30–16:30"),
        ("T20800-1500;T30700-1100", "T2 08:00–15:00; T3 07:00–11:00"),
        ("T2 đến T6, 07:30 đến 16:30", "T2–T6 07:30–16:30"),
        ("07:30-11:30, 13:30-17:00, thứ Hai đến thứ Sáu", "T2–T6 07:30–11:30, 13:30–17:00"),
        ("Thứ 2, 4, 6: 17h-20h", "T2 17:00–20:00; T4 17:00–20:00; T6 17:00–20:00"),
        ("Thứ 2 đến thứ 6 từ 7 giờ 30 đến 17 giờ", "T2–T6 07:30–17:00"),
        ("CN 19:00-07:00", "CN 19:00–07:00"),
        ("Chủ nhật 7h - 11h", "CN 07:00–11:00"),
        ("T2 chiều 13h30-17h; T3 7h30-11h30", "T2 13:30–17:00; T3 07:30–11:30"),
        ("T2-T6 chiều 13:30-17:00, sáng 07:30-11:30", "T2–T6 07:30–11:30, 13:30–17:00"),
        ("Hàng ngày 00:00-24:00", "T2–CN 00:00–24:00"),
    ],
)
def test_the_ways_facilities_write_a_week_are_read(text: str, week: str) -> None:
    spans = read_hours(text)
    assert spans is not None
    assert written(spans) == week


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hành chính",
        "0730-1630",
        "T2T3",
        "T6-T2 0800-1000",
        "T2 25:00-26:00",
        "T2 07:75-08:00",
        "T2 0730-1130 1100-1200",
        "T2 0730-0730",
        "T2 0730-1130 trực",
        "T2 chiều 1h30-5h",
        "Chiều T7 1h30-5h",
        "T2 chiều 13h-5h",
    ],
)
def test_what_cannot_be_read_is_not_guessed(text: str) -> None:
    assert read_hours(text) is None


spans = st.builds(
    lambda day, starts, length: Span(day, starts, starts + length),
    st.integers(2, 8),
    st.integers(0, DAY - 1),
    st.integers(1, DAY - 1),
)


@given(st.lists(spans, min_size=1, max_size=4, unique=True))
def test_a_written_week_is_read_back(week: list[Span]) -> None:
    if meets_itself(week):
        assert read_hours(written(week)) is None
        return
    assert read_hours(written(week)) == tuple(sorted(week))


@given(spans)
def test_pieces_are_within_a_day_and_as_long_together(span: Span) -> None:
    assert all(0 <= piece.starts < piece.ends <= DAY for piece in span.pieces)
    assert sum(piece.ends - piece.starts for piece in span.pieces) == span.ends - span.starts
