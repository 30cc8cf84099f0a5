"""Who signs in the demo: a doctor of the register, a visit signed, one amended, one that waits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid5

from django.utils import timezone

from config.demo.people import NAMESPACE, QUEUE, entry_of
from config.demo.places import SINCE, Places
from healthrecords.models import Visit, VisitVersion
from healthrecords.services import correct_visit, open_access
from healthrecords.services.amending import open_amendment
from healthrecords.services.report_entries import ReportEntry, ResultEntry
from healthrecords.services.results import record_report
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.names import sort_key
from practitioners.hours import read_hours
from practitioners.models import Practitioner, WorkingSlot
from practitioners.services import (
    Decision,
    Paper,
    Post,
    Stay,
    issue_license,
    link_account,
    register_person,
    set_hours,
)

SERIAL = 1187
HOURS = "T2 đến T6, 07:30 đến 16:30"
DUTY = "T2-T6 00:00-07:30, 16:30-24:00; T7-CN 00:00-24:00"
ADVICE = "Uống nhiều nước, khám lại nếu sốt quá ba ngày"
REASON = "Quên ghi lời dặn khi khám"


def settle_signing(places: Places, users: Mapping[str, User], *, at: datetime) -> None:
    """Let the station's doctor sign one of today's visits, and amend another."""
    doctor = users[Role.STATION_CLINICIAN]
    if doctor.practitioner_accounts.exists():
        return
    _register(doctor, places, at)
    first, second = (
        Visit.objects.filter(client_key=uuid5(NAMESPACE, f"queue {number}")).first()
        for number in (0, 1)
    )
    if first is None or second is None or VisitVersion.objects.exists():
        return
    for visit in (first, second):
        open_access(user=doctor, citizen=visit.citizen, at=at)
        sign_visit(actor=doctor, visit=visit, at=at)
    later = at + timedelta(seconds=1)
    _result_comes(first, users[Role.STATION_CLERK], at=later)
    open_amendment(actor=doctor, visit=second, reason=REASON, at=later)
    correct_visit(
        actor=doctor,
        visit=second,
        entry=replace(entry_of(QUEUE[1], second.started_at), advice=ADVICE),
        version=version_of(second),
        at=later,
    )
    sign_visit(actor=doctor, visit=second, at=later)


def _result_comes(visit: Visit, clerk: User, *, at: datetime) -> None:
    """Let a result come after the signature: it stands with the visit as not signed yet."""
    open_access(user=clerk, citizen=visit.citizen, at=at)
    entry = ReportEntry(
        kind="laboratory",
        title="Điện giải đồ",
        performed_at=at - timedelta(minutes=10),
        reported_at=at,
        specimen="máu",
        results=[
            ResultEntry("Natri máu", "138", "mmol/L"),
            ResultEntry("Kali máu", "3,4", "mmol/L"),
        ],
    )
    record_report(
        actor=clerk,
        citizen=visit.citizen,
        facility=visit.facility,
        entry=entry,
        client_key=uuid5(NAMESPACE, "late result"),
        at=at,
        visit=visit,
    )


def _register(doctor: User, places: Places, at: datetime) -> None:
    """Put the doctor into the register: verified, licensed, registered at the station."""
    person = Practitioner.objects.create(
        name=doctor.full_name,
        name_sort=sort_key(doctor.full_name),
        birth_date="1981-09-14",
        sex="male",
        keeper=places.department,
        verified_at=timezone.make_aware(datetime(2025, 7, 1, 9)),  # noqa: DTZ001
    )
    paper = Paper(
        number=f"{SERIAL:06}/ĐB-GPHN",
        title="doctor",
        issued_on=date(2024, 2, 1),
        expires_on=date(2029, 2, 1),
        scope="Khám bệnh, chữa bệnh đa khoa",
        issued_by=places.department.name,
        holder=person.name,
    )
    issue_license(
        actor=None, practitioner=person, paper=paper, decision=Decision(paper.issued_on), at=at
    )
    registration = register_person(
        actor=None,
        practitioner=person,
        facility=places.station,
        post=Post(position="4", position_text="Bác sỹ khám bệnh", hours=HOURS),
        stay=Stay(SINCE),
        at=at,
        spans=read_hours(HOURS) or (),
    )
    set_hours(
        actor=None,
        registration=registration,
        spans=read_hours(DUTY) or (),
        from_day=SINCE,
        kind=WorkingSlot.Kind.DUTY,
    )
    link_account(actor=None, practitioner=person, user=doctor, on=SINCE)
