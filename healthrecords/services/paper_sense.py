"""What a paper cannot truly say of days, weights and numbers of children, beside its visit."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Visit
from healthrecords.models.documents import DocumentKind
from healthrecords.services.appointments import days_named

# Not what the law fixes, but beyond what happens: such a value is a slip of the pen.
LIGHTEST_CHILD, HEAVIEST_CHILD = 200, 8000  # grams
MOST_AT_ONCE, MOST_BIRTHS, MOST_ALIVE = 9, 25, 30
# Who gave birth at home comes for the paper later.
PAPER_AFTER_BIRTH = timedelta(days=60)
Found = tuple[str, Any, str, dict[str, Any]]  # field, message, code, parameters


def senseless(
    kind: str, content: Mapping[str, Any], *, visit: Visit, on: date, sees_sensitive: bool
) -> Iterator[Found]:
    """Yield what cannot be, at its field, as far as it may be told to whoever issues the paper."""
    yield from _leave(content, visit)
    if kind == DocumentKind.PREGNANCY:
        yield from _rest_in_pregnancy(content, visit)
    if kind == DocumentKind.REVISIT:
        yield from _revisit(content, visit, sees_sensitive=sees_sensitive)
    elif kind == DocumentKind.BIRTH:
        yield from _birth(content, visit, on)
        yield from _mother(content, on)
        yield from _children(content)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _first_day(visit: Visit) -> date:
    return timezone.localdate(visit.started_at)


def _last_day(visit: Visit, on: date) -> date:
    """The day a visit ended; today while it goes on."""
    is_going_on = visit.status == Visit.Status.IN_PROGRESS or visit.ended_at is None
    return on if is_going_on else timezone.localdate(visit.ended_at)


def _leave(content: Mapping[str, Any], visit: Visit) -> Iterator[Found]:
    """Leave is granted from the visit on, whose findings are its ground."""
    first, began = content.get("rest_from"), _first_day(visit)
    if isinstance(first, date) and first < began:
        message = _("Days off from %(day)s begin before the visit of %(began)s; check the day.")
        yield "rest_from", message, "rest_before_visit", {"day": _day(first), "began": _day(began)}


def _rest_in_pregnancy(content: Mapping[str, Any], visit: Visit) -> Iterator[Found]:
    """Rest begins on the day of the examination (QĐ 4750/QĐ-BYT, table 10, field 7)."""
    first, began = content.get("rest_from"), _first_day(visit)
    if isinstance(first, date) and first > began:
        message = _("Rest in pregnancy begins on the day of the visit, %(began)s; write that day.")
        yield "rest_from", message, "rest_after_visit", {"began": _day(began)}


def _revisit(content: Mapping[str, Any], visit: Visit, *, sees_sensitive: bool) -> Iterator[Found]:
    on, ended = content.get("on"), _last_day(visit, _first_day(visit))
    if isinstance(on, date) and on < ended:
        message = _("The re-visit on %(day)s comes before this visit is over (%(ended)s).")
        yield "on", message, "revisit_before", {"day": _day(on), "ended": _day(ended)}
    named = days_named(visit, sees_sensitive=sees_sensitive)
    if isinstance(on, date) and named and on not in named:
        message = _(
            "This visit, or a slip of it, names %(named)s as the day to come again, not %(day)s."
            " Correct the visit or cancel that slip first."
        )
        yield "on", message, "revisit_differs", {"day": _day(on), "named": _day(min(named))}


def _born(content: Mapping[str, Any]) -> date | None:
    """Read the day of birth, which the form hands over as an ISO moment."""
    said = content.get("child_born_at")
    moment = said if isinstance(said, datetime) else parse_datetime(str(said or ""))
    if moment is None:
        return None
    return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()


def _birth(content: Mapping[str, Any], visit: Visit, on: date) -> Iterator[Found]:
    born = _born(content)
    if born is None:
        return
    earliest, latest = _first_day(visit) - PAPER_AFTER_BIRTH, _last_day(visit, on)
    said = {"day": _day(born), "earliest": _day(earliest), "latest": _day(latest)}
    if born > on:
        message = _("%(day)s is still to come; write when the child was born.")
        yield "child_born_at", message, "birth_in_future", {"day": _day(born)}
    elif not earliest <= born <= latest:
        message = _(
            "A birth on %(day)s does not belong to this visit: it lies between %(earliest)s and"
            " %(latest)s. Check the day, or issue the paper in the visit of the birth."
        )
        yield "child_born_at", message, "birth_far_from_visit", said
    weight = content.get("child_weight")
    if weight is not None and not LIGHTEST_CHILD <= int(weight) <= HEAVIEST_CHILD:
        message = _("%(weight)s grams is no weight of a newborn: write %(least)d to %(most)d.")
        params = {"weight": weight, "least": LIGHTEST_CHILD, "most": HEAVIEST_CHILD}
        yield "child_weight", message, "weight_impossible", params


def _mother(content: Mapping[str, Any], on: date) -> Iterator[Found]:
    mother, issued = content.get("mother_birth"), content.get("mother_number_on")
    born = _born(content)
    if isinstance(mother, date) and mother >= (born or on):
        message = _("The mother’s date of birth %(day)s is not before that of the child.")
        yield "mother_birth", message, "mother_born_after", {"day": _day(mother)}
    if isinstance(issued, date) and issued > on:
        message = _("%(day)s is still to come; write when the mother’s number was issued.")
        yield "mother_number_on", message, "issued_in_future", {"day": _day(issued)}


def _children(content: Mapping[str, Any]) -> Iterator[Found]:
    """A stillborn child is counted among those of this birth, and not among those alive."""
    bounds = {
        "children_now": (1, MOST_AT_ONCE),
        "birth_order": (1, MOST_BIRTHS),
        "children_alive": (0, MOST_ALIVE),
    }
    counts = {name: content.get(name) for name in bounds}
    for name, (least, most) in bounds.items():
        count = counts[name]
        if count is not None and not least <= int(count) <= most:
            message = _("%(count)s cannot be: write a number from %(least)d to %(most)d.")
            yield name, message, "count_impossible", {"count": count, "least": least, "most": most}
    now, order, alive = counts.values()
    if None not in counts.values() and order == 1 and alive > now:  # type: ignore[operator]
        message = _("At a first birth of %(now)s children %(alive)s cannot be alive; check both.")
        yield "children_alive", message, "more_alive_than_born", {"now": now, "alive": alive}
