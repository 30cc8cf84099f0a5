"""What does a person see of a batch: findings by cause, changes, doubtful rows, masked where they must be?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.intake.answering_names import LIST_SHEET
from portal.intake.comparing import row_of
from portal.intake.declaration import Kind, kind_of
from portal.intake.handler import Handler, Subject
from portal.intake.models import Batch, Finding, StagedRow
from portal.scope import scope_of
from portal.sensitivity import Sensitivity

HIDDEN = "•••"
CAUSES_SHOWN, ROWS_SHOWN, CELLS_SHOWN = 200, 50, 500
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_])")


def sees_sensitive(user: User, batch: Batch) -> bool:
    """Say whether the values of sensitive rows of this batch may be shown to the user."""
    return batch.organisation_id in scope_of(user, "see_sensitive")


def sees_whole(user: User, batch: Batch) -> bool:
    """Say whether whatever stands in the file may be shown to the user.

    Before it is checked to its end nobody knows which of its rows are protected.
    """
    if batch.sent_by_id == user.pk or sees_sensitive(user, batch):
        return True
    return batch.is_checked and not batch.has_sensitive


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the findings: the first cell, what was sent, why it is wrong, how to mend it."""

    cell: str
    column: str
    value: str
    why: str
    remedy: str
    is_error: bool
    cause: str = ""
    rows: int = 1
    is_hidden: bool = False


def shown(finding: Finding, kind: Kind, *, open_: bool, rows: int = 1) -> Shown:
    """Say a finding in the reader's language; of a sensitive one only where it is."""
    is_error = finding.severity == Finding.Severity.ERROR
    if finding.sensitivity and not open_:
        return Shown(
            cell=_("row %(number)s") % {"number": finding.number},
            column="–",
            value=HIDDEN,
            why=_("This row belongs to a protected class; those with the right see what is wrong."),
            remedy=_("Ask the person in charge of this class at your facility."),
            is_error=is_error,
            cause=finding.cause,
            rows=rows,
            is_hidden=True,
        )
    why, remedy = words(finding)
    return Shown(
        cell=finding.cell,
        column=label_of(kind, finding),
        value=finding.value,
        why=why,
        remedy=remedy,
        is_error=is_error,
        cause=finding.cause,
        rows=rows,
    )


def words(finding: Finding) -> tuple[str, str]:
    """Return why and what to do; a message that says both is parted after its first sentence."""
    message = _(finding.message)
    why = message % finding.params if finding.params else message
    if finding.remedy:
        remedy = _(finding.remedy)
        return why, remedy % finding.params if finding.params else remedy
    first, *rest = SENTENCE.split(why, maxsplit=1)
    return first, rest[0] if rest else ""


def label_of(kind: Kind, finding: Finding) -> str:
    """Return the heading of a finding's column, in the words of the file."""
    for table in kind.tables:
        column = table.column(finding.column)
        if column is not None:
            return column.label
    return finding.column or "–"


def causes(batch: Batch, *, open_: bool) -> list[Shown]:
    """Return the findings by cause, errors first, each with its first cell and its number of rows."""
    kind = kind_of(batch.kind)
    found_groups = (
        Finding.objects.filter(batch=batch)
        .order_by()
        .values("severity", "cause", "sensitivity")
        .annotate(rows=Count("row", distinct=True), first=Min("number"))
        .order_by("severity", "-rows", "first")[:CAUSES_SHOWN]
    )
    groups: list[dict[str, Any]] = [{**group} for group in found_groups]
    if not open_:
        groups = _without_distinctions(groups)
    found = []
    for group in groups:
        finding = Finding.objects.filter(
            batch=batch,
            severity=group["severity"],
            number=group["first"],
            sensitivity=group["sensitivity"],
            **({"cause": group["cause"]} if group["cause"] else {}),
        ).first()
        if finding is not None:
            found.append(shown(finding, kind, open_=open_, rows=group["rows"]))
    return found


def _without_distinctions(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put protected findings of one severity into one line: their causes would tell too much."""
    plain = [dict(group) for group in groups if not group["sensitivity"]]
    hidden: dict[str, dict[str, Any]] = {}
    for group in groups:
        if group["sensitivity"]:
            line = hidden.setdefault(group["severity"], {**group, "cause": "", "rows": 0})
            line["rows"] += group["rows"]
            if group["first"] < line["first"]:
                line |= {"first": group["first"], "sensitivity": group["sensitivity"]}
    return [*plain, *hidden.values()]


def cells(batch: Batch, cause: str, *, open_: bool) -> list[Shown]:
    """Return every cell of one cause, protected rows left out without the right."""
    findings = Finding.objects.filter(batch=batch, cause=cause)
    if not open_:
        findings = findings.filter(sensitivity=Sensitivity.NONE)
    kind = kind_of(batch.kind)
    rows = findings.order_by("number", "id")[:CELLS_SHOWN]
    return [shown(finding, kind, open_=open_) for finding in rows]


@dataclass(frozen=True, slots=True)
class Change:
    """One column of a row, before and after."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a batch as a line of the preview."""

    row: StagedRow
    subject: Subject
    changes: Sequence[Change] = ()
    candidates: Sequence[tuple[str, str, Subject]] = ()
    findings: Sequence[Shown] = ()
    person: Subject | None = None


@dataclass(slots=True)
class Viewer:
    """Shows rows of one batch to one person, and remembers whom it showed."""

    batch: Batch
    handler: Handler
    open_: bool
    people: set[UUID] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        return kind_of(self.batch.kind)

    def lines(self, rows: Iterable[StagedRow]) -> list[Line]:
        """Return rows as lines: who and what, old and new, whom it may be, what is wrong."""
        rows = list(rows)
        seen = [row for row in rows if self._may_see(row)]
        ids = {UUID(c["id"]) for row in seen for c in row.candidates}
        ids |= {row.subject_id for row in seen if row.subject_id}
        subjects = self.handler.describe(ids) if ids else {}
        self.people |= ids
        findings: dict[UUID, list[Finding]] = {}
        for finding in Finding.objects.filter(row__in=[row.pk for row in rows]).order_by("id"):
            findings.setdefault(finding.row_id, []).append(finding)
        return [self._line(row, subjects, findings.get(row.pk, [])) for row in rows]

    def _may_see(self, row: StagedRow) -> bool:
        return self.open_ or not row.sensitivity

    def _line(
        self, row: StagedRow, subjects: Mapping[UUID, Subject], findings: Sequence[Finding]
    ) -> Line:
        said = [shown(finding, self.kind, open_=self.open_) for finding in findings]
        if not self._may_see(row):
            hidden = Subject(HIDDEN, _("a row of a protected class"))
            return Line(row, hidden, findings=said[:1])
        return Line(
            row=row,
            subject=self.handler.summary(row_of(row)),
            changes=[self._change(*change) for change in row.changes],
            candidates=[
                (c["id"], ground_words(c["ground"]), subjects[UUID(c["id"])])
                for c in row.candidates
                if UUID(c["id"]) in subjects
            ],
            findings=said,
            person=subjects.get(row.subject_id) if row.subject_id else None,
        )

    def _change(self, name: str, old: Any, new: Any) -> Change:
        labels = {c.name: c.label for table in self.kind.tables for c in table.columns}
        titles = {table.name: table.title for table in self.kind.tables}
        label = labels.get(name) or titles.get(name, name)
        return Change(label, plain(old), plain(new))


def ground_words(ground: str) -> str:
    """Say why somebody is a candidate."""
    return {
        "visit": _("the visit is known under this person"),
        "number": _("the same number, but name or birth differ"),
        "card": _("the same insurance number, but name or birth differ"),
        "patient": _("the same patient number of the facility, but name or birth differ"),
        "own": _("the row bears the mark of this record, but name and birth differ"),
        "code": _("the same code of the sender, but name and birth differ"),
        "likeness": _("the same name, birth and sex"),
    }.get(ground, ground)


def plain(value: Any) -> str:
    """Show a stored value as people write it; nothing is a dash."""
    text = "" if value is None else str(value)
    for pattern, shape in (("%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"), ("%Y-%m-%d", "%d/%m/%Y")):
        try:
            return datetime.strptime(text, pattern).strftime(shape)  # noqa: DTZ007  (a file's clock)
        except ValueError:
            continue
    return text or "–"


def row_count_by_severity(batch: Batch) -> Mapping[str, int]:
    """Count the rows with errors, and those with warnings alone."""
    counted = Finding.objects.filter(batch=batch).aggregate(
        wrong=Count("row", filter=Q(severity="error"), distinct=True),
        remarked=Count("row", filter=Q(severity="warning"), distinct=True),
    )
    return {"wrong": counted["wrong"], "remarked": counted["remarked"]}


def remarks_on(batch: Batch) -> list[dict[str, Any]]:
    """Return the remarks on a file as a whole; that our own list was passed over is none."""
    kept = []
    for remark in batch.notes:
        if remark["code"] == "sheets_ignored":
            names = [name for name in remark["params"]["sheets"] if not name.startswith(LIST_SHEET)]
            if names:
                kept.append({**remark, "params": {**remark["params"], "sheets": names}})
        else:
            kept.append(remark)
    return kept


def old_fonts(batch: Batch) -> str:
    """Return the old font's encoding in which most cells are written; none when it was converted."""
    if batch.options.get("encoding") or batch.state != Batch.State.CHECKED:
        return ""
    found = (
        Finding.objects.filter(batch=batch, code="legacy_encoded")
        .order_by()
        .values_list("params__name")
        .annotate(n=Count("id"))
        .order_by("-n")
        .first()
    )
    return str(found[0] or "") if found else ""


def short_hash(batch: Batch) -> str:
    """Return the ends of the file's hash: enough to tell two files apart by eye."""
    return f"{batch.file.sha256[:4]}…{batch.file.sha256[-4:]}"
