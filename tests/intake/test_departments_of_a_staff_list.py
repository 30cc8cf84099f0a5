"""The department a list names: compared with the register, shown at the desk, kept and published."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from practitioners.imports.shapes import StaffListShape
from practitioners.models import Practitioner, ProfileSource, ProfileSubmission, Registration
from practitioners.public.facts import places_of
from tests.intake.sending import counts
from tests.intake.test_optional_columns_of_a_staff_list import decide
from tests.intake.test_staff_lists_become_profiles import sent, staff, verified

__all__ = ["sent", "verified"]
pytestmark = pytest.mark.usefixtures("lists")

DEPARTMENT = ("K01", "Khoa Khám bệnh")


@pytest.fixture
def of_none(verified: Practitioner) -> Practitioner:
    """Lò Văn Thoan, of whose department the register knows nothing."""
    Registration.objects.update(department="", department_code="")
    return verified


def registered() -> list[tuple[str, str, date | None]]:
    rows = Registration.objects.order_by("valid_from")
    return list(rows.values_list("department_code", "department", "valid_until"))


def test_a_department_told_first_joins_the_registration_that_holds_with_its_source(
    sent: Any, of_none: Practitioner, licensing_officer: User
) -> None:
    assert counts(sent(staff())) == {"changed": 1}
    assert registered() == [("", "", None)]
    decide(licensing_officer)
    assert registered() == [(*DEPARTMENT, None)]
    words = ProfileSource.objects.filter(field__startswith="registration.department")
    assert set(words.values_list("field", "value", "source", "row_id", "verified_by")) == {
        (field, value, "facility", Registration.objects.get().pk, licensing_officer.pk)
        for field, value in zip(
            ("registration.department_code", "registration.department"), DEPARTMENT, strict=True
        )
    }
    assert counts(sent(staff())) == {"unchanged": 1}


def test_another_department_holds_from_the_day_of_the_decision(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    batch = sent(staff(MA_KHOA="K03", TEN_KHOA="Khoa Nội tổng hợp"))
    assert counts(batch) == {"changed": 1}
    assert registered() == [(*DEPARTMENT, None)]
    decide(licensing_officer)
    former, now = registered()
    assert former[:2] == DEPARTMENT
    assert former[2] is not None
    assert now == ("K03", "Khoa Nội tổng hợp", None)
    (place,) = places_of(verified, timezone.localdate())
    assert place.department == "Khoa Nội tổng hợp"


def test_a_list_that_names_no_department_takes_none_back(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    assert counts(sent(staff(MA_KHOA="", TEN_KHOA=""))) == {"unchanged": 1}
    sent(staff(MA_KHOA="", TEN_KHOA="", VI_TRI="", THOIGIAN_DK="2"))
    decide(licensing_officer)
    assert {row[:2] for row in registered()} == {DEPARTMENT}


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ({"MA_KHOA": "K03", "TEN_KHOA": ""}, ("K03", "")),
        ({"MA_KHOA": "", "TEN_KHOA": "Khoa Nội tổng hợp"}, ("", "Khoa Nội tổng hợp")),
    ],
    ids=["a code alone", "a name alone"],
)
def test_half_of_another_department_takes_nothing_of_the_former_along(
    said: dict[str, str], now: tuple[str, str],
    sent: Any, verified: Practitioner, licensing_officer: User,
) -> None:  # fmt: skip
    assert counts(sent(staff(**said))) == {"changed": 1}
    client = Client()
    client.force_login(licensing_officer)
    profile = ProfileSubmission.objects.get()
    (row,) = client.get(reverse("practitioners:desk", args=[profile.pk])).context["rows"]
    ended = " ".join(part.text for part in row.old if part.differs)
    assert [word for word in DEPARTMENT if word not in ended] == []
    decide(licensing_officer)
    former, follows = registered()
    assert (former[:2], follows) == (DEPARTMENT, (*now, None))


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ({"TEN_KHOA": "Khoa Khám bệnh theo yêu cầu"}, ("K01", "Khoa Khám bệnh theo yêu cầu")),
        ({"MA_KHOA": "", "TEN_KHOA": "KHOA  KHÁM BỆNH"}, ("K01", "KHOA KHÁM BỆNH")),
    ],
    ids=["another name of the same code", "the same name in capitals"],
)
def test_the_same_department_by_another_name_is_no_other_department(
    said: dict[str, str], now: tuple[str, str],
    sent: Any, verified: Practitioner, licensing_officer: User,
) -> None:  # fmt: skip
    assert counts(sent(staff(**said))) == {"changed": 1}
    decide(licensing_officer)
    assert registered() == [(*now, None)]


def test_the_desk_shows_the_department_beside_the_one_before(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    sent(staff(MA_KHOA="K03", TEN_KHOA="Khoa Nội tổng hợp"))
    client = Client()
    client.force_login(licensing_officer)
    profile = ProfileSubmission.objects.get()
    (row,) = client.get(reverse("practitioners:desk", args=[profile.pk])).context["rows"]
    assert row.key == "registration"
    old = {part.text for part in row.old if part.differs}
    new = {part.text for part in row.new if part.differs}
    assert {"Khoa Khám bệnh"} < old
    assert {"Khoa Nội tổng hợp"} < new
    assert any("K01" in text for text in old)
    assert any("K03" in text for text in new)


def test_the_insurers_list_leaves_with_the_department(verified: Practitioner) -> None:
    (said,) = StaffListShape(timezone.localdate()).said(list(Registration.objects.all()))
    assert (said["MA_KHOA"], said["TEN_KHOA"]) == DEPARTMENT
