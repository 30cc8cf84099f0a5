"""What matters of a record at a glance: diagnoses noted, medicines in use, last measurements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, Min, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from healthrecords.glance import Asking, fact
from healthrecords.models import Diagnosis, Medication, Visit, VitalSigns
from healthrecords.models.stopping import medicine_key, stop_of_medicine

MOST_NOTED = 8
MEDICINES_AT_MOST = 60
MEASURED_AT_MOST = 24
LONGEST_COURSE = timedelta(days=366)
RUN_OUT_FOR = 30  # days for which a medicine that ran out is still pointed out
MEASURED = [
    field
    for field in VitalSigns._meta.concrete_fields
    if not field.is_relation and field.name not in {"id", "sensitivity"}
]


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
    strength: str = ""

    @property
    def key(self) -> str:
        """The medicine under whatever spelling."""
        return medicine_key(self.name, self.strength)

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
    return ArraySubquery(grouped.order_by("-last", "code").values("said")[:MOST_NOTED])


@fact("medicines")
def _medicines(asking: Asking) -> Any:
    rows = _parts(asking, Medication).filter(
        days__gt=0, visit__started_at__gte=timezone.now() - LONGEST_COURSE
    )
    stop = JSONObject(
        on="stopped_on", reason="reason", by="noted_by__full_name", place="noted_where__name"
    )
    stops = stop_of_medicine(sees_sensitive=asking.sees_sensitive).values(said=stop)[:1]
    told = JSONObject(
        name="name",
        strength="strength",
        instruction="instruction",
        days="days",
        at="visit__started_at",
        place="facility__name",
        origin="visit__origin",
        stop=Subquery(stops),
    )
    ordered = rows.order_by("-visit__started_at", "position").values(said=told)
    return ArraySubquery(ordered[:MEDICINES_AT_MOST])


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
    found: dict[str, InUse] = {}
    for medicine in _in_use(facts["medicines"], on):
        known = found.get(medicine.key)
        if known is None or (known.is_over and not medicine.is_over):
            found[medicine.key] = medicine
    kept = [m for m in found.values() if (on - m.over_since).days <= RUN_OUT_FOR]
    return sorted(kept, key=lambda m: (m.is_over, m.days_left, m.name))[:MOST_NOTED]


def _in_use(rows: Iterable[Any], on: date) -> Iterable[InUse]:
    for row in rows:
        begun = _day(row["at"])
        until = begun + timedelta(days=row["days"] - 1)  # the first day counts
        yield InUse(
            name=row["name"],
            strength=row["strength"],
            instruction=row["instruction"],
            days_left=(until - on).days + 1,
            until=until,
            place=row["place"],
            from_file=row["origin"] == Visit.Origin.FILE,
            begun=begun,
            stop=_stop(row["stop"]),
        )


def _stop(said: Mapping[str, str] | None) -> Stop | None:
    if not said:
        return None
    return Stop(date.fromisoformat(said["on"]), said["reason"], said["by"], said["place"])


def measured(facts: Mapping[str, Sequence[Any]]) -> list[VitalSigns]:
    """Return the last measurements, newest first, as rows that no save belongs to."""
    return [_measured(row) for row in facts["vitals"]]


def _measured(row: Mapping[str, Any]) -> VitalSigns:
    values = {field.attname: field.to_python(row[field.attname]) for field in MEASURED}
    return VitalSigns(visit=Visit(started_at=_moment(row["at"])), **values)
