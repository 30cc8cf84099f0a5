"""Which fields stand on a paper, as the insurance standard names them, and where each comes from?"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FIELDS = Path(__file__).with_name("fields.csv")
# The tables of the standard (QĐ 130, QĐ 4750, QĐ 3176), for the head of the form.
TABLES = {
    "discharge": "XML7",
    "summary": "XML8",
    "birth": "XML9",
    "pregnancy": "XML10",
    "sick_leave": "XML11",
    "referral": "XML13",
    "revisit": "XML14",
}


@dataclass(frozen=True, slots=True)
class PaperField:
    """One field of one paper; ``source`` says what fills it first."""

    kind: str
    name: str
    official: str
    label: str
    type: str
    length: int | None
    is_required: bool
    source: str

    @property
    def code_list(self) -> str:
        """Return the list whose codes the field takes, "" where it takes no code."""
        return self.type.partition(":")[2]


@cache
def fields_of(kind: str) -> tuple[PaperField, ...]:
    """Return the fields of a paper in the order of its form."""
    with FIELDS.open(encoding="utf-8", newline="") as source:
        return tuple(
            PaperField(
                kind=row["kind"],
                name=row["name"],
                official=row["official"],
                label=row["label"],
                type=row["type"],
                length=int(row["length"]) if row["length"] else None,
                is_required=row["required"] == "x",
                source=row["source"],
            )
            for row in csv.DictReader(source)
            if row["kind"] == kind
        )
