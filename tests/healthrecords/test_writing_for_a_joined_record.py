"""A form that was opened for a record that was joined meanwhile lands on the one that stays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from healthrecords import services
from healthrecords.models import Citizen, CitizenMerge, Visit
from healthrecords.services import queue
from healthrecords.services.attachments import AttachmentEntry, attach
from healthrecords.services.background import answer_none, answer_same, record_fact
from healthrecords.services.belongings import belongings
from healthrecords.services.consents import ConsentEntry, record_consent
from healthrecords.services.entries import ArrivalEntry
from healthrecords.services.facts import LongTermMedicineEntry
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.requests import RequestEntry, receive_request
from healthrecords.services.results import record_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords import test_attachments, test_consents, test_data_requests
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER, join

REPORT = ReportEntry("laboratory", "Glucose", AT, results=[ResultEntry("Glucose", "7,1")])
MEDICINE = LongTermMedicineEntry(name="Metformin 850 mg")
Said = dict[str, Any]


def keyed(said: Said) -> Said:
    return {**said, "client_key": uuid7()}


DEEDS: dict[str, Callable[[Said], Any]] = {
    "report": lambda said: record_report(**keyed(said), entry=REPORT).row,
    "procedure": lambda said: record_procedure(**keyed(said), entry=ProcedureEntry("Khâu", AT)).row,
    "fact": lambda said: record_fact(**keyed(said), entry=MEDICINE).row,
    "none": lambda said: answer_none(**said, topic="family"),
    "paper": lambda said: (
        attach(
            **keyed(said), entry=AttachmentEntry(content=test_attachments.PDF, name="Ra viện.pdf")
        ).row
    ),
    "arrival": lambda said: (
        queue.arrive(
            **keyed(said), entry=ArrivalEntry(started_at=LATER, reason="Ho", coverage="1.2")
        ).row
    ),
    "consent": lambda said: (
        record_consent(**keyed(said), entry=ConsentEntry(**test_consents.SAID)).row
    ),
    "request": lambda said: (
        receive_request(**keyed(said), entry=RequestEntry(**test_data_requests.SAID)).row
    ),
}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def said(clerk: User, station: Organisation, people: list[Citizen]) -> Said:
    """What a page says that was opened for B before B was joined to A."""
    a, b, *_rest = people
    read = Citizen.objects.get(pk=b.pk)
    join(clerk, a, b)
    assert read.merged_into_id is None
    return {"actor": clerk, "citizen": read, "facility": station, "at": LATER}


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_what_is_written_for_a_joined_record_stands_with_the_one_that_stays(
    people: list[Citizen], said: Said, deed: str
) -> None:
    a, b, *_rest = people
    assert DEEDS[deed](said).citizen_id == a.pk
    since = CitizenMerge.objects.get().pk
    late = {one.table for one in belongings() if one.of([b.pk]).filter(pk__gt=since).exists()}
    assert late <= {"healthrecords_careaccess"}


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_who_may_not_open_the_one_that_stays_writes_nothing(said: Said, deed: str) -> None:
    late = {**said, "at": LATER + timedelta(days=1)}
    services.open_access(user=said["actor"], citizen=said["citizen"], at=late["at"])
    before = {one.table: one.rows.count() for one in belongings()}
    with pytest.raises((PermissionDenied, ValidationError)):
        DEEDS[deed](late)
    assert {one.table: one.rows.count() for one in belongings()} == before


def test_that_the_list_is_complete_is_said_of_the_one_that_stays(
    people: list[Citizen], said: Said
) -> None:
    record_fact(**keyed({**said, "citizen": people[0]}), entry=MEDICINE)
    assert answer_same(**said, topic="medicine").citizen_id == people[0].pk


@pytest.mark.parametrize("deed", ["report", "procedure"])
def test_what_was_done_in_a_visit_stays_with_it_when_its_record_was_joined(
    clerk: User, station: Organisation, people: list[Citizen], deed: str
) -> None:
    a, b, *_rest = people
    visit = Visit.objects.filter(citizen=b).order_by("id").first()
    assert visit is not None
    join(clerk, a, b)
    row = DEEDS[deed](
        {"actor": clerk, "citizen": b, "facility": station, "at": LATER, "visit": visit}
    )
    assert (row.citizen_id, row.visit_id) == (a.pk, visit.pk)
