"""Rows of the ground floor."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db.models import Model

from portal.accounts.models import Assignment
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.codelists.models import Code, CodeList, CodeListVersion, Holiday
from portal.places import services as places
from portal.places.models import Area
from tests.conftest import SINCE, make_user
from tests.walking.world import MARK, World, names, new_key, planted, rows


@rows("places.area")
def areas(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        yield Area.objects.create(
            kind="commune",
            code=f"9{Area.objects.count():04}",
            name=f"Xã Số {number}",
            unit="xã",
            parent=world.commune.parent,
            valid_from=SINCE,
        )


@rows("places.organisation")
def organisations(world: World, n: int) -> Iterable[Model]:
    yield world.station
    for number in range(n - 1):
        organisation = places.create_organisation(
            name=f"Điểm trạm {number}",
            kind="point",
            parent=world.station,
            area=world.commune,
            valid_from=SINCE,
        )
        places.give_code(
            organisation=organisation, scheme="other", value=f"D{number}", valid_from=SINCE
        )
        yield organisation


@planted("places.organisation")
def far_organisations(world: World) -> Iterable[Model]:
    return [world.far_station, world.far_department]


@rows("accounts.user")
def users(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        user = make_user(
            f"nguoi.{number}.{new_key().hex[-6:]}",
            f"Lò Văn Số {number}",
            Role.STATION_CLERK,
            world.station,
        )
        # In sight here, at work there too: the other place must not show.
        Assignment.objects.create(
            user=user, role=Role.STATION_CLERK, organisation=world.far_station, valid_from=SINCE
        )
        yield user


@planted("accounts.user")
def far_users(world: World) -> Iterable[Model]:
    yield make_user(f"{MARK.lower()}.1", f"{MARK} Thị Xa", Role.STATION_HEAD, world.far_station)


@rows("accounts.assignment")
def assignments(world: World, n: int) -> Iterable[Model]:
    for number in range(n):
        user = make_user(
            f"viec.{number}.{new_key().hex[-6:]}",
            f"Vàng Thị Số {number}",
            Role.STATION_CLERK,
            world.station,
        )
        yield Assignment.objects.get(user=user)


@planted("accounts.assignment")
def far_assignments(world: World) -> Iterable[Model]:
    return Assignment.objects.filter(organisation=world.far_station)


@rows("codelists.codelist")
def code_lists(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        yield CodeList.objects.create(key=f"bang-{new_key().hex[-8:]}", title="Bảng mã")


@rows("codelists.codelistversion")
def versions(world: World, n: int) -> Iterable[Model]:
    for code_list in list(code_lists(world, n)):
        yield CodeListVersion.objects.create(
            code_list=code_list, valid_from=SINCE, legal_basis="Thông tư"
        )


@rows("codelists.code")
def codes(world: World, n: int) -> Iterable[Model]:
    for version in list(versions(world, n)):
        yield Code.objects.create(version=version, code="1", title="Một", words="1 một")


@rows("codelists.holiday")
def holidays(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        day = date(2040, 1, 1) + timedelta(days=Holiday.objects.count())
        yield Holiday.objects.create(day=day, name="Ngày nghỉ")


@rows("audit.accesslog")
def reads(world: World, n: int) -> Iterable[Model]:
    for _number in range(n):
        yield AccessLog.objects.create(
            at=datetime(2026, 11, 5, 2, tzinfo=UTC),
            user_id=world.users[Role.STATION_CLERK].pk,
            username="walk",
            organisation_id=world.station.pk,
            action="opened",
            people=[new_key()],
            people_count=1,
            url="/",
        )


@planted("audit.accesslog")
def far_reads(world: World) -> Iterable[Model]:
    yield AccessLog.objects.create(
        at=datetime(2026, 11, 5, 2, tzinfo=UTC),
        user_id=None,
        username=MARK,
        organisation_id=world.far_station.pk,
        action="opened",
        reason=MARK,
        people=[new_key()],
        people_count=1,
        url=f"/{MARK}/",
    )


names("organisation_id", "places.organisation")
names("user_id", "accounts.user")
names("area_id", "places.area")
