"""Practitioners, their registrations and the profiles sent in."""

from collections.abc import Iterable

from django.db.models import Model

from portal.accounts.roles import Role
from portal.attachments.keeping import keep
from portal.codelists.models import CodeList
from portal.database.keys import uuid7
from portal.dates import months_later
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import (
    BanProposal,
    CasePaper,
    CaseSide,
    DiscrepancyCase,
    DutyProof,
    EmergencyOverride,
    Evidence,
    Outcome,
    PracticalTraining,
    Practitioner,
    PractitionerJoining,
    ProfileSource,
    ProfileSubmission,
    Registration,
    TrainingActivity,
)
from tests.conftest import SINCE, make_user
from tests.practitioners.conftest import AT, PAPERS, PDF, PROFILE, make_list
from tests.practitioners.law import give_license
from tests.walking.world import MARK, World, literal, names, planted, rows


def _practitioner(world: World, name: str, facility: Organisation) -> Practitioner:
    person = Practitioner.objects.create(
        name=name, birth_date="1978-04-22", sex="male", keeper=facility.parent
    )
    Registration.objects.create(practitioner=person, facility=facility, valid_from=SINCE)
    return person


def _submission(world: World, name: str, facility: Organisation) -> ProfileSubmission:
    if not CodeList.objects.filter(key="professional_titles").exists():
        make_list("professional_titles", "Chức danh chuyên môn", {"doctor": "Bác sỹ"})
        make_list("staff_positions", "Vị trí", {"1": "Người chịu trách nhiệm"})
    key = uuid7()
    sender = make_user(f"gui.{key.hex[-8:]}", f"{name} gửi", Role.HOSPITAL_DATA_OFFICER, facility)
    services.keep_evidence(
        content=PDF, name="giay.pdf", proves=PAPERS, client_key=key, actor=sender, at=AT
    )
    return services.submit_profile(
        facility=facility,
        values={**PROFILE, "name": name, "identifier": f"0110780{key.int % 100_000:05}"},
        client_key=key,
        actor=sender,
        at=AT,
    )


def _case(world: World, name: str, facility: Organisation) -> DiscrepancyCase:
    person = _practitioner(world, name, facility)
    case = DiscrepancyCase.objects.create(
        kind="hours_overlap",
        key=f"hours_overlap:{uuid7()}",
        department=facility.parent,
        practitioner=person,
        name=name,
        origin="checks",
        opened_at=AT,
    )
    side = CaseSide.objects.create(case=case, position=1, organisation=facility)
    stored = keep(content=PDF + case.key.encode(), name="giay.pdf", at=AT)
    CasePaper.objects.create(
        side=side,
        stored=stored,
        title="Công văn",
        uploaded_by=make_user(f"gt.{case.pk.hex[-8:]}", f"{name} gửi", Role.STATION_HEAD, facility),
        uploaded_at=AT,
    )
    return case


@rows("practitioners.discrepancycase")
def cases(world: World, n: int) -> Iterable[Model]:
    return [_case(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]


@rows("practitioners.casepaper")
def case_papers(world: World, n: int) -> Iterable[Model]:
    made = [_case(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]
    return list(CasePaper.objects.filter(side__case__in=made))


@planted("practitioners.discrepancycase")
def far_cases(world: World) -> Iterable[Model]:
    yield _case(world, f"Lò {MARK}", world.far_station)


@planted("practitioners.casepaper")
def far_case_papers(world: World) -> Iterable[Model]:
    return list(CasePaper.objects.filter(side__organisation=world.far_station))


def _training(world: World, name: str, facility: Organisation) -> PracticalTraining:
    trainee, supervisor = (
        Practitioner.objects.create(name=each, birth_date="1998-04-22", sex="female")
        for each in (name, f"{name} hướng dẫn")
    )
    training = services.begin_practical_training(
        actor=None,
        practitioner=trainee,
        facility=facility,
        contract=services.Contract("doctor", SINCE),
        at=AT,
    )
    services.add_rotation(
        actor=None, training=training, supervisor=supervisor, valid_from=SINCE, at=AT
    )
    return training


def _override(world: World, name: str, facility: Organisation) -> EmergencyOverride:
    person = _practitioner(world, name, facility)
    recorder = make_user(f"cc.{person.pk.hex[-8:]}", name, Role.HOSPITAL_DOCTOR, facility)
    return EmergencyOverride.objects.create(
        practitioner=person,
        facility=facility,
        at=AT,
        reasons=["hours_outside"],
        because="Ngừng tuần hoàn",
        recorded_by=recorder,
        recorded_at=AT,
    )


@rows("practitioners.practitioner")
def practitioners(world: World, n: int) -> Iterable[Model]:
    return [_practitioner(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]


@rows("practitioners.registration")
def registrations(world: World, n: int) -> Iterable[Model]:
    people = [_practitioner(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]
    return list(Registration.objects.filter(practitioner__in=people))


@rows("practitioners.profilesubmission")
def submissions(world: World, n: int) -> Iterable[Model]:
    return [_submission(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]


@rows("practitioners.evidence")
def evidence(world: World, n: int) -> Iterable[Model]:
    sent = [_submission(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]
    return list(Evidence.objects.filter(submission__in=sent))


def _word(person: Practitioner) -> ProfileSource:
    return ProfileSource.objects.create(
        practitioner=person,
        field="school",
        value="Trường Đại học Y Hà Nội",
        source="paper",
        said_at=AT,
        paper=keep(content=PDF, name="bang.pdf", at=AT),
    )


@rows("practitioners.profilesource")
def words(world: World, n: int) -> Iterable[Model]:
    return [_word(_practitioner(world, "Lò Văn Thoan", world.hospital)) for _number in range(n)]


@planted("practitioners.profilesource")
def far_words(world: World) -> Iterable[Model]:
    yield _word(_practitioner(world, f"Lò {MARK}", world.far_station))


@rows("practitioners.trainingactivity")
def trainings(world: World, n: int) -> Iterable[Model]:
    return [
        TrainingActivity.objects.create(
            practitioner=_practitioner(world, "Lò Văn Thoan", world.hospital),
            title="Siêu âm tim",
            hours=8,
            ended_on=SINCE,
            state="declared",
        )
        for _number in range(n)
    ]


@planted("practitioners.trainingactivity")
def far_activities(world: World) -> Iterable[Model]:
    yield TrainingActivity.objects.create(
        practitioner=_practitioner(world, f"Lò {MARK}", world.far_station),
        title=f"Siêu âm {MARK}",
        hours=8,
        ended_on=SINCE,
        state="declared",
    )


@rows("practitioners.practicaltraining")
def practical_trainings(world: World, n: int) -> Iterable[Model]:
    return [_training(world, "Lò Thị Nọi", world.hospital) for _number in range(n)]


@rows("practitioners.emergencyoverride")
def overrides(world: World, n: int) -> Iterable[Model]:
    return [_override(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]


@planted("practitioners.practitioner")
def far_practitioners(world: World) -> Iterable[Model]:
    yield _practitioner(world, f"Lò {MARK}", world.far_station)


@planted("practitioners.registration")
def far_registrations(world: World) -> Iterable[Model]:
    return list(Registration.objects.filter(facility=world.far_station))


@planted("practitioners.practicaltraining")
def far_trainings(world: World) -> Iterable[Model]:
    yield _training(world, f"Lò {MARK}", world.far_station)


@planted("practitioners.emergencyoverride")
def far_overrides(world: World) -> Iterable[Model]:
    yield _override(world, f"Lò {MARK}", world.far_station)


@planted("practitioners.profilesubmission")
def far_submissions(world: World) -> Iterable[Model]:
    yield _submission(world, f"Lò {MARK}", world.far_station)


@planted("practitioners.evidence")
def far_evidence(world: World) -> Iterable[Model]:
    return list(Evidence.objects.filter(submission__facility=world.far_station))


def _proposal(world: World, person: Practitioner) -> BanProposal:
    return BanProposal.objects.create(
        practitioner=person,
        ground_code="barred",
        decision_no="12/2026/HS-ST",
        decided_on=SINCE,
        valid_from=SINCE,
        proposed_by=world.users[Role.LICENSING_OFFICER],
        proposed_at=AT,
        paper=keep(content=PDF, name="ban-an.pdf", at=AT),
    )


@rows("practitioners.banproposal")
def proposals(world: World, n: int) -> Iterable[Model]:
    people = [_practitioner(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]
    return [_proposal(world, person) for person in people]


@planted("practitioners.banproposal")
def far_proposals(world: World) -> Iterable[Model]:
    yield _proposal(world, _practitioner(world, f"Lò {MARK}", world.far_station))


def _proof(world: World, person: Practitioner) -> DutyProof:
    license = give_license(person, f"00{uuid7().int % 10_000:04}/ĐB-GPHN")
    suspension = services.suspend_license(
        actor=world.users[Role.LICENSING_OFFICER],
        license=license,
        decision=services.Decision(SINCE, "4/QĐ-SYT", SINCE),
        measure=services.Measure("ethics", months_later(SINCE, 2), duty="Học lại"),
        at=AT,
    )
    return DutyProof.objects.create(
        license=license,
        suspension=suspension,
        paper_no="12/CC",
        authority=f"Trường Y, {person.name}",
        done_on=SINCE,
        proposed_by=world.users[Role.LICENSING_OFFICER],
        proposed_at=AT,
        paper=keep(content=PDF, name="chung-chi.pdf", at=AT),
    )


@rows("practitioners.dutyproof")
def proofs(world: World, n: int) -> Iterable[Model]:
    people = [_practitioner(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]
    return [_proof(world, person) for person in people]


@planted("practitioners.dutyproof")
def far_proofs(world: World) -> Iterable[Model]:
    yield _proof(world, _practitioner(world, f"Lò {MARK}", world.far_station))


def _joining(world: World, name: str, facility: Organisation) -> PractitionerJoining:
    """Two rows one official asked to join, which wait for the second one."""
    one, other = (_practitioner(world, name, facility) for _place in range(2))
    case = DiscrepancyCase.objects.create(
        kind="twin",
        key=f"twin:{uuid7()}",
        department=facility.parent,
        practitioner=one,
        name=one.name,
        facts={"people": [str(one.pk), str(other.pk)]},
        origin="official",
        opened_at=AT,
        state="decided",
        outcome=Outcome.ONE_PERSON,
        reason="Đã đối chiếu giấy tờ gốc.",
        decided_by=world.users[Role.LICENSING_OFFICER],
        decided_at=AT,
    )
    return PractitionerJoining.objects.create(
        id=case.pk,  # the page of a joining is named by its case
        case=case,
        survivor=one,
        joined=other,
        department=facility.parent,
        reason=f"Một người: {name}",
        asked_by=world.users[Role.LICENSING_OFFICER],
        asked_at=AT,
    )


@rows("practitioners.practitionerjoining")
def joinings(world: World, n: int) -> Iterable[Model]:
    return [_joining(world, "Lò Văn Thoan", world.hospital) for _number in range(n)]


@planted("practitioners.practitionerjoining")
def far_joinings(world: World) -> Iterable[Model]:
    yield _joining(world, f"Lò {MARK}", world.far_station)


names("decided_id", "practitioners.practitionerjoining")
names("proof_id", "practitioners.dutyproof")
names("proposal_id", "practitioners.banproposal")
names("case_id", "practitioners.discrepancycase")
names("paper_id", "practitioners.casepaper")
names("submission_id", "practitioners.profilesubmission")
names("evidence_id", "practitioners.evidence")
names("word_id", "practitioners.profilesource")
names("practitioner_id", "practitioners.practitioner")
literal("day", "2026-11-05")
literal("license_number", "001287-DB-GPHN")
names("training_id", "practitioners.trainingactivity")
names("registration_id", "practitioners.registration")
