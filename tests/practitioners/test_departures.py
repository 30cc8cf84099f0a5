"""What breaks at a facility when somebody leaves: its services, its hours."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from facilities.models import HealthcareService
from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners import services
from practitioners.departures import preview_departure
from practitioners.models import (
    CaseSide,
    CaseStep,
    DiscrepancyCase,
    ExtraTechnique,
    Practitioner,
    Registration,
    WorkingSlot,
)
from tests.practitioners.law import (
    AT,
    OFFICE,
    bar,
    day,
    decided,
    give_license,
    make_person,
    register,
    week,
)

pytestmark = pytest.mark.django_db


def test_a_departure_names_the_services_that_lose_their_only_qualified_person(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    """They pause (Decree 96/2023/NĐ-CP, article 27(12)); a service of another scope goes on."""
    row = Registration.objects.get()
    other = make_person("Giàng A Páo")
    give_license(other, "002002/ĐB-GPHN", scope_codes=("118",))
    theirs = register(other, hospital)
    offered = {
        "02.0085.1778": "Điện tim thường",
        "18.0001.0001": "Siêu âm tuyến giáp",
        "": "Khám theo yêu cầu",
        "02.0001": "Đã thôi cung cấp",
    }
    for code, name in offered.items():
        HealthcareService.objects.create(
            facility=hospital,
            code=code,
            name=name,
            valid_from=day("01/01/2025"),
            valid_until=day("01/01/2026") if code == "02.0001" else None,
        )
    breaks = preview_departure(row, day("30/11/2026"))
    assert list(breaks.services) == ["Điện tim thường"]
    url = reverse("practitioners:departure", args=[row.pk])
    assert "Điện tim thường" in manager.get(url, {"ngay": "30/11/2026"}).content.decode()
    services.assign_technique(
        actor=None,
        registration=theirs,
        assignment=services.Assignment("02.0085", "07/QĐ-BV", day("01/09/2026"), "Điện tim"),
        at=AT,
    )
    assert list(preview_departure(row, day("30/11/2026")).services) == []


def test_the_preview_of_a_departure_costs_as_many_queries_for_any_number_of_services(
    doctor: Practitioner, hospital: Organisation
) -> None:
    row = Registration.objects.get()

    def asked(count: int) -> int:
        HealthcareService.objects.bulk_create(
            HealthcareService(
                facility=hospital,
                code=f"{chapter:02d}.{count:04d}",
                name=f"Dịch vụ {chapter} {count}",
                valid_from=day("01/01/2025"),
            )
            for chapter in range(1, count + 1)
        )
        with CaptureQueriesContext(connection) as queries:
            preview_departure(row, day("30/11/2026"))
        return len(queries)

    asked(1)
    assert asked(2) == asked(20)


def test_who_begins_later_fills_no_hours_on_the_first_day_without(
    doctor: Practitioner, hospital: Organisation
) -> None:
    other = make_person("Giàng A Páo")
    give_license(other, "002002/ĐB-GPHN")
    theirs = register(other, hospital, "T2-T6 07:30-11:30")
    services.set_hours(
        actor=None, registration=theirs, spans=week(OFFICE), from_day=day("01/03/2027")
    )
    row = Registration.objects.get(practitioner=doctor)
    assert preview_departure(row, day("30/11/2026")).empty_hours == "T2–T6 13:30–17:00"
    assert preview_departure(row, day("28/02/2027")).empty_hours == ""


@pytest.mark.parametrize("why", ["barred", "died"])
def test_who_may_not_practise_covers_nothing_of_what_a_departure_breaks(
    doctor: Practitioner, hospital: Organisation, why: str
) -> None:
    other = make_person("Giàng A Páo")
    give_license(other, "002002/ĐB-GPHN")
    register(other, hospital)
    row = Registration.objects.get(practitioner=doctor)
    assert preview_departure(row, day("30/11/2026")).empty_hours == ""
    if why == "barred":
        bar(other, decided("01/11/2026"), services.Measure("barred", "", day("31/12/2026")))
    else:
        Practitioner.objects.filter(pk=other.pk).update(died_on=day("04/11/2026"))
    breaks = preview_departure(row, day("30/11/2026"))
    assert breaks.empty_hours == "T2–T6 07:30–11:30, 13:30–17:00"
    assert breaks.scopes
    assert breaks.titles == ["Bác sỹ"]
    if why == "barred":
        assert preview_departure(row, day("31/12/2026")).empty_hours == ""


def test_both_pages_say_of_whose_scopes_the_techniques_are_known(
    doctor: Practitioner, manager: Client
) -> None:
    """Nobody takes the silence on a nurse's technique for an answer."""
    pages = (
        manager.get(reverse("practitioners:right"), {"nguoi": str(doctor.pk)}),
        manager.get(reverse("practitioners:departure", args=[Registration.objects.get().pk])),
    )
    for answer in pages:
        assert answer.context["told_titles"] == "Bác sỹ"
        text = answer.content.decode()
        assert "Thông tư 32/2023/TT-BYT đối với các chức danh khác chưa được nạp" in text


def stands() -> list[object]:
    return [
        list(rows.order_by("pk").values()) for rows in (Registration.objects, WorkingSlot.objects)
    ]


@pytest.mark.parametrize("later", ["01/12/2026", "31/12/2030"])
def test_leaving_never_makes_a_recorded_stay_longer(
    later: str, doctor: Practitioner, manager: Client
) -> None:
    url = reverse("practitioners:departure", args=[Registration.objects.get().pk])
    manager.post(url, {"last_day": "30/11/2026", "because": "Chuyển công tác"})
    before = stands()
    answer = manager.post(url, {"last_day": later})
    assert (answer.status_code, stands()) == (200, before)
    assert "đã được ghi là 30/11/2026" in answer.content.decode()
    assert manager.post(url, {"last_day": "20/11/2026"}).status_code == 302
    assert Registration.objects.get().valid_until == day("20/11/2026")


def test_who_leaves_a_facility_leaves_all_posts_there(
    doctor: Practitioner, hospital: Organisation, station: Organisation, manager: Client
) -> None:
    register(doctor, hospital, "T7 07:30-11:30", position="2", position_text="Trưởng khoa")
    elsewhere = register(doctor, station, "CN 07:30-11:30")
    url = reverse("practitioners:departure", args=[Registration.objects.get(position="1").pk])
    assert "Trưởng khoa" in manager.get(url).content.decode()
    manager.post(url, {"last_day": "30/11/2026", "because": "Chuyển công tác"})
    here = Registration.objects.filter(facility=hospital)
    assert {row.valid_until for row in here} == {day("30/11/2026")}
    assert not WorkingSlot.objects.filter(facility=hospital, valid_until=None).exists()
    elsewhere.refresh_from_db()
    assert elsewhere.valid_until is None


def test_a_post_to_come_is_shown_and_withdrawn_with_who_leaves(
    doctor: Practitioner, hospital: Organisation, department: Organisation, manager: Client
) -> None:
    """It would begin after the last day: it never holds, and no hours or techniques stay of it."""
    held = Registration.objects.get(position="1")
    plan = register(
        doctor, hospital, "T7 07:30-11:30", since="01/01/2099", position="2", position_text="Trưởng"
    )
    duty = week("CN 19:00-07:00")
    services.set_hours(
        actor=None, registration=plan, spans=duty, from_day=day("01/01/2099"), kind="duty"
    )
    assignment = services.Assignment("18.0001", "07/QĐ-BV", day("01/01/2099"))
    services.assign_technique(actor=None, registration=plan, assignment=assignment, at=AT)
    case = DiscrepancyCase.objects.create(
        kind="hours_overlap",
        key="hours",
        department=department,
        practitioner=doctor,
        name=doctor.name,
        origin="checks",
        opened_at=AT,
    )
    CaseSide.objects.create(case=case, position=1, organisation=hospital, registration=plan)
    url = reverse("practitioners:departure", args=[held.pk])
    said = {"last_day": "30/11/2026", "because": "Chuyển công tác"}
    before = stands()
    unread = manager.post(url, said)  # the page of another day did not tell of it
    assert (unread.status_code, stands()) == (200, before)
    assert "Nghỉ" not in unread.content.decode()
    assert "Chuyển công tác" in unread.content.decode()
    shown = manager.get(url, {"ngay": "30/11/2026"}).content.decode()
    assert "Trưởng" in shown
    assert f'name="rut" value="{plan.pk}"' in shown
    assert f'name="rut" value="{plan.pk}"' in unread.content.decode()
    answer = manager.post(url, {**said, "rut": str(plan.pk)})
    assert answer.status_code == 302
    assert list(Registration.objects.values_list("position", "valid_until")) == [
        ("1", day("30/11/2026"))
    ]
    assert not WorkingSlot.objects.filter(valid_from__gt=day("30/11/2026")).exists()
    assert not ExtraTechnique.objects.exists()
    step = CaseStep.objects.get(case=case)
    assert (step.kind, step.actor) == ("effect", User.objects.get(username="nga"))
    assert hospital.name in step.text
    assert "01/01/2099" in step.text


def test_a_registration_to_come_says_that_it_would_never_begin_before_it_is_withdrawn(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    other = make_person("Giàng A Páo")
    plan = register(other, hospital, "T7 07:30-11:30", since="01/01/2099", position="2")
    url = reverse("practitioners:departure", args=[plan.pk])
    shown = manager.get(url).content.decode()
    assert "chưa bắt đầu" in shown
    today = f"{timezone.localdate():%d/%m/%Y}"
    assert manager.post(url, {"last_day": today}).status_code == 200
    assert Registration.objects.filter(pk=plan.pk).exists()
    assert manager.post(url, {"last_day": today, "rut": str(plan.pk)}).status_code == 302
    assert not Registration.objects.filter(practitioner=other).exists()


def test_a_post_that_has_begun_is_never_withdrawn(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    """A day mistyped far back is refused; nothing goes."""
    register(doctor, hospital, "T7 07:30-11:30", since="01/06/2024", position="2")
    before = stands()
    url = reverse("practitioners:departure", args=[Registration.objects.get(position="1").pk])
    assert manager.post(url, {"last_day": "01/05/2024"}).status_code == 200
    assert stands() == before


def test_leaving_clicked_twice_keeps_the_reason_and_the_day_of_the_report(
    doctor: Practitioner, manager: Client
) -> None:
    url = reverse("practitioners:departure", args=[Registration.objects.get().pk])
    said = {"last_day": "30/11/2026", "because": "Nghỉ hưu", "announced_on": "28/11/2026"}
    manager.post(url, said)
    row = Registration.objects.get()
    first = (row.valid_until, row.ended_because, row.leaving_announced_on)
    assert first == (day("30/11/2026"), "Nghỉ hưu", day("28/11/2026"))
    assert manager.post(url, {"last_day": "30/11/2026"}).status_code == 302
    row.refresh_from_db()
    assert (row.valid_until, row.ended_because, row.leaving_announced_on) == first
