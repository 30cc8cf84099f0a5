"""What does each act ask, what does the register know, what does granting it do? The apps above say so.

The ground knows no licence: an app registers an ``Act`` for each procedure it carries out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms

if TYPE_CHECKING:
    from portal.dossiers.models import Dossier
    from portal.places.models import Organisation


@dataclass(frozen=True, slots=True)
class Filing:
    """What an applicant says, or an official who opens a procedure: who, what, where, when."""

    procedure: str
    case: str
    authority: Organisation
    on: date
    applicant_name: str
    birth_date: date | None = None
    identifier: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    submitter_name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decision that grants the act says: facts in lines, then its articles.

    ``shown_at`` is where anybody reads what became of it, the address without the portal's own: the
    paper carries it as a second mark.
    """

    lines: Sequence[tuple[str, str]] = ()
    articles: Sequence[str] = ()
    shown_at: str = ""


@dataclass(frozen=True, slots=True)
class Granting:
    """A dossier that is being granted: under which number, by whom, when.

    ``number_of`` takes the dossier's number of a series, the same at each call.
    """

    dossier: Dossier
    number: str
    on: date
    actor: Any
    at: datetime
    number_of: Callable[..., str]


class ActForm(forms.Form):
    """What an act asks beside the applicant and the documents; kept with the dossier as words."""

    def stored(self) -> dict[str, str]:
        """Return what was typed, as it is kept: days as 2026-11-05, nothing as nothing."""
        return {name: _kept(value) for name, value in self.cleaned_data.items() if value}

    def lines(self) -> list[tuple[str, str]]:
        """Return each answer with its label, as a person reads it."""
        found = []
        for name, known in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, "", False):
                continue
            said = dict(getattr(known, "choices", ())).get(value, value)
            text = f"{said:%d/%m/%Y}" if isinstance(said, date) else str(said)
            found.append((str(known.label), text))
        return found


def _kept(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


class Act:
    """One procedure as an app carries it out; each method may refuse with a ValidationError."""

    code: ClassVar[str] = ""
    form: ClassVar[type[ActForm]] = ActForm

    def form_of(self, case: str) -> type[ActForm]:
        """Return what is asked in a case; where cases ask for different things, less than in all."""
        return self.form

    def subject(self, filing: Filing) -> UUID | None:
        """Return whom or what in the register the filing is about, None for somebody new."""
        return None

    def check(self, filing: Filing, subject: UUID | None) -> None:
        """Refuse a filing the law does not allow, with its article and what to do instead."""

    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        """Say what the register knows of a fact, so that no paper is needed; nothing if it does not."""
        return ""

    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        """Say what applicant and official should know beforehand, though it refuses nothing."""
        return []

    def told_officials(self, filing: Filing, subject: UUID | None) -> list[str]:
        """Say what officials alone should know beforehand, as what concerns another person."""
        return []

    def is_about(self, actor: Any, dossier: Dossier) -> bool:
        """Say whether a dossier is about the very person who has it in hand."""
        return False

    def last_day(self, filing: Filing, subject: UUID | None) -> date | None:
        """Return the last day to decide where the matter itself gives it."""
        return None

    def filed(self, dossier: Dossier, *, at: datetime) -> None:
        """Do what follows from the filing itself, in its transaction."""

    def closed(self, dossier: Dossier, *, actor: Any, at: datetime) -> None:
        """Do what follows from a refusal or a withdrawal, in its transaction."""

    def plan(self, granting: Granting) -> Plan:
        """Return what the decision says; nothing is written yet."""
        return Plan()

    def carry_out(self, granting: Granting) -> None:
        """Write the effect of the decision, in its transaction; a refusal undoes the signature."""

    def result_url(self, dossier: Dossier) -> str:
        """Return where the register shows the result, for officials."""
        return ""


_acts: dict[str, Act] = {}


def register(act: Act) -> None:
    """Make an act known; the same one again changes nothing."""
    _acts[act.code] = act


def unregister(code: str) -> None:
    """Take an act back."""
    _acts.pop(code, None)


def act_of(code: str) -> Act | None:
    """Return the act of a procedure, None where no app carries it out here."""
    return _acts.get(code)


def registered() -> frozenset[str]:
    """Return the procedures that can be carried out here."""
    return frozenset(_acts)
