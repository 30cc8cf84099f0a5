"""What is known of a person's history, and what was never asked: all topics in one query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from healthrecords.models import (
    Allergy,
    CareAccess,
    Citizen,
    FamilyIllness,
    Inquiry,
)
from healthrecords.models.facts import Fact, Source, shown_partial
from healthrecords.models.inquiry import Topic
from healthrecords.services.background import ENDING, MODEL_OF
from healthrecords.services.hushing import Hush
from portal.codelists.lookup import lists_held

SEVERE_FIRST = {"severe": 0, "moderate": 1, "mild": 2, "unknown": 3}
SOURCES, SEVERITIES = dict(Source.choices), dict(Allergy.Severity.choices)
RELATIONS = dict(FamilyIllness.Relation.choices)
BESIDE = ("note", "source", "status", "void_reason", "sensitivity")


@dataclass(frozen=True, slots=True)
class Shown:
    """One row as a page shows it."""

    id: str
    title: str
    code: str
    details: tuple[str, ...]
    since: str
    ended: str
    source: str
    note: str
    facility_id: str
    facility: str
    by: str
    at: datetime | None
    is_mistake: bool
    void_reason: str
    severity: str = ""
    stop_reason: str = ""
    stopped_by: str = ""

    @property
    def is_current(self) -> bool:
        return not self.ended and not self.is_mistake


@dataclass(frozen=True, slots=True)
class Part:
    """One topic: what is listed, and whether and when somebody was asked."""

    topic: str
    title: str
    rows: tuple[Shown, ...]
    answer: str
    asked_at: datetime | None = None
    asked_by: str = ""
    asked_where: str = ""

    @property
    def current(self) -> list[Shown]:
        """Return what holds now."""
        return [row for row in self.rows if row.is_current]

    @property
    def state(self) -> str:
        """Say "listed", "none" or "not_asked"; what is listed outweighs what was answered once."""
        if self.current:
            return "listed"
        if self.answer == Inquiry.Answer.NONE:
            return "none"
        return "listed" if any(not row.is_mistake for row in self.rows) else "not_asked"

    @property
    def asked_on(self) -> date | None:
        """Return the last day somebody was asked: by an answer, or by a row that was written."""
        moments = [row.at for row in self.rows if row.at and not row.is_mistake]
        moments += [self.asked_at] if self.asked_at else []
        return timezone.localdate(max(moments)) if moments else None

    @property
    def ends(self) -> bool:
        return self.topic in ENDING


@dataclass(frozen=True, slots=True)
class Background:
    """Everything asked of one person."""

    parts: Mapping[str, Part] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Part:
        """Templates read ``background.allergy``."""
        try:
            return self.parts[name]
        except KeyError:
            raise AttributeError(name) from None


@lists_held()
def background_of(access: CareAccess, *, sees_sensitive: bool) -> Background:
    """Return every topic with its rows from every facility, in one query."""
    asked = {
        f"{topic}_rows": ArraySubquery(_rows(topic, sees_sensitive=sees_sensitive))
        for topic in MODEL_OF
    }
    found: Any = (
        Citizen.objects.filter(pk=access.citizen_id)
        .values(**asked, inquiries=ArraySubquery(latest_inquiries()))
        .first()
    ) or {}
    hush = Hush(sees_sensitive=sees_sensitive)
    inquiries = [
        {**said, "place": hush.place(said["place"])} for said in found.get("inquiries") or ()
    ]
    return Background(
        {
            topic: _part(
                topic,
                hushed(topic, found.get(f"{topic}_rows"), sees_sensitive=sees_sensitive),
                inquiries,
            )
            for topic in MODEL_OF
        }
    )


def hushed(topic: str, rows: Any, *, sees_sensitive: bool) -> list[dict[str, Any]]:
    """Return rows of a topic with what stands beside their matter as a reader may be told it."""
    hush = Hush(sees_sensitive=sees_sensitive)
    told = [hush.values(MODEL_OF[topic], row) for row in rows or ()]
    return [
        {**row, "facility_name": hush.place(row["facility_name"])}
        if "facility_name" in row
        else row
        for row in told
    ]


def _rows(topic: str, *, sees_sensitive: bool) -> QuerySet[Any, Any]:
    model = MODEL_OF[topic]
    named = {str(f.name): str(f.name) for f in model._meta.concrete_fields if not f.is_relation}
    beside = {
        "facility_id": "facility_id",
        "facility_name": "facility__name",
        "by": "recorded_by__full_name",
    }
    if topic == Topic.MEDICINE:
        beside["stopped_by_name"] = "stopped_by__full_name"
    rows: QuerySet[Any, Any] = model.objects.filter(citizen=OuterRef("pk"))
    if not sees_sensitive:
        rows = rows.filter(sensitivity="")
    return rows.order_by("-recorded_at", "-id").values(json=JSONObject(**named, **beside))


def latest_inquiries() -> QuerySet[Any, Any]:
    """Return the latest answer of each topic of the outer citizen, for an array."""
    said = JSONObject(
        topic="topic",
        answer="answer",
        at="asked_at",
        by="asked_by__full_name",
        place="facility__name",
    )
    rows = Inquiry.objects.filter(citizen=OuterRef("pk")).order_by("topic", "-asked_at", "-id")
    return rows.distinct("topic").values(json=said)


def _part(topic: str, rows: Any, inquiries: Any) -> Part:
    said: dict[str, Any] = next((one for one in inquiries or () if one["topic"] == topic), {})
    shown = [_shown(topic, row) for row in rows or ()]
    shown.sort(key=lambda row: (row.is_mistake, bool(row.ended), SEVERE_FIRST.get(row.severity, 9)))
    return Part(
        topic=topic,
        title=str(Topic(topic).label),
        rows=tuple(shown),
        answer=said.get("answer", ""),
        asked_at=_moment(said.get("at")),
        asked_by=said.get("by") or "",
        asked_where=said.get("place") or "",
    )


def _shown(topic: str, row: Mapping[str, Any]) -> Shown:
    title, code, details = WRITTEN[topic](row)
    return Shown(
        id=row["id"],
        title=title,
        code=code,
        details=tuple(str(detail) for detail in details if detail),
        since=shown_partial(row.get("since", "")),
        ended=shown_partial(row.get("ended", "")),
        source=str(SOURCES.get(row["source"], "")),
        note=row["note"],
        facility_id=row["facility_id"],
        facility=row["facility_name"],
        by=row["by"] or "",
        at=_moment(row["recorded_at"]),
        is_mistake=row["status"] == Fact.Status.ENTERED_IN_ERROR,
        void_reason=row["void_reason"],
        severity=row.get("severity", ""),
        stop_reason=row.get("stop_reason", ""),
        stopped_by=row.get("stopped_by_name") or "",
    )


def _moment(text: Any) -> datetime | None:
    return parse_datetime(text) if text else None


Written = tuple[str, str, tuple[Any, ...]]


def _allergy(row: Mapping[str, Any]) -> Written:
    suspected = _("suspected") if row["certainty"] == Allergy.Certainty.SUSPECTED else ""
    # Severe ones carry a chip of their own.
    severity = SEVERITIES[row["severity"]] if row["severity"] in {"moderate", "mild"} else ""
    return row["substance"], "", (row["reaction"], severity, suspected)


def _problem(row: Mapping[str, Any]) -> Written:
    return row["title"], row["code"], ()


def _medicine(row: Mapping[str, Any]) -> Written:
    reason = _("for %(illness)s") % {"illness": row["reason_title"]} if row["reason_title"] else ""
    return row["name"], "", (row["dose"], reason)


def _immunization(row: Mapping[str, Any]) -> Written:
    number = _("dose %(number)d") % {"number": row["dose_number"]} if row["dose_number"] else ""
    lot = _("lot %(lot)s") % {"lot": row["lot"]} if row["lot"] else ""
    given = shown_partial(row["given"]) or _("day not known")
    return row["vaccine"], "", (number, given, lot, row["place"])


def _family(row: Mapping[str, Any]) -> Written:
    age = _("from the age of %(age)d") % {"age": row["age"]} if row["age"] is not None else ""
    died = _("died of it") if row["died_of_it"] else ""
    return row["title"], row["code"], (RELATIONS[row["relation"]], age, died)


WRITTEN: Mapping[str, Callable[[Mapping[str, Any]], Written]] = {
    Topic.ALLERGY: _allergy,
    Topic.PROBLEM: _problem,
    Topic.MEDICINE: _medicine,
    Topic.IMMUNIZATION: _immunization,
    Topic.FAMILY: _family,
}


def allergies_of_citizen() -> dict[str, Any]:
    """Return the annotations that bring allergies and the last answer along with a citizen."""
    rows = Allergy.objects.filter(
        citizen=OuterRef("pk"), status=Fact.Status.ACTIVE, ended=""
    ).order_by("-recorded_at", "-id")
    asked = Inquiry.objects.filter(citizen=OuterRef("pk"), topic=Topic.ALLERGY)
    return {
        "allergies": ArraySubquery(
            rows.values(
                json=JSONObject(
                    substance="substance",
                    reaction="reaction",
                    severity="severity",
                    certainty="certainty",
                    since="since",
                    sensitivity="sensitivity",
                )
            )
        ),
        "allergy_answers": ArraySubquery(
            asked.order_by("-asked_at", "-id").values(
                json=JSONObject(answer="answer", at="asked_at")
            )[:1]
        ),
    }


@dataclass(frozen=True, slots=True)
class Alert:
    """An allergy in the banner."""

    substance: str
    about: str
    is_severe: bool


@dataclass(frozen=True, slots=True)
class AllergyState:
    """What the banner says of allergies: those listed, severe first, or whether one asked."""

    alerts: tuple[Alert, ...] = ()
    asked_none_on: date | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.alerts) or self.asked_none_on is not None


@lists_held()
def allergy_state(citizen: Any, *, sees_sensitive: bool) -> AllergyState:
    """Return the state of a citizen found with ``allergies_of_citizen``, or read it."""
    if not hasattr(citizen, "allergies"):
        citizen = Citizen.objects.filter(pk=citizen.pk).annotate(**allergies_of_citizen()).get()
    rows = [row for row in citizen.allergies if sees_sensitive or not row["sensitivity"]]
    rows = hushed(Topic.ALLERGY, rows, sees_sensitive=sees_sensitive)
    rows.sort(key=lambda row: SEVERE_FIRST.get(row["severity"], 9))
    said = citizen.allergy_answers[0] if citizen.allergy_answers else {}
    moment = _moment(said["at"]) if said.get("answer") == Inquiry.Answer.NONE else None
    return AllergyState(
        alerts=tuple(_alert(row) for row in rows),
        asked_none_on=timezone.localdate(moment) if moment else None,
    )


def _alert(row: Mapping[str, Any]) -> Alert:
    parts = [row["reaction"], shown_partial(row["since"])]
    if row["severity"] in {"severe", "moderate"}:
        parts.insert(0, str(SEVERITIES[row["severity"]]))
    if row["certainty"] == Allergy.Certainty.SUSPECTED:
        parts.append(_("suspected"))
    about = ", ".join(part for part in parts if part)
    return Alert(_within(row["substance"]), about, is_severe=row["severity"] == "severe")


def _within(name: str) -> str:
    """Write a name as it stands within a sentence; abbreviations keep their capitals."""
    return name if name[1:2].isupper() else f"{name[:1].lower()}{name[1:]}"


def is_topic(text: str) -> bool:
    """Say whether a word of an address is a topic."""
    return text in MODEL_OF


def model_of(topic: str) -> type[Model]:
    """Return the table of a topic."""
    model: type[Model] = MODEL_OF[topic]
    return model
