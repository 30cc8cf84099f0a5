"""Does a visit of a file agree with itself: its times, codes, cards, measures and money?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.record import SEXES, number_of, vitals_of
from healthrecords.imports.rules import partial
from portal.codelists.models import Code
from portal.identifiers import PersonalNumber
from portal.intake.codebook import ICD, CodeBook, Page
from portal.intake.handler import Row
from portal.intake.problems import WARNING, Problem, of_doubt
from portal.intake.values import plain

OTHERS_AT_MOST = 12
CARD_COLUMNS = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
VITALS = "vital_signs"
VITAL_CODES = {
    "weight": "CAN_NANG",
    "height": "CHIEU_CAO",
    "pulse": "MACH",
    "temperature": "NHIET_DO",
    "respiratory_rate": "NHIP_THO",
    "oxygen_saturation": "SPO2",
    "systolic": "HUYET_AP",
    "diastolic": "HUYET_AP",
}
# Asterisk categories of ICD-10: manifestations, which stand beside the disease that causes them.
MANIFESTATIONS = frozenset(
    [
        "D63",
        "D77",
        "E35",
        "E90",
        "F00",
        "F02",
        "G01",
        "G02",
        "G05",
        "G07",
        "G13",
        "G22",
        "G26",
        "G32",
        "G46",
        "G53",
        "G55",
        "G59",
        "G63",
        "G73",
        "G94",
        "G99",
        "H03",
        "H06",
        "H13",
        "H19",
        "H22",
        "H28",
        "H32",
        "H36",
        "H42",
        "H45",
        "H48",
        "H58",
        "H62",
        "H67",
        "H75",
        "H82",
        "H94",
        "I32",
        "I39",
        "I41",
        "I43",
        "I52",
        "I68",
        "I79",
        "I98",
        "J17",
        "J91",
        "J99",
        "K23",
        "K67",
        "K77",
        "K87",
        "K93",
        "L14",
        "L45",
        "L54",
        "L62",
        "L86",
        "L99",
        "M01",
        "M03",
        "M07",
        "M09",
        "M14",
        "M36",
        "M49",
        "M63",
        "M68",
        "M73",
        "M82",
        "M90",
        "N08",
        "N16",
        "N22",
        "N29",
        "N33",
        "N37",
        "N51",
        "N74",
        "N77",
        "P75",
    ]
)
LIMITING = ("sex", "not_main", "age_min_days", "age_max_days")
DIAGNOSED_SEX = {"F": "2", "M": "1"}


def shown(moment: Any) -> str:
    """Write a read moment as people do."""
    day, _t, clock = str(moment).partition("T")
    return f"{day[8:10]}/{day[5:7]}/{day[:4]} {clock}".strip()


@lru_cache(maxsize=4_096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def check_times(values: Mapping[str, Any], on: date) -> Iterator[Problem]:
    """Arrival, admission, end and birth follow one another, and nothing is still to come."""
    arrived, ended = values.get("NGAY_VAO"), values.get("NGAY_RA")
    admitted = values.get("NGAY_VAO_NOI_TRU")
    if arrived and arrived[:10] > on.isoformat():
        yield Problem(
            "visit_in_future",
            _("The visit begins on %(moment)s, which is still to come."),
            _("Check day and month: dates are read day first."),
            {"moment": shown(arrived)},
            column="NGAY_VAO",
            value=shown(arrived),
        )
    if arrived and ended and ended < arrived:
        yield Problem(
            "ends_before_start",
            _("The visit ends on %(ended)s, before it begins (%(arrived)s)."),
            _("Check both cells; perhaps they were exchanged."),
            {"ended": shown(ended), "arrived": shown(arrived)},
            column="NGAY_RA",
            value=shown(ended),
        )
    if admitted and ((arrived and admitted < arrived) or (ended and admitted > ended)):
        yield Problem(
            "admitted_outside",
            _("The admission on %(moment)s does not lie between arrival and end."),
            _("Check the three times."),
            {"moment": shown(admitted)},
            WARNING,
            column="NGAY_VAO_NOI_TRU",
            value=shown(admitted),
        )
    born = values.get("NGAY_SINH")
    if born and arrived and born > arrived[: len(born)]:  # both as ISO: 1960, 1960-05, 1960-05-15
        yield Problem(
            "visit_before_birth",
            _("The visit on %(moment)s comes before the birth (%(born)s)."),
            _("Check the date of birth and the date of the visit."),
            {"moment": shown(arrived), "born": str(partial(born))},
            column="NGAY_SINH",
            value=str(partial(born)),
        )


def check_person(values: Mapping[str, Any]) -> Iterator[Problem]:
    """The number agrees with sex and birth; the sex is one of the three; cards come in fours."""
    sex = values.get("GIOI_TINH")
    if sex and sex not in SEXES:
        yield Problem(
            "sex_unknown",
            _("“%(value)s” is no sex."),
            _("Write 1 or Nam, 2 or Nữ, 3 when it is not determined."),
            {"value": sex},
            column="GIOI_TINH",
            value=sex,
            by_value=True,
        )
    number = str(values.get("SO_CCCD") or "")
    if len(number) == 12 and number.isdigit():
        born = values.get("NGAY_SINH")
        personal = PersonalNumber(number)
        said = SEXES.get(sex or "", "")
        # Asked first what nearly every row answers well.
        if (
            said not in {"", "unknown", personal.sex}
            or str(personal.birth_year) != (born or "")[:4]
        ):
            doubts = personal.warnings(sex=said, born=partial(born) if born else None)
            own = {doubt.code for doubt in personal.doubts()}
            for doubt in doubts:
                if doubt.code not in own:  # those were said when the cell was read
                    yield of_doubt(doubt).in_column("SO_CCCD", number)
    counts = {name: len(values[name]) for name in CARD_COLUMNS if values.get(name)}
    if len(counts) > 1 and len(set(counts.values())) > 1:
        yield Problem(
            "cards_unpaired",
            _("Cards and their places and dates differ in number: %(counts)s."),
            _("Give each card its place and its two dates in the same order, with semicolons."),
            {"counts": ", ".join(f"{name} {count}" for name, count in counts.items())},
            WARNING,
            column="MA_THE_BHYT",
        )


def check_codes(values: Mapping[str, Any], book: CodeBook, on: date) -> Iterator[Problem]:
    """At most twelve further diagnoses; none that this sex cannot have or that cannot be the main one."""
    others = values.get("MA_BENH_KT") or []
    if len(others) > OTHERS_AT_MOST:
        yield Problem(
            "too_many_diagnoses",
            _("There are %(count)d further diagnoses; at most %(most)d are taken."),
            _("Keep those that were treated at this visit."),
            {"count": len(others), "most": OTHERS_AT_MOST},
            column="MA_BENH_KT",
        )
    day = _day(str(values.get("NGAY_RA") or values.get("NGAY_VAO") or on)[:10])
    page = book.page(ICD, day)
    if page is None:
        return
    coded = [("MA_BENH_CHINH", values.get("MA_BENH_CHINH")), *(("MA_BENH_KT", c) for c in others)]
    for column, code in coded:
        entry = page.get(code, day) if code else None
        if entry is not None and _is_limited(entry, page):
            yield from _unfit(column, entry, values.get("GIOI_TINH"))
            yield from _unfit_age(column, entry, values)


def _is_limited(entry: Code, page: Page) -> bool:
    """Say whether a code is not for everybody or not for every place; few are."""
    known: bool | None = page.memory.get(entry.code)
    if known is None:
        known = page.memory[entry.code] = entry.code[:3] in MANIFESTATIONS or any(
            entry.attributes.get(name) for name in LIMITING
        )
    return known


def _unfit(column: str, entry: Code, sex: Any) -> Iterator[Problem]:
    wanted = DIAGNOSED_SEX.get(entry.attributes.get("sex", ""))
    if wanted and sex in DIAGNOSED_SEX.values() and sex != wanted:
        message = (
            _("The code %(code)s (%(title)s) is for women only, and the row says a man.")
            if wanted == "2"
            else _("The code %(code)s (%(title)s) is for men only, and the row says a woman.")
        )
        yield Problem(
            "code_of_other_sex",
            message,
            _("Correct the sex or the code."),
            {"code": entry.code, "title": entry.title},
            column=column,
            value=entry.code,
            by_value=True,
        )
    not_main = str(entry.attributes.get("not_main", "")) in {"1", "true"}
    if column == "MA_BENH_CHINH" and (not_main or entry.code[:3] in MANIFESTATIONS):
        yield Problem(
            "code_not_main",
            _("The code %(code)s (%(title)s) is not used as the main diagnosis."),
            _("Give the disease itself as the main one and this code as a further one."),
            {"code": entry.code, "title": entry.title},
            WARNING,
            column=column,
            value=entry.code,
            by_value=True,
        )


def _unfit_age(column: str, entry: Code, values: Mapping[str, Any]) -> Iterator[Problem]:
    """A code of a certain age fits who is of it; a birth known to the year is not judged by days."""
    low = number_of(entry.attributes.get("age_min_days"))
    high = number_of(entry.attributes.get("age_max_days"))
    born, arrived = values.get("NGAY_SINH"), values.get("NGAY_VAO")
    if (low is None and high is None) or not arrived or len(str(born or "")) != 10:
        return
    days = (date.fromisoformat(str(arrived)[:10]) - date.fromisoformat(str(born))).days
    if (low is not None and days < low) or (high is not None and days > high):
        yield Problem(
            "code_of_other_age",
            _("The code %(code)s (%(title)s) is not for this age (born %(born)s)."),
            _("Correct the date of birth or the code."),
            {"code": entry.code, "title": entry.title, "born": str(partial(str(born)))},
            WARNING,
            column=column,
            value=entry.code,
        )


def check_vitals(row: Row, book: CodeBook, on: date) -> Iterator[Problem]:
    """No measure is impossible; the limits are those of the list that holds."""
    vitals = vitals_of(row)
    page = book.page(VITALS, on)
    for field, value in vitals.items():
        if page is not None and not _is_possible(field, value, page, on):
            yield from _impossible(field, value, page.codes[field], row)
    upper, lower = vitals.get("systolic"), vitals.get("diastolic")
    if upper is not None and lower is not None and upper <= lower:
        yield _located(
            Problem(
                "blood_pressure_reversed",
                _("In the blood pressure %(value)s the upper figure is not the higher one."),
                _("Check both figures; perhaps they were exchanged."),
                {"value": f"{upper}/{lower}"},
                column="HUYET_AP",
                value=f"{upper}/{lower}",
            ),
            row,
        )


def _is_possible(field: str, value: Decimal | int, page: Page, on: date) -> bool:
    """Say whether a measure lies within its limits; most measures of a file repeat."""
    known: bool | None = page.memory.get((field, value))
    if known is None:
        entry = page.get(field, on)
        low, high = map(number_of, _limits(entry)) if entry is not None else (None, None)
        known = (low is None or value >= low) and (high is None or value <= high)
        page.memory[field, value] = known
    return known


def _limits(entry: Code) -> tuple[str | None, str | None]:
    return entry.attributes.get("impossible_low"), entry.attributes.get("impossible_high")


def _impossible(field: str, value: Any, entry: Code, row: Row) -> Iterator[Problem]:
    low, high = map(number_of, _limits(entry))
    number = Decimal(value)
    yield _located(
        Problem(
            "measure_impossible",
            _("%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s %(unit)s)."),
            _("Check the value and its unit against the papers; perhaps a 0 too many."),
            {
                "title": entry.title,
                "value": plain(Decimal(number)),
                "low": plain(low) if low is not None else "–",
                "high": plain(high) if high is not None else "–",
                "unit": entry.attributes.get("unit", ""),
            },
            column=VITAL_CODES[field],
            value=plain(Decimal(number)),
        ),
        row,
    )


def _located(problem: Problem, row: Row) -> Problem:
    """Point at the progress note where no column of the row says the value."""
    if row.values.get(problem.column) is not None or "XML5" not in row.tables:
        return problem
    return Problem(
        problem.code,
        problem.message,
        problem.remedy,
        problem.params,
        column="DIEN_BIEN_LS",
        table="XML5",
        at=len(row.tables["XML5"]),
        value=problem.value,
    )
