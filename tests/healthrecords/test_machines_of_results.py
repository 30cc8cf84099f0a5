"""A result names its machine: a broken one is refused, one that is overdue needs a reason, which is kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from facilities.models import Equipment, Inspection, RadiationLicense
from facilities.services import (
    change_state,
    device_named,
    devices_in_use,
    enter_equipment,
    license_radiation,
    note_inspection,
)
from facilities.services.usable import OFFERED_AT_MOST
from healthrecords import services
from healthrecords.models import Citizen, DiagnosticReport
from healthrecords.services.report_entries import ReportEntry
from healthrecords.services.results import amend_report, record_report
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.pages import fields_of, logged_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = "Máy dự phòng đang sửa, ca cấp cứu"


@pytest.fixture
def xray(station: Organisation) -> Equipment:
    """An X-ray machine in order on the day of the result."""
    device = enter_equipment(
        equipment=Equipment(
            facility=station, asset_code="XQ-01", name="Máy X-quang", is_radiating=True
        ),
        on=date(2026, 1, 1),
    )
    inspect(device, date(2026, 1, 10), ON + 60 * DAY)
    licensed = RadiationLicense(
        equipment=device,
        number="12/GP-SKHCN",
        issued_by="Sở Khoa học và Công nghệ",
        safety_officer="Lò Văn An",
        valid_from=date(2026, 1, 1),
        valid_until=ON + 90 * DAY,
    )
    license_radiation(license=licensed)
    return device


def inspect(device: Equipment, done: date, due: date | None, result: str = "pass") -> Inspection:
    row = Inspection(equipment=device, done_on=done, result=result, next_due_on=due)
    return note_inspection(inspection=row, today=ON + 400 * DAY)


def film(**said: Any) -> ReportEntry:
    return ReportEntry(
        **{
            "kind": "imaging",
            "title": "X-quang ngực thẳng",
            "performed_at": AT,
            "conclusion": "Tim phổi bình thường",
            "machine": "XQ-01",
            **said,
        }
    )


@pytest.fixture
def write(citizen: Citizen, clerk: User, station: Organisation) -> Any:
    def write_it(entry: ReportEntry) -> DiagnosticReport:
        services.open_access(user=clerk, citizen=citizen, at=AT)
        said = {"citizen": citizen, "facility": station, "at": AT, "client_key": uuid7()}
        return record_report(actor=clerk, entry=entry, **said).row

    return write_it


def refused(write: Any, entry: ReportEntry) -> ValidationError:
    with pytest.raises(ValidationError) as error:
        write(entry)
    assert not DiagnosticReport.objects.exists()
    [one] = error.value.error_dict["machine"]
    return one


def test_a_machine_in_order_is_written_as_it_is_named(write: Any, xray: Equipment) -> None:
    assert write(film(machine=str(xray))).machine_doubt == ""
    assert write(film(machine="xq-01")).machine_doubt == ""
    assert write(film(machine="Máy của nơi khác")).machine_doubt == ""  # not known here


@pytest.mark.parametrize("state", ["broken", "maintenance", "waiting_disposal", "disposed"])
def test_a_machine_that_was_out_of_use_that_day_is_refused_whatever_the_reason(
    state: str, write: Any, xray: Equipment
) -> None:
    change_state(equipment=xray, state=state, on=ON, reason="Hỏng bóng phát tia")
    for entry in (film(), film(machine_reason=REASON), film(conclusion="")):
        error = refused(write, entry)
        assert error.code == "machine_out_of_use"
        assert "Máy X-quang (XQ-01)" in str(error.message)
    # The day before it worked.
    assert write(film(performed_at=AT - DAY)).machine_doubt == ""


def test_a_machine_that_broke_later_worked_on_the_day_of_the_result(
    write: Any, xray: Equipment
) -> None:
    change_state(equipment=xray, state="broken", on=ON + DAY, reason="Hỏng")
    assert write(film()).machine_doubt == ""


def test_a_state_of_today_says_nothing_of_a_day_before_any_was_noted(
    write: Any, station: Organisation
) -> None:
    device = enter_equipment(
        equipment=Equipment(facility=station, asset_code="SA-01", name="Máy siêu âm"),
        on=ON + DAY,
        state="broken",
    )
    assert device.state == "broken"
    assert write(film(machine="SA-01")).machine_doubt == ""


def test_as_many_machines_are_offered_as_a_list_can_be_read_of(station: Organisation) -> None:
    Equipment.objects.bulk_create(
        Equipment(facility=station, asset_code=f"T{number:03}", name="Nhiệt kế")
        for number in range(OFFERED_AT_MOST + 5)
    )
    offered = devices_in_use(station)
    assert len(offered) == OFFERED_AT_MOST
    assert device_named(station, f"T{OFFERED_AT_MOST + 4}") not in [None, *offered]


def overdue(device: Equipment) -> str:
    inspect(device, date(2026, 2, 1), ON - DAY)
    return f"{ON - DAY:%d/%m/%Y}"


def failed(device: Equipment) -> str:
    inspect(device, ON - DAY, None, "fail")
    change_state(equipment=device, state="in_use", on=ON, reason="")
    return f"{ON - DAY:%d/%m/%Y}"


def unlicensed(device: Equipment) -> str:
    device.radiation_licenses.update(valid_until=ON - DAY)
    return "12/GP-SKHCN"


def never_licensed(device: Equipment) -> str:
    device.radiation_licenses.all().delete()
    return "Không có giấy phép bức xạ"


@pytest.mark.parametrize("spoil", [overdue, failed, unlicensed])
def test_a_machine_in_doubt_asks_for_a_reason_which_stays_beside_the_result(
    spoil: Any, write: Any, xray: Equipment
) -> None:
    """Circular 59/2025/TT-BKHCN on inspections; their months are not compared with the text."""
    said = spoil(xray)
    for reason in ("", "   ", "vội"):
        error = refused(write, film(machine_reason=reason))
        assert error.code == "machine_in_doubt"
        assert said in str(error.message)
    report = write(film(machine_reason=REASON))
    assert said in report.machine_doubt
    assert REASON in report.machine_doubt


def test_the_due_day_itself_is_not_overdue(write: Any, xray: Equipment) -> None:
    inspect(xray, date(2026, 2, 1), ON)
    assert write(film()).machine_doubt == ""


def test_an_inspection_that_came_later_does_not_mend_the_day_of_the_result(
    write: Any, xray: Equipment
) -> None:
    overdue(xray)
    inspect(xray, ON + DAY, ON + 400 * DAY)
    assert refused(write, film()).code == "machine_in_doubt"


def test_a_correction_keeps_what_was_said_of_the_machine_and_judges_another_one(
    write: Any, xray: Equipment, clerk: User
) -> None:
    overdue(xray)
    old = write(film(machine_reason=REASON))
    said = {"actor": clerk, "reason": "Gõ nhầm kết luận", "at": AT}
    new = amend_report(report=old, entry=film(conclusion="Đám mờ"), **said)
    assert new.machine_doubt == old.machine_doubt
    other = enter_equipment(
        equipment=Equipment(facility=xray.facility, asset_code="XQ-02", name="Máy cũ"),
        on=date(2026, 1, 1),
    )
    change_state(equipment=other, state="broken", on=date(2026, 2, 1), reason="Hỏng")
    with pytest.raises(ValidationError) as error:
        amend_report(report=new, entry=film(machine="XQ-02"), **said)
    assert error.value.error_dict["machine"][0].code == "machine_out_of_use"
    new.refresh_from_db()
    assert new.superseded_by is None


def test_the_page_offers_the_machines_asks_why_and_keeps_what_was_typed(
    citizen: Citizen, clerk: User, xray: Equipment
) -> None:
    services.open_access(user=clerk, citizen=citizen, at=timezone.now())
    address = reverse("admin:healthrecords_citizen_report_new", args=[citizen.pk])
    client, now = logged_in(clerk), timezone.localtime()
    page = client.get(address)
    assert f'<option value="{xray}">' in page.content.decode()
    assert 'name="machine_reason"' not in page.content.decode()
    overdue_on = timezone.localdate() - DAY
    xray.inspections.update(next_due_on=overdue_on)
    xray.radiation_licenses.update(valid_until=None)
    typed = {
        **fields_of(page, "report_form"),
        "kind": "imaging",
        "title": "X-quang ngực thẳng",
        "conclusion": "Tim phổi bình thường",
        "machine": str(xray),
        "performed_at": f"{now:%d/%m/%Y %H:%M}",
    }
    asked = client.post(address, typed)
    body = asked.content.decode()
    assert asked.status_code == 422
    assert f"{overdue_on:%d/%m/%Y}" in body
    assert 'name="machine_reason"' in body
    assert "Tim phổi bình thường" in body
    assert not DiagnosticReport.objects.exists()
    stored = client.post(address, {**typed, "machine_reason": REASON})
    assert stored.status_code == 302
    assert REASON in client.get(stored["Location"]).content.decode()
