"""The lists that come with the product, put in force for one test.

They are published the product's own way once in a process; what that wrote is kept and written
again for every later test, since publishing thirty lists takes longer than most tests do.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db import connection, models, transaction

from portal.codelists.loader import SHIPPED, ShippedVersion, shipped_versions
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import keep_list, publish_version
from portal.codelists.tables import Row, read_table


@dataclass(frozen=True, slots=True)
class Kept:
    """What publishing wrote: the rows of the lists, of their versions and of their codes."""

    lists: bytes
    versions: bytes
    codes: bytes


_kept: dict[tuple[frozenset[str], frozenset[str] | None], Kept] = {}


@transaction.atomic
def publish(keys: Collection[str], *, diseases: frozenset[str] | None = None) -> None:
    """Put shipped lists in force; of the diseases only these codes, where they are enough."""
    wanted = frozenset(keys)
    if CodeList.objects.filter(key__in=wanted).exists():
        _publish(wanted, diseases)
    elif (wanted, diseases) in _kept:
        _write(_kept[wanted, diseases])
    else:
        _publish(wanted, diseases)
        _kept[wanted, diseases] = _read(wanted)


def _publish(keys: frozenset[str], diseases: frozenset[str] | None) -> None:
    for shipped, rows in _tables():
        if shipped.key not in keys:
            continue
        code_list = keep_list(key=shipped.key, title=shipped.title, standard=shipped.standard)
        if code_list.versions.filter(valid_from=shipped.edition.valid_from).exists():
            continue
        few = diseases is not None and shipped.key == "icd10"
        here = [row for row in rows if row.code in (diseases or ())] if few else rows
        publish_version(code_list=code_list, rows=here, edition=shipped.edition)


@cache
def _tables() -> list[tuple[ShippedVersion, list[Row]]]:
    return [
        (shipped, list(read_table(shipped.path.read_bytes(), shipped.path.name).rows))
        for shipped in shipped_versions(SHIPPED)
    ]


def _read(keys: frozenset[str]) -> Kept:
    lists = [row.pk for row in CodeList.objects.filter(key__in=keys)]
    versions = [row.pk for row in CodeListVersion.objects.filter(code_list__in=lists)]
    return Kept(
        lists=_out(CodeList, lists, "id"),
        versions=_out(CodeListVersion, versions, "id"),
        codes=_out(Code, versions, "version_id"),
    )


def _write(kept: Kept) -> None:
    """Write it again under the same keys, so that what was read of a version is still known.

    A test that changes a code changes its version's digest too, as the product does.
    """
    _in(CodeList, [kept.lists])
    _in(CodeListVersion, [kept.versions])
    _in(Code, [kept.codes])


def _columns(model: type[models.Model]) -> str:
    return ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields if not f.generated)


def _out(model: type[models.Model], keys: list[UUID], column: str) -> bytes:
    statement = f"SELECT {_columns(model)} FROM {model._meta.db_table} WHERE {column} = ANY(%s)"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT", [keys]) as copy,
    ):
        return b"".join(bytes(block) for block in copy)


def _in(model: type[models.Model], blocks: Iterable[bytes]) -> None:
    statement = f"COPY {model._meta.db_table} ({_columns(model)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            copy.write(block)
