"""Which code does a cell mean: the code itself, without its zeros, or the words of its title?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from portal.codelists.icd import icd_code, icd_structure
from portal.codelists.models import Code, CodeListVersion
from portal.intake.declaration import Column
from portal.intake.problems import WARNING, Problem
from portal.names import name_norm

ICD = "icd10"
Span = tuple[UUID | None, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One version of a list, from its first day to its last.

    ``memory`` is for what a kind's checks found out about its codes; it ends with the batch.
    """

    version_id: UUID
    title: str
    legal_basis: str
    since: date
    until: date
    codes: Mapping[str, Code]
    by_title: Mapping[str, str]
    memory: dict[Any, Any] = field(default_factory=dict, compare=False)
    edges: tuple[date, ...] = ()  # days on which one of its codes begins, or holds no more

    def get(self, code: str, on: date) -> Code | None:
        """Return a code that holds on a day on which the version does."""
        found = self.codes.get(code)
        if found is None or (found.valid_from or date.min) > on:
            return None
        return found if (found.valid_until or date.max) >= on else None


@dataclass(slots=True)
class CodeBook:
    """The lists one batch needs; each version is read once."""

    _pages: dict[str, list[Page]] = field(default_factory=dict)
    _open: dict[tuple[str, date], Page | None] = field(default_factory=dict)
    _spans: dict[tuple[str, date], Span] = field(default_factory=dict)

    def page(self, key: str, on: date) -> Page | None:
        """Return a list as it holds on a day; None when no version is loaded for it."""
        if key not in self._pages:
            versions = CodeListVersion.objects.filter(code_list__key=key)
            self._pages[key] = [_page(v) for v in versions.select_related("code_list")]
            self._open.clear()
        if (key, on) not in self._open:
            pages = (p for p in self._pages[key] if p.since <= on <= p.until)
            self._open[key, on] = next(pages, None)
        return self._open[key, on]

    def span(self, key: str, on: date) -> Span:
        """Name the days around one on which a list says the same of every text."""
        found = self._spans.get((key, on))
        if found is None:
            page = self.page(key, on)
            place = bisect_right(page.edges, on) if page is not None else 0
            found = self._spans[key, on] = page.version_id if page is not None else None, place
        return found

    def read(self, column: Column, text: str, on: date) -> tuple[str | None, list[Problem]]:
        """Return the code a text means on a day, or what is wrong with it."""
        page = self.page(column.code_list, on)
        if column.code_list == ICD:
            return self._icd(page, text, on)
        if page is None:
            return text, []
        code = _meant(page, text)
        if code is not None and page.get(code, on) is not None:
            return code, []
        severity = {"severity": WARNING} if column.unknown_code_warns else {}
        known = ", ".join(f"{e.code} {e.title}" for e in list(page.codes.values())[:12])
        problem = Problem(
            "code_unknown",
            _("“%(value)s” is not in the list “%(list)s” (%(basis)s)."),
            _("Write one of its codes or titles: %(known)s."),
            {"value": text[:80], "list": page.title, "basis": page.legal_basis, "known": known},
            by_value=True,
            **severity,  # type: ignore[arg-type]
        )
        return (text if column.unknown_code_warns else None), [problem]

    def _icd(self, page: Page | None, text: str, on: date) -> tuple[str | None, list[Problem]]:
        """Take a code of the list that held, or one that ICD-10's structure knows."""
        code = icd_code(text)
        if (page is not None and page.get(code, on) is not None) or icd_structure(code) is not None:
            return code, []
        nearest = next(
            (c for c in (code[:5], code[:3]) if c != code and icd_structure(c) is not None), ""
        )
        basis = page.legal_basis if page is not None else "ICD-10"
        params = {"value": text[:40], "basis": basis, "nearest": nearest}
        message = (
            _("%(value)s is not an ICD-10 code (%(basis)s). The nearest is %(nearest)s.")
            if nearest
            else _("%(value)s is not an ICD-10 code (%(basis)s).")
        )
        remedy = (
            _("Look at the record: correct it to %(nearest)s or to the code that was meant.")
            if nearest
            else _(
                "Look at the record and write the ICD-10 code that was meant, like I10 or J18.9."
            )
        )
        return None, [Problem("icd_unknown", message, remedy, params, by_value=True)]


def _page(version: CodeListVersion) -> Page:
    codes = {row.code: row for row in version.codes.defer("words", "words_norm")}
    return Page(
        version_id=version.pk,
        title=version.code_list.title,
        legal_basis=version.legal_basis,
        since=version.valid_from,
        until=version.valid_until or date.max,
        codes=codes,
        by_title=_words(codes.values()) | {name_norm(r.title): r.code for r in codes.values()},
        edges=_edges(codes.values()),
    )


def _edges(codes: Iterable[Code]) -> tuple[date, ...]:
    begin = {code.valid_from for code in codes if code.valid_from}
    over = {
        code.valid_until + timedelta(days=1)
        for code in codes
        if code.valid_until and code.valid_until < date.max
    }
    return tuple(sorted(begin | over))


def _words(codes: Iterable[Code]) -> dict[str, str]:
    """Return what else a code is called: other names, the police's code of a country."""
    return {
        name_norm(word): row.code
        for row in codes
        for kind in ("other_names", "police_code")
        for word in str(row.attributes.get(kind, "")).split(";")
        if word.strip()
    }


def _meant(page: Page, text: str) -> str | None:
    if text in page.codes:
        return text
    folded = name_norm(text)
    if folded in page.by_title:
        return page.by_title[folded]
    if text.isdigit():
        # A sheet that took codes for numbers lost the zeros in front: 1 for 01.
        plain = text.lstrip("0")
        return next((code for code in page.codes if code.lstrip("0") == plain), None)
    head = text.partition(" ")[0].rstrip(".-:")
    return head if head in page.codes and folded.startswith(head.lower()) else None
