"""How does the desk show the paper that proves an item: which one, at which page, how large?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from practitioners.pages.filters import ZOOM

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from practitioners.models import Evidence
    from practitioners.pages.filters import Filter

MOST_PAGES = 99


@dataclass(frozen=True, slots=True)
class Step:
    """A link that turns a page or changes the size."""

    label: StrOrPromise
    url: str
    is_on: bool
    value: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One copy of a paper as the desk draws it; without scripts the links draw the page anew."""

    row: Evidence
    url: str
    address: str
    proves: str
    pages_of: str
    is_current: bool
    page: int
    zoom: str
    pages: Sequence[Step]
    zooms: Sequence[Step]
    here: str

    @property
    def is_pdf(self) -> bool:
        return bool(self.row.kind == "pdf")


def papers_of(
    evidence: Sequence[Evidence], key: str, asked: Mapping[str, str], *, here: str, chosen: Filter
) -> list[Paper]:
    """Return the papers: the one that shows the current item is drawn, the others lie ready.

    ``asked`` may name the paper and its page.
    """
    named = asked.get("paper", "")
    current = next((row for row in evidence if str(row.pk) == named), None)
    current = current or next((row for row in evidence if key in row.proves), None)
    current = current or next(iter(evidence), None)
    return [
        _paper(row, key, asked, here=here, chosen=chosen, is_current=row is current)
        for row in evidence
    ]


def _paper(
    row: Evidence,
    key: str,
    asked: Mapping[str, str],
    *,
    here: str,
    chosen: Filter,
    is_current: bool,
) -> Paper:
    last = min(row.page_count or 1, MOST_PAGES)
    number = row.page_of(key) if key in row.proves else row.page
    turned = asked.get("page", "") if is_current else ""
    number = max(1, min(int(turned) if turned.isdecimal() and len(turned) < 4 else number, last))
    zoom = chosen.zoom or "width"

    def step(**changes: str) -> str:
        size = changes.get("zoom", chosen.zoom)
        page = changes.get("page", str(number))
        to = chosen.but(zoom=size).address(item=key, paper=str(row.pk), page=page)
        return f"{here}{to}#evidence"

    url = reverse("practitioners:evidence", args=[row.pk])
    return Paper(
        row=row,
        url=url,
        address=f"{url}#page={number}&zoom={_of_viewer(zoom)}&toolbar=0&navpanes=0",
        proves=" ".join(row.proves),
        pages_of=" ".join(f"{item}:{row.page_of(item)}" for item in row.proves),
        is_current=is_current,
        page=number,
        zoom=zoom,
        pages=[Step(str(n), step(page=str(n)), n == number, str(n)) for n in range(1, last + 1)]
        if last > 1
        else [],
        zooms=[
            Step(str(label), step(zoom=name), name == zoom, name) for name, label in ZOOM.items()
        ],
        here=step(),
    )


def _of_viewer(zoom: str) -> str:
    """Return the size in the words of a browser's PDF viewer (PDF open parameters)."""
    return {"width": "page-width", "page": "page-fit"}.get(zoom, zoom)
