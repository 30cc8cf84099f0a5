"""Who waits at a station today, who is with whom, who is done: one day of one place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from healthrecords.models import Diagnosis, QueueStep, Visit
from portal.codelists.lookup import codes_on
from portal.places.models import Organisation

MOST = 400
# What the tables of the queue say; a visit and its citizen have eighty columns more.
SHOWN = (
    *(
        "citizen",
        "facility",
        "status",
        "started_at",
        "ended_at",
        "reason",
        "priority",
        "sensitivity",
    ),
    *("entered_by__full_name", "entered_by__username"),
    *("finished_by__full_name", "finished_by__username"),
    *("citizen__name", "citizen__sex", "citizen__birth_date", "citizen__birth_precision"),
)
TOLD = ("visit", "number", "kind", "at", "ticket", "room", "note", "by__full_name", "by__username")
LAST = 99  # rank of somebody without a priority


@dataclass(frozen=True, slots=True)
class InQueue:
    """One visit of the day, where it stands, and since when."""

    visit: Any
    steps: Sequence[QueueStep]
    rank: int = LAST
    priority: str = ""

    @property
    def last(self) -> QueueStep | None:
        return self.steps[-1] if self.steps else None

    @property
    def seen(self) -> int:
        """Return the number of the last step, which the next one follows."""
        return self.last.number if self.last else 0

    @property
    def state(self) -> str:
        """Compute where the person is from the visit and the last step."""
        if self.visit.status == Visit.Status.FINISHED:
            return "done"
        if self.visit.status == Visit.Status.CANCELLED:
            return "left"
        return "with" if self.last and self.last.kind == QueueStep.Kind.TAKEN else "waiting"

    @property
    def since(self) -> datetime:
        """Return since when the person is where they are; somebody given back waits from arrival."""
        if self.state == "with" and self.last:
            return self.last.at
        moment: datetime = self.visit.started_at
        return self.visit.ended_at or moment if self.state in {"done", "left"} else moment

    @property
    def holder(self) -> Any:
        """Return whom the person is with, or who saw them last."""
        taken = [step for step in self.steps if step.kind == QueueStep.Kind.TAKEN]
        if self.state == "done":
            return self.visit.finished_by or self.visit.entered_by
        return taken[-1].by if taken and self.state == "with" else None

    @property
    def ticket(self) -> int | None:
        return next((step.ticket for step in self.steps if step.ticket), None)

    @property
    def room(self) -> str:
        return next((step.room for step in reversed(self.steps) if step.room), "")

    @property
    def note(self) -> str:
        return self.last.note if self.last else ""

    def minutes(self, at: datetime) -> int:
        return max(0, int((at - self.since).total_seconds() // 60))


@dataclass(slots=True)
class Day:
    """A day of a place by state: waiting in the order of their turn, the rest the latest first."""

    waiting: list[InQueue] = field(default_factory=list)
    within: list[InQueue] = field(default_factory=list)
    done: list[InQueue] = field(default_factory=list)
    left: list[InQueue] = field(default_factory=list)
    is_cut: bool = False

    @property
    def everybody(self) -> list[InQueue]:
        return [*self.within, *self.waiting, *self.done, *self.left]

    def mine(self, user: Any) -> list[InQueue]:
        """Return whom this user has called in."""
        return [row for row in self.within if row.holder == user]

    def done_by(self, user: Any) -> list[InQueue]:
        return [row for row in self.done if row.holder == user]

    def next_in(self, room: str = "") -> InQueue | None:
        """Return who is next: of one's own room and of none in particular where a room is named."""
        fitting = (row for row in self.waiting if not room or row.room in {"", room})
        return next(fitting, None)


def midnight(day: date) -> datetime:
    """Return when a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


def day_of(place: Organisation, on: date, *, sees_sensitive: bool) -> Day:
    """Return the queue of a place on a day, in as many queries for one person as for many."""
    steps: Any = QueueStep.objects.select_related("by").only(*TOLD).order_by("number")
    mains: Any = Diagnosis.objects.filter(rank=Diagnosis.Rank.MAIN).only("visit", "code", "title")
    rows: Any = (
        Visit.objects.filter(facility=place, started_at__gte=midnight(on))
        .exclude(status=Visit.Status.WITHDRAWN)
        .open_to(sees_sensitive=sees_sensitive)
        .select_related("citizen", "entered_by", "finished_by")
        .only(*SHOWN)
        .prefetch_related(
            Prefetch("queuestep_rows", queryset=steps, to_attr="steps"),
            Prefetch("diagnosis_rows", queryset=mains, to_attr="mains"),
        )
        .order_by("started_at", "id")
    )
    found = list(rows[: MOST + 1])
    ranks = {row.code: row for row in codes_on("visit_priorities", on)}
    day = Day(is_cut=len(found) > MOST)
    for visit in found[:MOST]:
        said = ranks.get(visit.priority)
        row = InQueue(
            visit,
            visit.steps,
            int(said.attributes.get("rank") or LAST) if said else LAST,
            said.title if said else visit.priority,
        )
        {"waiting": day.waiting, "with": day.within, "done": day.done, "left": day.left}[
            row.state
        ].append(row)
    day.waiting.sort(key=lambda row: (row.rank, row.visit.started_at, row.visit.pk))
    for finished in (day.done, day.left):
        finished.sort(key=lambda row: row.since, reverse=True)
    return day


def of_room(rows: Iterable[InQueue], room: str) -> list[InQueue]:
    """Return the rows of a room; those of no room in particular are everybody's."""
    return [row for row in rows if not room or row.room in {"", room}]
