"""What matters of a record at a glance: diagnoses noted, medicines in use, last measurements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import JSONObject, RowNumber, TruncDate
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from healthrecords.glance import Asking, fact
from healthrecords.models import Diagnosis, Medication, MedicineStop, Visit, VitalSigns
from healthrecords.models.stopping import MedicineKey, stop_of_medicine
from healthrecords.services.hushing import Hush

MOST_NOTED = 8
MEASURED_AT_MOST = 24
LONGEST_COURSE = timedelta(days=366)
RUN_OUT_FOR = 30  # days for which a medicine that ran out is still pointed out
MEASURED = [
    field
    for field in VitalSigns._meta.concrete_fields
    if not field.is_relation and field.name not in {"id", "sensitivity"}
]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a list shows first, and how many more there are: nothing is left out unsaid."""

    rows: Sequence[Any]
    more: int = 0

    @classmethod
    def of(cls, rows: Sequence[Any], *, least: int = 0, whole: bool = False) -> Self:
        """Show the first of a list, the first ``least`` in any case, all where the whole is asked for."""
        shown = len(rows) if whole else max(least, MOST_NOTED)
        return cls(rows[:shown], max(0, len(rows) - shown))


@dataclass(frozen=True, slots=True)
class Noted:
    """A diagnosis that visits noted."""

    code: str
    title: str
    first_on: date
    last_on: date
    times: int


@dataclass(frozen=True, slots=True)
class InUse:
    """A medicine that should still be taken, or that has just run out."""

    name: str
    instruction: str
    days_left: int
    until: date
    place: str
    from_file: bool
    begun: date
    stop: "Stop | None" = None

    @property
    def has_run_out(self) -> bool:
        return self.days_left <= 0

    @property
    def is_over(self) -> bool:
        """Whether it is not taken any more: its days are over, or it was stopped."""
        return self.has_run_out or self.stop is not None

    @property
    def over_since(self) -> date:
        return self.stop.on if self.stop else self.until


@dataclass(frozen=True, slots=True)
class Stop:
    """That a medicine was stopped: since when, why, who noted it."""

    on: date
    reason: str
    by: str
    place: str


def _parts(asking: Asking, model: Any) -> Any:
    return asking.rows(model).exclude(visit__status=Visit.Status.WITHDRAWN).order_by()


@fact("diagnoses")
def _diagnoses(asking: Asking) -> Any:
    """Return what visits diagnosed, each once, the latest first."""
    grouped = (
        _parts(asking, Diagnosis)
        .values("code")
        .annotate(
            last=Max("visit__started_at"),
            said=JSONObject(
                code="code",
                title=Max("title"),
                first=Min("visit__started_at"),
                last=Max("visit__started_at"),
                times=Count("pk"),
            ),
        )
    )
    return ArraySubquery(grouped.order_by("-last", "code").values("said"))


@fact("medicines")
def _medicines(asking: Asking) -> Any:
    """Return each medicine of which the days last or ran out lately: as it is taken, else as it was."""
    stops = stop_of_medicine(sees_sensitive=asking.sees_sensitive)
    begun = TruncDate("visit__started_at")
    last = ExpressionWrapper(begun + F("days") - 1, DateField())  # the first day counts
    of_a_medicine = Window(
        RowNumber(),
        partition_by=MedicineKey(F("name"), F("strength")),
        order_by=["is_over", "-visit__started_at", "position"],
    )
    rows = (
        _parts(asking, Medication)
        .filter(days__gt=0, visit__started_at__gte=timezone.now() - LONGEST_COURSE)
        .alias(last=last)
        .filter(last__gte=asking.on - timedelta(days=RUN_OUT_FOR))
        .alias(is_over=Case(When(Q(last__lt=asking.on) | Exists(stops), then=Value(1)), default=0))
        .alias(place_of_row=of_a_medicine)
        .filter(place_of_row=1)
    )
    stop = JSONObject(
        on="stopped_on", reason="reason", by="noted_by__full_name", place="noted_where__name"
    )
    told = JSONObject(
        name="name",
        instruction="instruction",
        days="days",
        at="visit__started_at",
        place="facility__name",
        origin="visit__origin",
        stop=Subquery(stops.values(said=stop)[:1]),
        sees_sensitive=Value(asking.sees_sensitive),
    )
    return ArraySubquery(rows.values(said=told))


@fact("vitals")
def _vitals(asking: Asking) -> Any:
    names = {field.attname: field.attname for field in MEASURED}
    told = JSONObject(at="visit__started_at", **names)
    ordered = _parts(asking, VitalSigns).order_by("-visit__started_at", "-id").values(said=told)
    return ArraySubquery(ordered[:MEASURED_AT_MOST])


def _day(text: str) -> date:
    return timezone.localdate(_moment(text))


def _moment(text: str) -> datetime:
    found = parse_datetime(text)
    assert found is not None, text  # noqa: S101  (the database wrote it)
    return found


def diagnoses_noted(facts: Mapping[str, Sequence[Any]]) -> list[Noted]:
    """Read the diagnoses of a record."""
    return [
        Noted(row["code"], row["title"], _day(row["first"]), _day(row["last"]), row["times"])
        for row in facts["diagnoses"]
    ]


def medicines_in_use(facts: Mapping[str, Sequence[Any]], on: date) -> list[InUse]:
    """Return the medicines that are taken, then those that ran out or were stopped lately."""
    found = _in_use(facts["medicines"], on)
    kept = [m for m in found if not m.is_over or (on - m.over_since).days <= RUN_OUT_FOR]
    return sorted(kept, key=lambda m: (m.is_over, m.days_left, m.name))


def _in_use(rows: Iterable[Any], on: date) -> Iterable[InUse]:
    for row in rows:
        begun = _day(row["at"])
        until = begun + timedelta(days=row["days"] - 1)  # the first day counts
        yield InUse(
            name=row["name"],
            instruction=row["instruction"],
            days_left=(until - on).days + 1,
            until=until,
            place=row["place"],
            from_file=row["origin"] == Visit.Origin.FILE,
            begun=begun,
            stop=_stop(row["stop"], sees_sensitive=row["sees_sensitive"]),
        )


def _stop(said: Mapping[str, str] | None, *, sees_sensitive: bool) -> Stop | None:
    if not said:
        return None
    hush = Hush(sees_sensitive=sees_sensitive)
    told = hush.values(MedicineStop, said)
    place = hush.place(told["place"])
    return Stop(date.fromisoformat(told["on"]), told["reason"], told["by"], place)


def measured(facts: Mapping[str, Sequence[Any]]) -> list[VitalSigns]:
    """Return the last measurements, newest first, as rows that no save belongs to."""
    return [_measured(row) for row in facts["vitals"]]


def _measured(row: Mapping[str, Any]) -> VitalSigns:
    values = {field.attname: field.to_python(row[field.attname]) for field in MEASURED}
    return VitalSigns(visit=Visit(started_at=_moment(row["at"])), **values)
