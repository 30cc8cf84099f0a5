"""Two rows of one person with something in every table, and what is done to them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from portal.accounts.models import User
from portal.database.keys import uuid7
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    DiscrepancyCase,
    EmergencyOverride,
    ExaminationResult,
    ExtraTechnique,
    JoinedRow,
    LicenseEvent,
    LicenseVersion,
    Outcome,
    PracticeLanguage,
    PracticePeriod,
    Practitioner,
    PractitionerAccount,
    PractitionerIdentifier,
    PractitionerJoining,
    ProfileAnswer,
    ProfileSource,
    ProfileSubmission,
    Qualification,
    Sanction,
    Speciality,
    TrainingActivity,
    Verification,
)
from practitioners.services.joined_rows import NAMED, belongings
from tests.practitioners.conftest import AT
from tests.practitioners.law import bar, day, decided, give_license, make_person, register

Rows = dict[tuple[str, UUID], dict[str, Any]]
LATER = AT + timedelta(hours=1)
# Tables whose rows hang on what belongs to a person, and are to come along unchanged.
PARTS = (LicenseVersion, LicenseEvent, ExtraTechnique)


def everything() -> Rows:
    """Return every row of every table of practitioners, the people included."""
    models = {Practitioner, *PARTS, *(one.model for one in belongings())}
    models |= {model for model, _column in NAMED}
    return {
        (model._meta.db_table, row["id"]): row
        for model in models
        for row in model._base_manager.values()
    }


def changes(before: Rows, after: Rows) -> dict[tuple[str, UUID], dict[str, tuple[Any, Any]]]:
    """Return which columns of which rows differ; a row that came or went differs in all."""
    found = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        differ = {
            name: (old.get(name), new.get(name))
            for name in old.keys() | new.keys()
            if old.get(name) != new.get(name)
        }
        if differ:
            found[key] = differ
    return found


def ledger() -> int:
    """Return how much is written down of joinings."""
    return PractitionerJoining.objects.count() + JoinedRow.objects.count()


def full_person(
    name: str, facility: Organisation, by: User, keeper: Organisation, number: int
) -> Practitioner:
    """A person with rows in every table; ``number`` keeps two of them apart."""
    person = make_person(name)
    Practitioner.objects.filter(pk=person.pk).update(
        keeper=keeper, phone=f"091200000{number}", email=f"nguoi{number}@example.vn"
    )
    person.refresh_from_db()
    license = give_license(person, f"00{number}287/ĐB-GPHN")
    services.suspend_license(
        actor=None,
        license=license,
        decision=decided("01/02/2025"),
        measure=services.Measure("ethics", "Sai sót ghi hồ sơ", day("31/03/2025")),
        at=AT,
    )
    hours = "T2-T6 07:30-11:30" if number % 2 else "T7 07:30-11:30"
    held = register(person, facility, hours, position_text=f"Bác sỹ {number}")
    ExtraTechnique.objects.create(
        registration=held,
        code="02.0085",
        decision_no="5/QĐ",
        decided_on=AT.date(),
        valid_from=AT.date(),
    )
    _known(person, number)
    _learnt(person, facility, number)
    _watched(person, facility, by, number)
    bar(
        person,
        decided("01/06/2025", f"{number}/QĐ-SYT"),
        services.Measure("barred", "", day("30/06/2025")),
    )
    Sanction.objects.create(
        practitioner=person,
        kind="warning",
        decision_no=f"9{number}/QĐ",
        decided_on=AT.date(),
        valid_from=AT.date(),
    )
    return person


def _known(person: Practitioner, number: int) -> None:
    numbers = (("insurance", f"011078002{number}"), ("prescriber", f"LK{number}"))
    # The same kinds in force at both would contradict; the second one's cards are history.
    until = None if number == 1 else date(2020, 12, 31)
    PractitionerIdentifier.objects.bulk_create(
        PractitionerIdentifier(
            practitioner=person, kind=kind, value=value, valid_until=until, is_verified=number == 1
        )
        for kind, value in numbers
    )
    user = User.objects.create(username=f"bs{number}.{person.pk.hex[-6:]}", full_name=person.name)
    first = date(2024, 1, 1)
    PractitionerAccount.objects.create(
        practitioner=person,
        user=user,
        valid_from=first,
        valid_until=None if number == 1 else date(2025, 1, 1),
    )


def _learnt(person: Practitioner, facility: Organisation, number: int) -> None:
    diploma = Qualification.objects.create(
        practitioner=person, level="university", field="Y khoa", diploma_number=f"B {number}"
    )
    Speciality.objects.create(practitioner=person, qualification=diploma, text=f"Nội {number}")
    ExaminationResult.objects.create(
        practitioner=person, title="doctor", sat_on=date(2023, 1, number), result="passed"
    )
    PracticeLanguage.objects.create(
        practitioner=person, language=f"l{number}", way="own", valid_from=date(2024, 1, 1)
    )
    PracticePeriod.objects.create(
        practitioner=person, place_text=f"Trạm {number}", valid_from=date(2020, 1, 1)
    )
    TrainingActivity.objects.create(
        practitioner=person,
        title=f"Hội thảo {number}",
        hours=8,
        ended_on=date(2025, 5, number),
        form="conference",
    )
    guided = make_person(f"Học viên {number}", f"0{number}/04/1998")
    for trainee, supervisor, since, until in (
        (guided, person, "01/10/2025", None),
        (person, make_person(f"Thầy {number}"), f"01/0{number}/2003", f"20/0{number}/2003"),
    ):
        training = services.begin_practical_training(
            actor=None,
            practitioner=trainee,
            facility=facility,
            contract=services.Contract("doctor", day(since), day(until) if until else None),
            at=AT,
        )
        services.add_rotation(
            actor=None,
            training=training,
            supervisor=supervisor,
            valid_from=day(since),
            valid_until=day(until) if until else None,
            at=AT,
        )


def _watched(person: Practitioner, facility: Organisation, by: User, number: int) -> None:
    sent = ProfileSubmission.objects.create(
        client_key=uuid7(),
        facility=facility,
        practitioner=person,
        name=person.name,
        values={"identifier": f"01107800{number}"},
        state="returned",
        reason_code="duplicate",
        reviewer=by,
        decided_at=AT,
        submitted_by=by,
        submitted_at=AT,
    )
    ProfileAnswer.objects.create(
        practitioner=person,
        submission=sent,
        side="practitioner",
        answer="confirms",
        answered_by=by,
        answered_at=AT,
    )
    ProfileSource.objects.create(
        practitioner=person, field="phone", value=person.phone, source="paper", said_at=AT
    )
    Verification.objects.create(practitioner=person, field="person", verified_by=by, verified_at=AT)
    DiscrepancyCase.objects.create(
        kind="hours_overlap",
        key=f"hours_overlap:{uuid7()}",
        department=facility.parent,
        practitioner=person,
        name=person.name,
        origin="checks",
        opened_at=AT,
    )
    EmergencyOverride.objects.create(
        practitioner=person,
        facility=facility,
        at=AT,
        reasons=["hours_outside"],
        because="Ngừng tuần hoàn",
        recorded_by=by,
        recorded_at=AT,
    )


def case_of(
    one: Practitioner, other: Practitioner, department: Organisation, by: User
) -> DiscrepancyCase:
    """A case about two rows, decided: they are one person."""
    return DiscrepancyCase.objects.create(
        kind="twin",
        key=f"twin:{uuid7()}",
        department=department,
        practitioner=one,
        name=one.name,
        facts={"people": [str(one.pk), str(other.pk)]},
        origin="official",
        opened_at=AT,
        state="decided",
        outcome=Outcome.ONE_PERSON,
        reason="Đã đối chiếu giấy tờ gốc.",
        decided_by=by,
        decided_at=AT,
    )


def ask(
    case: DiscrepancyCase, survivor: Practitioner, by: User, **said: Any
) -> PractitionerJoining:
    """Ask that one row stays, for a reason."""
    return services.ask_to_join(
        actor=by,
        case=case,
        survivor_id=survivor.pk,
        reason=said.pop("reason", "Một người, hai dòng trong sổ."),
        at=said.pop("at", LATER),
        **said,
    )


def join(
    case: DiscrepancyCase, survivor: Practitioner, officials: tuple[User, User], **said: Any
) -> PractitionerJoining:
    """Join two rows: one official asks, the other carries it out."""
    asked = ask(case, survivor, officials[0], **said)
    joined = services.carry_out_joining(
        actor=officials[1], joining_id=asked.pk, at=said.get("at", LATER)
    )
    settle()
    return joined


def part(joining: PractitionerJoining, officials: tuple[User, User]) -> PractitionerJoining:
    """Part two rows: one official asks, the other carries it out."""
    at = LATER + timedelta(hours=1)
    services.ask_to_part(
        actor=officials[0], joining_id=joining.pk, reason="Hai người khác nhau.", at=at
    )
    parted = services.carry_out_parting(actor=officials[1], joining_id=joining.pk, at=at)
    settle()
    return parted


def settle() -> None:
    """Ask all rules of the database now, as the end of a transaction does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def owners(rows: Iterable[Any]) -> set[UUID]:
    return {row.practitioner_id for row in rows}
