"""A file is not undone while its visits hold medicines that left the stock."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Medicine
from facilities.services import Receipt, receive
from healthrecords import services as records
from healthrecords.models import Dispensing, Visit
from healthrecords.services.dispensing import Line, dispense, take_back
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.uuid7 import uuid7
from portal.intake import services
from portal.intake.models import Batch
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.intake.sending import NOW, confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")


def test_they_are_taken_back_first_and_return_into_their_lot(
    data_officer: User, hospital: Organisation
) -> None:
    doctor = make_user("nam", "Nguyễn Hoàng Nam", Role.HOSPITAL_DOCTOR, hospital)
    medicine = Medicine.objects.create(code="para", name="Paracetamol 500 mg", unit="viên")
    receipt = Receipt(medicine, "A1", None, Decimal(40))
    lot = receive(actor=None, facility=hospital, receipt=receipt, on=NOW.date(), at=NOW).lot
    batch = confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    row = Visit.objects.get()
    records.open_access(user=doctor, citizen=row.citizen, at=NOW)
    given = dispense(
        actor=doctor,
        visit=row,
        lines=[Line("Paracetamol 500 mg", Decimal(10))],
        client_key=uuid7(),
        at=NOW,
    ).row
    with pytest.raises(ValidationError) as refused:
        services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    assert "nhận lại" in " ".join(refused.value.messages)
    assert Batch.objects.get().state == Batch.State.WRITTEN
    row.refresh_from_db()
    assert row.status != Visit.Status.WITHDRAWN
    assert Dispensing.objects.get().taken_back_at is None
    take_back(actor=doctor, visit=row, keys=[one.pk for one in given], reason="Nhầm tệp", at=NOW)
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Gửi nhầm tệp")
    services.undo_batch(batch.pk, at=NOW)
    row.refresh_from_db()
    lot.refresh_from_db()
    assert (row.status, lot.on_hand) == (Visit.Status.WITHDRAWN, 40)
