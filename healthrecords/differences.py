"""What differs between two signed versions of a visit, in the words of its form?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.documents.reading import shown_fields
from healthrecords.models import DiagnosticReport, Document, Procedure, Referral, Result, Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.snapshots import told
from portal.codelists.models import CodeListVersion
from portal.places.models import Organisation

Row = Mapping[str, Any]
REPORT, RESULT, PROCEDURE, DOCUMENT = (
    str(model._meta.label_lower) for model in (DiagnosticReport, Result, Procedure, Document)
)
UNREAD = frozenset({"content", "sensitivity"})  # told in other words, or not told
ALIKE = 0.34  # below that share of equal values two rows are not the same one changed


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was changed, added or taken away."""

    part: StrOrPromise
    field: StrOrPromise
    before: str
    after: str


def differences(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[Difference]:
    """Return what the newer snapshot says otherwise, in the order of the form."""
    found = list(_changed(Visit._meta.label_lower, older["visit"], newer["visit"]))
    labels = list(dict.fromkeys([*older["parts"], *newer["parts"]]))
    for label in labels:
        found += _of_part(label, older["parts"].get(label, []), newer["parts"].get(label, []))
    return found


def _of_part(label: str, older: Sequence[Row], newer: Sequence[Row]) -> Iterator[Difference]:
    pairs, gone, new = _paired(label, older, newer)
    name = _name(label)
    for before, after in pairs:
        yield from _changed(label, before, after)
    for row in gone:
        yield Difference(name, _("taken away"), _sentence(label, row), "")
    for row in new:
        yield Difference(name, _("added"), "", _sentence(label, row))


def _paired(
    label: str, older: Sequence[Row], newer: Sequence[Row]
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Pair rows that are the same one, the most alike first."""
    candidates = sorted(
        (
            (_likeness(told(one, label), told(other, label)), -at, -there)
            for at, one in enumerate(older)
            for there, other in enumerate(newer)
        ),
        reverse=True,
    )
    left, right = dict(enumerate(older)), dict(enumerate(newer))
    pairs = []
    for likeness, at, there in candidates:
        if likeness >= ALIKE and -at in left and -there in right:
            pairs.append((left.pop(-at), right.pop(-there)))
    return pairs, list(left.values()), list(right.values())


def _likeness(one: Row, other: Row) -> float:
    names = one.keys() | other.keys()
    return sum(one.get(n) == other.get(n) for n in names) / len(names) if names else 1.0


def _changed(label: str, before: Row, after: Row) -> Iterator[Difference]:
    one, other = told(before, label), told(after, label)
    for name in dict.fromkeys([*before, *after]):
        if one.get(name) != other.get(name):
            title, old = _shown(label, name, before.get(name))
            new = _shown(label, name, after.get(name))[1]
            yield Difference(_name(label), title, old, new)


def _name(label: str) -> StrOrPromise:
    """Return what a part is called; one that is no more keeps its old name."""
    try:
        return apps.get_model(label)._meta.verbose_name or label
    except LookupError:
        return label


def _sentence(label: str, row: Row) -> str:
    """Return a row in one line, as it calls itself where its table still exists."""
    texts = [value for value in row.values() if isinstance(value, str) and value]
    try:
        model = apps.get_model(label)
    except LookupError:
        return ", ".join(texts[:3])
    shown = [_shown(label, name, value) for name, value in told(row, label).items()]
    if label in SENTENCES:
        return SENTENCES[label](row)
    if "code" in row and "title" in row:
        return f"{row['code']} {row['title']}".strip()
    if "name" in row:
        return " ".join(str(row[name]) for name in ("name", "instruction") if row.get(name))
    names = {field.name for field in model._meta.concrete_fields if field.is_relation}
    return ", ".join(f"{title}: {text}" for title, text in shown if title not in names and text)


def _value(row: Row) -> str:
    said = " ".join(str(row[name]) for name in ("name", "value", "unit") if row.get(name))
    flag = dict(Result.Flag.choices).get(row.get("flag") or "normal")
    return said if row.get("flag") in {None, "", "normal"} else f"{said} ({flag})"


def _paper(row: Row) -> str:
    own = row["number"]
    number = row.get("sent_number", "") if own is None else f"{own:05}/{row['year']}"
    return f"{DocumentKind(row['kind']).label} {number}".rstrip()


def _report(row: Row) -> str:
    return ". ".join(str(row[name]) for name in ("title", "conclusion") if row.get(name))


# Rows that stand with a visit, in the words in which people speak of them.
SENTENCES: Mapping[str, Callable[[Row], str]] = {
    RESULT: _value,
    DOCUMENT: _paper,
    REPORT: _report,
    PROCEDURE: lambda row: str(row["title"]),
    Referral._meta.label_lower: lambda row: str(row["to_name"]),
}


def _shown(label: str, name: str, value: Any) -> tuple[StrOrPromise, str]:
    """Return a field's title and its value as people read it."""
    try:
        field: Any = apps.get_model(label)._meta.get_field(name)
    except LookupError:
        return name, str(value or "")
    title = getattr(field, "verbose_name", name)
    if value is None or value in ("", []):
        return title, ""
    if getattr(field, "choices", None):
        return title, str(dict(field.flatchoices).get(value, value))
    if isinstance(value, Mapping):
        return title, _given_all_the_same(value)
    return title, _text(field, value)


def _text(field: Any, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(field, models.ForeignKey):
        return _named(field.related_model, value)
    if not isinstance(value, str):
        return str(value)
    return _read_text(field.to_python(value))


def _given_all_the_same(kept: Mapping[str, Any]) -> str:
    """Return what was said against a medicine, as far as it is told, and why it is given."""
    reason = kept.get("reason", "")
    told = [f"{_('Given all the same:')} {reason}"] if reason else []
    return " ".join([*kept.get("said", ()), *told])


def _named(model: Any, key: Any) -> str:
    """Return what a person, a place or a version of a list is called; any other row is its key."""
    if model not in {get_user_model(), CodeListVersion, Organisation}:
        return str(key)
    return str(model._default_manager.filter(pk=key).first() or key)


def _read_text(read: Any) -> str:
    if isinstance(read, datetime):
        return f"{timezone.localtime(read):%H:%M %d/%m/%Y}"
    if isinstance(read, date):
        return f"{read:%d/%m/%Y}"
    if isinstance(read, Decimal):
        return str(number_format(read.normalize() + 0))
    return str(read)


@dataclass(frozen=True, slots=True)
class Told:
    """One part of a snapshot for reading: its name, and its rows as titles with texts."""

    name: StrOrPromise
    rows: list[list[tuple[StrOrPromise, str]]]


def told_lines(said: Mapping[str, Any]) -> list[Told]:
    """Return all that a snapshot tells, part by part, for reading."""
    found = [Told(_name(Visit._meta.label_lower), [_lines(Visit._meta.label_lower, said["visit"])])]
    for label, rows in said["parts"].items():
        if rows:
            found.append(Told(_name(label), [_lines(label, row) for row in rows]))
    return found


def _lines(label: str, row: Row) -> list[tuple[StrOrPromise, str]]:
    if label == RESULT:
        return [(str(row["name"]), _value({**row, "name": ""}).strip())]
    relations = {*_relations(label), *UNREAD}
    shown = [
        _shown(label, name, value)
        for name, value in told(row, label).items()
        if name not in relations
    ]
    lines = [(title, text) for title, text in shown if text]
    if label == DOCUMENT:
        on = date.fromisoformat(str(row["issued_at"])[:10])
        fields = shown_fields(row["kind"], row["content"], on=on)
        lines += [(title, text) for title, _official, text in fields]
    return lines


def _relations(label: str) -> set[str]:
    try:
        model = apps.get_model(label)
    except LookupError:
        return set()
    return {field.name for field in model._meta.concrete_fields if field.is_relation}


def attached_lines(said: Mapping[str, Any]) -> list[tuple[StrOrPromise, list[str]]]:
    """Return what stands with a visit, each result behind its report: the names of parts, and lines."""
    parts = said["parts"]
    values: dict[str, list[str]] = {}
    for row in sorted(parts.get(RESULT, ()), key=lambda row: row["position"]):
        values.setdefault(row["report"], []).append(_value(row))
    found: list[tuple[StrOrPromise, list[str]]] = []
    for label in (REPORT, PROCEDURE, DOCUMENT):
        lines = []
        for row in parts.get(label, ()):
            told_of = "; ".join(values.get(row["id"], ())) if label == REPORT else ""
            line = SENTENCES[label](row)
            lines.append(f"{line}: {told_of}" if told_of else line)
        if lines:
            found.append((_name(label), lines))
    return found
