"""How many people live in a commune, by the list that its department loads with each new count?

None is shipped: the statistics office or the province counts, and the version names its paper.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.codelists.lookup import codes_on

LIST = "resident_population"
COUNT = "residents"
MOST = 20_000_000  # more than any province has


def unreadable_count(key: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str, StrOrPromise]]:
    """Yield a number of residents that cannot be one: the column, what it says, what to write."""
    if key == LIST and _number(value := str(said.get(COUNT, ""))) is None:
        yield (
            COUNT,
            value,
            _("Write how many people live in the commune, a whole number like 5120."),
        )


def residents_on(on: date) -> dict[str, int]:
    """Return how many people live in each commune that the list of a day names, by its code."""
    said = {
        entry.code: _number(str(entry.attributes.get(COUNT, ""))) for entry in codes_on(LIST, on)
    }
    return {code: number for code, number in said.items() if number}


def _number(text: str) -> int | None:
    """Read a whole number, thousands parted by full stops or spaces or not at all."""
    digits = text.replace(".", "").replace(" ", "")
    is_count = digits.isascii() and digits.isdigit() and 0 < int(digits) <= MOST
    return int(digits) if is_count else None
