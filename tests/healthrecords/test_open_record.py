"""A record opens on a ground of care or for a reason, for a while."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from healthrecords import services
from healthrecords.models import CareAccess, Citizen, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT


def test_the_home_station_opens_a_record_once_for_a_day_of_work(
    citizen: Citizen, clinician: User
) -> None:
    first = services.open_access(user=clinician, citizen=citizen, at=AT)
    again = services.open_access(user=clinician, citizen=citizen, at=AT + timedelta(hours=3))
    assert first is not None
    assert (first.ground, again) == ("residence", first)
    later = services.open_access(user=clinician, citizen=citizen, at=AT + timedelta(hours=13))
    assert later != first


def test_a_station_that_treated_somebody_opens_the_record_on_that_ground(
    citizen: Citizen, neighbour: User, record: Callable[..., Visit]
) -> None:
    services.break_glass(user=neighbour, citizen=citizen, reason="đang cấp cứu tại trạm", at=AT)
    record(citizen, actor=neighbour)
    access = services.open_access(user=neighbour, citizen=citizen, at=AT + timedelta(days=1))
    assert access is not None
    assert access.ground == "visit"


def test_a_stranger_must_give_a_reason(citizen: Citizen, stranger: User) -> None:
    """Law 91/2025/QH15, Article 19.1: an emergency is to be proven (read second-hand)."""
    assert services.open_access(user=stranger, citizen=citizen, at=AT) is None
    with pytest.raises(ValidationError) as refused:
        services.break_glass(user=stranger, citizen=citizen, reason="  xem  ", at=AT)
    assert refused.value.code == "glass_without_reason"
    assert not CareAccess.objects.filter(user=stranger).exists()
    access = services.break_glass(
        user=stranger, citizen=citizen, reason="bất tỉnh, đưa đến cấp cứu", at=AT
    )
    assert (access.ground, access.until) == ("glass", AT + timedelta(hours=4))
    assert services.open_access(user=stranger, citizen=citizen, at=AT) == access


def test_who_treats_nobody_breaks_no_glass(citizen: Citizen, data_officer: User) -> None:
    with pytest.raises(PermissionDenied):
        services.break_glass(
            user=data_officer, citizen=citizen, reason="kiểm tra số liệu tháng", at=AT
        )
    assert not CareAccess.objects.filter(user=data_officer).exists()


def test_a_ground_below_the_place_of_work_opens_a_record_there(
    citizen: Citizen, department: Organisation
) -> None:
    """Who works at the department is answerable for the stations below it."""
    officer = make_user("mai", "Lò Thị Mai", Role.STATION_CLERK, department)
    access = services.open_access(user=officer, citizen=citizen, at=AT)
    assert access is not None
    assert (access.ground, access.organisation) == ("residence", department)
