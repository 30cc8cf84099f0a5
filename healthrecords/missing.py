"""What does a record lack, the worst first, each with the link that mends it?

A check registers itself; it reads what the page already knows and asks the database nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from healthrecords.glance import Asking, fact
from healthrecords.models import TwinCase, Visit, VitalSigns
from healthrecords.timeline import Page

Kind = Literal["bad", "warn", "mute"]
ICONS = {"bad": "bad", "warn": "clock", "mute": "none"}
WORST_FIRST = ("bad", "warn", "mute")
MEASURED_LATELY = timedelta(days=365)
ADULT = 18


@dataclass(frozen=True, slots=True)
class Known:
    """What the page knows of a record when it asks what is missing."""

    citizen: Any
    age: int
    page: Page
    measured: Sequence[VitalSigns]
    on: date
    facts: dict[str, Any]
    may_mend: bool = False
    may_enter: bool = False

    @property
    def mend_url(self) -> str:
        url = reverse("admin:healthrecords_citizen_mend", args=[self.citizen.pk])
        return url if self.may_mend else ""

    @property
    def visit_url(self) -> str:
        url = reverse("admin:healthrecords_visit_new", args=[self.citizen.pk])
        return url if self.may_enter else ""


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: what it is, more about it, and the deed that mends it."""

    kind: Kind
    what: StrOrPromise
    more: StrOrPromise = ""
    deed: StrOrPromise = ""
    url: str = ""

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


Check = Callable[[Known], Missing | None]
_checks: list[Check] = []


def register(check: Check) -> Check:
    """Let a check take part; it reads what is known and never the database."""
    if check not in _checks:
        _checks.append(check)
    return check


def missing(known: Known) -> list[Missing]:
    """Return what is missing, the worst first."""
    found = [answer for check in _checks if (answer := check(known)) is not None]
    return sorted(found, key=lambda one: WORST_FIRST.index(one.kind))


@register
def number_missing(known: Known) -> Missing | None:
    """Ask for the personal number, then for its verification."""
    held = [row for row in known.citizen.numbers if row["kind"] == "personal"]
    if not held:
        return Missing(
            "bad", _("Personal number"), _("none yet"), _("Scan the card"), known.mend_url
        )
    if not any(row["is_verified"] for row in held):
        return Missing(
            "warn",
            _("Personal number"),
            _("not verified yet"),
            _("Compare with the card"),
            known.mend_url,
        )
    return None


@register
def twin_open(known: Known) -> Missing | None:
    """Point at an open case of two records."""
    if not getattr(known.citizen, "twin_ground", ""):
        return None
    ground = TwinCase.Ground(known.citizen.twin_ground).label
    return Missing(
        "warn",
        _("May be recorded twice"),
        _("another record: %(ground)s") % {"ground": ground},
        _("Compare the two"),
        reverse("admin:healthrecords_citizen_twins", args=[known.citizen.pk]),
    )


@register
def commune_missing(known: Known) -> Missing | None:
    """Ask for the commune, by which a station knows its people."""
    if known.citizen.area is not None:
        return None
    return Missing("bad", _("Commune"), _("not known"), _("Write the address"), known.mend_url)


@fact("unfinished")
def _unfinished(asking: Asking) -> Any:
    """Return the visits that nobody finished, the latest first, whatever the timeline shows."""
    rows = asking.rows(Visit).filter(status=Visit.Status.IN_PROGRESS)
    told = JSONObject(pk="id", at="started_at", place="facility_id")
    return ArraySubquery(rows.order_by("-started_at", "-id").values(said=told))


@register
def visit_unfinished(known: Known) -> Missing | None:
    """Point at a visit of an earlier day that nobody finished."""
    for row in known.facts["unfinished"]:
        day = timezone.localdate(parse_datetime(row["at"]))
        if day < known.on:
            return Missing(
                "bad",
                _("Visit of %(day)s") % {"day": f"{day:%d/%m/%Y}"},
                _("not finished"),
                _("Open the visit"),
                reverse("admin:healthrecords_visit_change", args=[row["pk"]]),
            )
    return None


@register
def visits_unsigned(known: Known) -> Missing | None:
    """Count finished visits that were typed and nobody signed."""
    number = sum(
        c.number
        for c in known.page.counts
        if c.kind == "visit" and c.signed is False and not c.from_file
    )
    if not number:
        return None
    said = _("%(count)d visits are not signed") % {"count": number}
    return Missing("warn", said, "", _("Show them"), "?kind=visit&signed=no&origin=typed")


@register
def phone_missing(known: Known) -> Missing | None:
    """Ask for a phone."""
    if known.citizen.phone:
        return None
    return Missing("mute", _("Phone"), _("not asked"), _("Write the phone"), known.mend_url)


@register
def pressure_old(known: Known) -> Missing | None:
    """Adults are measured at least once a year: the free yearly check (NQ72-NQ/TW 2025)."""
    if known.age < ADULT or known.citizen.died_on:
        return None
    taken = [row for row in known.measured if row.systolic is not None]
    if not taken:
        return Missing(
            "mute", _("Blood pressure"), _("never measured"), _("Measure now"), known.visit_url
        )
    last = timezone.localdate(taken[0].visit.started_at)
    if known.on - last <= MEASURED_LATELY:
        return None
    said = _("last measured %(day)s") % {"day": f"{last:%d/%m/%Y}"}
    return Missing("warn", _("Blood pressure"), said, _("Measure now"), known.visit_url)


@register
def ethnic_group_missing(known: Known) -> Missing | None:
    """Ask for the ethnic group, which every report of a station splits by."""
    if known.citizen.ethnic_group:
        return None
    return Missing("mute", _("Ethnic group"), _("not asked"), _("Write it"), known.mend_url)
