"""Every value of a profile: what it says, where it comes from, who verified it, when it goes stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.codelists.countries import COUNTRIES
from practitioners.items import ITEMS
from practitioners.models import (
    BanProposal,
    Evidence,
    ExaminationResult,
    ExtraTechnique,
    LicenseEvent,
    LicenseVersion,
    PracticalTraining,
    PracticeBan,
    PracticeLanguage,
    PracticeLicense,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
    Sanction,
    Speciality,
    TrainingActivity,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.words import KEPT_AS, columns_of

if TYPE_CHECKING:
    from portal.provenance import Provenance
    from practitioners.provenances import FieldWord, Sources
    from practitioners.whole import Whole

TABLES = (
    PractitionerIdentifier,
    PracticeLicense,
    LicenseVersion,
    LicenseEvent,
    Registration,
    WorkingSlot,
    ExtraTechnique,
    Qualification,
    Speciality,
    ExaminationResult,
    PracticeLanguage,
    PracticalTraining,
    TrainingRotation,
    TrainingActivity,
    PracticePeriod,
    PracticeBan,
    Sanction,
)
Titles = Mapping[tuple[str, str], str]
ITEM_OF = {KEPT_AS.get(name, name): item.key for item in ITEMS for name in item.fields}
# What rows of the person's own are named by.
QUALIFICATION, SUPERVISOR = "qualification", "supervisor"
BEGINS = ("valid_from", "issued_on", "sat_on", "ended_on")
LISTED: Mapping[tuple[type[Any], str], str] = {
    (PracticeLicense, "title"): "professional_titles",
    (LicenseVersion, "title"): "professional_titles",
    (LicenseVersion, "scope_codes"): "practice_scopes",
    (ExaminationResult, "title"): "professional_titles",
    (PracticalTraining, "title"): "professional_titles",
    (Registration, "position"): "staff_positions",
    (Speciality, "code"): "practice_scopes",
    (Speciality, "qualification"): QUALIFICATION,
    (TrainingRotation, "supervisor"): SUPERVISOR,
    (Practitioner, "nationality"): COUNTRIES,
    (Qualification, "country"): COUNTRIES,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One value with its source."""

    label: str
    text: str
    source: Provenance | None
    stale_on: date | None
    paper: str = ""
    is_today_s: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one row."""

    title: str
    lines: Sequence[Line]


class Papers:
    """The copies of papers beside the words of one person, for those who may see them."""

    def __init__(self, whole: Whole, *, may_see: bool) -> None:
        self.may_see = may_see
        sent = {row.submission_id for row in whole.of(ProfileSource)} - {None}
        rows = Evidence.objects.filter(submission__in=sent) if sent and may_see else ()
        self.sent = {(row.submission_id, key): row.pk for row in rows for key in row.proves}

    def of(self, said: ProfileSource | None) -> str:
        """Return the address of the copy a value was read from; nothing where none is kept."""
        if said is None or not self.may_see:
            return ""
        if said.paper_id:
            return reverse("practitioners:word-paper", args=[said.pk])
        found = self.sent.get((said.submission_id, ITEM_OF.get(said.field, "")))
        return reverse("practitioners:evidence", args=[found]) if found else ""


def values_of(
    whole: Whole,
    on: date,
    sources: Sources,
    titles: Titles,
    papers: Papers,
) -> list[Group]:
    """Return every value of a profile as it stood on a day, row by row.

    A row has days of its own; of the person it is said which values nobody had told by a past day.
    """
    person, is_past = whole.practitioner, on < timezone.localdate()
    then = sources.person_on_the_day(person) if is_past else person
    untold = {
        column
        for column, field in columns_of(person).items()
        if is_past and sources.then(field) is None
    }
    of_person = [
        replace(line, is_today_s=word.column in untold)
        for word in sources.words_of(then)
        for line in [_line(then, word, titles, papers.of(word.said))]
    ]
    titles = {**titles, **_named(whole)}
    groups = [Group(str(capfirst(person._meta.verbose_name)), of_person)]
    groups += [
        Group(
            _title(row),
            [_line(row, word, titles, papers.of(word.said)) for word in sources.words_of(row)],
        )
        for row in _rows(whole, on)
    ]
    return groups


def _title(row: Any) -> str:
    if isinstance(row, BanProposal):
        return _("End of a ban from practising")
    is_duty = isinstance(row, WorkingSlot)
    return str(capfirst(row.get_kind_display() if is_duty else row._meta.verbose_name))


def _rows(whole: Whole, on: date) -> Iterator[Any]:
    for model in TABLES:
        rows = whole.held_on(model, on) if model is WorkingSlot else whole.of(model)
        yield from (row for row in rows if _has_begun(row, on))
    for ban in whole.of(PracticeBan):
        yield from (row for row in ban.endings if row.decided_on <= on)


def _has_begun(row: Any, on: date) -> bool:
    days = (getattr(row, name, None) for name in BEGINS)
    first = next((day for day in days if day is not None), None)
    return first is None or first <= on


def _named(whole: Whole) -> dict[tuple[str, str], str]:
    """Return in words the rows that values name by their key: who supervises, which diploma."""
    said = {(QUALIFICATION, str(row.pk)): str(row) for row in whole.of(Qualification)}
    rows = [row.supervisor for row in whole.of(TrainingRotation)]
    return said | {(SUPERVISOR, str(row.pk)): row.name for row in rows}


def _line(row: Any, word: FieldWord, titles: Titles, paper: str) -> Line:
    label = (
        _("Hours")
        if word.column == "duty" and isinstance(row, WorkingSlot)
        else str(capfirst(row._meta.get_field(word.column).verbose_name))
    )
    return Line(label, _text(row, word, titles), word.source, word.stale_on, paper)


def _text(row: Any, word: FieldWord, titles: Titles) -> str:
    named = LISTED.get((type(row), word.column))
    if named is None:
        return _by_itself(row, word.column) or word.value
    return "; ".join(titles.get((named, code), code) for code in word.value.split(";"))


def _by_itself(row: Any, column: str) -> str:
    """Return in words a value that no list names: a day, a yes, a choice."""
    value = getattr(row, column)
    if column == "birth_date":
        return str(row.birth)
    if isinstance(value, bool):
        return _("yes")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    in_words = getattr(row, f"get_{column}_display", None)
    return str(in_words()) if in_words is not None else ""
