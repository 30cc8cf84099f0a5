"""The cast of the tests, and what every test stands on."""

from collections.abc import Iterator
from datetime import date

import hypothesis
import pytest
from django.conf import settings
from django.test import override_settings

from portal.accounts import services as accounts
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.places import services as places
from portal.places.models import Area, Organisation

pytest_plugins = ["tests.network", "tests.turns"]

# How fast a machine makes examples is no property of what is tested.
hypothesis.settings.register_profile(
    "mach", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("mach")

TODAY = date(2026, 11, 5)
SINCE = date(2025, 7, 1)


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """Keep passwords the house's way, at the least cost."""
    kept = settings.PASSWORD_HASHERS
    with override_settings(PASSWORD_HASHERS=["tests.hashers.QuickArgon2", *kept]):
        yield


@pytest.fixture(autouse=True)
def _acting_as_test() -> Iterator[None]:
    """Sign what tests write; a test that wants no context leaves it itself."""
    with acting(command="pytest"):
        yield


@pytest.fixture
def province(db: None) -> Area:
    return Area.objects.create(
        kind="province", code="11", name="Tỉnh Điện Biên", unit="tỉnh", valid_from=SINCE
    )


@pytest.fixture
def communes(province: Area) -> list[Area]:
    """Mường Chà and Nà Tấu, two communes of one province."""
    return [
        Area.objects.create(
            kind="commune", code=code, name=name, unit="xã", parent=province, valid_from=SINCE
        )
        for code, name in (("03181", "Xã Mường Chà"), ("03325", "Xã Nà Tấu"))
    ]


@pytest.fixture
def ministry(db: None) -> Organisation:
    return places.create_organisation(
        name="Bộ Y tế", kind="ministry", parent=None, valid_from=SINCE
    )


@pytest.fixture
def department(ministry: Organisation, province: Area) -> Organisation:
    return places.create_organisation(
        name="Sở Y tế tỉnh Điện Biên",
        kind="department",
        parent=ministry,
        area=province,
        valid_from=SINCE,
    )


def _station(department: Organisation, area: Area) -> Organisation:
    station = places.create_organisation(
        name=f"Trạm Y tế {area.name.lower()[:2]}{area.name[2:]}",
        kind="station",
        parent=department,
        area=area,
        valid_from=SINCE,
    )
    places.look_after(organisation=station, area=area, valid_from=SINCE)
    return station


@pytest.fixture
def station(department: Organisation, communes: list[Area]) -> Organisation:
    """The station of Mường Chà, where most tests happen."""
    return _station(department, communes[0])


@pytest.fixture
def other_station(department: Organisation, communes: list[Area]) -> Organisation:
    return _station(department, communes[1])


@pytest.fixture
def hospital(department: Organisation, communes: list[Area]) -> Organisation:
    hospital = places.create_organisation(
        name="Bệnh viện Đa khoa tỉnh Điện Biên",
        kind="hospital",
        parent=department,
        area=communes[0],
        valid_from=SINCE,
    )
    places.give_code(organisation=hospital, scheme="insurance", value="11001", valid_from=SINCE)
    return hospital


def make_user(username: str, full_name: str, role: str, organisation: Organisation) -> User:
    """Make a user with one role, in force since 2025."""
    user = User.objects.create_user(username, "mat-khau-kiem-thu", full_name=full_name)
    accounts.give_role(
        actor=None,
        user=user,
        role=role,
        organisation=organisation,
        valid_from=SINCE,
        today=TODAY,
    )
    return user


@pytest.fixture
def clerk(station: Organisation) -> User:
    """Works at the station of Mường Chà."""
    return make_user("duyen", "Lường Thị Duyên", Role.STATION_CLERK, station)


@pytest.fixture
def clinician(station: Organisation) -> User:
    return make_user("hung", "Đỗ Quang Hưng", Role.STATION_CLINICIAN, station)


@pytest.fixture
def neighbour(other_station: Organisation) -> User:
    """Works at the next station; sees a citizen of Mường Chà only by a care relation."""
    return make_user("pao", "Giàng A Páo", Role.STATION_CLERK, other_station)


@pytest.fixture
def stranger(department: Organisation) -> User:
    """Works at a clinic that has never met anyone in these tests."""
    clinic = places.create_organisation(
        name="Phòng khám Thanh Bình", kind="clinic", parent=department, valid_from=SINCE
    )
    return make_user("binh", "Phạm Thanh Bình", Role.STATION_CLERK, clinic)


@pytest.fixture
def data_officer(hospital: Organisation) -> User:
    return make_user("hoa", "Trần Thị Hoa", Role.HOSPITAL_DATA_OFFICER, hospital)


@pytest.fixture
def licensing_officer(department: Organisation) -> User:
    return make_user("minh", "Nguyễn Văn Minh", Role.LICENSING_OFFICER, department)


@pytest.fixture
def administrator(ministry: Organisation) -> User:
    return make_user("quantri", "Lê Quản Trị", Role.SYSTEM_ADMINISTRATOR, ministry)


@pytest.fixture
def auditor(ministry: Organisation) -> User:
    return make_user("kiemtoan", "Vũ Thị Kiểm", Role.AUDITOR, ministry)
