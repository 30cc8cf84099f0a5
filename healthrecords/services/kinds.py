"""What each of the sixteen kinds of visit asks for, and how its days of treatment are counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit
from healthrecords.services.entries import VisitEntry
from portal.codelists.lookup import code_on

LIST = "visit_kinds"
CLOCK_ASTRAY = timedelta(minutes=10)
Found = Iterator[tuple[str, ValidationError]]
MISSING = {
    "held_at": _("Where was this visit? Write the village, house or site."),
    "department": _("Which department? Choose from the list."),
    "admitted_at": _("When was the person admitted? Write day and hour."),
    "ended_at": _("When did the stay end? Write day and hour, or choose “Later”."),
    "medicines": _("No medicine is written, and this kind of visit hands some out."),
}


@dataclass(frozen=True, slots=True)
class KindRules:
    """What the list of kinds says of one of them."""

    asks: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    days_rule: str = ""
    most_hours: int | None = None

    @classmethod
    def on(cls, kind: str, on: date) -> "KindRules":
        row = code_on(LIST, kind, on)
        said = row.attributes if row else {}
        hours = str(said.get("most_hours", "") or "")
        return cls(
            asks=_several(said.get("asks")),
            needs=_several(said.get("needs")),
            days_rule=str(said.get("days_rule", "") or ""),
            most_hours=int(hours) if hours else None,
        )


def end_of(visit: Visit | None, entry: VisitEntry, at: datetime) -> datetime | None:
    """Return when a visit ended: as written, the death, as stored, now on its own day, else its start.

    Where a visit is no stay its stored end is the moment of saving, and stands for that day alone.
    """
    if not entry.is_finished:
        return entry.ended_at
    if entry.ended_at is not None:
        return entry.ended_at
    if entry.died_at is not None and entry.died_at >= entry.started_at:
        return entry.died_at
    on = timezone.localdate(entry.started_at)
    stored = visit.ended_at if visit else None
    if (
        stored
        and timezone.localdate(stored) != on
        and "stay" not in KindRules.on(entry.kind, on).asks
    ):
        stored = None
    known = stored or (at if timezone.localdate(at) == on else entry.started_at)
    latest = [known, entry.started_at, *([entry.admitted_at] if entry.admitted_at else [])]
    return max(latest)


def list_day(kind: str, *, started_at: datetime, ended_at: datetime | None, at: datetime) -> date:
    """Return the day whose lists hold for a visit: the day it ended, today while a stay lasts.

    Any other visit ends on the day it began. The end picks the version of every list (QĐ 3176).
    """
    today = timezone.localdate(at)
    if ended_at is None and "stay" in KindRules.on(kind, today).asks:
        return max(today, timezone.localdate(started_at))
    return timezone.localdate(ended_at or started_at)


def list_day_of(visit: Visit, at: datetime) -> date:
    """Return the day whose lists hold for a stored visit."""
    return list_day(visit.kind, started_at=visit.started_at, ended_at=visit.ended_at, at=at)


def _several(text: object) -> frozenset[str]:
    return frozenset(part for part in str(text or "").split(";") if part)


def check_kind(entry: VisitEntry, rules: KindRules, *, at: datetime) -> Found:
    """Yield what the kind asks for and the visit lacks, and periods that cannot be."""
    if entry.is_finished:
        for need in sorted(rules.needs):
            if not getattr(entry, need):
                where = "medicines-0-name" if need == "medicines" else need
                yield where, ValidationError(MISSING[need], code=f"{need}_missing")
        if "ended_at" not in rules.needs and _hides_its_end(entry, rules, at):
            yield "ended_at", ValidationError(MISSING["ended_at"], code="ended_at_missing")
    yield from _check_period(entry, rules, at)


def _hides_its_end(entry: VisitEntry, rules: KindRules, at: datetime) -> bool:
    """Say whether nobody can tell when a stay ended whose days are counted from its end.

    One that began today ends now. SO_NGAY_DTRI of kinds 02 and 06 is NGAY_RA − NGAY_VAO + 1
    (QĐ 4750/QĐ-BYT, table 1).
    """
    is_counted = "stay" in rules.asks and rules.days_rule == "period"
    began_before = timezone.localdate(entry.started_at) < timezone.localdate(at)
    return is_counted and began_before and entry.ended_at is None and entry.died_at is None


def _check_period(entry: VisitEntry, rules: KindRules, at: datetime) -> Found:
    if entry.ended_at is not None:
        if entry.ended_at < entry.started_at:
            yield (
                "ended_at",
                ValidationError(
                    _("The visit ends before it begins; check both times."), code="visit_reversed"
                ),
            )
        elif entry.ended_at > at + CLOCK_ASTRAY:
            moment = f"{timezone.localtime(entry.ended_at):%d/%m/%Y %H:%M}"
            yield (
                "ended_at",
                ValidationError(
                    _("%(moment)s is still to come; write the end when it has come."),
                    code="end_in_future",
                    params={"moment": moment},
                ),
            )
        elif rules.most_hours and entry.ended_at - entry.started_at > timedelta(
            hours=rules.most_hours
        ):
            yield (
                "ended_at",
                ValidationError(
                    _("This kind of visit lasts at most %(hours)d hours; choose another kind."),
                    code="stay_too_long",
                    params={"hours": rules.most_hours},
                ),
            )
    if entry.admitted_at is not None and not (
        entry.started_at <= entry.admitted_at <= (entry.ended_at or entry.admitted_at)
    ):
        yield (
            "admitted_at",
            ValidationError(
                _("The admission must lie between arrival and end; check the three times."),
                code="admission_outside",
            ),
        )


def care_days_of(entry: VisitEntry, rules: KindRules, ended_at: datetime | None) -> int | None:
    """Count the days of treatment as the insurance standard does (SO_NGAY_DTRI of QĐ 4750).

    None where the rule asks for something that is not known yet.
    """
    if rules.days_rule == "none":
        return 0
    if rules.days_rule == "period":
        if ended_at is None:
            return None
        return (timezone.localdate(ended_at) - timezone.localdate(entry.started_at)).days + 1
    if rules.days_rule == "medicines":
        return max((medicine.days or 0 for medicine in entry.medicines), default=0)
    return entry.care_days
