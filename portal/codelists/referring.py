"""Which columns of a list name codes of another list, and what may stand in them?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.codelists.lookup import codes_on
from portal.codelists.models import CodeList
from portal.names import name_norm

NEEDED = _("A column “%(column)s” names codes of the list “%(list)s”, several parted by “;”.")

# List -> its column -> the list whose codes or names stand there, several parted by “;”.
REFERS: Mapping[str, Mapping[str, str]] = {
    "technique_titles": {"titles": "professional_titles"},
}
# How such a column is headed in a file of an office; its English name is understood too.
HEADINGS: Mapping[str, StrOrPromise] = {"titles": _("Professional titles")}
UNKNOWN = _("“%(value)s” is no code or name of the list “%(list)s”.")
MISSING = _("The column “%(column)s” is empty; write a code or name of the list “%(list)s”.")


@dataclass(frozen=True, slots=True)
class Reference:
    """What may stand in a column: the codes and names of a list, folded, with the code each means."""

    title: str
    words: Mapping[str, str]


Known = Mapping[str, Reference]


def known_references(key: str, on: date) -> Known:
    """Return for each such column of a list what may stand there on a day."""
    return {
        column: Reference(title, words_of(REFERS[key][column], on))
        for column, title in _referred(key).items()
    }


def needed_columns(key: str) -> list[str]:
    """Say which columns a file of a list needs besides code and title, as its uploader reads it."""
    return [
        NEEDED % {"column": HEADINGS[column], "list": title}
        for column, title in _referred(key).items()
    ]


def _referred(key: str) -> dict[str, str]:
    """Return the title of the list that each such column of a list is about."""
    wanted = REFERS.get(key, {})
    titles = dict(CodeList.objects.filter(key__in=wanted.values()).values_list("key", "title"))
    return {column: titles.get(other, other) for column, other in wanted.items()}


def words_of(key: str, on: date) -> dict[str, str]:
    """Return the codes and names of a list, folded, with the code each means."""
    words: dict[str, str] = {}
    for entry in codes_on(key, on):
        words |= {entry.title_norm: entry.code, name_norm(entry.code): entry.code}
    return words


def named_in(cell: object, words: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield what is written in a cell, part by part, and the code it means: none where it means none."""
    for part in str(cell).split(";"):
        if part.strip():
            yield part.strip(), words.get(name_norm(part.strip()))


def misnamed(cells: Mapping[str, str], known: Known) -> Iterator[tuple[str, str, StrOrPromise]]:
    """Yield the cells of a row that name nothing: column, what it says, what is wrong with it."""
    for column, may in known.items():
        said = cells.get(column, "")
        if not said.strip(" ;"):
            yield column, said, MISSING % {"column": HEADINGS[column], "list": may.title}
        for part, code in named_in(said, may.words):
            if code is None:
                yield column, part, UNKNOWN % {"value": part[:60], "list": may.title}
