"""What a file says of a facility whose name betrays is protected by that name, row by row without a query."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from healthrecords.imports.places import Places
from healthrecords.models import Diagnosis, DiagnosticReport, Procedure, Result, Visit
from portal.accounts.models import User
from portal.intake.models import StagedRow
from portal.places.models import Organisation
from tests.intake.sending import confirm, send, visit, workbook
from tests.intake.test_the_envelope_becomes_results import bring, result

pytestmark = pytest.mark.usefixtures("lists", "registers")
NAME = "Phòng khám ngoại trú HIV tỉnh"


@pytest.fixture
def clinic(hospital: Organisation) -> Organisation:
    hospital.name = NAME
    hospital.save()
    return hospital


def test_rows_of_such_a_place_are_protected_from_the_preview_on(
    data_officer: User, clinic: Organisation
) -> None:
    batch = send(workbook([visit()]), by=data_officer, organisation=clinic)
    assert StagedRow.objects.get(batch=batch).sensitivity == "hiv"
    confirm(batch, data_officer)
    assert Visit.objects.get().sensitivity == "hiv"
    assert set(Diagnosis.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    later = send(
        workbook([visit(LY_DO_VV="Khám tăng huyết áp")]), by=data_officer, organisation=clinic
    )
    confirm(later, data_officer)
    assert Visit.objects.get().sensitivity == "hiv"


def test_results_and_procedures_of_such_a_place_are_protected(
    data_officer: User, clinic: Organisation
) -> None:
    bring(data_officer, clinic, [result(GIA_TRI="5,0")])
    for model in (Visit, DiagnosticReport, Result, Procedure):
        assert set(model.objects.values_list("sensitivity", flat=True)) == {"hiv"}, model


def test_the_names_are_read_with_the_codes(hospital: Organisation) -> None:
    with CaptureQueriesContext(connection) as asked:
        places = Places(hospital, hospital.valid_from)
    codes = [sql for one in asked.captured_queries if "identifier" in (sql := one["sql"])]
    assert len(codes) == 1
    with CaptureQueriesContext(connection) as further:
        named = {places.name_of({"MA_CSKCB": code}) for code in (*places.own_codes, "", "99999")}
    assert (named, len(further)) == ({hospital.name, ""}, 0)
