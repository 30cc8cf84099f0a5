"""The figures of forms 14/BCT and 9/BCT, cell by cell against a month that was counted by hand."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from facilities.models import BedCount, Department
from healthrecords.models import Diagnosis, DiagnosticReport, Procedure, Result, VitalSigns
from portal.places import services as places
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.days import count_anew
from reporting.periods import ZONE, Period
from tests.conftest import SINCE
from tests.reporting.conftest import OCTOBER, form, moment, person, told


@pytest.fixture
def month(see: Callable[..., Any], station: Organisation, hospital: Organisation) -> None:
    """October 2026: eight visits at the station, three stays at the hospital, and what must not count."""
    granny = person(date(1958, 3, 1))
    boy = person(date(2012, 10, 6), "male")  # 14 on the 5th, not on the 6th
    girl = person(date(2022, 1, 1))
    man = person(date(1980, 5, 5), "male")
    baby = person(date(2026, 3, 1), "male")
    see(granny, station, moment(1, hour=0), "I10", "E11.9")
    see(granny, station, moment(15), "I10", traditional="U50.011")
    see(boy, station, moment(5), "J06.9", coverage="9")
    see(girl, station, moment(6), "J06.9")
    see(man, station, moment(7), "S61.0", "W26", coverage="9", discharge="2")
    see(man, station, datetime(2026, 10, 31, 23, 59, tzinfo=ZONE), "B20", coverage="9")
    see(baby, station, moment(9), "A09", outcome="8")
    see(man, station, moment(10))  # no diagnosis was written
    # Stays end in the month, whenever they began.
    see(
        granny,
        hospital,
        moment(28, 9),
        "I63.9",
        kind="03",
        ended_at=moment(4),
        care_days=6,
        discharge="1",
        outcome="5",
    )
    see(baby, hospital, moment(2), "J18.9", kind="03", ended_at=moment(5), care_days=3, outcome="5")
    see(
        man,
        hospital,
        moment(3),
        "K35.8",
        kind="03",
        ended_at=moment(9),
        care_days=6,
        outcome="6",
        coverage="9",
    )
    see(man, hospital, moment(3), "Z50.1", kind="02", ended_at=moment(20))
    # Not of this month, not finished, not an examination, taken back, of somebody else.
    see(granny, station, moment(1, 11, hour=0), "I10")
    see(granny, station, moment(30, 9, hour=23), "I10")
    see(girl, station, moment(8), "J06.9", status="in_progress", ended_at=None)
    see(granny, station, moment(20), "I10", kind="07")
    see(girl, station, moment(8), "J06.9", status="withdrawn")
    see(man, hospital, moment(25), "K35.8", kind="03", ended_at=moment(2, 11), care_days=9)


@pytest.fixture
def services(hospital: Organisation) -> None:
    """Beds of the hospital, and what was done there."""
    man = person(date(1980, 5, 5), "male")
    # At the hospital 20 beds planned, 10 that stand, 2 of them in a department; two values of one
    # report, an operation and an intervention of October, an operation of November.
    for kind, number in (("planned", 20), ("actual", 10), ("actual", 2)):
        room = None
        if number == 2:
            room = Department.objects.create(
                facility=hospital, code="K02", name="Hồi sức", valid_from=date(2026, 1, 1)
            )
        BedCount.objects.create(
            facility=hospital, kind=kind, count=number, department=room,
            valid_from=date(2026, 1, 1),
        )  # fmt: skip
    said = {"citizen": man, "facility": hospital, "recorded_at": moment(5)}
    report = DiagnosticReport.objects.create(
        **said, kind="laboratory", title="Công thức máu", performed_at=moment(5)
    )
    for n, name in enumerate(("Hồng cầu", "Bạch cầu"), start=1):
        Result.objects.create(
            report=report, citizen=man, facility=hospital, name=name, said_at=moment(5), position=n
        )
    for kind, when in (
        ("surgery", moment(6)), ("intervention", moment(7)), ("surgery", moment(1, 11, hour=0)),
    ):  # fmt: skip
        Procedure.objects.create(**said, kind=kind, title="Khâu", performed_at=when)


# At the station eight out-patient visits: 3 of women, 5 insured, 1 of old medicine, 3 of children, 2 of
# those from 60; one sent on.
NINE = {
    "kham": 8, "kham_f": 3, "kham_bhyt": 5, "kham_yhct": 1, "kham_u15": 3, "kham_60": 2, "nt": 0, "nt_f": 0,
    "nt_bhyt": 0, "nt_u15": 0, "ngay": 0, "ngoaitru": 0, "chuyen": 1, "tv": 0, "tv_u1": 0, "tv_u5": 0, "xn": 0, "pt": 0,
    "tt": 0, "ngay_tb": [0, 0],
}  # fmt: skip
# At the hospital three stays: a woman's, two insured, a child's; 6 + 3 + 6 days; two dead, one a baby;
# 15 of 10 beds times 31 days.
NINE_HOSPITAL = {
    **NINE, "giuong_kh": 20, "giuong_tk": 10, "xn": 2, "pt": 1, "tt": 1, "cs_giuong": [15, 310], "kham": 0, "kham_f": 0, "kham_bhyt": 0, "kham_yhct": 0, "kham_u15": 0, "kham_60": 0, "nt": 3, "nt_f": 1,
    "nt_bhyt": 2, "nt_u15": 1, "ngay": 15, "ngoaitru": 1, "chuyen": 0, "tv": 2, "tv_u1": 1, "tv_u5": 1, "ngay_tb": [15, 3],
}  # fmt: skip


@pytest.mark.usefixtures("month", "services")
def test_each_cell_of_form_9_is_what_was_counted_by_hand(
    station: Organisation, hospital: Organisation
) -> None:
    found = compute(form("BC02"), OCTOBER, [station, hospital])
    assert found[station.pk]["own"] == NINE
    assert found[hospital.pk]["own"] == NINE_HOSPITAL


def line(**said: int) -> dict[str, int]:
    names = "op_total op_f op_u15 op_dba ip_total ip_f ip_d ip_d_f ip_u15 ip_u15_d ip_u5 ip_u5_d ip_dama"
    return {**dict.fromkeys(names.split(), 0), **said}


# By category and chapter: the man's HIV and the baby dead on arrival (I), the old woman twice (IX), two
# children coughing (X), a wound (XIX), a visit without a diagnosis.
FOURTEEN = {
    "I": line(op_total=2, op_u15=1, op_dba=1),
    "A09": line(op_total=1, op_u15=1, op_dba=1),
    "B20": line(op_total=1),
    "IX": line(op_total=2, op_f=2),
    "I10": line(op_total=2, op_f=2),
    "X": line(op_total=2, op_f=1, op_u15=2),
    "J06": line(op_total=2, op_f=1, op_u15=2),
    "XIX": line(op_total=1),
    "S61": line(op_total=1),
    "none": line(op_total=1),
}
# The old woman dead of a stroke (IX), the baby of the lungs (X), the man taken home to die (XI).
FOURTEEN_HOSPITAL = {
    "IX": line(ip_total=1, ip_f=1, ip_d=1, ip_d_f=1),
    "I63": line(ip_total=1, ip_f=1, ip_d=1, ip_d_f=1),
    "X": line(ip_total=1, ip_d=1, ip_u15=1, ip_u15_d=1, ip_u5=1, ip_u5_d=1),
    "J18": line(ip_total=1, ip_d=1, ip_u15=1, ip_u15_d=1, ip_u5=1, ip_u5_d=1),
    "XI": line(ip_total=1, ip_dama=1),
    "K35": line(ip_total=1, ip_dama=1),
}


@pytest.mark.usefixtures("month")
def test_each_cell_of_form_14_is_what_was_counted_by_hand(
    station: Organisation, hospital: Organisation
) -> None:
    found = compute(form("BC01"), OCTOBER, [station, hospital])
    for place, figures in ((station, FOURTEEN), (hospital, FOURTEEN_HOSPITAL)):
        here = {row: cells for row, cells in found[place.pk].items() if any(cells.values())}
        assert here == figures


@pytest.mark.usefixtures("month", "services")
def test_days_say_of_both_forms_what_was_counted_by_hand(
    station: Organisation, hospital: Organisation
) -> None:
    count_anew(OCTOBER.first, OCTOBER.last)
    nine = compute(form("BC02"), OCTOBER, [station, hospital], from_days=True)
    assert (nine[station.pk]["own"], nine[hospital.pk]["own"]) == (NINE, NINE_HOSPITAL)
    found = compute(form("BC01"), OCTOBER, [station, hospital], from_days=True)
    assert told(found[hospital.pk]) == told(FOURTEEN_HOSPITAL)


def test_who_lies_in_is_of_the_age_of_the_day_of_admission_counted_either_way(
    see: Callable[..., Any], hospital: Organisation
) -> None:
    for born in (
        date(2011, 10, 10),
        date(2021, 10, 10),
        date(2025, 10, 10),
    ):  # 15, 5, 1 on the 10th
        see(person(born), hospital, moment(28, 9), "J18.9", kind="03", ended_at=moment(12),
            care_days=14, outcome="5")  # fmt: skip
    count_anew(OCTOBER.first, OCTOBER.last)
    for from_days in (False, True):
        found = compute(form("BC01"), OCTOBER, [hospital], from_days=from_days)
        cells = found[hospital.pk]["J18"]
        names = ("ip_u15", "ip_u5", "ip_u15_d", "ip_u5_d")
        assert [cells[name] for name in names] == [3, 2, 3, 2]
        own = compute(form("BC02"), OCTOBER, [hospital], from_days=from_days)[hospital.pk]["own"]
        assert (own["nt_u15"], own["tv_u1"], own["tv_u5"]) == (3, 1, 2)


@pytest.mark.usefixtures("month")
def test_a_column_without_a_source_is_not_known_and_not_nought(station: Organisation) -> None:
    cells = compute(form("BC02"), OCTOBER, [station])[station.pk]["own"]
    assert {"xq", "sa", "ct", "giuong_tk", "cs_giuong"}.isdisjoint(cells)


def test_a_station_reports_for_its_points(
    see: Callable[..., Any], station: Organisation, department: Organisation
) -> None:
    point = places.create_organisation(
        name="Điểm trạm Huổi Xuân", kind="point", parent=station, valid_from=SINCE
    )
    see(person(date(1990, 1, 1)), point, moment(3), "I10")
    see(person(date(1990, 1, 1)), station, moment(3), "I10")
    assert compute(form("BC02"), OCTOBER, [station])[station.pk]["own"]["kham"] == 2


def test_a_visit_with_two_old_diagnoses_is_one_visit(
    see: Callable[..., Any], station: Organisation
) -> None:
    visit = see(person(date(1990, 1, 1)), station, moment(5), "I10", traditional="U50.011")
    Diagnosis.objects.create(
        visit=visit, rank="traditional", position=2, code="U51.041", title="U51.041"
    )
    cells = compute(form("BC02"), OCTOBER, [station])[station.pk]["own"]
    assert (cells["kham"], cells["kham_yhct"]) == (1, 1)


def test_a_birthday_on_29_february_is_kept_on_1_march(
    see: Callable[..., Any], station: Organisation
) -> None:
    child = person(date(2012, 2, 29))
    see(child, station, datetime(2027, 2, 28, 8, tzinfo=ZONE), "I10")
    see(child, station, datetime(2027, 3, 1, 8, tzinfo=ZONE), "I10")
    from reporting.periods import Period

    february = Period.holding("month", date(2027, 2, 1))
    counts = [
        compute(form("BC02", p.last), p, [station])[station.pk]["own"]["kham_u15"]
        for p in (february, february.after)
    ]
    assert counts == [1, 0]


@pytest.mark.parametrize("code", ["BC01", "BC02", "BC10", "BC15", "BC18"])
def test_counting_a_country_at_once_gives_what_counting_few_places_gives(
    see: Callable[..., Any], station: Organisation, other_station: Organisation,
    monkeypatch: pytest.MonkeyPatch, code: str,
) -> None:  # fmt: skip
    for place in (station, other_station):
        see(person(date(2020, 2, 29)), place, moment(2), "S61.0", "W26", "X10.2")
        old = person(date(1950, 1, 1), "male", home_station=place)
        seen = see(old, place, moment(3), "I10", traditional="U50.011")
        VitalSigns.objects.create(visit=seen, measured_at=moment(3), weight=60, height=160)
        see(person(date(1990, 1, 1)), place, moment(4), "T20.3", "V23.4", kind="03",
            ended_at=moment(9), care_days=5, outcome="5")  # fmt: skip
    period = Period.holding(form(code).periods[0], OCTOBER.last)
    few = compute(form(code, period.last), period, [station, other_station])
    for module in ("reporting.computing", "reporting.sources.asked"):
        monkeypatch.setattr(f"{module}.MANY_PLACES", 1)
    assert compute(form(code, period.last), period, [station, other_station]) == few
    assert any(
        n for cells in few[station.pk].values() for n in cells.values() if n not in (0, [0, 0])
    )
