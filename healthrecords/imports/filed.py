"""How do the papers and notes of an envelope become records, and how is that undone?

New ones go by COPY with the visit. A paper that is sent again keeps its key and says what the file
says last; what it said before stands with the row, so that an undo can give it back. One that is not
sent any more is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from healthrecords.documents import TABLES
from healthrecords.imports.papers import KIND_OF, Paper, note_text, notes_of, paper_told, papers_of
from healthrecords.imports.record import is_whole
from healthrecords.imports.results import HIDDEN
from healthrecords.imports.waiting import close_ways
from healthrecords.models import Document, Referral, Visit, VisitNote
from healthrecords.querysets import NOT_HELD
from healthrecords.services.referrals import TERMS, holds_until
from portal.codelists.holidays import calendar_between
from portal.codelists.sensitivity import strictest
from portal.intake.comparing import Staged, row_of
from portal.intake.handler import Row
from portal.workdays import Calendar

if TYPE_CHECKING:
    from healthrecords.imports.writing import Whole, Writer
    from healthrecords.services.betraying import Words

QUARTER = timedelta(days=92)  # no term of working days is longer
OF_PAPER = (
    "content", "sent_number", "issued_at", "year", "sent_digest", "batch_id", "sensitivity",
    "cancelled_at",
)  # fmt: skip
OF_NOTE = ("visit_id", "kind", "written_at", "sensitivity")
SAID = ("visit_id", "kind", "sent_number", "issued_at", "sent_digest", "content")
OF_REFERRAL = ("to_name", "reason", "sent_at", "valid_until", "sensitivity")
WRITTEN = """staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL
  AND staged.target_id IS NOT NULL"""
KEEP = """
UPDATE intake_stagedrow staged SET before = staged.before || jsonb_build_object(
  'papers', (SELECT coalesce(jsonb_agg(to_jsonb(paper)), '[]') FROM healthrecords_document paper
    WHERE paper.visit_id = staged.target_id AND paper.origin = 'file'),
  'referrals', (SELECT coalesce(jsonb_agg(to_jsonb(referral)), '[]')
    FROM healthrecords_referral referral
    JOIN healthrecords_document paper ON paper.id = referral.document_id
    WHERE referral.visit_id = staged.target_id AND paper.origin = 'file')
)
WHERE staged.id = ANY(%s) AND staged.before IS NOT NULL
"""
GIVE_BACK = f"""
UPDATE {{table}} row SET {{columns}}
FROM intake_stagedrow staged,
  LATERAL jsonb_populate_recordset(NULL::{{table}}, staged.before -> %(part)s) old
WHERE {WRITTEN} AND staged.before IS NOT NULL AND row.id = old.id
"""
# Who noted that the person came is said again, as far as that visit stands and follows from no other.
ARRIVED_AGAIN = f"""
UPDATE healthrecords_referral referral SET arrived_at = old.arrived_at,
  arrived_by_id = old.arrived_by_id, arrived_visit_id = old.arrived_visit_id
FROM intake_stagedrow staged,
  LATERAL jsonb_populate_recordset(NULL::healthrecords_referral, staged.before -> 'referrals') old,
  healthrecords_visit there, healthrecords_document paper
WHERE {WRITTEN} AND staged.before IS NOT NULL AND referral.id = old.id
  AND referral.arrived_at IS NULL AND paper.id = referral.document_id
  AND paper.cancelled_at IS NULL AND there.id = old.arrived_visit_id
  AND there.status <> ALL(%(not_held)s) AND there.citizen_id = referral.citizen_id
  AND NOT EXISTS (
    SELECT FROM healthrecords_referral other WHERE other.arrived_visit_id = old.arrived_visit_id
  )
"""
TAKE_BACK = """
UPDATE healthrecords_document SET cancelled_at = %(at)s
WHERE batch_id = %(batch)s AND origin = 'file' AND cancelled_at IS NULL
"""


class Filing:
    """Writes the papers and notes of one batch; remembers the lists it asked."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.calendars: dict[int, Calendar] = {}
        self.protected: dict[tuple[Any, str, datetime], str] = {}

    def add(self, row: Staged, whole: Whole, said: Mapping[str, Any]) -> None:
        """Add the notes and papers of a new visit to what is copied."""
        if not row.tables:
            return
        self.add_notes(row, whole, said["started_at"])
        for paper in _papers(row, said["started_at"], said.get("ended_at")):
            self._add(row, whole, paper)

    def add_notes(self, row: Staged, whole: Whole, began: datetime) -> None:
        """Add the notes of a visit, in their order."""
        for position, note in enumerate(notes_of(row.tables, began), start=1):
            before = self.protected.get((whole[0], note.kind, note.written_at), "")
            self.writer.part(
                VisitNote,
                _protected(whole, self.writer.words.of_note(note), before),
                position=position,
                kind=note.kind,
                written_at=note.written_at,
                text=note.text,
                stage=note.stage,
                writer=note.writer,
            )

    def look_at_notes(self, visits: Iterable[UUID]) -> None:
        """Remember which notes of visits are protected: one that is written anew stays so."""
        rows = VisitNote.objects.filter(visit__in=list(visits)).exclude(sensitivity="")
        self.protected = {
            (one.visit_id, one.kind, one.written_at): one.sensitivity for one in rows.only(*OF_NOTE)
        }

    def _add(self, row: Staged, whole: Whole, paper: Paper) -> None:
        key, whole = next(self.writer.keys), _protected(whole, self.writer.words.of_paper(paper))
        said = {**self._said(paper), "content": json.dumps(paper.content, ensure_ascii=False)}
        self.writer.part(Document, whole, id=key, origin="file", kind=paper.kind, **said)
        if paper.to_code:
            way = self._way(row, paper, str(whole[2]))
            self.writer.part(Referral, whole, document_id=key, **way)

    def _said(self, paper: Paper) -> dict[str, Any]:
        return {
            "sent_number": paper.number,
            "sent_digest": paper.digest,
            "batch_id": self.writer.batch.pk,
            "content": paper.content,
            "issued_at": paper.issued_at,
            "year": timezone.localdate(paper.issued_at).year,
        }

    def _way(self, row: Staged, paper: Paper, facility: str) -> dict[str, Any]:
        place, name = self._receiver(paper, facility)
        return {
            "to_facility_id": place,
            "to_name": name[:200],
            "reason": paper.reason,
            "sent_at": paper.issued_at,
            "valid_until": self._holds_until(row, timezone.localdate(paper.issued_at)),
        }

    def _receiver(self, paper: Paper, facility: str) -> tuple[UUID | None, str]:
        """Return the facility a paper names; one that nobody knows here is kept as its code."""
        found = self.writer.places.everywhere.get(paper.to_code)
        if found is None or found[0] == UUID(facility):
            return None, paper.to_code
        return found

    def _holds_until(self, row: Staged, on: date) -> date | None:
        values = row.values
        page = self.writer.book.page(TERMS, on)
        rows = [] if page is None else [c for c in page.codes.values() if page.get(c.code, on)]
        codes = [str(values.get("MA_BENH_CHINH") or ""), *(values.get("MA_BENH_KT") or ())]
        return holds_until(codes, on, [one.attributes for one in rows], self._calendar)

    @cached_property
    def _calendar(self) -> Callable[[date], Calendar]:
        def calendar(on: date) -> Calendar:
            if on.year not in self.calendars:
                first, last = date(on.year, 1, 1), date(on.year, 12, 31) + QUARTER
                self.calendars[on.year] = calendar_between(first, last)
            return self.calendars[on.year]

        return calendar

    def replace(self, rows: Sequence[tuple[Staged, Visit]]) -> None:
        """Write what rows say anew of the papers of known visits."""
        told = [(row, visit) for row, visit in rows if is_whole(row_of(row))]
        if not told:
            return
        known: dict[UUID, list[Document]] = {}
        held = Document.objects.filter(
            visit__in=[visit.pk for _row, visit in told], origin=Document.Origin.FILE
        ).select_related("referral")
        # What stands comes before what was taken back, and each in the order it came.
        for one in sorted(held, key=lambda one: (one.cancelled_at is not None, one.pk)):
            known.setdefault(one.visit_id, []).append(one)
        changes = _Changes()
        for row, visit in told:
            self._settle(row, visit, known.get(visit.pk, []), changes)
        changes.write(timezone.localdate(self._at))

    @property
    def _at(self) -> datetime:
        batch = self.writer.batch
        return batch.confirmed_at or batch.received_at

    def _settle(self, row: Staged, visit: Visit, held: list[Document], changes: _Changes) -> None:
        whole = (visit.pk, visit.citizen_id, visit.facility_id, row.sensitivity)
        papers = _papers(row, visit.started_at, visit.ended_at)
        for paper, one in self._paired(papers, held, str(visit.facility_id)):
            if one is None:
                self._add(row, whole, paper)
            elif one.sent_digest != paper.digest or one.cancelled_at is not None:
                self._renew(row, one, paper, changes)
        for one in held:
            # What the facility it went to has answered stays with its answer.
            is_answered = getattr(getattr(one, "referral", None), "answered_at", None) is not None
            if one.cancelled_at is None and not is_answered:
                one.cancelled_at = self._at
                changes.papers.append(one)
                changes.gone.append(one.pk)

    def _renew(self, row: Staged, one: Document, paper: Paper, changes: _Changes) -> None:
        """Let a stored paper, and the referral it is of, say what a file says now."""
        for name, value in self._said(paper).items():
            setattr(one, name, value)
        own = self.writer.words.of_paper(paper)
        one.cancelled_at = None
        one.sensitivity = strictest({row.sensitivity, own, one.sensitivity})
        changes.papers.append(one)
        referral = getattr(one, "referral", None)
        if referral is not None:
            for name, value in self._way(row, paper, str(one.facility_id)).items():
                setattr(referral, name, value)
            referral.sensitivity = one.sensitivity
            changes.referrals.append(referral)

    def _paired(
        self, papers: Sequence[Paper], held: list[Document], facility: str
    ) -> list[tuple[Paper, Document | None]]:
        """Say which stored paper each one is: with the same words, the same number, else the next one.

        A referral that goes elsewhere is another one. Those that are found leave ``held``.
        """
        found: dict[int, Document] = {}
        tests: tuple[Callable[[Paper, Document], bool], ...] = (
            lambda paper, one: one.sent_digest == paper.digest,
            lambda paper, one: bool(paper.number) and one.sent_number == paper.number,
            lambda paper, one: one.cancelled_at is None,
        )
        for is_same in tests:
            for at, paper in enumerate(papers):
                if at in found:
                    continue
                fitting = (
                    one
                    for one in held
                    if one.kind == paper.kind
                    and is_same(paper, one)
                    and self._goes(one) == self._goes_now(paper, facility, one)
                )
                if (one := next(fitting, None)) is not None:
                    found[at] = one
                    held.remove(one)
        return [(paper, found.get(at)) for at, paper in enumerate(papers)]

    @staticmethod
    def _goes(one: Document) -> tuple[UUID | None, str]:
        referral = getattr(one, "referral", None)
        if referral is None:
            return None, ""
        return referral.to_facility_id, "" if referral.to_facility_id else referral.to_name

    def _goes_now(self, paper: Paper, facility: str, one: Document) -> tuple[UUID | None, str]:
        if not paper.to_code:
            return None, ""
        place, name = self._receiver(paper, facility)
        # A facility that is in the register by now was named by its code before.
        if self._goes(one) == (None, paper.to_code) and one.sent_digest == paper.digest:
            return None, paper.to_code
        return place, "" if place else name


class _Changes:
    """What becomes of the papers of a chunk of known visits."""

    def __init__(self) -> None:
        self.papers: list[Document] = []
        self.referrals: list[Referral] = []
        self.gone: list[UUID] = []

    def write(self, on: date) -> None:
        Document.objects.bulk_update(self.papers, OF_PAPER, batch_size=500)
        Referral.objects.bulk_update(self.referrals, OF_REFERRAL, batch_size=500)
        if self.gone:
            close_ways(Referral.objects.filter(document__in=self.gone), on)


def _protected(whole: Whole, *classes: str) -> Whole:
    """Return what stands on a part of a visit that has classes of its own beside the visit's."""
    return (*whole[:3], strictest({whole[3], *classes}))


def _papers(row: Staged | Row, began: datetime, ended: datetime | None) -> list[Paper]:
    return papers_of(row.tables, str(row.values["MA_LK"]), began, ended)


def keep_before(rows: Sequence[UUID]) -> None:
    """Keep with each row what the papers of its visit said, beside what the visit was."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [list(rows)])


def undo(batch: UUID, at: datetime) -> None:
    """Take back the papers a file brought, and let those it changed say again what they said."""
    said: dict[str, Any] = {"batch": batch, "at": at, "not_held": list(NOT_HELD)}
    with connection.cursor() as cursor:
        for model, part, names in (
            (Document, "papers", OF_PAPER),
            (Referral, "referrals", OF_REFERRAL),
        ):
            columns = ", ".join(f'"{name}" = old."{name}"' for name in names)
            statement = GIVE_BACK.format(table=model._meta.db_table, columns=columns)
            cursor.execute(statement, {**said, "part": part})
        cursor.execute(ARRIVED_AGAIN, said)
        cursor.execute(TAKE_BACK, said)


def shape(row: Row, began: datetime, ended: datetime | None, words: Words) -> dict[str, str]:
    """Return of a record's papers and notes what a change is looked for in; protected ones are not said."""
    papers = [(one, one.number, one.digest) for one in _papers(row, began, ended)]
    told = _told(papers, words)
    return {
        **{table: told.get(table, "") for table in KIND_OF},
        "XML5": _notes_told(notes_of(row.tables, began), words),
    }


def shapes(visits: Iterable[UUID], words: Words) -> dict[UUID, dict[str, str]]:
    """Return the same of what is stored of visits, in two queries."""
    keys = list(visits)
    papers: dict[UUID, list[tuple[Any, str, str]]] = {}
    held = Document.objects.filter(visit__in=keys, origin="file", cancelled_at=None)
    for one in held.only(*SAID):
        papers.setdefault(one.visit_id, []).append((one, one.sent_number, one.sent_digest))
    notes: dict[UUID, list[Any]] = {}
    for note in VisitNote.objects.filter(visit__in=keys).order_by("position"):
        notes.setdefault(note.visit_id, []).append(note)
    return {
        key: {**_told(papers.get(key, ()), words), "XML5": _notes_told(notes.get(key, ()), words)}
        for key in papers.keys() | notes.keys()
    }


def lasting(visits: Iterable[UUID], words: Words) -> dict[UUID, dict[str, frozenset[str]]]:
    """Return what stands of visits even where a file leaves it out: referrals that were answered."""
    found: dict[UUID, dict[str, frozenset[str]]] = {}
    held = Document.objects.filter(
        visit__in=list(visits),
        origin="file",
        cancelled_at=None,
        referral__answered_at__isnull=False,
    )
    for one in held.only(*SAID):
        told = _told([(one, one.sent_number, one.sent_digest)], words)
        mine = found.setdefault(one.visit_id, {})
        for table, line in told.items():
            mine[table] = mine.get(table, frozenset()) | {line}
    return found


def _told(papers: Iterable[tuple[Any, str, str]], words: Words) -> dict[str, str]:
    """Name papers by their tables; a protected one by its digest alone."""
    found: dict[str, list[str]] = {}
    for paper, number, digest in papers:
        told = paper_told(number, paper.issued_at, digest)
        hidden = f"{HIDDEN} {digest[:8]}"
        found.setdefault(TABLES[paper.kind], []).append(hidden if words.of_paper(paper) else told)
    return {table: "\n".join(sorted(told)) for table, told in found.items()}


def _notes_told(notes: Iterable[Any], words: Words) -> str:
    return "\n".join(_note_told(note, hides=bool(words.of_note(note))) for note in notes)


def _note_told(note: Any, *, hides: bool) -> str:
    text = note_text(note)
    return f"{HIDDEN} {sha256(text.encode()).hexdigest()[:8]}" if hides else text
