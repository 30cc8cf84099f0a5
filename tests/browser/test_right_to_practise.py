"""Profile of a day, question of the right, week of a facility, departure: read and used in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner, PractitionerIdentifier, Qualification, Registration
from tests.browser.test_job1_clerk import keep
from tests.conftest import make_user
from tests.practitioners.law import (
    AT,
    day,
    decided,
    give_license,
    load_law,
    make_person,
    register,
    week,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def doctor(transactional_db: None, hospital: Organisation, station: Organisation) -> Practitioner:
    """A doctor of the hospital who helps at the station on Saturdays, suspended once."""
    load_law()
    person = make_person()
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="old_card", value="040123456", valid_until=day("01/07/2021")
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="personal", value="011078002915", is_verified=True
    )
    Qualification.objects.create(
        practitioner=person,
        level="university",
        field="Y khoa",
        school="Trường Đại học Y Thái Bình",
        issued_on=day("20/06/2003"),
    )
    license = give_license(person)
    services.suspend_license(
        actor=None,
        license=license,
        decision=decided("01/02/2025"),
        measure=services.Measure("ethics", "Ghi sai hồ sơ bệnh án", day("31/03/2025")),
        at=AT,
    )
    here = register(
        person, hospital, position="1", position_text="Phụ trách chuyên môn, Trưởng khoa Nội"
    )
    services.set_hours(
        actor=None, registration=here, spans=week("T5 19:00-07:00"), from_day=AT.date(), kind="duty"
    )
    register(person, station, "T7 07:30-11:30", position_text="Bác sỹ khám bệnh")
    nurse = make_person("Quàng Thị Nga", "12/09/1990")
    give_license(nurse, "000512/ĐB-CCHN", "15/08/2016", None, title="nurse", scope_codes=())
    register(nurse, hospital, "T2-T6 07:00-11:30, 13:00-16:30", position_text="Điều dưỡng trưởng")
    return person


@pytest.fixture
def manager(hospital: Organisation) -> User:
    return make_user("nga", "Quàng Thị Nga", Role.HOSPITAL_DATA_OFFICER, hospital)


@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_read_well_at_every_width(
    doctor: Practitioner,
    hospital: Organisation,
    manager: User,
    licensing_officer: User,
    visit: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    *,
    sideways: Callable[[Any], int],
    width: int,
) -> None:
    asked = f"?nguoi={doctor.pk}&co-so={hospital.pk}&ngay=08/11/2026&gio=02:10&ky-thuat=18.0001"
    row = Registration.objects.get(practitioner=doctor, facility=hospital)
    pages = {
        "person": reverse("practitioners:person", args=[doctor.pk]),
        "person-then": reverse("practitioners:person", args=[doctor.pk]) + "?ngay=15/02/2025",
        "right": reverse("practitioners:right") + asked,
        "roster": reverse("practitioners:roster", args=[hospital.pk]),
        "departure": reverse("practitioners:departure", args=[row.pk]),
        "hours": reverse("admin:practitioners_registration_gio", args=[row.pk]),
    }
    for name, address in pages.items():
        page = visit(address, licensing_officer if name == "hours" else manager, width=width)
        keep(page, f"rights-{name}-{width}")
        assert sideways(page) <= 0, name
        assert page.locator("h1").count() == 1, name
        assert axe(page) == [], name


def test_a_person_is_found_and_asked_about_by_keyboard_without_scripts(
    doctor: Practitioner, manager: User, visit: Callable[..., Any]
) -> None:
    page = visit(reverse("practitioners:right"), manager, scripts=False)
    page.get_by_label("Số giấy phép hoặc họ tên").fill("thoan")
    go(page)
    with page.expect_navigation():
        page.get_by_role("link", name="Hỏi").press("Enter")
    for clock, answer in (("09:00", "được hành nghề"), ("03:00", "không được hành nghề")):
        page.get_by_label("Ngày", exact=True).fill("05/11/2026")
        page.get_by_label("Giờ", exact=True).fill(clock)
        go(page)
        assert page.locator(".verdict .chip").first.inner_text().strip() == answer


def go(page: Any) -> None:
    """Send the form one stands in."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
