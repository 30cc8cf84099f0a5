"""What a later file leaves standing of a visit is as protected as that file makes the visit."""

from datetime import timedelta

import pytest

from healthrecords.models import Citizen, Diagnosis, Medication, Visit
from healthrecords.services.entries import MedicineEntry
from healthrecords.services.weighing import weigh
from portal.accounts.models import User
from portal.places.models import Organisation
from tests.healthrecords.conftest import visit_of
from tests.intake.sending import confirm, envelope, record, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists", "registers")

SAME = {
    "MA_LK": "E-0001",
    "HO_TEN": "Lò Thị Thử",
    "SO_CCCD": "011160000001",
    "NGAY_SINH": "15/05/1960",
    "GIOI_TINH": "Nữ",
    "MA_THE_BHYT": "GD4111234500001",
    "DIEN_THOAI": "",
    "NGAY_VAO": "02/11/2026 08:05",
    "NGAY_RA": "02/11/2026 09:30",
}


def test_medicines_that_stay_are_protected_with_their_visit_and_asked_about_to_nobody_without_the_right(
    data_officer: User, hospital: Organisation
) -> None:
    content = envelope(record())
    sent = send(content, by=data_officer, organisation=hospital, kind="envelope", name="hoso.xml")
    confirm(sent, data_officer)
    given = Visit.objects.get()
    assert set(Medication.objects.values_list("sensitivity", flat=True)) == {""}
    later = workbook([visit(**SAME, MA_BENH_CHINH="B20", MA_BENH_KT="")])
    confirm(send(later, by=data_officer, organisation=hospital), data_officer)
    given.refresh_from_db()
    assert given.sensitivity == "hiv"
    for model in (Medication, Diagnosis):
        assert set(model.objects.values_list("sensitivity", flat=True)) == {"hiv"}
    medicine = Medication.objects.order_by("position").first()
    assert medicine is not None
    Medication.objects.update(days=60)
    entry = visit_of(
        medicines=[MedicineEntry(name=medicine.name, days=5)],
        started_at=given.started_at + timedelta(days=2),
    )
    citizen = Citizen.objects.get()
    assert weigh(entry, citizen=citizen, sees_sensitive=True).asked[0]
    assert not weigh(entry, citizen=citizen, sees_sensitive=False).asked[0]
