"""A licence adjusted by hand for a day to come: taken back before that day, with a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility, OperatingLicense, OperatingLicenseVersion
from facilities.services import (
    Decision,
    Printed,
    adjust_operating_license,
    await_day,
    follow_licenses,
    issue_operating_license,
    take_version_back,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.changes import history_of
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user

DAY = timedelta(days=1)
NAME = "Bệnh viện Đa khoa tỉnh Điện Biên"
pytestmark = pytest.mark.usefixtures("shipped_lists")
Adjust = Callable[..., OperatingLicenseVersion]


@pytest.fixture
def facility(hospital: Organisation) -> Facility:
    return Facility.objects.create(organisation=hospital, form="BVDK")


@pytest.fixture
def license(facility: Facility) -> OperatingLicense:
    return issue_operating_license(
        actor=None,
        facility=facility.organisation,
        number="181/ĐB-GPHĐ",
        printed=Printed(name=NAME, beds=120, activities=(("", "Nội khoa"),)),
        valid_from=SINCE,
        decision=Decision("7/QĐ-SYT", SINCE),
    )


@pytest.fixture
def adjust(license: OperatingLicense) -> Adjust:
    def from_(ahead: int, **changes: Any) -> OperatingLicenseVersion:
        version = adjust_operating_license(
            actor=None,
            license=license,
            changes=changes,
            valid_from=timezone.localdate() + ahead * DAY,
            decision=Decision("9/QĐ-SYT"),
        )
        if ahead > 0:
            await_day(version=version)
        return version

    return from_


def told(license: OperatingLicense) -> list[Any]:
    """Return everything that is known of a licence."""
    tables = (license.versions, license.events)
    return [list(table.order_by("pk").values()) for table in tables]


def back(version: OperatingLicenseVersion, reason: str = "Nhầm năm") -> None:
    take_version_back(actor=None, version=version, reason=reason, today=timezone.localdate())


def refused(act: Callable[[], Any], license: OperatingLicense) -> ValidationError:
    before = told(license)
    with pytest.raises(ValidationError) as error:
        act()
    assert told(license) == before
    return error.value


def test_a_version_taken_back_leaves_the_licence_as_it_was_with_the_reason(
    license: OperatingLicense, adjust: Adjust
) -> None:
    versions, events = told(license)
    version = adjust(30, beds=150)
    back(version)
    assert told(license)[0] == versions
    act = license.events.exclude(pk__in=[row["id"] for row in events]).get()
    day = f"{version.valid_from:%d/%m/%Y}"
    assert (act.kind, act.valid_from) == ("withdrawn", timezone.localdate())
    assert (act.ground, act.decision_no) == (f"ĐC1 ({day}): Nhầm năm", "9/QĐ-SYT")
    assert follow_licenses(today=version.valid_from) == 0
    assert license.state_on(version.valid_from) == "active"
    assert adjust(0, beds=90).change == "ĐC1"


def test_what_a_version_would_have_said_stays_in_the_history(
    license: OperatingLicense, adjust: Adjust
) -> None:
    version = adjust(30, beds=150)
    back(version)
    rows = history_of(OperatingLicenseVersion).objects.filter(pgh_obj_id=version.pk)
    assert rows.filter(pgh_label="delete").values_list("beds", flat=True).get() == 150


def test_of_two_versions_to_come_the_last_is_taken_back_first(
    license: OperatingLicense, adjust: Adjust
) -> None:
    first, second = adjust(10, beds=150), adjust(20, beds=160)
    assert refused(lambda: back(first), license).code == "version_followed"
    back(second)
    back(first)
    assert [row.valid_until for row in license.versions.all()] == [None]
    assert refused(lambda: back(first), license).code == "version_gone"


def test_a_version_that_holds_is_not_taken_back(license: OperatingLicense, adjust: Adjust) -> None:
    version = adjust(0, beds=150)
    assert refused(lambda: back(version), license).code == "version_holds"
    first = license.versions.get(number=1)
    assert refused(lambda: back(first), license).code == "version_holds"


def test_nothing_is_taken_back_without_a_reason(license: OperatingLicense, adjust: Adjust) -> None:
    version = adjust(5, beds=150)
    error = refused(lambda: back(version, "  "), license)
    assert error.error_dict["reason"][0].code == "reason_missing"


def test_an_adjustment_before_a_version_to_come_names_it_and_the_way_out(
    license: OperatingLicense, adjust: Adjust
) -> None:
    day = adjust(30, beds=150).valid_from
    error = refused(lambda: adjust(0, beds=90), license)
    assert error.code == "version_to_come"
    for part in ("ĐC1", f"{day:%d/%m/%Y}", "181/ĐB-GPHĐ", "Rút lại phiên bản sắp có hiệu lực"):
        assert part in error.messages[0]


def test_a_day_far_ahead_is_a_slip_and_refused_at_its_field(
    license: OperatingLicense, adjust: Adjust
) -> None:
    error = refused(lambda: adjust(367, beds=150), license)
    assert error.error_dict["valid_from"][0].code == "day_far"
    assert adjust(366, beds=150).number == 2


def page(facility: Facility) -> str:
    return reverse("admin:facilities_facility_licence_back", args=[facility.pk])


def test_the_button_is_there_while_a_version_is_to_come(
    facility: Facility, adjust: Adjust, licensing_officer: User, client: Client
) -> None:
    client.force_login(licensing_officer)
    glance = reverse("admin:facilities_facility_change", args=[facility.pk])
    assert page(facility) not in client.get(glance).content.decode()
    version = adjust(30, beds=150)
    assert page(facility) in client.get(glance).content.decode()
    assert client.get(page(facility)).status_code == 200
    typed = {"version": str(version.pk), "reason": "Nhầm năm"}
    assert client.post(page(facility), typed).status_code == 302
    assert page(facility) not in client.get(glance).content.decode()
    assert client.get(page(facility)).status_code == 403
    act = version.license.events.get(kind="withdrawn")
    assert act.recorded_by == licensing_officer


def test_who_may_not_decide_on_licences_takes_nothing_back(
    facility: Facility, license: OperatingLicense, adjust: Adjust, client: Client
) -> None:
    version = adjust(30, beds=150)
    before = told(license)
    client.force_login(
        make_user("gs", "Người Giám Sát", Role.OVERSEER, facility.organisation.parent)
    )
    typed = {"version": str(version.pk), "reason": "Nhầm năm"}
    assert client.post(page(facility), typed).status_code == 403
    assert told(license) == before


def test_a_far_day_typed_on_the_page_is_said_at_its_box(
    facility: Facility, license: OperatingLicense, licensing_officer: User, client: Client
) -> None:
    client.force_login(licensing_officer)
    url = reverse("admin:facilities_facility_licence_adjust", args=[facility.pk])
    before = told(license)
    answer = client.post(url, {"valid_from": "01/01/2062", "beds": "150"})
    assert answer.status_code == 200
    assert answer.context["form"].errors.as_data()["valid_from"][0].code == "day_far"
    assert told(license) == before
