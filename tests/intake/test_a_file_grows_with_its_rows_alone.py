"""What a file's rows ask of the database is as much for the last row as for the first."""

from typing import Any

import pytest
from django.db import connection

from healthrecords.imports import arriving
from healthrecords.models import Citizen, DiagnosticReport, Visit
from portal.accounts.models import User
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.intake.envelopes import many, whole, written
from tests.intake.sending import confirm, envelope, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
FEW, MANY = 8, 240
READ = """
SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
WHERE relname IN ('healthrecords_diagnosticreport', 'healthrecords_visit')
"""


def bring(records: list[dict[str, Any]], by: User, hospital: Organisation) -> Batch:
    content = envelope(*(written(record) for record in records))
    return confirm(
        send(content, by=by, organisation=hospital, kind="envelope", name="hoso.xml"), by
    )


def rows_read() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return dict(cursor.fetchall())


def test_every_row_finds_what_it_belongs_to_by_its_key(
    data_officer: User, hospital: Organisation
) -> None:
    """Whatever was planned while the tables held a handful of rows."""
    records = many(FEW + MANY)
    bring(records[:FEW], data_officer, hospital)
    before = rows_read()
    bring(records[FEW:], data_officer, hospital)
    assert DiagnosticReport.objects.count() == FEW + MANY
    for table, read in rows_read().items():
        # One walk through all for each row would be the half of the square: some thirty thousand.
        assert read - before[table] < 30 * MANY, table


def test_who_is_waited_for_is_looked_for_among_their_own_visits(
    data_officer: User, hospital: Organisation
) -> None:
    """Not among all of the facility: of those who are to come again every one would walk through it."""
    batch = bring(many(30), data_officer, hospital)
    came = arriving.CAME_BEFORE.format(rows=arriving.EVER, **arriving.TOLD)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"batch": batch.pk, "not_held": ["withdrawn", "cancelled"]}
        cursor.execute(f"SELECT count(*) {came}", params)
        assert cursor.fetchone() == (Visit.objects.count(),)
        # As in a country's database, where no table is small enough to be read as a whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT visit.id {came}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "visit_at_facility" not in plan


def test_a_new_person_is_written_once_with_all_the_file_says_of_them(
    data_officer: User, hospital: Organisation
) -> None:
    bring([whole(NHOM_MAU="ab rh(-)")], data_officer, hospital)
    person = Citizen.objects.get()
    assert (person.blood_group, person.rhesus) == ("AB", "negative")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_label, blood_group FROM healthrecords_citizenhistory WHERE id = %s",
            [person.pk],
        )
        assert cursor.fetchall() == [("insert", "AB")]
