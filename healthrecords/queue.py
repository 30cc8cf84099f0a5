"""Who waits at a station today, who is with whom, who is done: one day of one place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from healthrecords.models import Citizen, Diagnosis, QueueStep, Visit
from portal.codelists.lookup import Entry, codes_on
from portal.places.models import Organisation

MOST = 400
# Who registered in the evening is seen in the same night's duty. Who is open for longer was
# forgotten: the list of unfinished visits has them, and they are let in anew when they come.
OVER_MIDNIGHT = timedelta(hours=12)
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
    *("entered_by", "finished_by"),
    *("citizen__name", "citizen__sex", "citizen__birth_date", "citizen__birth_precision"),
)
TOLD = ("visit", "number", "kind", "at", "ticket", "room", "note", "by")
LAST = 99  # rank of somebody without a priority
STATES = ("with", "waiting", "done", "left")


def state_of(status: str, last_step: str) -> str:
    """Return where somebody is by the state of the visit and the kind of the last step."""
    if status == Visit.Status.FINISHED:
        return "done"
    if status == Visit.Status.CANCELLED:
        return "left"
    return "with" if last_step == QueueStep.Kind.TAKEN else "waiting"


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
        return state_of(self.visit.status, self.last.kind if self.last else "")

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

    def next_in(self, room: str = "") -> InQueue | None:
        """Return who is next: of one's own room and of none in particular where a room is named."""
        fitting = (row for row in self.waiting if not room or row.room in {"", room})
        return next(fitting, None)


def midnight(day: date) -> datetime:
    """Return when a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


def opened_since(at: datetime) -> datetime:
    """Return since when a visit that is still open belongs to the queue of a moment."""
    return min(midnight(timezone.localdate(at)), at - OVER_MIDNIGHT)


def around(at: datetime) -> tuple[datetime, datetime]:
    """Return between which moments an open visit shows that somebody arriving now is here already."""
    return opened_since(at), max(
        midnight(timezone.localdate(at) + timedelta(days=1)), at + OVER_MIDNIGHT
    )


def open_here(citizen: Citizen, place: Organisation, at: datetime) -> Any:
    """Return the open visits by which somebody who arrives at a moment is at a place already."""
    return Visit.objects.filter(
        citizen=citizen,
        facility=place,
        status=Visit.Status.IN_PROGRESS,
        started_at__range=around(at),
    ).order_by("-started_at", "-id")


@dataclass(frozen=True, slots=True)
class Outline:
    """Who is where on a day, in the order of the lists: visits without anybody's name.

    ``seen_by`` tells of each visit that is done who finished it, ``priorities`` who goes first.
    """

    visits: Mapping[str, Sequence[UUID]]
    priorities: Mapping[str, Entry]
    seen_by: Mapping[UUID, Any]
    is_cut: bool

    @property
    def numbers(self) -> dict[str, int]:
        """Count a day by state."""
        return {state: len(visits) for state, visits in self.visits.items()}

    @property
    def in_turn(self) -> list[UUID]:
        """Return everybody, who is being seen first."""
        return [visit for state in STATES for visit in self.visits[state]]

    def done_by(self, user: Any) -> list[UUID]:
        """Return whom this user has seen, the latest first."""
        return [visit for visit in self.visits["done"] if self.seen_by[visit] == user.pk]


def outline_of(
    place: Organisation, on: date, *, sees_sensitive: bool, at: datetime | None = None
) -> Outline:
    """Tell who is where on a day of a place; one query, a few columns."""
    steps = QueueStep.objects.filter(visit=OuterRef("pk")).order_by("-number")
    rows = _visits(place, on, at, sees_sensitive=sees_sensitive).values_list(
        *("pk", "status", "priority", "started_at", "ended_at"),
        Coalesce("finished_by", "entered_by"),
        Subquery(steps.values("kind")[:1]),
    )
    found = list(rows[: MOST + 1])
    priorities = _priorities_on(on)
    by_state: dict[str, list[tuple[Any, UUID]]] = {state: [] for state in STATES}
    seen_by = {}
    for key, status, priority, started, ended, holder, step in found[:MOST]:
        state = state_of(status, step or "")
        turn = (_rank(priorities.get(priority)), started, key)
        ago = -(ended or started).timestamp()
        by_state[state].append(({"with": started, "waiting": turn}.get(state, ago), key))
        if state == "done":
            seen_by[key] = holder
    visits = {state: [key for _turn, key in sorted(turns)] for state, turns in by_state.items()}
    return Outline(visits, priorities, seen_by, len(found) > MOST)


def _visits(place: Organisation, on: date, at: datetime | None, *, sees_sensitive: bool) -> Any:
    """Return the visits of a day, and who came on its eve and is not finished at a moment of it."""
    begin = midnight(on)
    rows: Any = Visit.objects.filter(facility=place, started_at__gte=opened_since(at or begin))
    rows = rows.filter(Q(started_at__gte=begin) | Q(status=Visit.Status.IN_PROGRESS))
    rows = rows.exclude(status=Visit.Status.WITHDRAWN).open_to(sees_sensitive=sees_sensitive)
    return rows.order_by("started_at", "id")


def day_of(
    place: Organisation,
    on: date,
    *,
    sees_sensitive: bool,
    only: Sequence[UUID] | None = None,
    at: datetime | None = None,
    priorities: Mapping[str, Entry] | None = None,
) -> Day:
    """Return the queue of a place on a day, or some of it, in as many queries for one as for many.

    ``at`` is the moment of that day it is read at, its beginning if none is told; ``priorities``
    are those of the day where they were read before.
    """
    steps: Any = QueueStep.objects.only(*TOLD).order_by("number")
    mains: Any = Diagnosis.objects.filter(rank=Diagnosis.Rank.MAIN).only("visit", "code", "title")
    rows: Any = (
        _visits(place, on, at, sees_sensitive=sees_sensitive)
        .select_related("citizen")
        .only(*SHOWN)
        .prefetch_related(
            Prefetch("queuestep_rows", queryset=steps, to_attr="steps"),
            Prefetch("diagnosis_rows", queryset=mains, to_attr="mains"),
        )
    )
    if only is not None:
        rows = rows.filter(pk__in=only)
    found = list(rows[: MOST + 1])
    _name_who_acted(found)
    known = _priorities_on(on) if priorities is None else priorities
    day = Day(is_cut=len(found) > MOST)
    for visit in found[:MOST]:
        said = known.get(visit.priority)
        row = InQueue(
            visit,
            visit.steps,
            _rank(said),
            said.title if said else visit.priority,
        )
        {"waiting": day.waiting, "with": day.within, "done": day.done, "left": day.left}[
            row.state
        ].append(row)
    day.waiting.sort(key=lambda row: (row.rank, row.visit.started_at, row.visit.pk))
    for finished in (day.done, day.left):
        finished.sort(key=lambda row: row.since, reverse=True)
    return day


def _name_who_acted(visits: Sequence[Any]) -> None:
    """Give visits and their steps the people who acted: a few, each read once for a whole day."""
    acts = [
        *((step, "by") for visit in visits for step in visit.steps),
        *((visit, name) for visit in visits for name in ("entered_by", "finished_by")),
    ]
    keys = {getattr(row, f"{name}_id") for row, name in acts} - {None}
    people = get_user_model()._default_manager.only("full_name", "username").in_bulk(keys)
    for row, name in acts:
        if (key := getattr(row, f"{name}_id")) is not None:
            setattr(row, name, people[key])


def _priorities_on(on: date) -> Mapping[str, Entry]:
    return {row.code: row for row in codes_on("visit_priorities", on)}


def _rank(priority: Entry | None) -> int:
    return int(priority.attributes.get("rank") or LAST) if priority else LAST


def of_room(rows: Iterable[InQueue], room: str) -> list[InQueue]:
    """Return the rows of a room; those of no room in particular are everybody's."""
    return [row for row in rows if not room or row.room in {"", room}]
