"""What does the law say of each kind of Form 01: the first list, the changed one, the added one?

The three look alike, so files are often filed under the wrong kind: what does not fit the kind is
said, and nothing is refused for it. In SQL, at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from portal.intake.models import StagedRow
from portal.intake.noting import note_all
from portal.intake.problems import WARNING, Problem
from portal.workdays import Term, TermUnit
from practitioners.rules import rules_on
from practitioners.terms import calendar

if TYPE_CHECKING:
    from practitioners.imports.handler import PractitionerHandler

FIRST, CHANGED, ADDED, REPORT = "form01", "form01_changed", "form01_added", "form01_report"
NAMED_AT_MOST = 8
# Who is registered at the facilities of a list on a day, and is named by no row of it.
MISSING = """
WITH named AS (
  SELECT ("values" -> '@' ->> 'facility')::uuid AS facility, subject_id,
    "values" -> '@' ->> 'license' AS license
  FROM intake_stagedrow WHERE batch_id = %(batch)s
)
SELECT person.name FROM practitioners_registration registration
JOIN practitioners_practitioner person ON person.id = registration.practitioner_id
WHERE registration.facility_id IN (SELECT DISTINCT facility FROM named)
  AND registration.valid_from <= %(on)s
  AND (registration.valid_until IS NULL OR registration.valid_until >= %(on)s)
  AND person.replaced_by_id IS NULL
  AND NOT EXISTS (SELECT FROM named WHERE named.subject_id = person.id)
  AND NOT EXISTS (
    SELECT FROM practitioners_practicelicense license JOIN named
      ON named.license = license.serial || '/' || license.issuer_code || '-' || upper(license.kind)
    WHERE license.practitioner_id = person.id)
GROUP BY person.id ORDER BY person.name_sort, person.id
"""
# Which rows of a list name somebody who is registered at that facility already.
HERE = """
SELECT DISTINCT ON (row.id) row.id, person.name, to_char(registration.valid_from, 'DD/MM/YYYY')
FROM intake_stagedrow row
JOIN practitioners_registration registration ON registration.practitioner_id = row.subject_id
  AND registration.facility_id = (row."values" -> '@' ->> 'facility')::uuid
  AND registration.valid_from <= %(on)s
  AND (registration.valid_until IS NULL OR registration.valid_until >= %(on)s)
JOIN practitioners_practitioner person ON person.id = row.subject_id
WHERE row.batch_id = %(batch)s AND row.decision <> 'wrong'
ORDER BY row.id, registration.valid_from DESC
"""


def check_list(handler: PractitionerHandler) -> None:
    """Say what does not fit the kind of list this is."""
    kind = handler.batch.kind
    found: list[tuple[Any, Problem]] = []
    if kind == CHANGED:
        found += _left_out(handler)
    if kind in {FIRST, ADDED}:
        found += _here_already(handler)
    if kind == ADDED:
        found += _late(handler)
    rows = StagedRow.objects.in_bulk([pk for pk, _problem in found])
    note_all(handler.batch, [(rows[pk], problem) for pk, problem in found])


def _asked(handler: PractitionerHandler, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"batch": handler.batch.pk, "on": handler.on})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _left_out(handler: PractitionerHandler) -> Iterator[tuple[Any, Problem]]:
    """Name whom a list that replaces the former one leaves out; leaving is reported by itself."""
    names = [name for (name,) in _asked(handler, MISSING)]
    first = StagedRow.objects.filter(batch=handler.batch).order_by("number", "id").first()
    if not names or first is None:
        return
    shown = ", ".join(names[:NAMED_AT_MOST])
    more = len(names) - NAMED_AT_MOST
    yield (
        first.pk,
        Problem(
            "registered_left_out",
            _("%(count)d people registered at the facility are not in this list: %(names)s."),
            _("Add whom you forgot; report who has left with the list of those who stopped."),
            {"count": len(names), "names": f"{shown} …" if more > 0 else shown},
            WARNING,
            "HO_TEN",
        ),
    )


def _here_already(handler: PractitionerHandler) -> Iterator[tuple[Any, Problem]]:
    said = {
        FIRST: _("Send changes of a staff that is known as a changed list."),
        ADDED: _("Send changes of a person who is known as a changed list."),
    }[handler.batch.kind]
    problem = Problem(
        "registered_already",
        _("%(name)s is registered here since %(day)s already."),
        said,
        severity=WARNING,
        column="HO_TEN",
    )
    for pk, name, day in _asked(handler, HERE):
        yield pk, replace(problem, params={"name": name, "day": day})


def _late(handler: PractitionerHandler) -> Iterator[tuple[Any, Problem]]:
    """Say of whom the added list comes late: so many days after the person began."""
    rule = rules_on(handler.on).get("join_list")
    if rule is None:
        return
    term = Term(rule.number, TermUnit(rule.unit))
    rows = StagedRow.objects.filter(batch=handler.batch).exclude(values__TU_NGAY=None)
    for pk, text in rows.values_list("pk", "values__TU_NGAY"):
        began = _day(text)
        if began is None or began > handler.on:
            continue
        due = term.due(began, calendar(began, handler.on))
        if due < handler.on:
            yield (
                pk,
                Problem(
                    "list_late",
                    _("Began on %(began)s; the list was due by %(due)s (%(article)s)."),
                    _("Send added people within the term; practice begins when it is registered."),
                    {
                        "began": f"{began:%d/%m/%Y}",
                        "due": f"{due:%d/%m/%Y}",
                        "article": rule.article,
                    },
                    WARNING,
                    "TU_NGAY",
                    value=text,
                ),
            )


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
