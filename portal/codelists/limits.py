"""Whom may a diagnosis be of, and may it be the main one: what its list says, and its category.

A full list of ICD-10 says it code by code (columns 24 to 29 of the list of TT 06/2026). What holds for
whole categories is a list of its own, and the code's own word stands above it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.codelists.icd import icd_code, in_range
from portal.codelists.lookup import code_on, codes_on, says_any

LIST, RULES = "icd10", "diagnosis_limits"
AGES = ("age_min_days", "age_max_days")
FLAGS = ("not_main", "not_main_claim")
LIMITING = ("sex", *AGES, *FLAGS)
UNREADABLE = _("“%(value)s” cannot be read as the limit “%(name)s”.")
OLDEST = 60_000  # days, beyond any life


def limits_by(
    rules: Iterable[Mapping[str, Any]], code: str, own: Mapping[str, Any]
) -> Mapping[str, str]:
    """Return a code's limits under rules already read: its own, and what its category adds."""
    plain = icd_code(code).replace(".", "")
    found = {name: str(own[name]) for name in LIMITING if own.get(name)}
    for rule in rules:
        first = str(rule.get("first", "")).replace(".", "")
        last = str(rule.get("last", "")).replace(".", "") or first
        if in_range(plain, first, last):
            for name in LIMITING:
                if rule.get(name):
                    found.setdefault(name, str(rule[name]))
    return found


def limits_of(code: str, own: Mapping[str, Any], *, on: date) -> Mapping[str, str]:
    """Return a code's limits on a day: its own, and what its category adds."""
    return limits_by((rule.attributes for rule in codes_on(RULES, on)), code, own)


def is_limited_by_list(code: str, *, on: date) -> bool:
    """Say whether the list of a day holds the limits of a code; one without any limit holds none."""
    return code_on(LIST, code, on) is not None and says_any(LIST, LIMITING, on)


def unreadable(key: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str, StrOrPromise]]:
    """Yield the limits of a code that no check could read: the column, what it says, what to write."""
    if key not in {LIST, RULES}:
        return
    for name in LIMITING:
        value = str(said.get(name, "") or "")
        if not value:
            continue
        if name == "sex" and value not in {"F", "M"}:
            yield name, value, _("Write F for women only, M for men only, or leave it empty.")
        elif name in FLAGS and value not in {"0", "1"}:
            yield name, value, _("Write 1 for yes, or leave it empty.")
        elif name in AGES and not (value.isascii() and value.isdigit() and int(value) <= OLDEST):
            yield name, value, _("Write a whole number of days of life, like 365.")
