"""A file's diagnoses open the notifications they must: once, however often the file is sent."""

import pytest

from healthrecords.models import Visit
from portal.accounts.models import User
from portal.intake import services
from portal.places.models import Organisation
from reporting.models import CaseNotification
from tests.intake.sending import NOW, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def states() -> list[tuple[str, str]]:
    rows = CaseNotification.objects.order_by("noticed_at", "id")
    return list(rows.values_list("disease", "status"))


def test_each_illness_of_a_file_is_one_case(data_officer: User, hospital: Organisation) -> None:
    rows = [
        visit(MA_BENH_CHINH="B05.9"),
        visit(MA_LK="2", MA_BENH_CHINH="B05.9"),
        visit(MA_LK="3", MA_BENH_CHINH="J18.9", MA_BENH_KT="A97.1"),
    ]
    confirm(send(workbook(rows), by=data_officer, organisation=hospital), data_officer)
    assert sorted(states()) == [("D10", "open"), ("H18", "open")]
    case = CaseNotification.objects.get(disease="H18")
    assert case.facility == hospital
    send(workbook(rows), by=data_officer, organisation=hospital)  # nothing is new in it
    assert len(states()) == 2


def test_a_corrected_row_drops_its_case_and_an_undone_file_drops_all(
    data_officer: User, hospital: Organisation
) -> None:
    said = {"by": data_officer, "organisation": hospital}
    confirm(send(workbook([visit(MA_BENH_CHINH="B05.9")]), **said), data_officer)
    confirm(send(workbook([visit(MA_BENH_CHINH="J06.9")]), **said), data_officer)
    assert states() == [("H18", "dropped")]
    batch = confirm(send(workbook([visit(MA_BENH_CHINH="B05.9")]), **said), data_officer)
    assert states() == [("H18", "dropped"), ("H18", "open")]
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)
    assert Visit.objects.get().diagnosis_rows.filter(code="B05.9").count() == 0
    assert {status for _disease, status in states()} == {"dropped"}
