"""A facility's page: who it is, whether it may do what it does, what lacks, what is due."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities import staff
from facilities.conditions import Mark, Verdict, checks_of, facts_of, verdict_of
from facilities.models import Department, Facility, Publication, Readiness
from facilities.services import (
    Decision,
    Printed,
    Received,
    answer_readiness,
    classify,
    count_beds,
    issue_operating_license,
    open_department,
    publish,
    register_facility,
    set_hours,
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
    practitioners=6,
    changed_on=SINCE,
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
        printed=Printed(),
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


@pytest.mark.parametrize(
    ("form", "value", "points"),
    [("BVDK", "advanced", 69), ("BVDK", "basic", 70), ("TYT", "basic", None)],
)
def test_a_level_that_the_points_or_the_form_do_not_make_is_refused(
    hospital_in_order: Facility, form: str, value: str, points: int | None
) -> None:
    Facility.objects.update(form=form)
    with pytest.raises(ValidationError) as refused:
        classify(
            facility=hospital_in_order.organisation,
            kind="level",
            value=value,
            points=None if points is None else Decimal(points),
            valid_from=TODAY,
            decision=Decision(),
        )
    assert refused.value.error_dict["value"][0].code == "level_differs"
    hospital_in_order.refresh_from_db()
    assert hospital_in_order.level == ""
    assert not hospital_in_order.organisation.facilityclassification_rows.exists()


def test_a_level_is_never_overwritten(hospital_in_order: Facility) -> None:
    place = hospital_in_order.organisation
    for value, points, on in (("basic", 65, SINCE), ("advanced", 72, TODAY)):
        classify(
            facility=place,
            kind="level",
            value=value,
            points=Decimal(points),
            valid_from=on,
            decision=Decision("1/QĐ"),
        )
    hospital_in_order.refresh_from_db()
    assert hospital_in_order.level == "advanced"
    days = place.facilityclassification_rows.order_by("valid_from")
    assert [row.valid_until for row in days] == [TODAY - timedelta(days=1), None]


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
    assert len(few) <= 60


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


@pytest.mark.parametrize(
    ("value", "sure", "status"),
    [("8936012340015", "", 200), ("8936012340015", "on", 302), ("11005", "", 200)],
)
def test_a_location_number_is_read_and_its_check_digit_counted(
    hospital_in_order: Facility, department: Organisation, value: str, sure: str, status: int
) -> None:
    keeper = make_user("ht", "Người Quản Trị", Role.SYSTEM_ADMINISTRATOR, department)
    url = reverse("admin:facilities_facility_code", args=[hospital_in_order.pk])
    said = {"scheme": "gln", "value": value, "valid_from": "01/11/2026", "is_sure": sure}
    assert client_of(keeper).post(url, said).status_code == status
    has = hospital_in_order.organisation.identifiers.filter(scheme="gln").exists()
    assert has == (status == 302)


def test_a_commune_without_a_station_and_one_with_two_are_found(
    licensing_officer: User, station: Organisation, communes: list[Area], department: Organisation
) -> None:
    url = reverse("admin:facilities_facility_communes")
    text = client_of(licensing_officer).get(url).content.decode()
    assert "Xã Nà Tấu" in text
    assert "Xã Mường Chà" not in text
    places.create_organisation(
        name="Trạm Y tế Mường Chà 2",
        kind="station",
        parent=department,
        area=communes[0],
        valid_from=SINCE,
    )
    text = client_of(licensing_officer).get(url, {"loc": "nhieu"}).content.decode()
    assert "Xã Mường Chà" in text
    assert "Trạm Y tế Mường Chà 2" in text
    assert "Xã Nà Tấu" not in text


def test_a_station_of_another_commune_that_looks_after_it_counts(
    licensing_officer: User, station: Organisation, communes: list[Area]
) -> None:
    places.look_after(organisation=station, area=communes[1], valid_from=SINCE)
    url = reverse("admin:facilities_facility_communes")
    text = client_of(licensing_officer).get(url, {"loc": "mot"}).content.decode()
    assert "Xã Nà Tấu" in text
    assert timezone.localdate() >= SINCE
