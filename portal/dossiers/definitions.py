"""What does the law of a day say of a procedure: its cases, documents, term and authorities?

All of it is in code lists (procedures, procedure_cases ...), each row with its article; the day an
applicant files picks the version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from portal.codelists.lookup import Entry, code_on, codes_on
from portal.workdays import Term, TermUnit

PROCEDURES, CASES, DOCUMENTS = "procedures", "procedure_cases", "procedure_documents"
TERMS, AUTHORITIES, NUMBERS = "procedure_terms", "procedure_authorities", "number_formats"


class CountedFrom(StrEnum):
    """What a term is counted from."""

    COMPLETE = "complete"
    VERIFICATION = "verification"
    EXPIRY = "expiry"
    APPRAISAL = "appraisal"  # a second term: what comes before it ends with the appraisal


class Need(StrEnum):
    """How much a document is needed."""

    MUST = "must"
    ONE = "one"  # of its group
    MAY = "may"


@dataclass(frozen=True, slots=True)
class Procedure:
    """One act as the list of a day has it."""

    code: str
    title: str
    subject: str
    by_authority: bool
    needs_four_eyes: bool
    national_code: str
    fee: int | None
    fee_basis: str
    basis: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Why the act is asked for; ``fee`` is the case's own, else the procedure's counts."""

    code: str
    title: str
    basis: str
    has_foreign_papers: bool
    fee: int | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """One document that a case needs; ``fact`` is what the register may know in its stead."""

    code: str
    title: str
    need: Need
    group: str
    fact: str
    form: str
    basis: str
    is_verified: bool

    @property
    def name(self) -> str:
        """Return the title with the form of the decree."""
        return f"{self.title} ({self.form})" if self.form else self.title


@dataclass(frozen=True, slots=True)
class TermRule:
    """The term of a case; without ``term`` the last day comes from the matter itself.

    ``then`` is the term to decide within once the place was appraised, where the law gives one.
    """

    term: Term | None
    counted_from: CountedFrom
    stays_valid: bool
    basis: str
    is_verified: bool
    then: TermRule | None = None


@dataclass(frozen=True, slots=True)
class AuthorityRule:
    """A kind of authority that decides on an act on a day."""

    kind: str
    title: str
    basis: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers of a series are written, and whether they begin anew each year."""

    form: str
    is_yearly: bool


def _said(entry: Entry, name: str) -> str:
    return str(entry.attributes.get(name, "") or "")


def _is_verified(entry: Entry) -> bool:
    return _said(entry, "row_verified") == "1"


def _applies(entry: Entry, procedure: str, case: str) -> bool:
    cases = _said(entry, "cases")
    return _said(entry, "procedure") == procedure and (cases == "*" or case in cases.split(";"))


def _amount(text: str) -> int | None:
    return int(text) if text else None


def _procedure(entry: Entry) -> Procedure:
    return Procedure(
        code=entry.code,
        title=entry.title,
        subject=_said(entry, "subject"),
        by_authority=_said(entry, "opened_by") == "authority",
        needs_four_eyes=_said(entry, "four_eyes") == "1",
        national_code=_said(entry, "national_code"),
        fee=_amount(_said(entry, "fee")),
        fee_basis=_said(entry, "fee_basis"),
        basis=_said(entry, "basis"),
        is_verified=_is_verified(entry),
    )


def procedures_on(on: date) -> list[Procedure]:
    """Return every procedure of a day, in the list's order."""
    return [_procedure(entry) for entry in codes_on(PROCEDURES, on)]


def procedure_on(code: str, on: date) -> Procedure | None:
    """Return a procedure as a day has it, None when it has none."""
    entry = code_on(PROCEDURES, code, on)
    return _procedure(entry) if entry else None


def cases_on(procedure: str, on: date) -> list[Case]:
    """Return the cases of a procedure, in the list's order."""
    return [
        Case(
            code=_said(entry, "case"),
            title=entry.title,
            basis=_said(entry, "basis"),
            has_foreign_papers=_said(entry, "foreign") == "1",
            fee=_amount(_said(entry, "fee")),
            is_verified=_is_verified(entry),
        )
        for entry in codes_on(CASES, on)
        if _said(entry, "procedure") == procedure
    ]


def case_on(procedure: str, case: str, on: date) -> Case | None:
    """Return one case, None when the day's list has none of this code."""
    return next((row for row in cases_on(procedure, on) if row.code == case), None)


def documents_on(procedure: str, case: str, on: date) -> list[DocumentRule]:
    """Return the documents one case needs, and none of the others."""
    return [
        DocumentRule(
            code=_said(entry, "document"),
            title=entry.title,
            need=Need(_said(entry, "need")),
            group=_said(entry, "group"),
            fact=_said(entry, "fact"),
            form=_said(entry, "form"),
            basis=_said(entry, "basis"),
            is_verified=_is_verified(entry),
        )
        for entry in codes_on(DOCUMENTS, on)
        if _applies(entry, procedure, case)
    ]


def term_on(procedure: str, case: str, on: date) -> TermRule | None:
    """Return the term of a case with what follows it, None when the sources give none."""
    rules = [_term(entry) for entry in codes_on(TERMS, on) if _applies(entry, procedure, case)]
    appraisal = CountedFrom.APPRAISAL
    first = next((rule for rule in rules if rule.counted_from != appraisal), None)
    then = next((rule for rule in rules if rule.counted_from == appraisal), None)
    return replace(first, then=then) if first else None


def _term(entry: Entry) -> TermRule:
    count = _said(entry, "count")
    return TermRule(
        term=Term(int(count), TermUnit(_said(entry, "unit"))) if count else None,
        counted_from=CountedFrom(_said(entry, "counted_from")),
        stays_valid=_said(entry, "silence") == "stays_valid",
        basis=_said(entry, "basis"),
        is_verified=_is_verified(entry),
    )


def authorities_on(procedure: str, on: date) -> list[AuthorityRule]:
    """Return which kinds of authority decide on an act on a day (Decree 148/2025 moved some)."""
    family = procedure.partition(".")[0]
    return [
        AuthorityRule(_said(entry, "kind"), entry.title, _said(entry, "basis"), _is_verified(entry))
        for entry in codes_on(AUTHORITIES, on)
        if _said(entry, "procedure") in {procedure, family}
    ]


def kinds_on(procedure: str, on: date) -> Sequence[str]:
    """Return the codes of those kinds, each once."""
    return list(dict.fromkeys(rule.kind for rule in authorities_on(procedure, on)))


def number_form_on(series: str, on: date) -> NumberForm | None:
    """Return how numbers of a series are written on a day; None when the day's list lacks it."""
    entry = code_on(NUMBERS, series, on)
    if entry is None:
        return None
    return NumberForm(_said(entry, "form"), _said(entry, "counted") == "yearly")
