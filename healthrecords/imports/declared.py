"""How does the standard's own declaration become the columns that pages, checks and messages know?"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from healthrecords.imports import rules
from healthrecords.imports.columns import PERSON, VISIT
from healthrecords.imports.tables import CHECK_IN, MAIN, Field, TableSpec, decisions, tables
from portal.intake.declaration import Column, Need, Table, Type

TYPES = {
    "text": Type.TEXT,
    "number": Type.DECIMAL,
    "day": Type.DAY,
    "days": Type.DAY,
    "moment": Type.MOMENT,
    "birth": Type.PARTIAL_DAY,
}
NEEDS = {"must": Need.REQUIRED, "x": Need.WANTED, "": Need.OPTIONAL}
RULES = {"moment": rules.stated_moment, "number": rules.as_sent, "text": rules.as_sent}


def column_of(field: Field) -> Column:
    """Return a field of a repeated table as a column."""
    return Column(
        name=field.name,
        label=field.label,
        type=TYPES[field.kind],
        length=field.length,
        need=Need.OPTIONAL if field.when else NEEDS[field.need],
        separator=";" if field.kind == "days" else "",
        about=_held(field),
    )


def _held(field: Field) -> StrOrPromise:
    titles = {decision.id: decision.title for decision in decisions()}
    if field.since:
        return format_lazy("{} {}", _("Since"), titles[field.since])
    if field.until:
        return format_lazy("{} {}", _("Until"), titles[field.until])
    return ""


def _further(field: Field) -> Column:
    """Return a field of the summary that never keeps a visit out: it is checked as it was sent."""
    about = _held(field)
    if field.length and field.kind == "text":
        about = format_lazy(_("At most {count} characters."), count=field.length)
    return Column(
        name=field.name,
        label=field.label,
        type=TYPES[field.kind],
        rule=RULES.get(field.kind, rules.as_sent),
        about=about,
    )


def table_of(spec: TableSpec) -> Table:
    """Return a table of the standard as the upload engine declares one."""
    if spec.name != MAIN:
        columns = tuple(column_of(field) for field in spec.fields)
        return Table(name=spec.name, title=spec.title, repeats=True, as_sent=True, columns=columns)
    known = {column.name for column in (*PERSON, *VISIT)}
    further = tuple(_further(field) for field in spec.fields if field.name not in known)
    return Table(name=spec.name, title=spec.title, columns=(*PERSON, *VISIT, *further))


def check_in_table() -> Table:
    """Return the check-in as the table of a file of its own."""
    spec = tables()[CHECK_IN]
    known = {column.name: column for column in (*PERSON, *VISIT)}
    columns = tuple(known.get(field.name) or _further(field) for field in spec.fields)
    return Table(name=spec.name, title=spec.title, columns=columns)


def envelope_tables() -> tuple[Table, ...]:
    """Return every table that an envelope may hold, the summary first."""
    return tuple(table_of(spec) for spec in tables().values())


def labels() -> Mapping[str, str]:
    """Return the heading of every field."""
    return {field.name: field.label for spec in tables().values() for field in spec.fields}
