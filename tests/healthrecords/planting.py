"""One row of every table that can belong to a person or a visit, written as it might stand."""

from datetime import date, timedelta
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from healthrecords.models import (
    Allergy,
    Appointment,
    Attachment,
    CareAccess,
    Citizen,
    CitizenAddress,
    CitizenMerge,
    Consent,
    Coverage,
    DataRequest,
    Diagnosis,
    DiagnosticReport,
    Dispensing,
    DisposalItem,
    DisposalList,
    Document,
    FamilyIllness,
    FieldSource,
    FormerName,
    Household,
    HouseholdMember,
    IdentityCheck,
    Immunization,
    Inquiry,
    LegalHold,
    LongTermMedicine,
    Medication,
    MedicineStop,
    MergedRow,
    Problem,
    Procedure,
    QueueStep,
    Referral,
    RelatedPerson,
    Result,
    UnknownNotice,
    Visit,
    VisitNote,
    VitalSigns,
)
from healthrecords.services import open_access
from healthrecords.services.amending import drop_amendment, open_amendment
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.attachments.keeping import keep
from portal.codelists.models import CodeList, CodeListVersion
from portal.database.uuid7 import uuid7
from portal.places.models import Organisation
from portal.verification.models import Inquiry as Asked
from reporting.models import CaseNotification
from tests.healthrecords.conftest import AT

ON = AT.date()
# What says who was joined with whom: a joining writes it, and its rows are no person's own.
OF_JOININGS: tuple[type[Model], ...] = (Citizen, CitizenMerge, MergedRow)


def columns() -> list[tuple[type[Model], str]]:
    """Return every column that names a person or a visit, of tables that are no history."""
    return [
        (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        if not hasattr(model, "pgh_tracked_model") and model not in OF_JOININGS
        for field in model._meta.local_concrete_fields
        if field.is_relation and field.related_model in (Citizen, Visit)
    ]


def bare(citizen: Citizen) -> set[str]:
    """Return the columns in which nothing names this person, or a visit of theirs."""
    mine: set[UUID] = {citizen.pk, *citizen.visits.values_list("pk", flat=True)}
    return {
        f"{model._meta.label}.{column}"
        for model, column in columns()
        if not model._base_manager.filter(**{f"{column}__in": mine}).exists()
    }


def plant(citizen: Citizen, other: Citizen, *, clerk: User, doctor: User) -> None:
    """Write of everything something for this person; ``other`` is their mother."""
    place = clerk.place_of_work
    assert place is not None
    visit = Visit.objects.create(
        citizen=citizen, facility=place, status="finished", started_at=AT, ended_at=AT, reason="Ho"
    )
    by = {"by": clerk, "place": place}
    _at_the_visit(visit, **by)
    _measured(citizen, visit, **by)
    _told(citizen, other, **by)
    _lives(citizen, **by)
    _protected(citizen, **by)
    _signed(visit, doctor)


def _at_the_visit(visit: Visit, *, by: User, place: Organisation) -> None:
    Diagnosis.objects.create(visit=visit, rank="main", code="J00", title="Viêm mũi họng cấp")
    Medication.objects.create(visit=visit, name="Paracetamol")
    VitalSigns.objects.create(visit=visit, pulse=72)
    stopped = {"stopped_on": ON, "reason": "Phù chân", "noted_at": AT, "noted_by": by}
    MedicineStop.objects.create(visit=visit, name="Paracetamol", noted_where=place, **stopped)
    VisitNote.objects.create(visit=visit, kind="progress", written_at=AT, text="Đỡ")
    given = {"given_at": AT, "given_by": by, "client_key": uuid7()}
    Dispensing.objects.create(visit=visit, name="Paracetamol", quantity=5, **given)
    held = {"visit": visit, "citizen_id": visit.citizen_id, "facility": place}
    Appointment.objects.create(**held, on=ON, made_at=AT, kept_by=visit)
    QueueStep.objects.create(**held, number=1, kind="arrived", at=AT, by=by, on=ON)
    issued = {"issued_at": AT, "issued_by": by, "year": 2026}
    paper = Document.objects.create(
        visit=visit, kind="referral", number=Document.objects.count() + 1, **issued
    )
    Referral.objects.create(
        visit=visit,
        document=paper,
        to_name="Bệnh viện ngoài tỉnh",
        reason="2",
        sent_at=AT,
        arrived_at=AT,
        arrived_by=by,
        arrived_visit=visit,
    )
    CaseNotification.objects.create(
        visit=visit,
        origin=CaseNotification.Origin.HAND,
        disease="H01",
        code="B05.9",
        clock="24h",
        noticed_at=AT,
        due_at=AT,
    )


def _measured(citizen: Citizen, visit: Visit, *, by: User, place: Organisation) -> None:
    """Write a result and a procedure of the visit, and one of each that belongs to none."""
    said = {"citizen": citizen, "facility": place, "recorded_at": AT, "recorded_by": by}
    for of in (visit, None):
        Procedure.objects.create(**said, visit=of, title="Khâu vết thương", performed_at=AT)
        report = DiagnosticReport.objects.create(
            **said, visit=of, kind="laboratory", title="Glucose", performed_at=AT
        )
        Result.objects.create(
            report=report,
            citizen=citizen,
            facility=place,
            name="Glucose",
            value="5,4",
            said_at=AT,
        )


def _told(citizen: Citizen, other: Citizen, *, by: User, place: Organisation) -> None:
    said = {"citizen": citizen, "facility": place, "recorded_at": AT, "recorded_by": by}
    Allergy.objects.create(**said, substance="Nhóm penicillin", severity="severe")
    Problem.objects.create(**said, code="I10", title="Tăng huyết áp")
    LongTermMedicine.objects.create(**said, name="Amlodipin")
    Immunization.objects.create(**said, vaccine="Vắc xin sởi")
    FamilyIllness.objects.create(**said, relation="mother", code="E11", title="Đái tháo đường")
    file = keep(content=f"%PDF-{citizen.pk}".encode(), name="Giấy ra viện", at=AT)
    Attachment.objects.create(**said, file=file, title="Giấy ra viện")
    asked = {"topic": "family", "answer": "listed", "asked_at": AT, "asked_by": by}
    Inquiry.objects.create(citizen=citizen, facility=place, **asked)
    RelatedPerson.objects.create(citizen=citizen, person=other, relation="mother", name=other.name)


def _lives(citizen: Citizen, *, by: User, place: Organisation) -> None:
    household = Household.objects.create(area=place.area)
    HouseholdMember.objects.create(household=household, citizen=citizen, relation="head", since=ON)
    FormerName.objects.create(citizen=citizen, name="Lò Thị Tên Cũ")
    CitizenAddress.objects.create(citizen=citizen, kind="permanent", text="Bản Cũ", area=place.area)
    Coverage.objects.create(
        citizen=citizen, number="GD4110116200413", registered_code="11001", valid_from=ON
    )
    asked = Asked.objects.create(
        purpose="citizen",
        subject_id=citizen.pk,
        personal_number="011162004137",
        name=citizen.name,
        birth="1962-03-12",
        organisation=place,
        asked_by=by,
        asked_at=AT,
        state="answered",
        result="mismatch",
        answered_at=AT,
        differences=[{"field": "sex", "held": "male"}],
    )
    IdentityCheck.objects.create(citizen=citizen, inquiry=asked, open_count=1)
    FieldSource.objects.create(
        citizen=citizen, field="sex", value="male", source="register", said_at=AT, inquiry=asked
    )


def _protected(citizen: Citizen, *, by: User, place: Organisation) -> None:
    glass = {"ground": "glass", "reason": "cấp cứu", "review_due_on": ON + timedelta(days=7)}
    CareAccess.objects.create(
        user=by,
        citizen=citizen,
        organisation=place,
        opened_at=AT - timedelta(days=2),
        until=AT - timedelta(days=1),
        **glass,
    )
    purposes, _new = CodeList.objects.get_or_create(key="planted", defaults={"title": "Mục đích"})
    version, _new = CodeListVersion.objects.get_or_create(
        code_list=purposes, valid_from=ON, defaults={"legal_basis": "thử", "digest": "0" * 64}
    )
    Consent.objects.create(
        citizen=citizen,
        facility=place,
        purpose="research",
        list_version=version,
        text="Tôi đồng ý.",
        answer="given",
        giver="self",
        channel="paper",
        proof="giấy",
        given_on=ON,
        recorded_by=by,
        recorded_at=AT,
    )
    DataRequest.objects.create(
        citizen=citizen,
        facility=place,
        kind="copy",
        asked="bản sao",
        asker="self",
        channel="in_person",
        identity_proof="thẻ căn cước",
        received_on=ON,
        received_by=by,
        received_at=AT,
        reply_due_on=ON + timedelta(days=2),
        due_on=ON + timedelta(days=10),
    )
    UnknownNotice.objects.create(
        citizen=citizen, facility=place, duty="authority", told_to="Công an xã", told_at=AT,
        told_by=by, recorded_at=AT,
    )  # fmt: skip
    LegalHold.objects.create(
        citizen=citizen,
        facility=place,
        reason="tranh chấp",
        basis="Công văn 12",
        placed_on=ON,
        placed_by=by,
        placed_at=AT,
    )
    proposal = DisposalList.objects.filter(facility=place).first() or DisposalList.objects.create(
        facility=place, cut_on=ON, reason="kiểm kê", proposed_on=ON, proposed_by=by
    )
    DisposalItem.objects.create(
        disposal_list=proposal,
        citizen=citizen,
        retention_class="personal_record",
        legal_basis="TT33/2025/TT-BYT",
        died_on=date(2010, 1, 1),
        kept_until=date(2020, 1, 1),
    )


def plant_waiting(visit: Visit, *, clerk: User) -> None:
    """Write that the person of this visit is waited for: in two days, and by a referral."""
    place = clerk.place_of_work
    held = {"visit": visit, "citizen_id": visit.citizen_id}
    wanted = ON + timedelta(days=2)
    Appointment.objects.create(**held, facility=place, on=wanted, made_at=AT)
    paper = Document.objects.create(
        visit=visit,
        kind="referral",
        year=2026,
        number=Document.objects.count() + 1,
        issued_at=AT,
        issued_by=clerk,
    )
    Referral.objects.create(visit=visit, document=paper, to_facility=place, reason="2", sent_at=AT)


def _signed(visit: Visit, doctor: User) -> None:
    """Sign the visit, and think about changing it."""
    open_access(user=doctor, citizen=visit.citizen, at=AT)
    sign_visit(actor=doctor, visit=visit, at=AT)
    open_amendment(actor=doctor, visit=visit, reason="Ghi nhầm liều", at=AT)
    drop_amendment(actor=doctor, visit=visit, at=AT)
