"""How does a list of a file differ from the one that holds, and may it take its place?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.codelists.models import Code, CodeListVersion
from portal.intake.lists.rows import known_of, said_of, version_before
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.noting import note, take_repetitions_once
from portal.intake.problems import WARNING, Problem

NAMED_AT_MOST = 20
DAYS = """
SELECT DISTINCT ON ("values" ->> 'DANH_MUC') "values" ->> 'DANH_MUC', "values" ->> 'HIEU_LUC_TU'
FROM intake_stagedrow
WHERE batch_id = %s AND decision <> 'wrong' AND "values" ->> 'HIEU_LUC_TU' IS NOT NULL
ORDER BY 1, number, id
"""
SPOILT = """
SELECT "values" ->> 'DANH_MUC', count(*) FROM intake_stagedrow
WHERE batch_id = %s AND decision = 'wrong' AND "values" ->> 'DANH_MUC' IS NOT NULL GROUP BY 1
"""
HOLD = """
UPDATE intake_stagedrow SET decision = 'wrong'
WHERE batch_id = %s AND written_at IS NULL AND "values" ->> 'DANH_MUC' = %s
"""
SAID = ("codes_new", "codes_retitled", "codes_gone")


def days_of(batch: Batch) -> dict[str, date]:
    """Return the lists of a file that may still be written, with their first days."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [batch.pk])
        return {key: date.fromisoformat(day) for key, day in cursor.fetchall()}


def keep_whole(batch: Batch) -> None:
    """Hold a list back that has a wrong row: without it a code would end that should go on."""
    take_repetitions_once(batch, ("DANH_MUC", "MA"))
    with connection.cursor() as cursor:
        cursor.execute(SPOILT, [batch.pk])
        spoilt = cursor.fetchall()
    for key, rows in spoilt:
        first = _rows(batch, key).first()
        if first is not None:
            problem = Problem(
                "list_incomplete",
                _("%(count)s rows of the list “%(list)s” are wrong, so none of it is taken."),
                _("A list is replaced whole: mend those rows and send the file again."),
                {"count": rows, "list": key},
                column="DANH_MUC",
                value=key,
            )
            _hold(batch, key, first, problem)


def _rows(batch: Batch, key: str) -> QuerySet[StagedRow]:
    rows = StagedRow.objects.filter(batch=batch, written_at=None, values__DANH_MUC=key)
    return rows.exclude(decision=StagedRow.Decision.WRONG).order_by("number", "id")


def _hold(batch: Batch, key: str, first: StagedRow, problem: Problem) -> None:
    note(batch, first, problem)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [batch.pk, key])


def say(batch: Batch) -> None:
    """Say of each list which codes are new, renamed and gone; hold back what cannot be published."""
    Finding.objects.filter(batch=batch, code__in=SAID).delete()
    for key, begins in days_of(batch).items():
        rows = list(_rows(batch, key))
        if not rows:
            continue
        before = version_before(key, begins)
        codes = {code.code: code for code in before.codes.all()} if before else {}
        said = {row.values["MA"]: said_of(row.values) for row in rows}
        if before is not None and before.valid_from == begins:
            if {code: known_of(row) for code, row in codes.items()} != said:
                _hold(batch, key, rows[0], _taken(begins))
            continue
        for problem in _differences(
            key, codes, {code: s["TEN"] for code, s in said.items()}, begins
        ):
            note(batch, rows[0], problem)
        _warn_of_later(batch, rows[0], key, begins)


def _taken(begins: date) -> Problem:
    return Problem(
        "version_day_taken",
        _("Another version of this list already begins on %(day)s."),
        _("What held once stays as it was: choose another first day."),
        {"day": f"{begins:%d/%m/%Y}"},
        column="HIEU_LUC_TU",
        value=f"{begins:%d/%m/%Y}",
    )


def _differences(
    key: str, codes: dict[str, Code], said: dict[str, str], begins: date
) -> list[Problem]:
    retitled = [code for code in codes.keys() & said.keys() if codes[code].title != said[code]]
    groups = (
        (
            "codes_new",
            _("%(count)s codes are new from %(day)s: %(codes)s."),
            said.keys() - codes.keys(),
        ),
        (
            "codes_retitled",
            _("%(count)s codes have another title from %(day)s: %(codes)s."),
            retitled,
        ),
        (
            "codes_gone",
            _("%(count)s codes hold no more from %(day)s: %(codes)s."),
            codes.keys() - said.keys(),
        ),
    )
    remedy = _("Compare with the decision before you confirm.")
    return [
        Problem(
            name,
            message,
            remedy,
            {"count": len(found), "day": f"{begins:%d/%m/%Y}", "codes": _named(found)},
            WARNING,
            column="MA",
            value=key,
            by_value=True,
        )
        for name, message, found in groups
        if found and codes
    ]


def _named(codes: Iterable[str]) -> str:
    named = sorted(codes)
    more = ", …" if len(named) > NAMED_AT_MOST else ""
    return ", ".join(named[:NAMED_AT_MOST]) + more


def _warn_of_later(batch: Batch, row: StagedRow, key: str, begins: date) -> None:
    later = CodeListVersion.objects.filter(code_list__key=key, valid_from__gt=begins)
    found = later.order_by("valid_from").first()
    known = Finding.objects.filter(batch=batch, row=row, code="version_until_later")
    if found is not None and not known.exists():
        problem = Problem(
            "version_until_later",
            _("A later version begins on %(day)s; this one holds until the day before."),
            _("Nothing to do when that is meant."),
            {"day": f"{found.valid_from:%d/%m/%Y}"},
            WARNING,
            column="HIEU_LUC_TU",
        )
        note(batch, row, problem)
