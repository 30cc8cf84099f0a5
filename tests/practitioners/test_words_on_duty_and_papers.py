"""Duty beside the hours, papers and acts of a licence, who supervises, which diploma: each knows its source."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner, ProfileSource, Qualification, WorkingSlot
from tests.practitioners.conftest import AT, make_list
from tests.practitioners.law import day, decided, week
from tests.practitioners.registered import make_registered
from tests.practitioners.test_where_values_come_from import lines_of, profile_of

DUTY = "T7 19:00–07:00"


@pytest.fixture
def on_duty(verified: Practitioner, licensing_officer: User) -> Practitioner:
    """Lò Văn Thoan, who is on duty on Saturday nights from next Monday, by a decision."""
    make_list("profile_freshness", "Còn mới", {"workingslot.duty": "Giờ trực"}, months=6)
    services.change_hours(
        actor=licensing_officer,
        registration=verified.registrations.get(),
        spans=week("T7 19:00-07:00"),
        from_day=day("09/11/2026"),
        kind="duty",
        at=AT,
    )
    return verified


def duty_of(user: User, person: Practitioner, on: str) -> tuple[str, str, date | None] | None:
    lines = lines_of(profile_of(user, person, on), str(WorkingSlot.Kind.DUTY.label).capitalize())
    return next(iter(lines.values()), None)


def test_duty_says_who_let_it_hold_and_when_it_goes_stale(
    on_duty: Practitioner, licensing_officer: User
) -> None:
    assert duty_of(licensing_officer, on_duty, "08/11/2026") is None
    held = duty_of(licensing_officer, on_duty, "09/11/2026")
    assert held is not None
    value, source, stale_on = held
    assert (value, stale_on) == (DUTY, date(2027, 5, 5))
    assert licensing_officer.full_name in source


def test_the_hours_of_every_day_have_no_word_of_duty(on_duty: Practitioner) -> None:
    words = ProfileSource.objects.filter(field="workingslot.duty")
    evening = WorkingSlot.objects.get(kind="duty", continues=None)
    assert [(word.value, word.row_id) for word in words] == [(DUTY, evening.pk)]


def test_who_lets_other_duty_hold_later_leaves_the_word_on_the_duty_before(
    on_duty: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    services.change_hours(
        actor=second_officer,
        registration=on_duty.registrations.get(),
        spans=week("CN 19:00-07:00"),
        from_day=day("01/12/2026"),
        kind="duty",
        at=AT + timedelta(days=1),
    )
    before = duty_of(licensing_officer, on_duty, "30/11/2026")
    after = duty_of(licensing_officer, on_duty, "01/12/2026")
    assert before is not None
    assert after is not None
    assert (before[0], after[0]) == (DUTY, "CN 19:00–07:00")
    assert licensing_officer.full_name in before[1]
    assert second_officer.full_name in after[1]


def test_duty_that_goes_on_with_other_hours_keeps_who_said_it(
    on_duty: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    services.change_hours(
        actor=second_officer,
        registration=on_duty.registrations.get(),
        spans=week("T2-T6 08:00-12:00"),
        from_day=day("01/12/2026"),
        at=AT + timedelta(days=1),
    )
    held = duty_of(licensing_officer, on_duty, "05/12/2026")
    assert held is not None
    assert (held[0], held[2]) == (DUTY, date(2027, 5, 5))
    assert licensing_officer.full_name in held[1]


def test_duty_the_practitioner_confirms_is_fresh_again(
    on_duty: Practitioner, licensing_officer: User, clinician: User
) -> None:
    services.confirm_profile(practitioner=on_duty, actor=clinician, at=AT + timedelta(days=60))
    held = duty_of(licensing_officer, on_duty, "10/01/2027")
    assert held is not None
    assert held[2] == date(2027, 7, 4)
    assert licensing_officer.full_name in held[1]


def test_papers_and_acts_of_a_licence_say_who_recorded_them_and_when(
    verified: Practitioner, licensing_officer: User, second_officer: User
) -> None:
    services.suspend_license(
        actor=second_officer,
        license=verified.licenses.get(),
        decision=decided("10/11/2026"),
        measure=services.Measure("ethics", valid_until=day("09/01/2027")),
        at=AT + timedelta(days=5),
    )
    answer = profile_of(licensing_officer, verified, "12/11/2026")
    groups = [(group.title, group.lines) for group in answer.context["values"]]
    papers = [line for title, lines in groups for line in lines if title == "Bản giấy phép"]
    acts = [line for title, lines in groups for line in lines if "118/QĐ-SYT" in line.text]
    assert papers
    assert {licensing_officer.full_name in str(line.source.text) for line in papers} == {True}
    assert {line.source.on for line in papers} == {date(2026, 11, 5)}
    assert [second_officer.full_name in str(line.source.text) for line in acts] == [True]
    assert [line.source.on for line in acts] == [date(2026, 11, 10)]


def test_who_supervises_a_rotation_is_named_with_its_source(
    verified: Practitioner, hospital: Organisation, sender: User, licensing_officer: User
) -> None:
    trainee = make_registered("Lò Văn Học", hospital)
    training = services.begin_practical_training(
        actor=sender,
        practitioner=trainee,
        facility=hospital,
        contract=services.Contract("doctor", date(2026, 11, 1)),
        at=AT,
    )
    rotation = services.add_rotation(
        actor=sender, training=training, supervisor=verified, valid_from=date(2026, 11, 1), at=AT
    )
    words = ProfileSource.objects.filter(row_id=rotation.pk, field="trainingrotation.supervisor")
    assert [(word.value, word.said_by_id) for word in words] == [(str(verified.pk), sender.pk)]
    client = Client()
    client.force_login(licensing_officer)
    address = reverse("practitioners:person", args=[trainee.pk])
    client.get(address)  # lists of the law are read once, then remembered
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert len(asked) <= 15, [query["sql"][:90] for query in asked]
    named = [
        line
        for group in answer.context["values"]
        for line in group.lines
        if line.text == verified.name
    ]
    assert [line.source.on for line in named] == [date(2026, 11, 5)]


def test_the_diploma_a_speciality_rests_on_is_named_with_its_source(
    verified: Practitioner, licensing_officer: User
) -> None:
    diploma = Qualification.objects.create(
        practitioner=verified, level="specialist_1", field="Nội tim mạch", school="ĐH Y Hà Nội"
    )
    services.record_speciality(
        actor=licensing_officer,
        practitioner=verified,
        text="Nội tim mạch",
        valid_from=date(2020, 1, 1),
        qualification_id=diploma.pk,
        at=AT,
    )
    answer = profile_of(licensing_officer, verified)
    named = [
        line
        for group in answer.context["values"]
        for line in group.lines
        if line.text == str(diploma)
    ]
    assert [licensing_officer.full_name in str(line.source.text) for line in named] == [True]
