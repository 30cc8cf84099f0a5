"""What happened to one citizen, newest first, a page at a time, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone

from healthrecords.models import CareAccess, Diagnosis, Medication, Visit, VitalSigns

PAGE = 20
MOST_NOTED = 8
MEASURED_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Page:
    """Some visits, and the key of the next page where there are older ones."""

    visits: Sequence[Any]
    older: str = ""

    @property
    def years(self) -> list[tuple[str, list[Any]]]:
        """Return the visits by year."""
        found: dict[str, list[Any]] = {}
        for visit in self.visits:
            found.setdefault(f"{timezone.localdate(visit.started_at):%Y}", []).append(visit)
        return list(found.items())

    def diagnoses(self) -> list["Noted"]:
        """Return what these visits diagnosed, each once, with its last day and how often."""
        found: dict[str, Noted] = {}
        for visit in self.visits:
            for row in visit.diagnoses:
                noted = found.setdefault(
                    row["code"],
                    Noted(row["code"], row["title"], timezone.localdate(visit.started_at)),
                )
                noted.times += 1
        return list(found.values())[:MOST_NOTED]

    def medicines_in_use(self, on: date) -> list["InUse"]:
        """Return the medicines whose days are not over, each by its latest visit."""
        found: dict[str, InUse] = {}
        for visit in self.visits:
            begun = timezone.localdate(visit.started_at)
            for row in visit.medicines:
                left = (begun - on).days + (row["days"] or 0)
                if left > 0:
                    found.setdefault(row["name"], InUse(row["name"], row["instruction"], left))
        return list(found.values())[:MOST_NOTED]


@dataclass(slots=True)
class Noted:
    """A diagnosis that visits noted."""

    code: str
    title: str
    last_on: date
    times: int = 0


@dataclass(frozen=True, slots=True)
class InUse:
    """A medicine that should still be taken."""

    name: str
    instruction: str
    days_left: int


def timeline(access: CareAccess, *, sees_sensitive: bool, before: str = "") -> Page:
    """Return a page of a citizen's visits from every facility, with diagnoses and medicines."""
    rows = (
        Visit.objects.of(access)
        .open_to(sees_sensitive=sees_sensitive)
        .exclude(status=Visit.Status.WITHDRAWN)
        .select_related("facility", "entered_by")
        .annotate(
            diagnoses=ArraySubquery(
                # "main" stands before "other" and "traditional" by its name.
                Diagnosis.objects.filter(visit=OuterRef("pk"))
                .order_by("rank", "position")
                .values(json=JSONObject(code="code", title="title", rank="rank"))
            ),
            medicines=ArraySubquery(
                Medication.objects.filter(visit=OuterRef("pk"))
                .order_by("position")
                .values(json=JSONObject(name="name", days="days", instruction="instruction"))
            ),
        )
        .order_by("-started_at", "-id")
    )
    if key := _read_key(before):
        moment, pk = key
        rows = rows.filter(Q(started_at__lt=moment) | Q(started_at=moment, pk__lt=pk))
    found = list(rows[: PAGE + 1])
    older = key_of(found[PAGE - 1]) if len(found) > PAGE else ""
    return Page(found[:PAGE], older)


def key_of(visit: Visit) -> str:
    """Return where a page ends: the next one begins after it."""
    return f"{visit.started_at.timestamp():.6f}_{visit.pk}"


def _read_key(text: str) -> tuple[datetime, UUID] | None:
    moment, _mark, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), tz=timezone.get_default_timezone()), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None


def measured(access: CareAccess, *, sees_sensitive: bool) -> list[VitalSigns]:
    """Return the last measurements, newest first."""
    rows = VitalSigns.objects.of(access).open_to(sees_sensitive=sees_sensitive)
    rows = rows.exclude(visit__status=Visit.Status.WITHDRAWN).select_related("visit")
    return list(rows.order_by("-visit__started_at", "-id")[:MEASURED_AT_MOST])
