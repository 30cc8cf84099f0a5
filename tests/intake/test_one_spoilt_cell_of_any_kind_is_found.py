"""Whatever the kind of file, one spoilt cell of a typed column is found at that cell and at no other."""

import string
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from healthrecords.imports.rules import as_sent
from portal.intake.declaration import Table, Type, kind_of
from portal.intake.models import Batch, Finding
from portal.intake.sheets import letters_of
from tests.intake.sending import SUMMARY, envelope, part, send, summary, workbook
from tests.intake.test_check_ins import CHECK_IN, alone
from tests.intake.test_every_kind_goes_the_whole_way import (
    Case,
    Way,
    every_kind,
    head,
    verified,
    way,
)

__all__ = ["head", "verified", "way"]
pytestmark = pytest.mark.usefixtures("lists")
TYPED = {Type.PARTIAL_DAY, Type.DAY, Type.MOMENT, Type.INTEGER, Type.DECIMAL, Type.CODE}
# The rows of a file here are all of one thing.
ALIKE = ("key_twice", "row_repeated")
# A licence that cannot be read leaves the level of its holder without a proof.
FOLLOWING = {"MACCHN": {"TRINH_DO", ""}}
RECORDS: Mapping[str, Mapping[str, Any]] = {"envelope": SUMMARY, "check_ins": CHECK_IN}


def typed(table: Table, among: Iterable[str] | None = None) -> list[str]:
    """The columns of a table that not every text can stand in."""
    names = {column.name for column in table.columns} if among is None else set(among)
    return [
        column.name
        for column in table.columns
        if column.name in names and (column.type in TYPED or column.rule not in {None, as_sent})
    ]


def records(kind: str, rows: list[dict[str, Any]]) -> bytes:
    if kind == "check_ins":
        return alone(*rows)
    return envelope(*[part("XML1", summary(**row)) for row in rows])


def cell(kind: str, table: Table, names: list[str], name: str, number: int) -> str:
    if kind in RECORDS:
        return f"HOSO {number}/{table.name}/{name}"
    return f"{table.name}!{letters_of(names.index(name))}{number}"


def findings(batch: Batch, number: int) -> set[tuple[str, str, str]]:
    found = Finding.objects.filter(batch=batch, number=number).exclude(code__in=ALIKE)
    return set(found.values_list("column", "code", "cell"))


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rubbish=st.text(alphabet=string.ascii_letters + "@#?ăđ ", min_size=3, max_size=20).map(
        lambda text: f"?sai {text.strip()}?"
    )
)
@every_kind
def test_a_single_spoilt_cell_is_found_at_that_cell_and_at_no_other(
    case: Case, way: Way, rubbish: str
) -> None:
    kind = kind_of(case.kind)
    table, good = kind.main, dict(RECORDS.get(case.kind, case.row))
    spoiling = typed(table, good if case.xml else None)
    assert spoiling
    names = list(dict.fromkeys([*good, *spoiling]))
    rows = [good, *({**good, name: rubbish} for name in spoiling)]
    content = (
        records(case.kind, rows) if case.xml else workbook(rows, headings=names, sheet=table.name)
    )
    batch = send(content, by=way.by, organisation=way.place, kind=case.kind, name=case.name)
    first = 1 if case.xml else 2
    usual = {(column, code) for column, code, _cell in findings(batch, first)}
    for number, name in enumerate(spoiling, start=first + 1):
        new = {one for one in findings(batch, number) if one[:2] not in usual}
        own = {(column, at) for column, _code, at in new if column not in FOLLOWING.get(name, ())}
        assert own == {(name, cell(case.kind, table, names, name, number))}, (name, new)
