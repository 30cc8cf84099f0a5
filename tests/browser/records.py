"""People with visits for the browser tests of the records."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, Visit
from healthrecords.services import MedicineEntry, VitalEntry
from healthrecords.services.diagnoses import read_diagnosis
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import entry_of, visit_of


def people_with_visits(clerk: User, station: Organisation, area: Area) -> tuple[Citizen, Visit]:
    """Register Quàng Thị Hặc and record eight visits for high blood pressure."""
    now = timezone.now()
    citizen = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(area, phone="0912000417"),
        client_key=uuid7(),
        at=now,
    ).row
    for number in range(8):
        moment = now - timedelta(days=28 * (7 - number), hours=1)
        on = timezone.localdate(moment)
        entry = visit_of(
            started_at=moment,
            diagnoses=[read_diagnosis(text, on=on).entry for text in ("I10", "E11.9")],
            vitals=VitalEntry(
                pulse=78 + number,
                systolic=168 - 3 * number,
                diastolic=98 - number,
                weight=Decimal("62.5") - number / Decimal(2),
                height=Decimal(152),
                glucose=Decimal("8.4"),
                glucose_timing="fasting",
            ),
            medicines=[
                MedicineEntry(
                    "Amlodipin 5 mg", "amlodipin-5-tab", unit="viên", morning=Decimal(1), days=28
                ),
                MedicineEntry(
                    "Metformin 850 mg", unit="viên", morning=Decimal(1), evening=Decimal(1), days=28
                ),
            ],
        )
        last = services.record_visit(
            actor=clerk,
            citizen=citizen,
            facility=station,
            entry=entry,
            client_key=uuid7(),
            at=now,
        ).row
    return citizen, last
