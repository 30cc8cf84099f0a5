"""A facility's page: who it is, whether it may do what it does, what lacks, what is due."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from facilities import staff
from facilities.conditions import Mark, Verdict, checks_of, facts_of, verdict_of
from facilities.glance import Glance
from facilities.models import Department, Facility, Publication, Readiness
from facilities.services import (
    Decision,
    Printed,
    Received,
    Step,
    answer_readiness,
    classify,
    count_beds,
    issue_operating_license,
    open_department,
    publish,
    register_facility,
    resume_operating_license,
    set_hours,
    succeed,
    suspend_operating_license,
)
from facilities.staff import Staffing
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places import services as places
from portal.places.models import Area, Organisation
from tests.conftest import SINCE, make_user

TODAY = date(2026, 11, 5)
pytestmark = pytest.mark.usefixtures("shipped_lists")
PEOPLE = Staffing(
    responsible="Lò Văn An",
    responsible_since=SINCE,
    responsible_months=40,
    responsible_full_time=True,
    responsible_title="doctor",
    practitioners=6,
    changes=(SINCE,),
)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Staffing], None]:
    """Let the register of practitioners say what a test wants."""

    def tell(staffing: Staffing) -> None:
        monkeypatch.setattr(staff, "_tellers", [lambda _place, _on: staffing])

    return tell


@pytest.fixture
def hospital_in_order(
    department: Organisation, communes: list[Area], told: Callable[[Staffing], None]
) -> Facility:
    told(PEOPLE)
    facility = register_facility(
        department=department,
        received=Received("Bệnh viện Đa khoa Mường Chà", area_id=communes[0].pk),
        on=SINCE,
        insurance_code="11005",
        form="BVDK",
    )
    facility.floor_area = Decimal(4000)
    facility.save(update_fields=["floor_area"])
    place = facility.organisation
    issue_operating_license(
        actor=None,
        facility=place,
        number="181/ĐB-GPHĐ",
        printed=Printed(beds=60),
        valid_from=SINCE,
        decision=Decision(),
    )
    count_beds(facility=place, kind="actual", count=50, valid_from=SINCE)
    for name in ("Nội", "Ngoại"):
        open_department(
            department=Department(facility=place, name=f"Khoa {name}", valid_from=SINCE)
        )
    row = Readiness(
        facility=place,
        topic="hie_connection",
        answer="yes",
        evidence_text="Biên bản",
        valid_from=SINCE,
    )
    answer_readiness(row=row)
    return facility


def marks(facility: Facility, on: date = TODAY) -> dict[str, Mark]:
    return {check.code: check.mark for check in checks_of(facts_of(facility, on))}


def verdict(facility: Facility, on: date = TODAY) -> Verdict:
    return verdict_of(checks_of(facts_of(facility, on)))


def test_a_hospital_with_all_its_conditions_may_operate(hospital_in_order: Facility) -> None:
    assert set(marks(hospital_in_order).values()) == {Mark.MET}
    assert verdict(hospital_in_order) == Verdict.YES


def test_a_suspended_licence_stops_it_from_that_day(hospital_in_order: Facility) -> None:
    license = hospital_in_order.organisation.operatinglicense_rows.get()
    suspend_operating_license(
        actor=None, license=license, valid_from=TODAY, decision=Decision(), ground="Vi phạm"
    )
    assert verdict(hospital_in_order, TODAY - timedelta(days=1)) == Verdict.YES
    assert verdict(hospital_in_order) == Verdict.NO


@pytest.mark.parametrize(
    ("staffing", "code", "mark"),
    [
        (Staffing(), "responsible", Mark.UNKNOWN),
        (Staffing(practitioners=3), "responsible", Mark.FAILED),
        (
            Staffing("A", SINCE, 40, "giấy phép bị đình chỉ", practitioners=3),
            "responsible",
            Mark.FAILED,
        ),
        (Staffing("A", SINCE, 35, practitioners=3), "responsible_months", Mark.FAILED),
        (Staffing("A", SINCE, 40, practitioners=3, doubtful=1), "practitioners", Mark.LACKING),
        (Staffing("A", SINCE, 40, practitioners=3, doubtful=3), "practitioners", Mark.FAILED),
    ],
)
def test_the_people_are_judged(
    hospital_in_order: Facility,
    told: Callable[[Staffing], None],
    staffing: Staffing,
    code: str,
    mark: Mark,
) -> None:
    told(staffing)
    assert marks(hospital_in_order)[code] == mark


def test_too_few_beds_are_a_warning_and_no_bar(hospital_in_order: Facility) -> None:
    count_beds(facility=hospital_in_order.organisation, kind="actual", count=29, valid_from=TODAY)
    assert marks(hospital_in_order)["beds_general"] == Mark.LACKING
    assert verdict(hospital_in_order) == Verdict.YES


def test_the_connection_is_a_bar_only_from_the_day_the_law_gives(
    hospital_in_order: Facility,
) -> None:
    Readiness.objects.all().delete()
    assert marks(hospital_in_order)["connection"] == Mark.LACKING
    assert marks(hospital_in_order, date(2029, 1, 1))["connection"] == Mark.UNKNOWN


def test_an_eye_hospital_needs_ten_beds(hospital_in_order: Facility) -> None:
    count_beds(facility=hospital_in_order.organisation, kind="actual", count=12, valid_from=TODAY)
    hospital_in_order.form, hospital_in_order.specialty = "BVCK", "Mắt"
    assert marks(hospital_in_order)["beds_eye"] == Mark.MET
    hospital_in_order.specialty = "Phụ sản"
    assert marks(hospital_in_order)["beds_special"] == Mark.LACKING


def test_new_hours_must_be_published_within_five_working_days(hospital_in_order: Facility) -> None:
    from facilities.duties import duties_of

    place = hospital_in_order.organisation
    set_hours(facility=place, text="24/24", valid_from=date(2026, 11, 2))
    duty = {d.code: d for d in duties_of(hospital_in_order, TODAY, PEOPLE)}["opening_hours"]
    assert (duty.due_on, duty.is_met) == (date(2026, 11, 9), False)
    row = Publication(facility=place, duty="opening_hours", published_on=TODAY, place="Bảng tin")
    publish(publication=row, today=TODAY)
    duty = {d.code: d for d in duties_of(hospital_in_order, TODAY, PEOPLE)}["opening_hours"]
    assert duty.is_met


def test_a_later_change_does_not_give_more_time_to_publish_an_earlier_one(
    hospital_in_order: Facility,
) -> None:
    from facilities.duties import duties_of

    def duty() -> tuple[date | None, bool]:
        told = {one.code: one for one in duties_of(hospital_in_order, TODAY, PEOPLE)}
        return told["opening_hours"].due_on, told["opening_hours"].is_met

    place = hospital_in_order.organisation
    first = Publication(
        facility=place, duty="opening_hours", published_on=date(2026, 1, 5), place="Bảng tin"
    )
    publish(publication=first, today=TODAY)
    set_hours(facility=place, text="Hằng ngày: 7 giờ - 17 giờ", valid_from=date(2026, 3, 2))
    assert duty() == (date(2026, 3, 9), False)
    set_hours(facility=place, text="24/24", valid_from=date(2026, 11, 2))
    assert duty() == (date(2026, 3, 9), False)
    again = Publication(
        facility=place, duty="opening_hours", published_on=date(2026, 11, 1), place="Bảng tin"
    )
    publish(publication=again, today=TODAY)
    assert duty() == (date(2026, 11, 9), False)


def test_a_place_that_was_merged_away_may_not_operate_whatever_its_licence_says(
    hospital_in_order: Facility, department: Organisation, told: Callable[[Staffing], None]
) -> None:
    told(PEOPLE)
    assert verdict_of(checks_of(facts_of(hospital_in_order, TODAY))) == Verdict.YES
    place = hospital_in_order.organisation
    heir = places.create_organisation(
        name="Bệnh viện Đa khoa Tây Bắc", kind="hospital", parent=department, valid_from=SINCE
    )
    step = Step(place, heir, "merge", date(2026, 7, 1), decision=Decision("3/QĐ-UBND"))
    succeed(actor=None, step=step, today=TODAY)
    facility = Facility.objects.select_related("organisation").get(pk=hospital_in_order.pk)
    glance = Glance(facility, TODAY)
    assert glance.verdict == Verdict.NO
    assert (glance.checks[0].code, "Tây Bắc" in str(glance.checks[0].said)) == ("closed", True)
    assert (glance.missing, glance.dues) == ([], [])
    assert Glance(facility, date(2026, 6, 30)).verdict == Verdict.YES  # as it was


def test_a_part_that_is_suspended_is_said_and_the_rest_may_go_on(
    hospital_in_order: Facility, told: Callable[[Staffing], None]
) -> None:
    told(PEOPLE)
    license = hospital_in_order.organisation.operatinglicense_rows.get()
    act = {"actor": None, "license": license, "decision": Decision("4/QĐ-SYT")}
    suspend_operating_license(
        **act, valid_from=date(2026, 10, 1), ground="Phòng mổ chưa đạt", part="Phẫu thuật"
    )

    def checked(on: date) -> tuple[Mark, bool]:
        check = {one.code: one for one in checks_of(facts_of(hospital_in_order, on))}["license"]
        return check.mark, "Phẫu thuật" in str(check.said)

    assert checked(date(2026, 9, 30)) == (Mark.MET, False)
    assert checked(TODAY) == (Mark.LACKING, True)
    assert verdict_of(checks_of(facts_of(hospital_in_order, TODAY))) == Verdict.YES
    resume_operating_license(**act, valid_from=TODAY, part="phẫu thuật")
    assert checked(TODAY) == (Mark.MET, False)


@pytest.mark.parametrize(
    ("on", "published", "due", "met"),
    [
        (date(2026, 1, 5), None, date(2025, 3, 31), False),  # last year's was missed: still open
        (date(2026, 1, 5), date(2025, 2, 1), date(2026, 3, 31), False),
        (date(2026, 4, 1), date(2025, 2, 1), date(2026, 3, 31), False),  # a day late
        (date(2026, 4, 1), date(2026, 3, 20), None, True),
    ],
)
def test_a_yearly_duty_that_was_missed_is_not_forgotten_at_new_year(
    on: date, published: date | None, due: date | None, met: bool, hospital_in_order: Facility
) -> None:
    from facilities.duties import duties_of

    place = hospital_in_order.organisation
    Organisation.objects.filter(pk=place.pk).update(valid_from=date(2020, 1, 1))
    place.refresh_from_db()
    if published is not None:
        row = Publication(
            facility=place, duty="self_assessment", published_on=published, place="Trang web"
        )
        publish(publication=row, today=on)
    told = {one.code: one for one in duties_of(hospital_in_order, on, PEOPLE)}
    assert (told["self_assessment"].due_on, told["self_assessment"].is_met) == (due, met)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User, facility: Facility) -> str:
    url = reverse("admin:facilities_facility_change", args=[facility.pk])
    answer = client_of(user).get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_whether_it_may_operate_and_what_is_missing(
    hospital_in_order: Facility, licensing_officer: User
) -> None:
    text = page_of(licensing_officer, hospital_in_order)
    assert "Được hoạt động" in text
    assert "181/ĐB-GPHĐ" in text
    assert "Còn thiếu" in text


def test_the_page_costs_the_same_with_much_and_with_little(
    hospital_in_order: Facility, licensing_officer: User, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = client_of(licensing_officer)
    url = reverse("admin:facilities_facility_change", args=[hospital_in_order.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    place = hospital_in_order.organisation
    for number in range(8):
        department = Department(facility=place, name=f"Khoa {number}", valid_from=SINCE)
        open_department(department=department)
        row = Publication(
            facility=place, duty="price_list", published_on=SINCE, place=f"Bảng {number}"
        )
        publish(publication=row, today=TODAY)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)
    assert len(few) <= 61


def test_who_may_do_which_act(
    hospital_in_order: Facility, licensing_officer: User, ministry: Organisation
) -> None:
    licence = reverse("admin:facilities_facility_licence", args=[hospital_in_order.pk])
    assert client_of(licensing_officer).get(licence).status_code == 200
    overseer = make_user("gs", "Người Giám Sát", Role.OVERSEER, ministry)
    assert client_of(overseer).get(licence).status_code == 403
    assert "Mức sẵn sàng" not in page_of(overseer, hospital_in_order)


def test_beds_are_noted_from_the_page_and_an_empty_box_changes_nothing(
    hospital_in_order: Facility, licensing_officer: User
) -> None:
    url = reverse("admin:facilities_facility_beds", args=[hospital_in_order.pk])
    answer = client_of(licensing_officer).post(
        url, {"planned": "120", "valid_from": "01/11/2026", "decision_no": "9/QĐ-SYT"}
    )
    assert answer.status_code == 302
    beds = hospital_in_order.organisation.bedcount_rows
    assert beds.get(kind="planned").count == 120
    assert beds.get(kind="actual").count == 50


def test_a_level_that_a_decision_gave_is_not_written_over_in_the_form(
    hospital_in_order: Facility, licensing_officer: User
) -> None:
    place = hospital_in_order.organisation
    decided = {"facility": place, "kind": "level", "decision": Decision("5/QĐ-SYT")}
    classify(**decided, value="basic", points=Decimal(62), valid_from=date(2026, 3, 1))
    hospital_in_order.refresh_from_db()
    url = reverse("admin:facilities_facility_change", args=[hospital_in_order.pk])
    said = {"name": place.name, "kind": "hospital", "form": "BVDK", "level": "advanced"}
    said |= {"names-TOTAL_FORMS": "0", "names-INITIAL_FORMS": "0", "phone": "0215 3842 115"}
    assert client_of(licensing_officer).post(url, said).status_code == 302
    hospital_in_order.refresh_from_db()
    assert (hospital_in_order.level, hospital_in_order.phone) == ("basic", "0215 3842 115")


def test_there_are_not_more_intensive_care_beds_than_beds(hospital_in_order: Facility) -> None:
    place = hospital_in_order.organisation
    count_beds(facility=place, kind="actual", count=40, valid_from=TODAY)
    with pytest.raises(ValidationError) as refused:
        count_beds(facility=place, kind="intensive", count=41, valid_from=TODAY)
    assert refused.value.error_dict["intensive"][0].code == "beds_beyond_actual"
    assert not place.bedcount_rows.filter(kind="intensive").exists()
    count_beds(facility=place, kind="intensive", count=40, valid_from=TODAY)
    count_beds(facility=place, kind="operating_table", count=50, valid_from=TODAY)
