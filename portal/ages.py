"""How old is a person on a day, said as a clinic says it?"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.utils.translation import get_language, ngettext, override

CHILD_MONTHS = 72


def age_text(born: date | int, on: date) -> str:
    """Say an age in years; under six in months, under one month in days.

    A birth known only by its year is an ``int`` and gives years.
    """
    if isinstance(born, int):
        return _years(on.year - born)
    if born > on:
        return ""
    months = months_between(born, on)
    if months >= CHILD_MONTHS:
        return _years(months // 12)
    if months:
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    days = (on - born).days
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def months_between(born: date, on: date) -> int:
    """Count whole months lived."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def _years(years: int) -> str:
    return _years_in(years, get_language())


@lru_cache(maxsize=512)
def _years_in(years: int, language: str | None) -> str:
    """Say an age once in each language: a queue or a list says a hundred of them."""
    with override(language):
        return ngettext("%(n)d year old", "%(n)d years old", years) % {"n": years}
