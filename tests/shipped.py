"""The lists that come with the product, put in force for one test.

They are published the product's own way once in a process; what that wrote is kept and written
again for every later test, since publishing thirty lists takes longer than most tests do.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db import connection, models, transaction

from portal.codelists.loader import SHIPPED, ShippedVersion, shipped_versions
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import keep_list, publish_version
from portal.codelists.tables import Row, read_table
from portal.database.uuid7 import uuid7


@dataclass(frozen=True, slots=True)
class Kept:
    """What publishing wrote: the lists' rows, and each version's row and codes under its key."""

    lists: bytes
    versions: Mapping[UUID, tuple[bytes, bytes]]


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
    lists = CodeList.objects.filter(key__in=keys)
    versions = CodeListVersion.objects.filter(code_list__in=lists)
    return Kept(
        lists=_out(CodeList, [row.pk for row in lists], "id"),
        versions={
            row.pk: (_out(CodeListVersion, [row.pk], "id"), _out(Code, [row.pk], "version_id"))
            for row in versions
        },
    )


def _write(kept: Kept) -> None:
    """Write it again; versions get keys of their own, for what is remembered goes by them."""
    new = {pk: (str(pk).encode(), str(uuid7()).encode()) for pk in kept.versions}
    _in(CodeList, [kept.lists])
    _in(CodeListVersion, (row.replace(*new[pk]) for pk, (row, _codes) in kept.versions.items()))
    _in(Code, (codes.replace(*new[pk]) for pk, (_row, codes) in kept.versions.items()))


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
