"""A facility registers its trainees, puts them under a supervisor and completes their training."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import AccessLog
from portal.dossiers.acts import Filing
from portal.places.models import Organisation
from practitioners import services
from practitioners.acts.facts import knows
from practitioners.models import (
    PracticalTraining,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    TrainingRotation,
)
from practitioners.timeline import years_of
from practitioners.training_length import lacks_of
from practitioners.whole import whole_of
from tests.practitioners.conftest import AT
from tests.practitioners.law import day, load_law
from tests.practitioners.registered import make_registered

TRAINEE = {
    "name": "Lường Thị Học",
    "birth_date": "14/02/2001",
    "sex": "female",
    "personal_number": "011301004321",
    "title": "doctor",
    "regime": "law2023",
    "number": "12/HĐTH",
    "contracted_on": "01/10/2026",
    "valid_from": "05/10/2026",
    "valid_until": "04/10/2027",
}


@pytest.fixture
def supervisor(hospital: Organisation) -> Practitioner:
    load_law()
    return make_registered("Quàng Văn Minh", hospital)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def trainees_of(facility: Organisation) -> str:
    return reverse("practitioners:trainees", args=[facility.pk])


def deed(name: str, training: PracticalTraining) -> str:
    return reverse(f"admin:practitioners_practicaltraining_{name}", args=[training.pk])


def registered(user: User, facility: Organisation, **changes: str) -> Any:
    return client_of(user).post(trainees_of(facility), {**TRAINEE, **changes})


def codes(answer: Any) -> dict[str, list[str]]:
    found = answer.context["form"].errors.as_data()
    return {name: [error.code for error in errors] for name, errors in found.items()}


def test_a_trainee_is_registered_guided_and_completes_and_stays_out_of_the_public_register(
    supervisor: Practitioner, hospital: Organisation, sender: User
) -> None:
    answer = registered(sender, hospital)
    training = PracticalTraining.objects.get()
    assert answer.url == deed("luan_phien", training)
    person = training.practitioner
    assert (person.name, person.verified_at) == ("Lường Thị Học", None)
    assert not person.identifiers.get().is_verified
    client = client_of(sender)
    form = {
        "supervisor": str(supervisor.pk),
        "kind": "clinical",
        "department": "Khoa Nội",
        "valid_from": "05/10/2026",
        "hours": "T2-T6 13:30-16:30",
    }
    assert client.post(deed("luan_phien", training), form).status_code == 302
    rotation = TrainingRotation.objects.get()
    assert (rotation.supervisor, rotation.department, rotation.slots.count()) == (
        supervisor,
        "Khoa Nội",
        5,
    )
    page = client.get(trainees_of(hospital))
    assert "Quàng Văn Minh" in page.content.decode()
    (line,) = page.context["supervisors"]
    assert (line.count, line.limit) == (1, 5)
    done = {"on": "04/10/2027", "certificate_no": "7/GXN", "short_because": "Cấp cứu ở nơi khác"}
    assert client.post(deed("hoan_thanh", training), done).status_code == 302
    training.refresh_from_db()
    assert training.certificate_no == "7/GXN"
    assert client.get(deed("luan_phien", training)).status_code == 403
    words = ProfileSource.objects.filter(row_id=training.pk, field="practicaltraining.contract_no")
    assert (words.get().source, words.get().said_by) == ("facility", sender)


def test_who_is_in_the_register_already_is_found_by_number_name_and_birth(
    hospital: Organisation, sender: User, verified: Practitioner
) -> None:
    values = {
        "name": "LÒ VĂN THOAN",
        "birth_date": "22/04/1978",
        "sex": "male",
        "personal_number": "011078002915",
    }
    assert registered(sender, hospital, **values).status_code == 302
    assert PracticalTraining.objects.get().practitioner == verified
    assert Practitioner.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"personal_number": "011078002915"}, {"personal_number": ["identifier_taken"]}),
        ({"birth_date": "31/02/2001"}, {"birth_date": ["date_unreadable"]}),
        ({"name": ""}, {"name": ["required"]}),
        ({"valid_until": "01/01/2026"}, {"valid_until": ["period_reversed"]}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nobody_enters(
    hospital: Organisation,
    sender: User,
    verified: Practitioner,
    changes: dict[str, str],
    refusal: dict[str, list[str]],
) -> None:
    answer = registered(sender, hospital, **changes)
    assert answer.status_code == 400
    found = codes(answer)
    assert len(found) == 1
    if "period_reversed" not in str(refusal) and "date_unreadable" not in str(refusal):
        assert found == refusal
    assert "12/HĐTH" in answer.content.decode()
    assert not PracticalTraining.objects.exists()
    assert Practitioner.objects.get() == verified
    assert PractitionerIdentifier.objects.count() == 1


def test_a_second_training_while_one_is_under_way_is_refused_with_its_place_named(
    supervisor: Practitioner,
    hospital: Organisation,
    station: Organisation,
    sender: User,
    station_head: User,
) -> None:
    registered(sender, hospital)
    again = registered(station_head, station)
    assert codes(again) == {"__all__": ["training_under_way"]}
    assert hospital.name in again.content.decode()
    assert PracticalTraining.objects.count() == 1


def test_only_who_is_registered_here_with_a_licence_in_force_is_offered_and_too_new_ones_say_so(
    supervisor: Practitioner, hospital: Organisation, station: Organisation, sender: User
) -> None:
    expired = make_registered("Sùng A Hết", hospital, valid_until=day("01/01/2025"))
    young = make_registered("Giàng A Mới", hospital, issued_on=day("01/06/2026"))
    make_registered("Tòng Thị Xa", station)
    registered(sender, hospital)
    page = client_of(sender).get(deed("luan_phien", PracticalTraining.objects.get()))
    offered = dict(page.context["form"].fields["supervisor"].choices)
    assert set(offered) == {"", supervisor.pk, young.pk}
    assert expired.pk not in offered
    assert "36" in offered[young.pk]
    assert offered[supervisor.pk].count("36") == (
        supervisor.licenses.get().issued_on > day("29/11/2023")
    )


def test_a_supervisor_of_another_title_is_said_to_be_one(
    supervisor: Practitioner, hospital: Organisation, sender: User
) -> None:
    nurse = make_registered("Giàng Thị Dậu", hospital, title="nurse")
    registered(sender, hospital)
    page = client_of(sender).get(deed("luan_phien", PracticalTraining.objects.get()))
    offered = dict(page.context["form"].fields["supervisor"].choices)
    assert "chức danh khác: Điều dưỡng" in offered[nurse.pk]
    assert "chức danh khác" not in offered[supervisor.pk]


def test_missing_months_and_missing_intensive_care_are_said_before_completion(
    supervisor: Practitioner, hospital: Organisation, sender: User
) -> None:
    """A doctor trains for twelve months, nine of them clinical and three in intensive care."""
    registered(sender, hospital)
    training = PracticalTraining.objects.get()
    PracticalTraining.objects.update(valid_from=day("05/10/2025"))
    training.refresh_from_db()
    assert lacks_of(training, day("03/10/2026"))[0] == "thực hành khám bệnh, chữa bệnh: 11/12 tháng"
    services.add_rotation(
        actor=None,
        training=training,
        supervisor=supervisor,
        at=AT,
        valid_from=day("05/10/2025"),
        valid_until=day("04/07/2026"),
    )
    assert lacks_of(training, day("04/10/2026")) == ["hồi sức cấp cứu: 0/3 tháng"]
    services.add_rotation(
        actor=None,
        training=training,
        supervisor=supervisor,
        at=AT,
        valid_from=day("05/07/2026"),
        ward=services.Ward("intensive", "Khoa Cấp cứu"),
    )
    assert lacks_of(training, day("04/10/2026")) == []
    PracticalTraining.objects.update(valid_from=timezone.localdate())
    page = client_of(sender).get(deed("hoan_thanh", training)).content.decode()
    assert "0/12 tháng" in page


def test_who_only_looks_or_sits_elsewhere_registers_nobody(
    supervisor: Practitioner,
    hospital: Organisation,
    licensing_officer: User,
    station_head: User,
) -> None:
    assert client_of(licensing_officer).get(trainees_of(hospital)).status_code == 200
    assert registered(licensing_officer, hospital).status_code == 403
    assert registered(station_head, hospital).status_code == 404
    assert not PracticalTraining.objects.exists()


def test_the_list_asks_as_often_for_one_as_for_many_and_is_logged(
    supervisor: Practitioner, hospital: Organisation, sender: User
) -> None:
    client = client_of(sender)

    def add(number: int) -> None:
        trainee = services.Trainee(
            f"Lò Thị Học {number}", "14/02/2001", "female", f"0113010{number:05d}"
        )
        contract = services.Contract("doctor", day("05/10/2026"), number=str(number))
        training = services.register_trainee(
            actor=sender, facility=hospital, trainee=trainee, contract=contract, at=AT
        )
        guide = make_registered(f"Quàng Văn {number}", hospital)
        services.add_rotation(
            actor=sender,
            training=training,
            supervisor=guide,
            valid_from=day("05/10/2026"),
            at=AT,
        )

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(trainees_of(hospital)).status_code == 200
        return len(found)

    add(1)
    asked()
    one = asked()
    for number in range(2, 6):
        add(number)
    assert asked() == one
    log = AccessLog.objects.filter(ground="trainees").latest("at")
    assert log.people_count == 10


def test_a_training_short_of_its_months_is_completed_for_a_written_reason_that_stays(
    supervisor: Practitioner, hospital: Organisation, sender: User
) -> None:
    registered(sender, hospital)
    training, today = PracticalTraining.objects.get(), timezone.localdate()
    PracticalTraining.objects.update(valid_from=today - timedelta(days=40), valid_until=None)
    client, url = client_of(sender), deed("hoan_thanh", training)
    typed = {"on": f"{today:%d/%m/%Y}", "certificate_no": "12/GXN"}
    refused = client.post(url, typed)
    training.refresh_from_db()
    assert (refused.status_code, training.completed_on) == (200, None)
    assert refused.context["form"].errors.as_data()["short_because"][0].code == "training_short"
    assert "1/12 tháng" in refused.content.decode()
    said = "Đã thực hành 11 tháng tại Lào Cai"
    assert client.post(url, {**typed, "short_because": said}).status_code == 302
    training.refresh_from_db()
    assert (training.completed_on, training.short_because) == (today, said)
    assert (
        f"hoàn thành khi còn thiếu thời gian, vì: {said}"
        in client.get(trainees_of(hospital)).content.decode()
    )
    page = client.get(
        reverse("admin:practitioners_practicaltraining_change", args=[training.pk])
    ).content.decode()
    assert said in page
    years = years_of(whole_of(training.practitioner), today)
    lines = [line for year in years for entry in year.entries for line in entry.lines]
    assert any(said in line for line in lines)
    filing = Filing(
        procedure="practice_license.new",
        case="first",
        authority=hospital,
        on=today,
        applicant_name=training.practitioner.name,
        values={"title": "doctor"},
    )
    assert said in str(knows(filing, training.practitioner_id, "practice"))


def test_a_training_as_long_as_asked_for_keeps_no_reason(
    hospital: Organisation, sender: User
) -> None:
    """No list asks for months here; what is typed all the same says nothing."""
    make_registered("Quàng Văn Minh", hospital)
    trainee = services.Trainee("Lò Thị Học", "14/02/2001", "female", "011301004321")
    training = services.register_trainee(
        actor=sender,
        facility=hospital,
        trainee=trainee,
        contract=services.Contract("doctor", day("05/10/2025"), number="1"),
        at=AT,
    )
    done = services.complete_practical_training(
        actor=sender,
        training=training,
        on=day("04/10/2026"),
        certificate_no="12/GXN",
        at=AT,
        short_because="Thừa",
    )
    assert (done.completed_on, done.short_because) == (day("04/10/2026"), "")
