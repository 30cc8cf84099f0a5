"""A birth date is known to the day, the month or the year, and is always read day first."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.dates import PartialDate

TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12/03/1980", PartialDate(1980, 3, 12)),
        ("03/04/2025", PartialDate(2025, 4, 3)),
        ("12.3.1980", PartialDate(1980, 3, 12)),
        ("12-03-1980", PartialDate(1980, 3, 12)),
        ("1980-03-12", PartialDate(1980, 3, 12)),
        ("1980-03-12 00:00:00", PartialDate(1980, 3, 12)),
        ("1980-03-12T00:00:00", PartialDate(1980, 3, 12)),
        ("ngày 12 tháng 3 năm 1980", PartialDate(1980, 3, 12)),
        ("12 3 1980", PartialDate(1980, 3, 12)),
        ("12031980", PartialDate(1980, 3, 12)),
        ("19800312", PartialDate(1980, 3, 12)),
        ("20101960", PartialDate(1960, 10, 20)),
        ("20111220", PartialDate(2011, 12, 20)),
        ("196005150000", PartialDate(1960, 5, 15)),
        ("196005000000", PartialDate(1960, 5)),
        ("19600000", PartialDate(1960)),
        ("1958", PartialDate(1958)),
        ("1958.0", PartialDate(1958)),
        ("năm 1958", PartialDate(1958)),
        ("5/1958", PartialDate(1958, 5)),
        ("05-1958", PartialDate(1958, 5)),
        ("1958-05", PartialDate(1958, 5)),
        ("195805", PartialDate(1958, 5)),
        ("051958", PartialDate(1958, 5)),
        ("00/05/1958", PartialDate(1958, 5)),
        ("00/00/1958", PartialDate(1958)),
        ("29/02/2024", PartialDate(2024, 2, 29)),
    ],
)
def test_a_date_is_read_day_first_in_every_form_in_use(text, meant):
    assert PartialDate.parse(text) == meant


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("12/3/80", 1980),
        ("12/3/25", 2025),
        ("21/11/26", 2026),
        ("22/11/26", 1926),
        ("1/1/27", 1927),
        ("5/62", 1962),
    ],
)
def test_a_two_digit_year_is_the_latest_one_not_after_today(text, year):
    assert PartialDate.parse(text, on=TODAY).year == year


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (
            "30/02/1958",
            "no_such_day",
            "There is no 30/02/1958 in the calendar. When only the year is known write 1958.",
        ),
        ("29/02/2023", "no_such_day", "29/02/2023"),
        ("31042020", "no_such_day", "31/04/2020"),
        ("12/00/1958", "no_such_day", "1958"),
        ("05/25/1980", "month_first", "Write 25/05/1980."),
        ("15/13/1980", "no_such_month", "13 is no month"),
        ("12/3/80", "two_digit_year", "12/3/80"),
        ("12/03/1080", "year_out_of_range", "1080"),
        ("khoảng 60 tuổi", "date_unreadable", "khoảng 60 tuổi"),
        ("12/03", "two_digit_year", "12/03"),
        ("21551", "date_unreadable", "21551"),
        ("", "date_unreadable", "Write the day first"),
        ("１２/03/1980", "date_unreadable", "１２"),
    ],
)
def test_what_is_no_date_is_refused_with_the_remedy(text, code, words):
    with pytest.raises(ValidationError) as caught:
        PartialDate.parse(text)
    assert caught.value.code == code
    assert words in caught.value.messages[0]


@given(st.dates(date(1880, 1, 1), date(2100, 12, 31)))
def test_every_form_a_date_is_written_in_reads_back(day):
    known = PartialDate.of(day)
    compact = (
        f"{day:%d%m}{day.year:04d}",
        f"{day.year:04d}{day:%m%d}",
        f"{day.year:04d}{day:%m%d}0000",
    )
    for form in (str(known), known.iso(), *compact):
        assert PartialDate.parse(form) == known


@given(st.integers(1880, 2100), st.none() | st.integers(1, 12))
def test_partial_dates_read_back_from_what_is_shown(year, month):
    known = PartialDate(year, month)
    assert PartialDate.parse(str(known)) == PartialDate.parse(known.iso()) == known


def test_a_partial_date_covers_its_days():
    assert (PartialDate(1958).earliest, PartialDate(1958).latest) == (
        date(1958, 1, 1),
        date(1958, 12, 31),
    )
    assert PartialDate(2024, 2).latest == date(2024, 2, 29)
    assert PartialDate(1958).may_be(PartialDate(1958, 3, 12))
    assert not PartialDate(1958, 4).may_be(PartialDate(1958, 3, 12))
    assert PartialDate(1958).as_date() is None
    assert PartialDate(2027).is_after(TODAY)


@pytest.mark.parametrize(
    ("born", "text"),
    [
        (PartialDate(1980, 3, 12), "46 years old"),
        (PartialDate(2020, 11, 22), "71 months"),
        (PartialDate(2026, 11, 1), "20 days"),
        (PartialDate(1958), "68 years old"),
        (PartialDate(2025, 5), "18 months"),
    ],
)
def test_age_is_told_from_what_is_known_of_the_birth_date(born, text):
    assert born.age_text(TODAY) == text


def test_a_day_without_its_month_cannot_be_made():
    with pytest.raises(ValueError, match="month"):
        PartialDate(1958, None, 3)
