"""What the demo's people told when they were asked, and what was measured and read of them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid5

from django.utils import timezone

from config.demo.people import NAMESPACE, QUEUE
from config.demo.places import Places
from healthrecords.models import Citizen, Inquiry, Visit
from healthrecords.models.inquiry import Topic
from healthrecords.services import open_access
from healthrecords.services.background import answer_none, record_fact
from healthrecords.services.diagnoses import read_diagnosis
from healthrecords.services.facts import (
    AllergyEntry,
    FactEntry,
    FamilyIllnessEntry,
    LongTermMedicineEntry,
    ProblemEntry,
    read_allergen,
)
from healthrecords.services.report_entries import Reading, ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from portal.accounts.models import User
from portal.dates import PartialDate


def settle_history(places: Places, clerk: User, *, at: datetime) -> None:
    """Ask the people of today's queue: one lists much, one has no allergy, the others were not asked."""
    keys = [uuid5(NAMESPACE, f"queue {number}") for number in range(len(QUEUE))]
    visits = {v.client_key: v for v in Visit.objects.filter(client_key__in=keys)}
    came = [visits[key].citizen for key in keys if key in visits]
    if len(came) < 4:
        return
    for citizen in came[:4]:
        open_access(user=clerk, citizen=citizen, at=at)
    for number, entry in enumerate(_told(at)):
        key = uuid5(NAMESPACE, f"told {number}")
        record_fact(client_key=key, **_by(clerk, came[0], places), entry=entry, at=at)
    topic, person = Topic.ALLERGY, came[1]
    if not Inquiry.objects.filter(topic=topic, citizen=person).exists():
        answer_none(actor=clerk, facility=places.station, at=at, topic=topic, citizen=person)
    # The blood test belongs to today's visit, and is signed with it.
    of_visit = {0: next(visits[key] for key in keys if key in visits)}
    for number, (citizen, report) in enumerate(zip((came[0], came[3]), _reports(at), strict=True)):
        key, visit = uuid5(NAMESPACE, f"report {number}"), of_visit.get(number)
        who = _by(clerk, citizen, places)
        record_report(client_key=key, **who, entry=report, at=at, visit=visit)


def _by(clerk: User, citizen: Citizen, places: Places) -> dict[str, Any]:
    return {"actor": clerk, "citizen": citizen, "facility": places.station}


def _told(at: datetime) -> list[FactEntry]:
    on = timezone.localdate(at)
    pressure = read_diagnosis("I10", on=on).entry
    sugar = read_diagnosis("E11.9", on=on).entry
    entries: list[FactEntry] = [
        AllergyEntry(
            **read_allergen("penicillin", on=on),
            reaction="Phản vệ",
            severity="severe",
            certainty="confirmed",
            since=PartialDate(on.year - 7),
        ),
        LongTermMedicineEntry(name="Amlodipin 5 mg", dose="Sáng 1 viên", reason=pressure),
    ]
    if pressure is not None:
        entries.append(ProblemEntry(diagnosis=pressure, since=PartialDate(on.year - 6)))
    if sugar is not None:
        entries.append(FamilyIllnessEntry(relation="mother", diagnosis=sugar))
    return entries


def _reports(at: datetime) -> list[ReportEntry]:
    blood = ReportEntry(
        kind="laboratory",
        title="Hóa sinh máu",
        performed_at=at - timedelta(minutes=20),
        reported_at=at - timedelta(minutes=5),
        specimen="máu",
        results=[
            ResultEntry("Glucose máu lúc đói", "7,9", "mmol/L"),
            ResultEntry("Creatinin máu", "84", "µmol/L"),
            ResultEntry("Cholesterol toàn phần", "5,6", "mmol/L"),
        ],
    )
    film = ReportEntry(
        kind="imaging",
        title="X-quang ngực thẳng",
        performed_at=at - timedelta(minutes=30),
        conclusion="Nghi đám mờ nhỏ thùy trên phổi phải, đề nghị đọc lại.",
        ai=Reading("Thiết bị đọc phim (giả lập)", "1.0", Decimal("0.87")),
    )
    return [blood, film]
