"""What of two rows of the register cannot stand with one person, and how can it be resolved?

Found from the rules of the database themselves, so that a rule that comes later is met as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from portal.database.belonging import Belonging
from practitioners.models import (
    ExaminationResult,
    LicenseEvent,
    PracticalTraining,
    PracticeLanguage,
    PracticeLicense,
    PractitionerAccount,
    PractitionerIdentifier,
    Registration,
    TrainingActivity,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.services.joined_rows import Effect, Row, belongings
from practitioners.states import State

ONE_DAY = timedelta(days=1)
SURVIVOR, JOINED, REST = "survivor", "joined", "rest"


class Remedy(StrEnum):
    """How a contradiction is resolved: not at all here, by saying which holds, or by leaving one."""

    NONE = "none"
    HOLDS = "holds"
    RESTS = "rests"


HOLDS = (PracticeLicense, PractitionerAccount)
RESTS = (ExaminationResult, PracticeLanguage, TrainingActivity)
# Rows that are only a part: what contradicts is the whole they hang on.
ROOTS: Mapping[type[models.Model], Any] = {
    WorkingSlot: lambda row: row.registration or row.rotation.training,
    TrainingRotation: lambda row: row.training,
}


@dataclass(slots=True)
class Contradiction:
    """A row of the joined one that cannot stand beside rows of the survivor."""

    key: str
    code: str
    because: StrOrPromise
    row: Any
    others: list[Any] = field(default_factory=list)
    remedy: Remedy = Remedy.NONE
    # Which of the two may hold; and why not both, where one may not.
    may_hold: tuple[str, ...] = (SURVIVOR, JOINED)
    proviso: StrOrPromise = ""

    @property
    def sentence(self) -> str:
        """Name both sides and the rule between them."""
        said = _("%(kind)s %(row)s cannot stand beside %(others)s: %(because)s") % {
            "kind": capfirst(str(self.row._meta.verbose_name)),
            "row": in_words(self.row),
            "others": "; ".join(in_words(one) for one in self.others),
            "because": self.because,
        }
        return f"{said} {self.proviso}" if self.proviso else said

    @property
    def options(self) -> list[tuple[str, str]]:
        """Return the answers an official may give."""
        match self.remedy:
            case Remedy.HOLDS:
                rows = ((SURVIVOR, self.others[0]), (JOINED, self.row))
                return [
                    (value, _("%(row)s holds") % {"row": in_words(row)})
                    for value, row in rows
                    if value in self.may_hold
                ]
            case Remedy.RESTS:
                said = _("%(row)s stays with the replaced row and does not count")
                return [(REST, said % {"row": in_words(self.row)})]
            case _none:
                return []


def in_words(row: Any) -> str:
    """Write a row as an official recognises it: what it is, and its days."""
    days = ""
    if hasattr(row, "valid_from"):
        first = f"{row.valid_from:%d/%m/%Y}" if row.valid_from else "…"
        last = f"{row.valid_until:%d/%m/%Y}" if row.valid_until else "…"
        days = f" ({first} – {last})"
    match row:
        case Registration():
            return f"{row.facility}{', ' if row.position_text else ''}{row.position_text}{days}"
        case PracticalTraining():
            return f"{row.facility}{days}"
        case PractitionerAccount():
            return f"{row.user}{days}"
        case _other:
            return f"{row}{days}"


def contradictions(survivor: UUID, joined: UUID, on: date) -> list[Contradiction]:
    """Return what would stand against the database's rules, or the register's own, on one person."""
    found: dict[str, Contradiction] = {}
    for code, because, mine, theirs in _pairs(survivor, joined):
        key = f"{theirs._meta.db_table}:{theirs.pk}"
        one = found.setdefault(key, Contradiction(key, code, because, theirs))
        if mine not in one.others:
            one.others.append(mine)
    for one in found.values():
        one.remedy = _remedy(one, on)
        if isinstance(one.row, PracticeLicense):
            _let_no_suspension_go(one, on)
    known = [*found.values(), *_numbers(survivor, joined), *_supervised(survivor, joined)]
    return sorted(known, key=lambda one: (one.remedy != Remedy.NONE, one.key))


def _remedy(one: Contradiction, on: date) -> Remedy:
    row = one.row
    if isinstance(row, HOLDS):
        return Remedy.HOLDS
    if isinstance(row, RESTS):
        return Remedy.RESTS
    if isinstance(row, Registration | PracticalTraining):
        is_over = row.valid_until is not None and row.valid_until < on
        is_twice = all(other.facility_id == row.facility_id for other in one.others)
        holds_post = isinstance(row, Registration) and row.is_responsible
        return Remedy.RESTS if is_over or (is_twice and not holds_post) else Remedy.NONE
    return Remedy.NONE


def _let_no_suspension_go(one: Contradiction, on: date) -> None:
    """Let a suspended licence give way to none that holds: its holder would be free to practise."""
    mine, theirs = _is_suspended(one.others[0], on), _is_suspended(one.row, on)
    if mine != theirs:
        one.may_hold = (SURVIVOR,) if mine else (JOINED,)
        one.proviso = gettext_lazy(
            "The suspended one cannot give way: the person would be free to practise. Where it is not"
            " to hold, let its suspension be lifted or the licence be revoked first."
        )


def _is_suspended(license: PracticeLicense, on: date) -> bool:
    """Say whether a licence is suspended on a day, or will be by what is decided already."""
    events = license.events.filter(kind=LicenseEvent.Kind.SUSPENDED, valid_from__gt=on)
    days = [on, *events.values_list("valid_from", flat=True)]
    return any(license.state_on(day) == State.SUSPENDED for day in days)


def _pairs(survivor: UUID, joined: UUID) -> Iterator[tuple[str, StrOrPromise, Any, Any]]:
    """Yield each rule two rows would break, with the two roots."""
    for belonging in belongings():
        for constraint in belonging.model._meta.constraints:
            compared = _compared(constraint, belonging)
            if compared is None:
                continue
            mine, theirs = (
                _read(belonging, constraint, compared, who) for who in (survivor, joined)
            )
            because: Any = constraint.violation_error_message
            code = constraint.violation_error_code or "rows_clash"
            for row in theirs:
                for other in mine:
                    if _meet(compared, other, row):
                        yield code, because, _root(other), _root(row)


Compared = list[tuple[Any, str]]


def _compared(constraint: Any, belonging: Belonging) -> Compared | None:
    """Return what a rule compares of rows of one person; None where it is not about one person.

    Seats of trainees are taken anew, and are no contradiction.
    """
    name = belonging.field.name
    if name == "supervisor":
        return None
    if isinstance(constraint, models.UniqueConstraint) and name in constraint.fields:
        return [(F(one), "=") for one in constraint.fields if one != name]
    if isinstance(constraint, ExclusionConstraint):
        said = [(expression, str(op)) for expression, op in constraint.expressions]
        if any(expression == name for expression, _op in said):
            return [
                (F(one) if isinstance(one, str) else one, op) for one, op in said if one != name
            ]
    return None


def _read(belonging: Belonging, constraint: Any, compared: Compared, who: UUID) -> list[Any]:
    rows = belonging.rows.filter(**{belonging.column: who})
    if constraint.condition is not None:
        rows = rows.filter(constraint.condition)
    said = {f"compared_{place}": expression for place, (expression, _op) in enumerate(compared)}
    related = [f.name for f in belonging.model._meta.local_concrete_fields if f.is_relation]
    return list(rows.annotate(**said).select_related(*related).order_by("pk"))


def _meet(compared: Compared, one: Any, other: Any) -> bool:
    for place, (_expression, op) in enumerate(compared):
        mine, theirs = (getattr(row, f"compared_{place}") for row in (one, other))
        if mine is None or theirs is None:
            return False
        if op == "=" and mine != theirs:
            return False
        if op == "&&" and not _overlap(mine, theirs):
            return False
    return True


def _overlap(one: Any, other: Any) -> bool:
    """Say whether two ranges meet, as PostgreSQL gives them: the last value left out."""
    if one.isempty or other.isempty:
        return False
    begins = one.lower is None or other.upper is None or one.lower < other.upper
    return begins and (other.lower is None or one.upper is None or other.lower < one.upper)


def _root(row: Any) -> Any:
    return ROOTS[type(row)](row) if type(row) in ROOTS else row


def _numbers(survivor: UUID, joined: UUID) -> Iterator[Contradiction]:
    """Yield each kind of number both rows have another one of in force: a person has one."""
    rows = PractitionerIdentifier.objects.filter(valid_until=None).order_by("-is_verified", "pk")
    mine, theirs = (list(rows.filter(practitioner=who)) for who in (survivor, joined))
    for kind in PractitionerIdentifier.Kind:
        ours = [row for row in mine if row.kind == kind]
        others = [row for row in theirs if row.kind == kind]
        if ours and others and {row.value for row in ours} != {row.value for row in others}:
            yield Contradiction(
                f"identifier:{kind}",
                "identifier_second",
                _("a person has one number of a kind in force."),
                others[0],
                ours[:1],
                Remedy.HOLDS,
            )


def _supervised(survivor: UUID, joined: UUID) -> Iterator[Contradiction]:
    """Yield rotations in which one of the two guides the other."""
    both = (survivor, joined)
    rows = TrainingRotation.objects.filter(supervisor__in=both, practitioner__in=both)
    for row in rows.select_related("practitioner", "supervisor", "facility"):
        yield Contradiction(
            f"{row._meta.db_table}:{row.pk}",
            "own_supervisor",
            _("Nobody supervises their own training."),
            row,
            [row.supervisor],
        )


def require_resolved(
    found: Sequence[Contradiction], choices: Mapping[str, str], on: date
) -> tuple[set[Row], list[Effect]]:
    """Refuse what stands unresolved, each by name; return what rests and what else changes."""
    refused = [error for one in found if (error := _unresolved(one, choices)) is not None]
    if refused:
        raise ValidationError(refused)
    rests = [one.row for one in found if one.remedy == Remedy.RESTS]
    ends = [_ended(one, choices[one.key], on) for one in found if one.remedy == Remedy.HOLDS]
    return {(row._meta.db_table, row.pk) for row in rests}, ends


def _unresolved(one: Contradiction, choices: Mapping[str, str]) -> ValidationError | None:
    if one.remedy == Remedy.NONE:
        return ValidationError(
            gettext_lazy("%(said)s End or mend one of the two first; then join the rows."),
            code=one.code,
            params={"said": one.sentence},
        )
    if choices.get(one.key) not in dict(one.options):
        return ValidationError(
            gettext_lazy("%(said)s Choose how it is resolved."),
            code="choice_missing",
            params={"said": one.sentence},
        )
    return None


def _ended(one: Contradiction, choice: str, on: date) -> Effect:
    """Say what changes in the row that gives way: a licence is replaced, anything else ends the eve."""
    holds, yields = one.others[0], one.row
    if choice == JOINED:
        holds, yields = yields, holds
    if isinstance(yields, PracticeLicense):
        return Effect(yields, {"superseded_on": on, "superseded_by_id": holds.pk})
    eve = on - ONE_DAY
    return Effect(yields, {"valid_until": max(eve, yields.valid_from or eve)})
