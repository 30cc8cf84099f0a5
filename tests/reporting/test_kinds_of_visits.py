"""Visits are counted by kind: in the band of ages, whatever day somebody was born on."""

from datetime import date, timedelta

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.sources.visits import AGES, age_band, band_of_period, completed_years

DAYS = st.dates(date(1896, 1, 1), date(2110, 12, 31))


def years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def bands(pairs: list[tuple[date, date]]) -> list[tuple[int, int]]:
    """Ask the database: the band, and the completed years it stands for."""
    exact = completed_years("born", "seen")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {age_band("(seen - born)", exact)}, {exact}
            FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS one (born, seen, n) ORDER BY n""",
            [[born for born, _seen in pairs], [seen for _born, seen in pairs]],
        )
        return list(cursor.fetchall())


def bands_of_period(first: date, last: date, pairs: list[tuple[date, date]]) -> list[int]:
    """Ask the database by the bounds of a period alone, by the day seen where they do not say it."""
    otherwise = age_band("(seen - born)", completed_years("born", "seen"))
    band = band_of_period("born", "%s::date", "%s::date", where="TRUE", otherwise=otherwise)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {band} FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS one (born, seen, n)
            ORDER BY n""",
            [
                *[last, first] * len(AGES),
                [born for born, _seen in pairs],
                [seen for _born, seen in pairs],
            ],
        )
        return [band for (band,) in cursor.fetchall()]


@st.composite
def near_a_bound(draw: st.DrawFn) -> tuple[date, date]:
    """Somebody seen some days before or after the birthday that figures divide at."""
    born = draw(DAYS.filter(lambda day: day.year < 2045))
    age = draw(st.sampled_from(AGES))
    birthday = born.replace(day=min(born.day, 28), year=born.year + age)
    return born, birthday + timedelta(days=draw(st.integers(-4, 6)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs=st.lists(st.one_of(st.tuples(DAYS, DAYS), near_a_bound()), min_size=50, max_size=50))
def test_the_band_of_ages_is_that_of_the_completed_years(
    db: None, pairs: list[tuple[date, date]]
) -> None:
    seen = [(born, on) for born, on in pairs if born <= on]
    for (born, on), (band, exact) in zip(seen, bands(seen), strict=True):
        assert exact == years(born, on), (born, on)
        assert band == max(age for age in AGES if age <= exact), (born, on)


def test_on_every_day_around_every_bound_of_a_leap_year(db: None) -> None:
    pairs = [
        (born, date(born.year + age, 2, 25) + timedelta(days=n))
        for born in (date(2008, 2, 28), date(2008, 2, 29), date(2008, 3, 1), date(1900, 3, 1))
        for age in AGES
        for n in range(10)
    ]
    seen = [(born, on) for born, on in pairs if born <= on]
    for (born, on), (band, _exact) in zip(seen, bands(seen), strict=True):
        assert band == max(age for age in AGES if age <= years(born, on)), (born, on)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pairs=st.lists(st.one_of(st.tuples(DAYS, DAYS), near_a_bound()), min_size=20, max_size=20),
    length=st.sampled_from([1, 7, 31, 92, 366]),
    back=st.integers(0, 365),
)
def test_whoever_is_of_one_band_all_the_period_is_of_that_band_on_every_day_of_it(
    db: None, pairs: list[tuple[date, date]], length: int, back: int
) -> None:
    for born, on in pairs:
        if born > on or on.year > 2109:
            continue
        first = on - timedelta(days=min(back, length - 1))
        last = first + timedelta(days=length - 1)
        days = [first, on, last]
        seen = [(born, day) for day in days]
        assert bands_of_period(first, last, seen) == [band for band, _exact in bands(seen)]
