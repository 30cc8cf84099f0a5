"""What a file's rows ask of the database is as much for the last row as for the first."""

from typing import Any

import pytest
from django.db import connection

from healthrecords.imports import arriving
from healthrecords.models import Citizen, DiagnosticReport, Visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.intake.envelopes import many, whole, written
from tests.intake.sending import NOW, confirm, envelope, send

pytestmark = pytest.mark.usefixtures("lists", "registers")
CONSTRAINT = """
SELECT 1 FROM ONLY healthrecords_diagnosticreport x
WHERE id = $1 AND citizen_id = $2 AND facility_id = $3 FOR KEY SHARE OF x
"""


@pytest.fixture
def person(hospital: Organisation) -> Citizen:
    return Citizen.objects.create(
        name="Lò Văn Ún", birth_date="1971-08-15", sex="male", registered_at=hospital
    )


@pytest.mark.parametrize("reports", [0, 300, 2_000])
def test_a_value_finds_its_report_by_the_reports_key(
    reports: int, person: Citizen, hospital: Organisation
) -> None:
    """As the database's own check of the key asks, of a table that nobody has counted yet."""
    DiagnosticReport.objects.bulk_create(
        DiagnosticReport(
            citizen=person,
            facility=hospital,
            kind="laboratory",
            title="Định lượng Glucose",
            performed_at=NOW,
            recorded_at=NOW,
        )
        for _ in range(reports)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE held (uuid, uuid, uuid) AS {CONSTRAINT}")
        cursor.execute(f"EXPLAIN EXECUTE held ('{uuid7()}', '{uuid7()}', '{uuid7()}')")
        plan = " ".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE held")
    # By its own key, or among those of the person: never among all of the facility.
    asked = plan.partition("Index Cond:")[2].partition("Filter:")[0].replace("(", "").split()
    assert "id" in asked or "citizen_id" in asked, plan


def test_who_is_waited_for_is_looked_for_among_their_own_visits(
    data_officer: User, hospital: Organisation
) -> None:
    """Not among all of the facility: of those who are to come again every one would walk through it."""
    records = (written(record) for record in many(30))
    batch = confirm(
        send(
            envelope(*records),
            by=data_officer,
            organisation=hospital,
            kind="envelope",
            name="hoso.xml",
        ),
        data_officer,
    )
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
    send_one = send(
        envelope(written(whole(NHOM_MAU="ab rh(-)"))),
        by=data_officer,
        organisation=hospital,
        kind="envelope",
        name="hoso.xml",
    )
    confirm(send_one, data_officer)
    person = Citizen.objects.get()
    assert (person.blood_group, person.rhesus) == ("AB", "negative")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_label, blood_group FROM healthrecords_citizenhistory WHERE id = %s",
            [person.pk],
        )
        assert cursor.fetchall() == [("insert", "AB")]
