"""Which row of a form does a diagnosis code belong to, where ranges of rows overlap?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reporting.definitions.reading import Form, covers, icd_ranges
from reporting.diseases import width_of


def rows_by_code(form: Form, codes: Iterable[str]) -> dict[str, str]:
    """Return the row of each code: the narrowest range, then the first row; the rest row for others."""
    ranges = [
        (width_of(first, last), place, row.key, (first, last))
        for place, row in enumerate(form.rows)
        for first, last in icd_ranges(row.icd)
    ]
    ranges.sort(key=lambda item: item[:2])
    rest = next((row.key for row in form.rows if row.role == "rest"), "")
    found = {}
    for code in set(codes):
        row = next((key for _w, _p, key, pair in ranges if covers([pair], code)), rest)
        if row:
            found[code] = row
    return found


def as_columns(mapping: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """Return code and row as two columns for a statement."""
    return {"codes": list(mapping), "rows": list(mapping.values())}


def rows_of_categories(form: Form) -> dict[str, Sequence[str]]:
    """Return each category of ICD-10 with its row as two columns, for a statement to join.

    The ranges of the forms part categories (three characters), never their subdivisions.
    """
    letters = {first[0] for row in form.rows for first, _last in icd_ranges(row.icd)}
    every = (f"{letter}{number:02}" for letter in letters for number in range(100))
    return as_columns(rows_by_code(form, every))
