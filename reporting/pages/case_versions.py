"""What did a case say when it was sent before, and what was changed since?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reporting.models import CaseNotification

# Fields of form 01 that a person tells, by their keys in what was sent.
FIELDS: Mapping[str, str] = {
    "doi_tuong": "subject",
    "benh": "disease",
    "noi_lv": "workplace",
    "tiem": "vaccinated",
    "so_lan": "doses",
    "cd": "certainty",
    "kp": "onset_on",
    "mau": "is_sampled",
    "loai_xn": "test",
    "kq": "finding",
    "dtri": "treatment",
    "vv": "admitted_on",
    "rv": "left_on",
    "kqc": "outcome",
    "dte": "exposure",
    "o_dich": "outbreak",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that the next version says otherwise."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """One sending of a case that another one took the place of."""

    number: int
    moment: datetime
    by: str
    changes: list[Change]


def versions_of(case: CaseNotification) -> list[Version]:
    """Return what was sent before what stands now, the newest first."""
    told = [*case.sent_before, case.sent]
    found = [
        Version(number, datetime.fromisoformat(one["gui_luc"]), one["dv"], _changes(one, after))
        for number, (one, after) in enumerate(pairwise(told), start=1)
    ]
    return found[::-1]


def _changes(one: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    return [
        Change(_label(name), _said(name, one.get(key)), _said(name, after.get(key)))
        for key, name in FIELDS.items()
        if one.get(key) != after.get(key)
    ]


def _label(name: str) -> str:
    field: Any = CaseNotification._meta.get_field(name)
    return capfirst(str(field.verbose_name))


def _said(name: str, value: Any) -> str:
    """Write a value as the form shows it."""
    field: Any = CaseNotification._meta.get_field(name)
    if value is None or value == "":
        return "–"
    if name == "disease":
        return str(value["ten"])
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name.endswith("_on"):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return str(dict(field.choices or ()).get(value, value))
