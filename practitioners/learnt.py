"""What a profile says of an examination, a language, a time of practice: which row is meant, what has it?

A person has several of each. A profile speaks of one: of the sitting of that day, of the language as
it is registered now, of the time at that place from that day. Nothing is said of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from practitioners.items import BY_KEY, Values
from practitioners.words import word_of

if TYPE_CHECKING:
    from practitioners.models import Practitioner


@dataclass(frozen=True, slots=True)
class Learnt:
    """Where the rows of an item are, which column each field is, by which fields a row is meant."""

    rows: str
    columns: Mapping[str, str]
    meant_by: tuple[str, ...]


LEARNT: Mapping[str, Learnt] = {
    "examination": Learnt(
        "examinations",
        {
            "exam_title": "title",
            "exam_sat_on": "sat_on",
            "exam_result": "result",
            "exam_number": "result_no",
            "exam_group": "group",
            "exam_council": "council",
        },
        ("exam_title", "exam_sat_on"),
    ),
    "language": Learnt(
        "languages",
        {
            "language": "language",
            "language_way": "way",
            "interpreter": "interpreter",
            "language_certificate": "certificate_no",
            "language_from": "valid_from",
            "language_until": "valid_until",
        },
        ("language",),
    ),
    "practice": Learnt(
        "practice_periods",
        {
            "practice_kind": "kind",
            "practice_place": "place_text",
            "practice_work": "position_text",
            "practice_from": "valid_from",
            "practice_until": "valid_until",
            "practice_certificate": "certificate_no",
        },
        ("practice_place", "practice_from"),
    ),
}


def values_of(key: str, row: Any) -> dict[str, str]:
    """Write a row in the words of a profile; what is blank is left out."""
    found = {name: word_of(row, column) for name, column in LEARNT[key].columns.items()}
    return {name: value for name, value in found.items() if value}


def rows_of(person: Practitioner | None) -> Iterator[tuple[str, Any]]:
    """Return every row a person has of these items, with the item's key."""
    for key, learnt in LEARNT.items() if person is not None else ():
        for row in getattr(person, learnt.rows).all():
            yield key, row


def held(person: Practitioner | None, key: str, said: Values) -> Any | None:
    """Return the row a profile means; of those of one name, the one registered last."""
    if person is None:
        return None
    for row in getattr(person, LEARNT[key].rows).all():
        values = values_of(key, row)
        if all(values.get(name) == said.get(name) for name in LEARNT[key].meant_by):
            return row
    return None


def relations_in(profiles: Iterable[Values]) -> list[str]:
    """Return which rows of people are asked about by some profiles, mostly none."""
    said = {name for values in profiles for name, value in values.items() if value}
    return [one.rows for key, one in LEARNT.items() if said.intersection(BY_KEY[key].fields)]


def columns_said(key: str, fields: Values) -> dict[str, str | None]:
    """Return what a profile says as the columns of a row: words, days in ISO; None where blank."""
    return {column: fields.get(name) for name, column in LEARNT[key].columns.items()}
