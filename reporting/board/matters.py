"""Which matters of places are told on a dashboard, who reads them, and how they are added up?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.limits import limits_on
from reporting.models import ArrivalDay

# Organisations that are expected to see people every week.
TREATING = ("station", "hospital", "centre", "clinic")
BODIES = frozenset({Organisation.Kind.MINISTRY, Organisation.Kind.DEPARTMENT})


def quiet_before(on: date) -> date | None:
    """Return the day on or after which a place that is not quiet had a visit; None: none is called so."""
    return limits_on(on).since("quiet.after")


def quiet_said(on: date) -> str:
    """Say from when on a place is quiet, and who says so."""
    limits = limits_on(on)
    days = limits.days("quiet.after")
    if days is None:
        return gettext("no term is set after which a place is quiet")
    source = limits.by_code["quiet.after"].attributes.get("source", "")
    said = {"days": days, "source": source}
    return gettext("quiet: no visit for more than %(days)s days (%(source)s)") % said


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing places are asked about; its name is that of a figure and of a column.

    A matter with a condition counts places, the others add a column of their standings up.
    """

    name: str
    slug: str
    title: StrOrPromise
    word: StrOrPromise
    capability: str
    kind: str = ""
    icon: str = ""
    has_protected: bool = False

    @property
    def section(self) -> str:
        """Return the part of a place's page that shows its rows."""
        return SECTIONS[self.capability]

    def amount(self, on: date, *, sees_sensitive: bool) -> Any:
        """Return how much of it one place has."""
        condition = _conditions(on, sees_sensitive=sees_sensitive).get(self.name)
        if condition is not None:
            return Case(When(condition, then=1), default=0, output_field=IntegerField())
        if self.has_protected and not sees_sensitive:
            return F(self.name) - F(f"{self.name}_protected")
        return F(self.name)


def known_days() -> Any:
    """Return the days on which somebody came to the place of a standing, protected visits left out."""
    return ArrivalDay.objects.filter(facility=OuterRef("place"), visits__gt=F("protected"))


def is_quiet(on: date, *, sees_sensitive: bool) -> Q:
    """Return the condition that a place saw nobody for days, as far as a reader may know."""
    treats, day = Q(place__kind__in=TREATING), quiet_before(on)
    if day is None:
        return Q(pk__in=[])
    if not sees_sensitive:
        return treats & ~Q(Exists(known_days().filter(day__gte=day)))
    return treats & (Q(last_visit_on=None) | Q(last_visit_on__lt=day))


def last_visit(*, sees_sensitive: bool) -> Any:
    """Return the day of the last visit to the place of a standing that a reader may know of."""
    if sees_sensitive:
        return F("last_visit_on")
    return Subquery(known_days().order_by("-day").values("day")[:1])


def _conditions(on: date, *, sees_sensitive: bool) -> Mapping[str, Q]:
    """Return the matters that count places, each with what a place must be."""
    cares = ~Q(place__kind__in=BODIES)
    return {
        "quiet": is_quiet(on, sees_sensitive=sees_sensitive),
        "better": cares & Q(quality__gt=F("quality_before")),
        "worse": cares & Q(quality__lt=F("quality_before")),
    }


SECTIONS = {
    "view_reports": "bao-cao",
    "view_facilities": "giay-phep",
    "view_supplies": "vat-tu",
    "view_figures": "so-lieu",
    "watch_epidemics": "ca-benh",
}
REPORTS, CASES, FIGURES = "view_reports", "watch_epidemics", "view_figures"
MATTERS = (
    Matter("reports_due", "chua-gui", _("Reports not sent"), _("not sent"), REPORTS),
    Matter("reports_late", "tre", _("Reports overdue"), _("overdue"), REPORTS, "bad", "warn"),
    Matter(
        "reports_returned", "tra-lai", _("Reports returned"), _("returned"), REPORTS, "warn", "swap"
    ),
    Matter(
        "cases_waiting",
        "ca-benh",
        _("Cases to report"),
        _("to report"),
        CASES,
        has_protected=True,
    ),
    Matter(
        "cases_late",
        "ca-benh-tre",
        _("Cases past their clock"),
        _("past their clock"),
        CASES,
        "bad",
        "warn",
        has_protected=True,
    ),
    Matter(
        "licenses_due",
        "giay-phep",
        _("Operating licences that end"),
        _("licences end"),
        "view_facilities",
    ),
    Matter(
        "licenses_late",
        "giay-phep-het",
        _("Operating licences that ended"),
        _("ended"),
        "view_facilities",
        "bad",
        "warn",
    ),
    Matter("equipment_due", "thiet-bi", _("Devices due"), _("devices due"), "view_supplies"),
    Matter(
        "equipment_late",
        "thiet-bi-tre",
        _("Devices overdue"),
        _("overdue"),
        "view_supplies",
        "bad",
        "warn",
    ),
    Matter("quiet", "im-lang", _("Quiet places"), _("quiet"), FIGURES, "warn", "clock"),
    Matter("better", "tot-hon", _("Score rose"), _("better"), FIGURES, "ok", "ok"),
    Matter("worse", "kem-hon", _("Score fell"), _("worse"), FIGURES, "bad", "warn"),
)
BY_NAME = {matter.name: matter for matter in MATTERS}
BY_SLUG = {matter.slug: matter for matter in MATTERS}


def matters_for(user: Any, body: Organisation) -> list[Matter]:
    """Return what a person may read of the places under a body."""
    return [matter for matter in MATTERS if body.pk in scope_of(user, matter.capability)]


def sees_all(user: Any) -> bool:
    """Say whether figures count rows of protected classes for a person: by the place of work alone."""
    place = user.place_of_work
    return place is not None and place.pk in scope_of(user, "see_sensitive")


def sums_of(rows: Any, matters: Iterable[Matter], on: date, *, sees_sensitive: bool) -> Any:
    """Add matters up over standings, in one query."""
    asked = {m.name: m.amount(on, sees_sensitive=sees_sensitive) for m in matters}
    if not asked:
        return {}
    # What is added up bears another name than its column.
    found = rows.annotate(**{f"of_{name}": one for name, one in asked.items()}).aggregate(
        **{name: Sum(f"of_{name}", default=Value(0)) for name in asked}
    )
    return {name: int(found[name] or 0) for name in asked}
