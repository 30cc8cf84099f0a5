"""May this person have the diagnoses of a file's visit, and is the limit of each code known at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from healthrecords.imports.checks import last_day
from healthrecords.imports.record import number_of
from healthrecords.imports.rules import partial
from portal.codelists.icd import icd_code, icd_pair, icd_structure, is_form, names_disease
from portal.codelists.limits import LIMITING, RULES, limits_by
from portal.intake.codebook import ICD, CodeBook, Page
from portal.intake.problems import WARNING, Problem

MAIN, OTHERS = "MA_BENH_CHINH", "MA_BENH_KT"
OTHERS_AT_MOST = 12
DIAGNOSED_SEX = {"F": "2", "M": "1"}
TOLD_AT_MOST = 2_000
# Of the 2,048 categories of ICD-10 a list may leave some out; one with fewer is a part to choose from.
CATEGORIES_OF_WHOLE = 1_500


def parted(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take the pairs of ICD-10 in the cells of a row apart: E10.4†/G63.2* is a disease and its form.

    The disease (†) stays where it stood, its manifestation (*) becomes a further diagnosis
    (ICD-10, volume 2, 3.1.3).
    """
    main, others = raw.get(MAIN), raw.get(OTHERS)
    if not any(isinstance(text, str) and "*" in text for text in (main, others)):
        return raw
    forms: list[str] = []
    if isinstance(main, str) and (pair := icd_pair(main)):
        main, forms = pair[0], [pair[1]]
    told: list[str] = []
    for text in str(others or "").split(";"):
        pair = icd_pair(text)
        told += [code for code in pair if code != icd_code(str(main))] if pair else [text.strip()]
    known = {icd_code(code) for code in told}
    further = [*(code for code in forms if code not in known), *filter(None, told)]
    said = {MAIN: main, OTHERS: ";".join(further)}
    return {**raw, **{name: text for name, text in said.items() if name in raw or text}}


@dataclass(frozen=True, slots=True)
class Limited:
    """A code with its limits; ``is_held`` where the list of the day has those of the code itself.

    ``is_missing`` says that this list is the whole of ICD-10 and does not have the code.
    """

    code: str
    title: str
    limits: Mapping[str, str]
    is_held: bool
    is_missing: bool
    is_form: bool
    basis: str


@dataclass(slots=True)
class Diagnoses:
    """Checks the diagnoses of one batch; what codes may be is found out once for each."""

    book: CodeBook
    on: date
    _known: dict[Any, Limited] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def check(self, values: Mapping[str, Any]) -> Iterator[Problem]:
        """At most twelve further diagnoses; none that this person cannot have or that cannot be the main one."""
        others = values.get("MA_BENH_KT") or []
        if len(others) > OTHERS_AT_MOST:
            yield Problem(
                "too_many_diagnoses",
                _("There are %(count)d further diagnoses; at most %(most)d are taken."),
                _("Keep those that were treated at this visit."),
                {"count": len(others), "most": OTHERS_AT_MOST},
                column="MA_BENH_KT",
            )
        day = last_day(values, self.on)
        spans = self.book.span(ICD, day), self.book.span(RULES, day)
        main = values.get("MA_BENH_CHINH")
        has_disease = any(names_disease(code) for code in (main, *others) if code)
        for column, code in (("MA_BENH_CHINH", main), *(("MA_BENH_KT", other) for other in others)):
            if not code:
                continue
            key = (spans, code)
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._limited(code, day)
            yield from _unfit(column, known, values)
            if known.is_form and not has_disease:
                yield _without_disease(column, known)
            yield from self._not_judged(column, known)

    def _not_judged(self, column: str, known: Limited) -> Iterator[Problem]:
        """Say that a list does not have a code: a whole one at every cell, a part of one once."""
        if known.is_missing:
            yield _not_in_list(column, known)
        elif not known.is_held and known.code not in self._told and len(self._told) < TOLD_AT_MOST:
            self._told.add(known.code)
            yield _not_held(column, known)

    def _limited(self, code: str, day: date) -> Limited:
        page, rules = self.book.page(ICD, day), self.book.page(RULES, day)
        entry = page.get(code, day) if page is not None else None
        if entry is None and page is not None and len(code) > 3:
            above = page.get(code[:3], day)  # its words name what is no code of the list
        else:
            above = entry
        structure = icd_structure(code)
        held = [rule.attributes for rule in (rules.codes.values() if rules is not None else ())]
        return Limited(
            code,
            above.title if above is not None else structure.title_en if structure else "",
            limits_by(held, code, entry.attributes if entry is not None else {}),
            entry is not None and page is not None and _says_limits(page),
            entry is None and page is not None and _is_whole(page),
            is_form(code),
            page.legal_basis if page is not None else "",
        )


def _is_whole(page: Page) -> bool:
    """Say whether a list is the whole of ICD-10, not a part of it to choose from."""
    if "whole" not in page.memory:
        categories = {code[:3] for code in page.codes}
        page.memory["whole"] = len(categories) >= CATEGORIES_OF_WHOLE
    return bool(page.memory["whole"])


def _says_limits(page: Page) -> bool:
    """Say whether a list tells the limits of any of its codes."""
    if "limits" not in page.memory:
        page.memory["limits"] = any(
            code.attributes.get(name) for code in page.codes.values() for name in LIMITING
        )
    return bool(page.memory["limits"])


def _not_held(column: str, known: Limited) -> Problem:
    return Problem(
        "limits_not_held",
        _(
            "Limits of sex, age and main diagnosis were not checked for %(code)s: the list of ICD-10"
            " of that day does not hold those of this code. Said once in this file."
        ),
        _("Look at the code yourself; the ministry or department loads the full list of ICD-10."),
        {"code": known.code},
        WARNING,
        column=column,
        value=known.code,
        by_value=True,
    )


def _not_in_list(column: str, known: Limited) -> Problem:
    return Problem(
        "code_not_in_list",
        _("%(code)s is not in the list of ICD-10 of the day the visit ended (%(basis)s)."),
        _("Choose a code of that list; the one that is sent is kept meanwhile."),
        {"code": known.code, "basis": known.basis},
        WARNING,
        column=column,
        value=known.code,
        by_value=True,
    )


def _without_disease(column: str, known: Limited) -> Problem:
    return Problem(
        "form_without_disease",
        _("%(code)s* (%(title)s) is the form of a disease (†), but no disease stands beside it."),
        _("Give the disease itself (†) as the main diagnosis and this code (*) as a further one."),
        {"code": known.code, "title": known.title},
        WARNING,
        column=column,
        value=known.code,
        by_value=True,
    )


def _unfit(column: str, known: Limited, values: Mapping[str, Any]) -> Iterator[Problem]:
    if known.limits:
        yield from _unfit_sex(column, known, values.get("GIOI_TINH"))
        yield from _unfit_age(column, known, values)


def _unfit_sex(column: str, known: Limited, sex: Any) -> Iterator[Problem]:
    wanted = DIAGNOSED_SEX.get(known.limits.get("sex", ""))
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
            {"code": known.code, "title": known.title},
            column=column,
            value=known.code,
            by_value=True,
        )
    if column == "MA_BENH_CHINH" and known.limits.get("not_main") == "1":
        yield Problem(
            "code_not_main",
            _("The code %(code)s (%(title)s) is not used as the main diagnosis."),
            _("Give the disease itself as the main one and this code as a further one."),
            {"code": known.code, "title": known.title},
            WARNING,
            column=column,
            value=known.code,
            by_value=True,
        )


def _unfit_age(column: str, known: Limited, values: Mapping[str, Any]) -> Iterator[Problem]:
    """A code of a certain age fits who is of it; a birth known to the year is not judged by days."""
    low = number_of(known.limits.get("age_min_days"))
    high = number_of(known.limits.get("age_max_days"))
    born, arrived = values.get("NGAY_SINH"), values.get("NGAY_VAO")
    if (low is None and high is None) or not arrived or len(str(born or "")) != 10:
        return
    days = (date.fromisoformat(str(arrived)[:10]) - date.fromisoformat(str(born))).days
    if (low is not None and days < low) or (high is not None and days > high):
        yield Problem(
            "code_of_other_age",
            _("The code %(code)s (%(title)s) is not for this age (born %(born)s)."),
            _("Correct the date of birth or the code."),
            {"code": known.code, "title": known.title, "born": str(partial(str(born)))},
            WARNING,
            column=column,
            value=known.code,
        )
