"""A licence to operate: each act leaves its version, and the state of any day is computed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from facilities.models import OperatingLicense, OperatingLicenseEvent
from facilities.services import (
    Decision,
    Printed,
    adjust_operating_license,
    close_for_a_time,
    issue_operating_license,
    reopen,
    resume_operating_license,
    revoke_operating_license,
    suspend_operating_license,
)
from portal.accounts.models import User
from portal.places.models import Organisation

ISSUED = date(2024, 3, 1)
PAPER = Decision("77/QĐ-SYT", date(2024, 2, 20), "Sở Y tế Điện Biên")
State = OperatingLicense.State


@pytest.fixture
def license(hospital: Organisation, licensing_officer: User) -> OperatingLicense:
    return issue_operating_license(
        actor=licensing_officer,
        facility=hospital,
        number="000181/ĐB-GPHĐ",
        printed=Printed(
            form="BVDK",
            name=hospital.name,
            beds=120,
            scope="Khám bệnh, chữa bệnh đa khoa",
            activities=(("", "Nội khoa"), ("", "Ngoại khoa")),
        ),
        valid_from=ISSUED,
        decision=PAPER,
    )


def acts(license: OperatingLicense) -> list[str]:
    return list(license.events.order_by("valid_from", "id").values_list("kind", flat=True))


def test_a_licence_is_recorded_with_what_compares_and_what_is_printed(
    license: OperatingLicense,
) -> None:
    assert (license.serial, license.issuer_code) == (181, "ĐB")
    version = license.versions.get()
    assert (version.number, version.beds) == (1, 120)
    assert set(version.activities.values_list("title", flat=True)) == {"Nội khoa", "Ngoại khoa"}
    assert license.state_on(ISSUED - timedelta(days=1)) == State.NOT_YET
    assert license.state_on(ISSUED) == State.ACTIVE


def test_a_number_nobody_can_read_is_kept_as_printed(hospital: Organisation) -> None:
    kept = issue_operating_license(
        actor=None,
        facility=hospital,
        number="Giấy phép tạm số 5",
        printed=Printed(),
        valid_from=ISSUED,
        decision=PAPER,
    )
    assert (kept.number_raw, kept.serial) == ("Giấy phép tạm số 5", None)


def test_an_adjustment_is_a_new_version_and_the_old_one_keeps_its_days(
    license: OperatingLicense,
) -> None:
    on = date(2025, 1, 1)
    version = adjust_operating_license(
        actor=None, license=license, changes={"beds": 150}, valid_from=on, decision=PAPER
    )
    assert (version.number, version.change, version.beds) == (2, "ĐC1", 150)
    assert version.activities.count() == 2
    first = license.versions.get(number=1)
    assert (first.valid_until, first.beds) == (on - timedelta(days=1), 120)
    again = adjust_operating_license(
        actor=None,
        license=license,
        changes={},
        valid_from=on + timedelta(days=9),
        decision=PAPER,
        is_reissue=True,
    )
    assert again.change == "CL1"


def test_suspension_closing_and_revocation_are_told_by_the_day(license: OperatingLicense) -> None:
    day = date(2025, 5, 1)
    suspend_operating_license(
        actor=None, license=license, valid_from=day, decision=PAPER, ground="Không đủ điều kiện"
    )
    resume_operating_license(
        actor=None, license=license, valid_from=day + timedelta(days=30), decision=PAPER
    )
    close_for_a_time(
        actor=None,
        license=license,
        valid_from=day + timedelta(days=60),
        valid_until=day + timedelta(days=69),
        decision=Decision(),
        ground="Sửa nhà",
    )
    revoke_operating_license(
        actor=None,
        license=license,
        valid_from=day + timedelta(days=100),
        decision=PAPER,
        ground="Giải thể",
    )
    days = {-1: State.ACTIVE, 0: State.SUSPENDED, 29: State.SUSPENDED, 30: State.ACTIVE}
    days |= {60: State.CLOSED, 69: State.CLOSED, 70: State.ACTIVE, 100: State.REVOKED}
    assert {n: license.state_on(day + timedelta(days=n)) for n in days} == days


def test_a_part_that_is_suspended_leaves_the_licence_in_force(license: OperatingLicense) -> None:
    on = date(2025, 5, 1)
    suspend_operating_license(
        actor=None,
        license=license,
        valid_from=on,
        decision=PAPER,
        ground="Thiếu người",
        part="Ngoại khoa",
    )
    assert license.state_on(on) == State.ACTIVE


def refuse_revoked(license: OperatingLicense) -> Any:
    revoke_operating_license(
        actor=None, license=license, valid_from=date(2025, 6, 1), decision=PAPER, ground="Giải thể"
    )
    return lambda: suspend_operating_license(
        actor=None, license=license, valid_from=date(2025, 7, 1), decision=PAPER, ground="x"
    )


def refuse_reopening(license: OperatingLicense) -> Any:
    return lambda: reopen(actor=None, license=license, valid_from=date(2025, 7, 1), decision=PAPER)


@pytest.mark.parametrize("refused", [refuse_revoked, refuse_reopening])
def test_an_act_that_does_not_fit_the_state_is_refused_and_leaves_no_trace(
    license: OperatingLicense, refused: Any
) -> None:
    act = refused(license)
    before = acts(license)
    with pytest.raises(ValidationError) as error:
        act()
    assert error.value.code == "license_state"
    assert acts(license) == before


def test_a_suspension_without_a_ground_is_refused(license: OperatingLicense) -> None:
    with pytest.raises(ValidationError) as error:
        suspend_operating_license(
            actor=None, license=license, valid_from=date(2025, 6, 1), decision=PAPER, ground="  "
        )
    assert error.value.error_dict["ground"][0].code == "reason_missing"
    assert acts(license) == [OperatingLicenseEvent.Kind.ISSUED]


def test_a_new_licence_takes_the_place_of_the_old_one(
    license: OperatingLicense, hospital: Organisation
) -> None:
    on = date(2026, 1, 1)
    newer = issue_operating_license(
        actor=None,
        facility=hospital,
        number="000200/ĐB-GPHĐ",
        printed=Printed(),
        valid_from=on,
        decision=PAPER,
    )
    license.refresh_from_db()
    assert license.state_on(on) == State.SUPERSEDED
    assert license.state_on(on - timedelta(days=1)) == State.ACTIVE
    assert newer.state_on(on) == State.ACTIVE
    assert license.versions.get().valid_until == on - timedelta(days=1)


def test_a_number_of_another_facility_is_refused(
    license: OperatingLicense, station: Organisation
) -> None:
    with pytest.raises(ValidationError) as error:
        issue_operating_license(
            actor=None,
            facility=station,
            number="181/ĐB-GPHĐ",
            printed=Printed(),
            valid_from=ISSUED,
            decision=PAPER,
        )
    assert "license_taken" in str([e.code for e in error.value.error_dict["__all__"]])
    assert not station.operatinglicense_rows.exists()
