"""Who was waited for is looked up visit by visit, also where a file fills the table of appointments first."""

import pytest
from django.db import connection

from healthrecords.imports import arriving
from healthrecords.models import Appointment
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.intake.envelopes import many, written
from tests.intake.sending import NOW, confirm, envelope, send

pytestmark = pytest.mark.usefixtures("lists")
VISITS = 150
READ = """
SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint
FROM pg_stat_xact_user_tables WHERE relname = 'healthrecords_appointment'
"""


def rows_read() -> int:
    """Return how many rows of appointments this transaction has read so far."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return int(cursor.fetchone()[0])


def test_a_first_file_of_many_appointments_does_not_read_all_of_them_for_each_visit(
    data_officer: User, hospital: Organisation
) -> None:
    content = envelope(*(written(record) for record in many(VISITS)))
    batch = send(content, by=data_officer, organisation=hospital, kind="envelope", name="a.xml")
    confirm(batch, data_officer)
    made = Appointment.objects.count()
    assert made > VISITS // 2
    before = rows_read()
    arriving.note(batch, NOW)
    assert 0 < rows_read() - before < 20 * VISITS
