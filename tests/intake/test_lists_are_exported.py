"""A list leaves the house whole, as its reader sees it, and the read log says so."""

import csv
import io
from datetime import date
from typing import Any

import pytest
import python_calamine as calamine
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from import_export.resources import Resource

from healthrecords.models import CareRelation, Citizen, Visit
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.accounts.services import give_role
from portal.admin.exports import PortalResource
from portal.audit.models import AccessLog
from portal.codelists.models import Code, CodeListVersion, Holiday
from portal.codelists.services import compare
from portal.codelists.tables import read_table
from portal.places.models import Organisation
from tests.conftest import SINCE, TODAY, make_user
from tests.intake.sending import confirm, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")
CITIZENS, VISITS = "admin:healthrecords_citizen_export", "admin:healthrecords_visit_export"


@pytest.fixture
def head(hospital: Organisation) -> User:
    """May export, and may see protected rows."""
    return make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)


@pytest.fixture
def known(data_officer: User, hospital: Organisation) -> list[Visit]:
    rows = [
        visit(MA_LK="1"),
        visit(
            MA_LK="2", HO_TEN="=Cứ A Tính", SO_CCCD="011071000999", MA_THE_BHYT="", GIOI_TINH="1"
        ),
        visit(
            MA_LK="3",
            MA_BENH_CHINH="B20",
            HO_TEN="Giàng A Kín",
            SO_CCCD="",
            MA_THE_BHYT="",
            NGAY_SINH="01/02/1980",
        ),
    ]
    confirm(send(workbook(rows), by=data_officer, organisation=hospital), data_officer)
    return list(Visit.objects.order_by("episode_key"))


def taken(user: User, name: str, **query: Any) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse(name), {"tep": "csv", **query})


def lines(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_all_rows_leave_with_plain_values_day_first(head: User, known: list[Visit]) -> None:
    answer = taken(head, CITIZENS)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    raw = b"".join(answer.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == Citizen.objects.count() == 3
    [first] = [row for row in rows if row["Họ và tên"] == "Lò Văn Ún"]
    assert "15/08/1971" in first.values()
    assert "011071000123" in first.values()
    assert "0912345678" in first.values()
    assert not any("<" in value for row in rows for value in row.values())


def test_a_text_that_looks_like_a_formula_is_kept_a_text(head: User, known: list[Visit]) -> None:
    Citizen.objects.filter(identifiers__value="011071000999").update(name="=HYPERLINK(1)")
    names = {row["Họ và tên"] for row in lines(taken(head, CITIZENS))}
    assert "'=HYPERLINK(1)" in names
    content = b"".join(taken(head, CITIZENS, tep="xlsx").streaming_content)
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    cells = book.get_sheet_by_index(0).to_python()
    assert len(cells) == 4
    assert "=HYPERLINK(1)" in {row[0] for row in cells}
    assert b"<f>" not in content


def test_filters_searches_and_columns_of_the_list_hold(head: User, known: list[Visit]) -> None:
    rows = lines(taken(head, CITIZENS, q="lo van"))
    assert [row["Họ và tên"] for row in rows] == ["Lò Văn Ún"]
    rows = lines(taken(head, CITIZENS, cot=["name", "born"]))
    assert [len(row) for row in rows] == [2, 2, 2]
    assert lines(taken(head, CITIZENS, sex="female")) == []
    assert taken(head, CITIZENS, sex__nonsense="1").status_code == 302


def test_the_opening_the_people_and_the_end_stand_in_the_read_log(
    head: User, known: list[Visit]
) -> None:
    answer = taken(head, CITIZENS)
    opened = AccessLog.objects.get()
    assert (opened.action, opened.people_count, opened.user_id) == ("exported", 0, head.pk)
    lines(answer)
    log = list(AccessLog.objects.order_by("id"))
    assert [row.action for row in log] == ["exported", "exported", "export_ended"]
    assert set(log[1].people) == set(Citizen.objects.values_list("pk", flat=True))
    assert log[2].people_count == 3


def test_an_export_that_breaks_off_says_how_far_it_came(
    head: User, known: list[Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.admin.exports.CHUNK", 1)
    monkeypatch.setattr("portal.spreadsheets.ROWS_AT_ONCE", 1)
    answer = taken(head, CITIZENS)
    parts = iter(answer.streaming_content)
    next(parts)
    next(parts)
    answer._iterator.close()
    last = AccessLog.objects.order_by("-id")[0]
    assert last.action == "export_ended"
    assert last.people_count < 3


def test_patients_leave_only_with_the_right_to_export_and_only_those_in_reach(
    head: User,
    known: list[Visit],
    data_officer: User,
    neighbour: User,
    stranger: User,
    other_station: Organisation,
) -> None:
    assert taken(data_officer, CITIZENS).status_code == 403
    assert taken(stranger, CITIZENS).status_code == 403
    other = make_user("lan", "Vì Thị Lan", Role.STATION_HEAD, other_station)
    one = Citizen.objects.get(name="Lò Văn Ún")
    CareRelation.objects.create(
        citizen=one, organisation=other_station, ground="visit", since=SINCE
    )
    assert [row["Họ và tên"] for row in lines(taken(other, CITIZENS))] == ["Lò Văn Ún"]
    assert lines(taken(other, VISITS)) == []
    assert len(lines(taken(head, VISITS))) == 3


def test_the_right_to_export_at_one_place_takes_nothing_of_another(
    head: User, known: list[Visit], hospital: Organisation, other_station: Organisation
) -> None:
    both = make_user("hai", "Lò Văn Hai", Role.HOSPITAL_DATA_OFFICER, hospital)
    from portal.accounts import services as accounts
    from tests.conftest import TODAY

    accounts.give_role(
        actor=None,
        user=both,
        role=Role.STATION_HEAD,
        organisation=other_station,
        valid_from=SINCE,
        today=TODAY,
    )
    assert lines(taken(both, VISITS)) == []


def test_protected_visits_stay_out_as_they_do_of_the_list(
    known: list[Visit], hospital: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts import roles

    plain = {**roles.CAPABILITIES_OF}
    plain[Role.HOSPITAL_DATA_OFFICER] = plain[Role.HOSPITAL_DATA_OFFICER] | {"export_records"}
    monkeypatch.setattr("portal.accounts.roles.CAPABILITIES_OF", plain)
    monkeypatch.setattr("portal.accounts.grants.CAPABILITIES_OF", plain, raising=False)
    officer = make_user("son", "Lò Văn Sơn", Role.HOSPITAL_DATA_OFFICER, hospital)
    client = Client()
    client.force_login(officer)
    body = b"".join(client.get(reverse(VISITS), {"tep": "csv"}).streaming_content).decode()
    assert "Lò Văn Ún" in body
    assert "Kín" not in body
    assert "B20" not in body


def test_the_page_offers_the_columns_and_the_list_links_to_it(
    head: User, known: list[Visit], data_officer: User
) -> None:
    client = Client()
    client.force_login(head)
    listed = client.get(reverse("admin:healthrecords_citizen_changelist"), {"sex": "male"})
    address = reverse(CITIZENS) + "?sex=male"
    assert f'href="{address}"' in listed.content.decode()
    page = client.get(address).content.decode()
    assert '<input type="hidden" name="sex" value="male">' in page
    assert 'value="personal_number"' in page
    assert client.post(address).status_code == 405
    client.force_login(data_officer)
    listed = client.get(reverse("admin:healthrecords_citizen_changelist")).content.decode()
    assert reverse(CITIZENS) not in listed


def test_a_list_of_no_people_is_logged_too(department: Organisation) -> None:
    Holiday.objects.create(day=date(2026, 9, 2), name="Quốc khánh", kind="off", legal_basis="BLLĐ")
    admin = make_user("quan", "Tòng Thị Quản", Role.SYSTEM_ADMINISTRATOR, department)
    [row] = lines(taken(admin, "admin:codelists_holiday_export"))
    assert "02/09/2026" in row.values()
    assert [log.action for log in AccessLog.objects.order_by("id")] == ["exported", "export_ended"]
    assert AccessLog.objects.order_by("-id")[0].people_count == 1


@pytest.mark.parametrize("columns", [[], ["code", "title"]])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_exported_list_of_codes_comes_back_without_a_change(
    department: Organisation, form: str, columns: list[str]
) -> None:
    version = CodeListVersion.objects.select_related("code_list").get(
        code_list__key="treatment_outcomes"
    )
    admin = make_user("quan", "Tòng Thị Quản", Role.SYSTEM_ADMINISTRATOR, department)
    answer = taken(
        admin,
        "admin:codelists_code_export",
        tep=form,
        version__id__exact=version.pk,
        **({"cot": columns} if columns else {}),
    )
    table = read_table(b"".join(answer.streaming_content), f"danh-muc.{form}")
    assert table.problems == []
    found = compare(code_list=version.code_list, rows=table.rows, on=date(2026, 12, 1))
    assert (found.new, found.changed, found.gone) == ((), (), ())
    codes = Code.objects.filter(version=version)
    if columns:  # without their column the properties would go, and that is told
        assert set(found.valued) == set(codes.exclude(attributes={}).values_list("code", flat=True))
        assert found.unchanged == codes.filter(attributes={}).count()
    else:
        assert (found.valued, found.unchanged) == ((), codes.count())


def test_every_list_of_the_admin_leaves_by_the_library_for_exports(ministry: Organisation) -> None:
    """All lists, by a walk over the registry; that all their rows leave is shown of some above."""
    user = make_user("tat.ca", "Người Đủ Quyền", Role.STATION_HEAD, ministry)
    for role in set(Role) - {Role.STATION_HEAD}:
        give_role(
            actor=None, user=user, role=role, organisation=ministry, valid_from=SINCE, today=TODAY
        )
    closed = []
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_export"
        answer = taken(user, name)
        if answer.status_code != 200 or not answer.streaming:
            closed.append((name, answer.status_code))
            continue
        [head, *_rows] = csv.reader(
            io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))
        )
        resource = PortalResource(model_admin, answer.wsgi_request)
        assert isinstance(resource, Resource)
        assert len(head) == len(resource.get_export_fields()) >= 1
    assert closed == []
