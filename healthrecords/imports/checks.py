"""Does a visit of a file agree with itself: its times, codes, cards, measures and money?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.record import SEXES, number_of, vitals_of
from healthrecords.imports.rules import partial
from portal.codelists.models import Code
from portal.identifiers import PersonalNumber
from portal.intake.codebook import CodeBook, Page
from portal.intake.handler import Row
from portal.intake.problems import WARNING, Problem, of_doubt
from portal.intake.values import plain

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


def shown(moment: Any) -> str:
    """Write a read moment as people do."""
    day, _t, clock = str(moment).partition("T")
    return f"{day[8:10]}/{day[5:7]}/{day[:4]} {clock}".strip()


@lru_cache(maxsize=4_096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def last_day(values: Mapping[str, Any], on: date) -> date:
    """Return the day whose lists hold for a visit: that of its end, the file's while it lasts."""
    return _day(str(values.get("NGAY_RA") or on)[:10])


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


def first_day(values: Mapping[str, Any], on: date) -> date:
    """Return the day a visit began, as at a desk the one whose list judges what was measured."""
    return _day(str(values.get("NGAY_VAO") or on)[:10])


def check_vitals(row: Row, book: CodeBook, on: date) -> Iterator[Problem]:
    """No measure is impossible at the person's age; one that is rare there is a remark.

    The list that held on the day the visit began decides, today's where none held then.
    """
    vitals = vitals_of(row)
    came = first_day(row.values, on) if vitals else on
    on = came if vitals and book.page(VITALS, came) is not None else on
    page = book.page(VITALS, on) if vitals else None
    if page is not None:
        ages = _ages(row.values, page)
        _version, place = book.span(VITALS, on)
        for field, value in vitals.items():
            verdict, entry = _judged(field, value, (place, *ages), page, on)
            if entry is not None and verdict is not Verdict.USUAL:
                yield _doubted(value, page.codes[field], entry, verdict, row)
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


class Verdict(IntEnum):
    """How a measure lies to the limits of an age."""

    USUAL = 0
    UNLIKELY = 1
    IMPOSSIBLE = 2


Judged = tuple[Verdict, Code | None]


def _ages(values: Mapping[str, Any], page: Page) -> tuple[int, ...]:
    """Return where the ages begin, in days, that the birth leaves open; none where it is not known."""
    born, came = str(values.get("NGAY_SINH") or ""), str(values.get("NGAY_VAO") or "")[:10]
    if not born or not came:
        return ()
    edges = _edges(page)
    arrived = date.fromisoformat(came).toordinal()
    spans = {4: ("-01-01", "-12-31"), 7: ("-01", "-28"), 10: ("", "")}
    days = {arrived - date.fromisoformat(born + end).toordinal() for end in spans[len(born)]}
    return tuple(sorted({edges[bisect_right(edges, max(age, 0)) - 1] for age in days}))


def _edges(page: Page) -> tuple[int, ...]:
    """Return the days of age on which any measure's limits change."""
    found = page.memory.get("edges")
    if found is None:
        said = [code.attributes for code in page.codes.values()]
        begun = {int(one["age_from_days"]) for one in said if one.get("age_from_days")}
        over = {int(one["age_to_days"]) + 1 for one in said if one.get("age_to_days")}
        found = page.memory["edges"] = tuple(sorted({0} | begun | over))
    return cast("tuple[int, ...]", found)


def _judged(
    field: str, value: Decimal | int, when: tuple[int, ...], page: Page, on: date
) -> Judged:
    """Judge a measure by the age at which it is likeliest; most measures of a file repeat.

    ``when`` names the days on which the list says the same, then the ages.
    """
    key = (field, value, when)
    known = page.memory.get(key)
    if known is None:
        whole, ages = page.get(field, on), when[1:]
        entries = [_limits_at(age, whole, page, on) for age in ages] or [whole]
        known = min((_against(value, entry) for entry in entries), key=lambda judged: judged[0])
        page.memory[key] = known
    return cast("Judged", known)


def _limits_at(age: int, whole: Code | None, page: Page, on: date) -> Code | None:
    """Return the row of a measure for an age, else that for any."""
    for code in page.codes.values():
        if whole is None or code.parent_code != whole.code or page.get(code.code, on) is None:
            continue
        first, last = (number_of(code.attributes.get(f"age_{end}_days")) for end in ("from", "to"))
        if (first is None or first <= age) and (last is None or age <= last):
            return code
    return whole


def _against(value: Decimal | int, entry: Code | None) -> Judged:
    if entry is None:
        return Verdict.USUAL, None
    for verdict in (Verdict.IMPOSSIBLE, Verdict.UNLIKELY):
        low, high = _limits(entry, verdict)
        if (low is not None and value < low) or (high is not None and value > high):
            return verdict, entry
    return Verdict.USUAL, entry


def _limits(entry: Code, verdict: Verdict) -> tuple[Decimal | None, Decimal | None]:
    name, said = verdict.name.lower(), entry.attributes
    return number_of(said.get(f"{name}_low")), number_of(said.get(f"{name}_high"))


def _doubted(value: Any, measure: Code, entry: Code, verdict: Verdict, row: Row) -> Problem:
    low, high = _limits(entry, verdict)
    said = {
        "title": measure.title,
        "value": plain(Decimal(value)),
        "low": plain(low) if low is not None else "–",
        "high": plain(high) if high is not None else "–",
        "unit": entry.attributes.get("unit", ""),
    }
    column = VITAL_CODES[measure.code]
    if verdict is Verdict.IMPOSSIBLE:
        found = Problem(
            "measure_impossible",
            _("%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s %(unit)s)."),
            _("Check the value and its unit against the papers; perhaps a 0 too many."),
            said,
            column=column,
            value=said["value"],
        )
    else:
        found = Problem(
            "measure_unlikely",
            _("%(title)s %(value)s is rare at this age (%(low)s to %(high)s %(unit)s)."),
            _("Check the value and its unit against the papers; leave it where it is right."),
            said,
            WARNING,
            column=column,
            value=said["value"],
        )
    return _located(found, row)


def _located(problem: Problem, row: Row) -> Problem:
    """Point at the progress note where no column of the row says the value."""
    if row.values.get(problem.column) is not None or "XML5" not in row.tables:
        return problem
    return Problem(
        problem.code,
        problem.message,
        problem.remedy,
        problem.params,
        problem.severity,
        column="DIEN_BIEN_LS",
        table="XML5",
        at=len(row.tables["XML5"]),
        value=problem.value,
    )
