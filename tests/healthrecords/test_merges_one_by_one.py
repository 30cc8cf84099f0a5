"""What goes home with what, and which questions about twins stand, when single joinings are parted."""

from itertools import permutations

import pytest
from django.db import IntegrityError, connection

from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport, MergedRow, TwinCase, Visit
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.results import amend_report, record_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT
from tests.healthrecords.merging import LATER, changes, everything, join, part, person_of, report_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


def test_results_and_procedures_go_home_with_their_visit_and_corrections_with_what_they_correct(
    lists: None, clinician: User, station: Organisation, people: list[Citizen]
) -> None:
    a, b, *_rest = people
    for one in (a, b):
        services.open_access(user=clinician, citizen=one, at=LATER)
    said = {"actor": clinician, "facility": station, "at": LATER}
    alone = record_report(**said, citizen=b, client_key=uuid7(), entry=report_of("7,1")).row
    merge = join(clinician, a, b)
    a = Citizen.objects.get(pk=a.pk)
    old = Visit.objects.get(citizen=a, sensitivity="hiv")
    done = {**said, "citizen": a, "visit": old}
    report = record_report(**done, client_key=uuid7(), entry=report_of("7,3")).row
    procedure = record_procedure(
        **done, client_key=uuid7(), entry=ProcedureEntry("Khâu vết thương", AT)
    ).row
    alone.refresh_from_db()
    new = amend_report(
        actor=clinician, report=alone, entry=report_of("7,2"), reason="đọc nhầm", at=LATER
    )
    own = record_report(**said, citizen=a, client_key=uuid7(), entry=report_of("5,0")).row
    part(clinician, merge)
    for row in (report, procedure, alone, new, report.results.get(), new.results.get()):
        row.refresh_from_db()
        assert row.citizen_id == b.pk, row
    own.refresh_from_db()
    assert own.citizen_id == a.pk
    assert not MergedRow.objects.exists()


def test_the_database_itself_keeps_a_result_with_the_citizen_of_its_visit(
    lists: None, people: list[Citizen], station: Organisation
) -> None:
    a, b, *_rest = people
    said = {"facility": station, "performed_at": AT, "recorded_at": AT, "title": "Glucose"}
    of_a = {**said, "citizen": a, "kind": "laboratory"}
    DiagnosticReport.objects.create(**of_a, visit=a.visits.first())
    DiagnosticReport.objects.create(**of_a)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError):
        DiagnosticReport.objects.create(**of_a, visit=b.visits.first())


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_joinings_with_nothing_between_are_parted_in_any_order(
    order: tuple[int, ...], clinician: User, people: list[Citizen]
) -> None:
    """Questions about twins, of which each names two of the four, stand in nobody's way."""
    a, b, c, d = people
    for one in people:
        services.open_access(user=clinician, citizen=one, at=LATER)
    before = everything()
    merges = [join(clinician, a, b), join(clinician, a, c), join(clinician, d, a)]
    for n in order:
        part(clinician, merges[n], at=LATER)
    assert {key for key in changes(before, everything()) if key[0].endswith("_twincase")} == set()
    assert not MergedRow.objects.exists()


def test_two_records_are_asked_about_once_whichever_of_them_stood_first(
    clinician: User, station: Organisation
) -> None:
    """The one that stays may be the newer one: the question is the same."""
    b, c, a = (person_of(station, n) for n in range(3))
    for one in (a, b, c):
        services.open_access(user=clinician, citizen=one, at=LATER)
    for older, newer in ((b, c), (c, a)):
        TwinCase.objects.create(older=older, newer=newer, ground="phone", found_at=AT)
    before = everything()
    merge = join(clinician, a, b)
    asked = TwinCase.objects.filter(ground="phone").values_list("older", "newer")
    assert {frozenset(pair) for pair in asked} == {frozenset((b.pk, c.pk)), frozenset((a.pk, c.pk))}
    part(clinician, merge)
    assert {key for key in changes(before, everything()) if key[0].endswith("_twincase")} == set()
