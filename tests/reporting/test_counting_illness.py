"""Figures of notified cases, long illnesses, injuries and causes of death, every cell counted by hand."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from healthrecords.models import Citizen, DiagnosticReport, Result, VitalSigns
from portal.places.models import Organisation
from reporting.computing import compute
from reporting.models import CaseNotification, Outbreak
from reporting.periods import Period
from reporting.services.cases import settle_cases
from tests.reporting.conftest import OCTOBER, form, moment, person, told

SECOND_HALF = Period.holding("half_year", date(2026, 8, 1))
YEAR = Period.holding("year", date(2026, 8, 1))

# Dengue (D10) at the station. In October: the old woman, the child, the man whose onset was 1 October
# though he came on 30 September: 3, of whom he by the laboratory, the child under 15, the child dead.
# October 2025: the child then, who died too in that notice. Since January: those 3 and one of March.
# Measles (H18): one death before arrival. One outbreak of dengue was determined in October.
CASES = {
    "D10": {
        "mac": 3, "xd": 1, "mac_u15": 1, "chet": 1, "mac_ck": 1, "chet_ck": 1, "mac_cd": 4,
        "chet_cd": 1, "o_dich": 1,
    },
    "H18": {"mac": 1, "chet": 1, "mac_cd": 1, "chet_cd": 1},
}  # fmt: skip


def test_each_cell_of_form_11(see: Callable[..., Any], station: Organisation) -> None:
    old, child, man = person(date(1950, 1, 1)), person(date(2020, 1, 1)), person(date(1990, 1, 1))
    visits = [
        see(old, station, moment(5), "A97.0"),
        see(child, station, moment(6), "A97.0"),
        see(child, station, moment(6, 10, year=2025), "A97.0"),
        see(person(date(1990, 1, 1)), station, moment(2, 3), "A97.0"),
        see(man, station, moment(30, 9), "A97.0"),
        see(old, station, moment(20), "B05.0", outcome="8"),
        see(man, station, moment(1, 11), "B05.0"),  # of November
        see(person(date(1990, 1, 1)), station, moment(7), "A97.0"),  # dropped below
    ]
    settle_cases([visit.pk for visit in visits])
    cases = CaseNotification.objects
    cases.filter(visit=visits[4]).update(onset_on=date(2026, 10, 1), certainty="laboratory")
    cases.filter(citizen=child).update(outcome="died")
    cases.filter(visit=visits[7]).update(status="dropped", closed_because="nhầm")
    Outbreak.objects.create(
        station=station, disease="D10", name="Ổ dịch Huổi Xuân", place="Huổi Xuân",
        first_onset_on=date(2026, 10, 1), first_told_on=date(2026, 10, 6), determined_at=moment(7),
    )  # fmt: skip
    found = compute(form("BC03"), OCTOBER, [station])[station.pk]
    assert told(found) == CASES
    assert len(found) == 81


# At the station, of its people, wherever they are seen.
# Hypertension: "new" is new in October (first seen on the 5th) and treated, its last pressure 139/89
# controlled; "moved" came to the station in February and on 8 October to the hospital, 150/95;
# "lost" was last seen on 1 June, 152 days before the 31st; "died" on 5 October.
#   managed: new, moved, lost (died does not live); treated: new, moved; share 1 of 2.
# Diabetes: "sweet" has HbA1c 6.9 on the 20th after a glucose of 9 on the 9th; "sour" has a fasting
# glucose of 7.3 after 6.9 % HbA1c on the 3rd; "calm" one of 7.2. New: sour and calm.
# Every other row has one person, new on 12 October: counted as new, managed and treated.
ONE = {"moi": 1, "ql": 1, "dt": 1}
OTHER_ROWS = {
    "copd": "J44.9", "hen": "J45.0", "ungthu": "C34.9", "mmn": "I63.9", "ttpl": "F20.0",
    "tramcam": "F32.1", "sstt": "F03", "ttkhac": "F41.1",
}  # fmt: skip
LONG_ILLNESSES = {
    "tha": {"moi": 1, "ql": 3, "dt": 2, "dat": 1, "bo": 1, "tv": 1, "tyle": [1, 2]},
    "dtd": {"moi": 2, "ql": 3, "dt": 3, "dat": 2, "tyle": [2, 3]},
    **dict.fromkeys(OTHER_ROWS, ONE),
}
# At the hospital: whom it saw, whoever's they are. Only "moved", new to it, not controlled.
AT_HOSPITAL = {"tha": {"moi": 1, "ql": 1, "dt": 1, "tyle": [0, 1]}}


def measured(visit: Any, **said: Any) -> None:
    VitalSigns.objects.create(visit=visit, measured_at=visit.started_at, **said)


def laboratory(
    who: Citizen, place: Organisation, day: int, test: str, number: str, unit: str
) -> None:
    report = DiagnosticReport.objects.create(
        citizen=who, facility=place, kind="laboratory", title=test, status="final",
        performed_at=moment(day), recorded_at=moment(day),
    )  # fmt: skip
    Result.objects.create(
        report=report, citizen=who, facility=place, name=test, test=test, value=number,
        number=Decimal(number), unit=unit, said_at=moment(day),
    )  # fmt: skip


@pytest.fixture
def long_ill(
    see: Callable[..., Any], station: Organisation, hospital: Organisation
) -> dict[str, Citizen]:
    names = ("new", "moved", "lost", "died", "sweet", "sour", "calm")
    who = {
        name: person(date(1960, 1, n), home_station=station)
        for n, name in enumerate(names, start=1)
    }
    measured(see(who["new"], station, moment(5), "I10"), systolic=150, diastolic=95)
    measured(see(who["new"], station, moment(25), "I10"), systolic=139, diastolic=89)
    see(who["moved"], station, moment(1, 2), "I10")
    measured(see(who["moved"], hospital, moment(8), "I11.9"), systolic=150, diastolic=95)
    see(who["lost"], station, moment(1, 6), "I10")
    see(who["died"], station, moment(1, 9), "I10")
    Citizen.objects.filter(pk=who["died"].pk).update(died_on=date(2026, 10, 5))
    see(who["sweet"], station, moment(1, 3), "E11.9")
    fasting = {"glucose_timing": "fasting"}
    measured(see(who["sweet"], station, moment(9), "E11.9"), glucose=Decimal(9), **fasting)
    laboratory(who["sweet"], station, 20, "hba1c", "6.9", "%")
    laboratory(who["sour"], station, 3, "hba1c", "6.9", "%")
    measured(see(who["sour"], station, moment(9), "E11.9"), glucose=Decimal("7.3"), **fasting)
    see(who["calm"], station, moment(9), "E14.9")
    laboratory(who["calm"], station, 10, "glucose-fasting", "7.2", "mmol/L")
    laboratory(who["calm"], station, 11, "hba1c", "60", "mmol/mol")  # another unit says nothing
    for n, code in enumerate(OTHER_ROWS.values(), start=1):
        see(person(date(1950, 1, n), home_station=station), station, moment(12), code)
    see(person(date(1950, 2, 1)), station, moment(12), "I10")  # of no commune here
    return who


@pytest.mark.usefixtures("long_ill")
def test_each_cell_of_the_form_of_long_illnesses(
    station: Organisation, hospital: Organisation
) -> None:
    found = compute(form("BC10"), OCTOBER, [station, hospital])
    assert told(found[station.pk]) == LONG_ILLNESSES
    assert told(found[hospital.pk]) == AT_HOSPITAL
    # Of these nobody knows a target: blank, not nought.
    for row in OTHER_ROWS:
        assert {"dat", "tyle"}.isdisjoint(found[station.pk][row])


def test_a_person_seen_at_two_places_is_one_person_of_the_commune_and_of_the_province(
    long_ill: dict[str, Citizen], see: Callable[..., Any], station: Organisation,
    other_station: Organisation, hospital: Organisation,
) -> None:  # fmt: skip
    see(long_ill["new"], other_station, moment(28), "I10")
    places = [station, other_station, hospital]
    found = compute(form("BC10"), OCTOBER, places)
    # The commune's two, though one of them was last seen elsewhere; the hospital's own, counted again.
    assert [found[place.pk]["tha"]["dt"] for place in places] == [2, 0, 1]


# One case a row, of the row's first code, in the order of the form; then what makes the columns.
INJURY_CODES = {
    "n01": "V23.4", "n02": "W26", "n03": "W69", "n04": "W01", "n05": "X10.2", "n06": "W79",
    "n07": "X44", "n08": "X99", "n09": "X70", "n10": "W54", "n11": "W86", "n12": "X34", "n13": "X59",
}  # fmt: skip
# Each is a woman of 30: 13 rows with one woman from 20 to 60. Beside them:
# n01: a man of 56, sent on by his second visit and dead 16 days after the first; a girl of 17 dead on
#      arrival: 3 in all, 2 of them women, 2 dead, 1 a woman.
# n05: a girl of 4, seen three times for one burn (2, 9 and 25 October), at last discharged: 1 case.
# n04: a boy of 15, twice with 31 days between: 2 cases; a woman of 61 who went home to die.
WOMAN = {"mac": 1, "mac_f": 1, "a20_60": 1}
INJURIES = {
    **dict.fromkeys(INJURY_CODES, WOMAN),
    "n01": {"mac": 3, "mac_f": 2, "a16_19": 1, "a20_60": 2, "chuyen": 1, "tv": 2, "tv_f": 1},
    "n05": {"mac": 2, "mac_f": 2, "a0_4": 1, "a20_60": 1, "rv": 1},
    "n04": {"mac": 4, "mac_f": 2, "a5_15": 2, "a20_60": 1, "a60": 1, "nxv": 1},
}


@pytest.fixture
def hurt(see: Callable[..., Any], station: Organisation, hospital: Organisation) -> None:
    for n, code in enumerate(INJURY_CODES.values(), start=1):
        see(person(date(1996, 1, n)), station, moment(4), "T14.9", code)
    man = person(date(1970, 1, 1), "male", died_on=date(2026, 10, 20))
    see(man, station, moment(4), "S06.0", "V23.4", discharge="1")
    see(man, station, moment(6), "S06.0", "V29", discharge="2")
    see(person(date(2009, 1, 1)), station, moment(7), "S06.0", "V23.4", outcome="8")
    girl = person(date(2022, 1, 1))
    for day, left in ((2, ""), (9, ""), (25, "1")):
        see(girl, station, moment(day), "T20.3", "X10.2", discharge=left)
    boy = person(date(2011, 1, 1), "male")
    see(boy, station, moment(1, 9), "S52.0", "W01")
    see(boy, station, moment(2), "S52.0", "W10")
    see(person(date(1965, 1, 1)), station, moment(3), "S72.0", "W19", outcome="6")
    see(man, station, moment(5), "I10")  # no injury
    see(girl, station, moment(20, 6), "T20.3", "X10.2")  # of the first half of the year
    # Lay in since before the half-year for what was counted when it happened.
    see(boy, hospital, moment(29, 6), "S06.0", "V03.1")
    see(boy, hospital, moment(29, 6), "S06.0", "V03.1", kind="03", ended_at=moment(9, 7))


@pytest.mark.usefixtures("hurt")
def test_each_cell_of_the_form_of_injuries(station: Organisation, hospital: Organisation) -> None:
    found = compute(form("BC15", SECOND_HALF.last), SECOND_HALF, [station, hospital])
    assert told(found[station.pk]) == INJURIES
    assert told(found[hospital.pk]) == {}


@pytest.mark.usefixtures("hurt")
def test_the_two_halves_of_a_year_hold_the_injuries_of_the_year(
    station: Organisation, hospital: Organisation
) -> None:
    first = Period.holding("half_year", date(2026, 6, 1))
    # The form holds for periods that end after 1 July 2026; the figures of before are asked by its rows.
    numbers = [
        sum(
            cells["mac"]
            for whole in compute(form("BC15", YEAR.last), period, [station, hospital]).values()
            for cells in whole.values()
        )
        for period in (first, SECOND_HALF, YEAR)
    ]
    # 13 + 2 of n01 + 1 of n05 + 3 of n04 in the second half; the girl's and the boy's in the first.
    assert numbers == [2, 19, 21]


@pytest.mark.parametrize(
    ("began", "died", "deaths"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), 1),  # thirty days after the injury
        (date(2026, 10, 1), date(2026, 11, 1), 0),  # thirty-one, though eleven after he left
    ],
)
def test_a_death_is_of_the_injury_within_thirty_days_of_it(
    see: Callable[..., Any], hospital: Organisation, began: date, died: date, deaths: int
) -> None:
    man = person(date(1970, 1, 1), "male", died_on=died)
    see(man, hospital, moment(began.day), "S06.0", "V23.4", kind="03", ended_at=moment(21))
    found = compute(form("BC15", SECOND_HALF.last), SECOND_HALF, [hospital])[hospital.pk]
    assert (found["n01"]["mac"], found["n01"]["tv"]) == (1, deaths)


# One woman of 70 dead of each cause, at the hospital, by the main diagnosis there; of an injury by
# its external cause (c19 to c23). Beside them a baby, a girl of 3, a boy of 10 and a man of 40 dead of
# the lungs (c13): 5 in all, 2 female, one of each age.
CAUSES = {
    "c01": ("A16.2",), "c02": ("B18.1",), "c03": ("A97.9",), "c04": ("B20",), "c05": ("C34.9",),
    "c06": ("D32.9",), "c07": ("E11.9",), "c08": ("F10.2",), "c09": ("G03.9",), "c10": ("I63.9",),
    "c11": ("I21.9",), "c12": ("J44.9",), "c13": ("J18.9",), "c14": ("K74.6",), "c15": ("M32.9",),
    "c16": ("N18.9",), "c17": ("P07.1",), "c18": ("O72.1",), "c19": ("S06.0", "V23.4"),
    "c20": ("T75.1", "W69"), "c21": ("T60.0", "X48"), "c22": ("T71", "X70"), "c23": ("S72.0", "W01"),
    "c24": ("L89.3",), "c25": ("R99",),
}  # fmt: skip
OLD_WOMAN = {"tong": 1, "nu": 1, "t60": 1}
DEATHS = {
    **dict.fromkeys(CAUSES, OLD_WOMAN),
    "c13": {"tong": 5, "nu": 2, "u1": 1, "t1_5": 1, "t5_15": 1, "t15_60": 1, "t60": 1},
}


@pytest.fixture
def dead(see: Callable[..., Any], station: Organisation, hospital: Organisation) -> None:
    def dies(born: date, sex: str, codes: tuple[str, ...]) -> None:
        who = person(born, sex, home_station=station, died_on=date(2026, 10, 9))
        see(who, hospital, moment(1), *codes, kind="03", ended_at=moment(9), outcome="5")

    for codes in CAUSES.values():
        dies(date(1956, 1, 1), "female", codes)
    for born, sex in (
        (date(2026, 9, 1), "male"), (date(2023, 1, 1), "female"), (date(2016, 1, 1), "male"),
        (date(1986, 1, 1), "male"),
    ):  # fmt: skip
        dies(born, sex, ("J18.9",))
    person(date(1990, 1, 1), home_station=station, died_on=date(2026, 11, 1))  # of November


@pytest.mark.usefixtures("dead")
def test_each_cell_of_the_form_of_deaths(station: Organisation) -> None:
    found = compute(form("BC11"), OCTOBER, [station])[station.pk]
    assert told(found) == DEATHS
    # Of every death the cause is known, so that what nobody died of at an age is nought.
    assert found["c01"]["u1"] == 0
    assert "tvm" not in found["c18"]


@pytest.mark.usefixtures("dead")
def test_whoever_died_at_home_leaves_the_causes_of_their_column_unknown(
    station: Organisation,
) -> None:
    person(date(1940, 1, 1), "male", home_station=station, died_on=date(2026, 10, 2))
    found = compute(form("BC11"), OCTOBER, [station])[station.pk]
    assert found["c25"] == OLD_WOMAN | {"tong": 2, "t60": 2, "u1": 0, "t1_5": 0, "t5_15": 0,
                                        "t15_60": 0}  # fmt: skip
    assert (found["c01"]["tong"], found["c01"]["u1"], found["c01"]["nu"]) == (1, 0, 1)
    lone = compute(form("BC11"), OCTOBER.before, [station])[station.pk]
    assert set(lone["c01"].values()) == {0}  # nobody died: nought is a figure


def test_a_month_in_which_somebody_died_at_home_alone_shows_no_noughts_of_causes(
    definitions: None, station: Organisation
) -> None:
    person(date(1940, 1, 1), "male", home_station=station, died_on=date(2026, 10, 2))
    found = compute(form("BC11"), OCTOBER, [station])[station.pk]
    assert (found["c25"]["tong"], found["c25"]["t60"]) == (1, 1)
    assert {"tong", "t60"}.isdisjoint(found["c05"])
    assert found["c05"] == {"nu": 0, "u1": 0, "t1_5": 0, "t5_15": 0, "t15_60": 0}
