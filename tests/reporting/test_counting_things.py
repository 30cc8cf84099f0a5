"""Figures of staff, vaccinations, medicines in stock and devices, each cell counted by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.models import (
    Department,
    Equipment,
    EquipmentState,
    Inspection,
    Medicine,
    RadiationLicense,
    StockLot,
    StockMovement,
)
from facilities.stocks import turnover
from healthrecords.models import Immunization
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from practitioners.models import PracticeLicense, Practitioner, Qualification, Registration
from reporting import services
from reporting.checks import check
from reporting.computing import compute
from reporting.figures_of import standing_of
from reporting.periods import ZONE, Period
from reporting.services.running import TypedFigure
from tests.conftest import make_user
from tests.reporting.conftest import OCTOBER, form, person, told

HALF = Period.holding("half_year", date(2027, 2, 1))
YEAR = Period.holding("year", date(2026, 5, 5))
AFTER = datetime(2027, 7, 2, 9, tzinfo=ZONE)
_serial = iter(range(1, 10**6))


def works_at(place: Organisation, title: str, *levels: str, **said: Any) -> Practitioner:
    dates = {name: said.pop(name) for name in ("valid_from", "valid_until") if name in said}
    one = Practitioner.objects.create(
        name=f"Hành Nghề {next(_serial)}",
        birth_date=date(1985, 1, 1),
        **{"sex": "female", "ethnic_group": "01", **said},
    )
    PracticeLicense.objects.create(
        practitioner=one, number_raw="x", serial=next(_serial), issuer_code="DB", kind="gphn",
        title=title, issued_on=date(2024, 1, 5),
    )  # fmt: skip
    for level in levels:
        Qualification.objects.create(practitioner=one, level=level, issued_on=date(2015, 6, 1))
    Registration.objects.create(
        practitioner=one, facility=place, **{"valid_from": date(2025, 1, 1), **dates}
    )
    return one


# One woman of a minority in each row that titles and degrees of licences tell apart: 18 rows. Beside
# them two men of the majority, in rows 5 and 6: 20 in all, 18 women, 18 of minorities.
ROWS_OF = {
    "row_02": ("doctor", ("university", "doctorate")),
    "row_03": ("doctor", ("university", "specialist_2")),
    "row_04": ("doctor", ("university", "master")),
    "row_05": ("doctor", ("university", "specialist_1")),
    "row_06": ("doctor", ("university",)),
    "row_12": ("assistant_doctor", ("intermediate",)),
    "row_13": ("medical_technologist", ("master",)),
    "row_14": ("medical_technologist", ("university",)),
    "row_15": ("medical_technologist", ("college",)),
    "row_16": ("medical_technologist", ("intermediate",)),
    "row_17": ("nurse", ("specialist_1",)),
    "row_18": ("nurse", ("university",)),
    "row_19": ("nurse", ("college",)),
    "row_20": ("nurse", ("intermediate",)),
    "row_21": ("midwife", ("university",)),
    "row_22": ("midwife", ("college",)),
    "row_23": ("midwife", ("intermediate",)),
    "row_28": ("traditional_practitioner", ()),
}
STAFF = {
    "row_01": {"tong": 20, "nu": 18, "dtts": 18},
    **{row: {"tong": 1, "nu": 1, "dtts": 1} for row in ROWS_OF},
    **{row: {"tong": 2, "nu": 1, "dtts": 1} for row in ("row_05", "row_06")},
}


def test_each_cell_of_the_form_of_staff(
    definitions: None, station: Organisation, other_station: Organisation
) -> None:
    for title, levels in ROWS_OF.values():
        works_at(station, title, *levels, ethnic_group="02")
    for row in ("row_05", "row_06"):
        works_at(station, ROWS_OF[row][0], *ROWS_OF[row][1], sex="male")
    works_at(station, "assistant_doctor", "intermediate", valid_until=date(2026, 12, 30))
    works_at(station, "nurse", "university", valid_from=date(2027, 1, 1))
    works_at(other_station, "doctor", "university")
    assert told(compute(form("BC06", YEAR.last), YEAR, [station])[station.pk]) == STAFF


def dose(place: Organisation, child: Any, code: str, day: str, number: int | None = None) -> None:
    Immunization.objects.create(
        citizen=child, facility=place, code=code, vaccine=code, given=day, dose_number=number,
        recorded_at=datetime(2026, 10, 31, 9, tzinfo=ZONE), recorded_by=User.objects.first(),
    )  # fmt: skip


# In October the baby had BCG and hepatitis B within a day, another baby the latter on the second day;
# the older child each of the other doses once; three children the dose against measles: 4 in all.
# Under one on the 31st: the baby and the three born in December: 4. Of the four with a full course
# one was complete in October before its birthday; one turned one on the 14th before its last dose on
# the 20th, one had it in November, one lacks the third dose against polio.
VACCINATIONS = {
    "te1": 4, "bcg": 1, "vgb24": 1, "vgb": 1, "dpt1": 1, "dpt2": 1, "dpt3": 1, "opv1": 1, "opv2": 1,
    "opv3": 1, "ipv1": 1, "ipv2": 1, "soi1": 4, "tcdd": 1, "dpt4": 1, "mr": 1, "vnnb3": 1,
    "tyle": [1, 4],
}  # fmt: skip


def test_each_cell_of_the_form_of_immunisation(
    definitions: None, station: Organisation, clerk: User
) -> None:
    born = date(2026, 10, 3)
    baby, older = person(born, home_station=station), person(date(2025, 1, 9))
    dose(station, baby, "bcg", "2026-10-03")
    dose(station, baby, "hepb-birth", "2026-10-04")  # the day after birth: within 24 hours
    dose(station, person(born), "hepb-birth", "2026-10-05")
    for code, number in (("dpt-hepb-hib", 1), ("hexavalent", 2), ("dpt-hepb-hib", 3)):
        dose(station, older, code, "2026-10-20", number)
    for code, number in (("bopv", 1), ("bopv", 2), ("bopv", 3), ("ipv", 1), ("ipv", 2)):
        dose(station, older, code, "2026-10-31", number)
    dose(station, older, "measles", "2026-10-15", 1)
    dose(station, older, "mr", "2026-10-16")
    dose(station, older, "dpt", "2026-10-17", 4)
    dose(station, older, "je", "2026-10-18", 3)
    dose(station, older, "bcg", "2026-11-01")  # of November
    dose(station, older, "bcg", "2026-10")  # a day nobody knows is none of a month
    whole, late, short = (person(date(2025, 12, n), home_station=station) for n in (1, 2, 3))
    turned = person(date(2025, 10, 14), home_station=station)
    for child, last in ((whole, "13"), (late, "13"), (turned, "20"), (short, "13")):
        full_course(station, child, f"2026-10-{last}")
    Immunization.objects.filter(citizen=late, code="measles").update(given="2026-11-02")
    Immunization.objects.filter(citizen=short, code="bopv", dose_number=3).delete()
    assert told(compute(form("BC09"), OCTOBER, [station])[station.pk]) == {"own": VACCINATIONS}


def full_course(place: Organisation, child: Any, last: str) -> None:
    """Give a child all it needs in the spring, and the dose against measles on a day."""
    dose(place, child, "bcg", "2026-01-05")
    for number, day in enumerate(("2026-02-05", "2026-03-05", "2026-04-05"), start=1):
        # The third of six antigens holds the polio that is injected, too.
        dose(place, child, "hexavalent" if number == 3 else "dpt-hepb-hib", day, number)
        dose(place, child, "bopv", day, number)
    dose(place, child, "measles", last, 1)


def lot(place: Organisation, number: str, expires: date | None, **said: Any) -> StockLot:
    medicine, _new = Medicine.objects.get_or_create(
        code="para-500",
        defaults={
            "name": "Paracetamol", "strength": "500 mg", "form": "viên nén", "unit": "viên",
            "registration_number": "893100493025",
        },
    )  # fmt: skip
    return StockLot.objects.create(
        facility=place, medicine=medicine, lot_number=number, expires_on=expires, **said
    )


def move(one: StockLot, kind: str, quantity: int | str, day: date) -> None:
    StockMovement.objects.create(
        facility=one.facility, lot=one, kind=kind, quantity=Decimal(quantity), on=day,
        at=datetime(day.year, day.month, day.day, 9, tzinfo=ZONE),
        **({"reason": "vỡ"} if kind in {"lost", "destroyed", "counted"} else {}),
    )  # fmt: skip


@pytest.fixture
def shelf(definitions: None, station: Organisation) -> list[StockLot]:
    """Two lots of a half-year: one that came before and was used up, one that came in it."""
    old, new = lot(station, "A1", date(2027, 5, 31)), lot(station, "B2", date(2027, 9, 1))
    for kind, quantity, day in (
        ("opening", 100, date(2026, 12, 31)),
        ("received", 50, date(2027, 1, 1)),
        ("issued", -70, date(2027, 3, 3)),
        ("returned", 10, date(2027, 3, 4)),
        ("lost", -5, date(2027, 4, 1)),
        ("counted", -15, date(2027, 6, 30)),
        ("issued", -9, date(2027, 7, 1)),
    ):
        move(old, kind, quantity, day)
    move(new, "received", 300, date(2027, 2, 2))
    move(new, "counted", 2, date(2027, 6, 30))
    gone = lot(station, "C3", None)
    move(gone, "opening", 5, date(2026, 11, 1))
    move(gone, "issued", -5, date(2026, 12, 1))
    return [old, new]


# Of A1 100 lay there before the half-year; 50 came; 70 went out and 10 came back; 5 broke and 15 were
# missing at the stocktake: 70 are left, past their date; 60 in six months are 10 a month: 7 months. Of B2
# 300 came and 2 were found: 302, of which the date is 63 days after the half-year.
NAMED = {
    "ma": "para-500", "ten": "Paracetamol 500 mg, viên nén", "sdk": "893100493025", "dvt": "viên",
}  # fmt: skip
LOTS = (
    {
        **NAMED, "lo": "A1", "hsd": "31/05/2027", "ton_dau": 100, "nhap": 50, "xuat": 60, "hao": 20,
        "ton_cuoi": 70, "can_han": 0, "het_han": 70, "thang_ton": 7.0,
    },
    {
        **NAMED, "lo": "B2", "hsd": "01/09/2027", "ton_dau": 0, "nhap": 302, "xuat": 0, "hao": 0,
        "ton_cuoi": 302, "can_han": 302, "het_han": 0,
    },
)  # fmt: skip


def test_each_cell_of_the_form_of_stock(shelf: list[StockLot], station: Organisation) -> None:
    found = compute(form("BC13", HALF.last), HALF, [station])[station.pk]
    assert found == {str(one.pk): said for one, said in zip(shelf, LOTS, strict=True)}


@pytest.mark.parametrize(
    ("kind", "day", "issued", "months"),
    [
        # Of March alone 60 went out, of the six months to its end 60, too; 90 were left.
        ("month", date(2027, 3, 1), 60, 9.0),
        # In 2027 69 went out, in its last six months 9; 61 are left: 61 / (9 / 6).
        ("year", date(2027, 3, 1), 69, 40.7),
    ],
)
def test_months_of_stock_go_by_the_mean_of_six_months_whatever_the_period(
    shelf: list[StockLot], station: Organisation, kind: str, day: date, issued: int, months: float
) -> None:
    period = Period.holding(kind, day)
    assert kind in form("BC13", period.last).periods
    cells = compute(form("BC13", period.last), period, [station])[station.pk][str(shelf[0].pk)]
    assert (cells["xuat"], cells["thang_ton"]) == (issued, months)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["received", "issued", "returned", "lost", "counted", "transfer_in",
                         "transfer_out", "destroyed"]),
        st.integers(1, 9),
        st.dates(date(2026, 11, 1), date(2027, 8, 1)),
        st.booleans(),
    ),
    max_size=12,
)  # fmt: skip


@given(moves=MOVES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_form_says_what_the_page_of_the_stock_says(
    moves: list[tuple[str, int, date, bool]], definitions: None, station: Organisation
) -> None:
    one = lot(station, f"L{next(_serial)}", None)
    move(one, "opening", 1000, date(2026, 10, 1))
    for kind, quantity, day, is_less in moves:
        out = kind in {"issued", "lost", "destroyed", "transfer_out"} or (
            kind == "counted" and is_less
        )
        move(one, kind, -quantity if out else quantity, day)
    cells = compute(form("BC13", HALF.last), HALF, [station])[station.pk][str(one.pk)]
    [wanted] = [row for row in turnover(station, HALF.first, HALF.last) if row.lot == one]
    assert [cells[key] for key in ("ton_dau", "nhap", "xuat", "hao", "ton_cuoi")] == [
        wanted.opening, wanted.received, wanted.issued, wanted.lost, wanted.closing,
    ]  # fmt: skip


@pytest.fixture
def devices(definitions: None, station: Organisation) -> list[Equipment]:
    room = Department.objects.create(
        facility=station, code="K01", name="Phòng khám", valid_from=date(2025, 7, 1)
    )
    xray = Equipment.objects.create(
        facility=station, asset_code="TS01", name="Máy X-quang", risk_class="C",
        circulation_number="2200123", model="DR-1", serial="S9", maker="Shimadzu", country="Nhật",
        made_in_year=2019, used_since=2020, department=room, funding="Ngân sách",
        price=Decimal("900000000.50"), is_radiating=True,
    )  # fmt: skip
    EquipmentState.objects.create(
        equipment=xray, state="in_use", valid_from=date(2020, 1, 1), valid_until=date(2027, 3, 1)
    )
    EquipmentState.objects.create(equipment=xray, state="broken", valid_from=date(2027, 3, 2))
    for day, due in ((date(2026, 1, 5), date(2027, 1, 5)), (date(2027, 1, 6), date(2028, 1, 6))):
        Inspection.objects.create(equipment=xray, done_on=day, next_due_on=due, result="pass")
    Inspection.objects.create(equipment=xray, done_on=date(2027, 7, 9), result="fail")
    RadiationLicense.objects.create(
        equipment=xray, number="12/GP", issued_by="Sở KH&CN", safety_officer="Lò Văn Pó",
        valid_from=date(2025, 1, 1), valid_until=date(2028, 1, 1),
    )  # fmt: skip
    bare = Equipment.objects.create(facility=station, asset_code="TS02", name="Cân")
    gone = Equipment.objects.create(facility=station, asset_code="TS03", name="Tủ lạnh")
    EquipmentState.objects.create(equipment=gone, state="disposed", valid_from=date(2026, 12, 1))
    return [xray, bare]


DEVICES = (
    {
        "ma": "TS01", "ten": "Máy X-quang", "loai": "C", "so_lh": "2200123", "model": "DR-1",
        "serial": "S9", "hang": "Shimadzu / Nhật", "nam": "2019 / 2020", "khoa": "Phòng khám",
        "nguon": "Ngân sách", "nguyengia": 900000000.5, "tt": "hỏng",
        "kd": "06/01/2027 / 06/01/2028", "gpbx": "12/GP / 01/01/2028",
    },
    {"ma": "TS02", "ten": "Cân", "tt": "đang dùng"},
)  # fmt: skip


def test_each_cell_of_the_form_of_devices(devices: list[Equipment], station: Organisation) -> None:
    found = compute(form("BC14", HALF.last), HALF, [station])[station.pk]
    assert found == {str(one.pk): said for one, said in zip(devices, DEVICES, strict=True)}


@pytest.mark.parametrize(("used_since", "is_told"), [(None, False), (2027, False), (2026, True)])
def test_a_device_that_came_after_the_period_is_not_told_of(
    definitions: None, station: Organisation, used_since: int | None, is_told: bool
) -> None:
    """What was entered later and was in use before, by its paper, is told of."""
    late = Equipment.objects.create(
        facility=station, asset_code="TS09", name="Máy siêu âm", used_since=used_since
    )
    EquipmentState.objects.create(
        equipment=late, state="in_use", valid_from=HALF.last + timedelta(days=1)
    )
    found = compute(form("BC14", HALF.last), HALF, [station])[station.pk]
    assert (str(late.pk) in found) is is_told


@pytest.fixture
def report(shelf: list[StockLot], head: User, station: Organisation) -> Any:
    return services.begin_report(
        actor=head, definition=form("BC13", HALF.last), organisation=station, period=HALF, at=AFTER
    )


def test_a_cell_of_a_lot_opens_its_movements_within_the_rights_of_the_reader(
    client: Client, report: Any, shelf: list[StockLot], head: User, department: Organisation
) -> None:
    statistician = make_user("thong.ke", "Vì Thị Kê", Role.STATISTICIAN, department)
    address = f"/bao-cao/{report.pk}/?o={shelf[0].pk}~xuat"
    client.force_login(head)
    opened = client.get(address).context["behind"]
    assert opened.total == 2
    assert [line.code for line in opened.listed] == ["-70", "+10"]
    assert {line.person_url for line in opened.listed} == {
        f"/facilities/stocklot/{shelf[0].pk}/change/"
    }
    client.force_login(statistician)
    opened = client.get(address).context["behind"]
    sees = bool(opened.listed)
    assert (opened.total, opened.hidden) == (2, 0 if sees else 2)


def test_staff_open_who_is_counted(
    client: Client, definitions: None, head: User, station: Organisation
) -> None:
    nurse = works_at(station, "nurse", "college")
    client.force_login(head)
    staff = services.begin_report(
        actor=head, definition=form("BC06", YEAR.last), organisation=station, period=YEAR,
        at=datetime(2027, 1, 4, 9, tzinfo=ZONE),
    )  # fmt: skip
    opened = client.get(f"/bao-cao/{staff.pk}/?o=row_19~nu").context["behind"]
    assert (opened.value, opened.total) == ("1", 1)
    assert [line.name for line in opened.listed] == [nurse.name]


def test_a_lot_that_no_book_knows_is_added_by_hand_and_the_balance_is_checked(
    client: Client, report: Any, head: User
) -> None:
    client.force_login(head)
    page = client.get(f"/bao-cao/{report.pk}/nhap/")
    assert b'name="c-r0001~ten"' in page.content
    services.type_figures(
        actor=head, report=report, reason="Kho xã mượn", at=AFTER,
        figures=[
            TypedFigure("r0001", "ten", text="Oresol"),
            TypedFigure("r0001", "ton_dau", Decimal(10)), TypedFigure("r0001", "nhap", Decimal(0)),
            TypedFigure("r0001", "xuat", Decimal(4)), TypedFigure("r0001", "hao", Decimal(0)),
            TypedFigure("r0001", "ton_cuoi", Decimal(7)),
        ],
    )  # fmt: skip
    report.refresh_from_db()
    [bad] = [found for found in check(report) if found.kind == "bad"]
    assert bad.cells == (("r0001", "ton_dau"),)
    assert len(standing_of(report).figures) == 3
    body = client.get(f"/bao-cao/{report.pk}/").content.decode()
    assert body.index("Oresol") < body.index("Paracetamol")
