"""The parts of home pages that tell how a place or a body stands: due, late, better, worse, over time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from facilities.communes import counts_within
from portal.dossiers.portal import counts_here
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.figures import Card, Course, Figure, Step, Strip
from reporting.board.addresses import places_url
from reporting.board.here import cards_here
from reporting.board.matters import BODIES, Matter, matters_for, sees_all, sums_of
from reporting.board.weeks import Month, Week, course_of, visits_url
from reporting.models import PlaceStanding

if TYPE_CHECKING:
    from django.http import HttpRequest

# Where the numbers of a sentence stand, until they are laid in as figures.
NOW, BEFORE = "\x01", "\x02"
# The cards of a body: what is due, and of it what is late.
GROUPS = (
    ("reports_due", ("reports_late", "reports_returned")),
    ("cases_waiting", ("cases_late",)),
    ("licenses_due", ("licenses_late",)),
    ("equipment_due", ("equipment_late",)),
    ("quiet", ()),
    ("better", ("worse",)),
)


def _place(request: HttpRequest) -> Organisation | None:
    user: Any = request.user
    return user.place_of_work if user.is_authenticated else None


def works_at_a_body(request: HttpRequest) -> bool:
    """Say whether the person of a request works where others are looked over."""
    place = _place(request)
    return place is not None and place.kind in BODIES


def strip(request: HttpRequest) -> Strip | None:
    """Show in one row what is due, late, better, worse: of the place, or of all places under it."""
    place = _place(request)
    if place is None:
        return None
    is_body = place.kind in BODIES
    cards = list(_cards_below(request, place) if is_body else cards_here(request, place))
    if not cards:
        return None
    title = _("Due, late, better, worse")
    return Strip(title, cards, _counted_when(place) if is_body else "")


def _counted_when(place: Organisation) -> str:
    rows = PlaceStanding.objects.filter(place=place).values_list("counted_at", flat=True)
    at = rows.first()
    if at is None:
        return _("Not counted yet: the worker counts every five minutes.")
    return _("Counted at %(time)s.") % {"time": f"{timezone.localtime(at):%H:%M %d/%m/%Y}"}


def _cards_below(request: HttpRequest, body: Organisation) -> Iterator[Card]:
    user: Any = request.user
    on = timezone.localdate()
    known = {matter.name: matter for matter in matters_for(user, body)}
    rows = PlaceStanding.objects.below(body).order_by()
    sums = sums_of(rows, known.values(), on, sees_sensitive=sees_all(user))
    for main, parts in GROUPS:
        if main in known:
            yield Card(
                known[main].title,
                Figure(main, sums[main], places_url(known[main])),
                [_part(known[name], sums[name]) for name in parts],
            )
    if body.pk in scope_of(user, "decide_licenses"):
        yield _dossiers(request)
    if body.pk in scope_of(user, "view_facilities"):
        yield _communes(request)


def _part(matter: Matter, number: int) -> Figure:
    word = str(matter.word)
    return Figure(matter.name, number, places_url(matter), word, matter.kind, matter.icon)


def _dossiers(request: HttpRequest) -> Card:
    counts = counts_here(request)
    url = reverse("dossiers:queue")
    late = Figure(
        "dossiers_late", counts.overdue, f"{url}?due=overdue", _("overdue"), "bad", "warn"
    )
    return Card(_("Dossiers"), Figure("dossiers", counts.open, f"{url}?q="), [late])


def _communes(request: HttpRequest) -> Card:
    none, several = counts_within(scope_of(request.user, "view_facilities"))
    url = reverse("admin:facilities_facility_communes")
    more = Figure(
        "communes_several", several, f"{url}?loc=nhieu", _("with several"), "warn", "warn"
    )
    return Card(
        _("Communes without a station"), Figure("communes_none", none, f"{url}?loc=khong"), [more]
    )


def course(request: HttpRequest) -> Course | None:
    """Show the visits of twelve weeks beside those of the same weeks a year before."""
    place = _place(request)
    if place is None:
        return None
    is_body = place.kind in BODIES
    right = "view_figures" if is_body else "view_records"
    if place.pk not in scope_of(request.user, right):
        return None
    return course_at(place, request.user, reads_visits=not is_body)


def course_at(place: Organisation, user: Any, *, reads_visits: bool) -> Course:
    """Draw the course of a place for a person; who reads its visits is led to them."""
    on = timezone.localdate()
    weeks, month = course_of(place, on, sees_sensitive=sees_all(user))
    steps = [
        Step(
            week.period.first,
            _("W%(number)s") % {"number": week.period.first.isocalendar().week},
            _arrivals(place, week, week.now, reads_visits=reads_visits),
            _arrivals(place, week, week.before, reads_visits=reads_visits, is_before=True),
        )
        for week in weeks
    ]
    sentence, said = _sentence(weeks[-1], weeks[-2])
    return Course(
        title=_("Visits by week"),
        steps=steps,
        says=sentence % said,
        caption=_caption(sentence, said, steps),
        now_word=_("these weeks"),
        before_word=_("the same weeks a year before"),
        cards=[_month(place, month)] if month is not None and reads_visits else [],
        empty=_(
            "No visit is counted in these weeks yet. The counts come a minute after the visits."
        ),
    )


def _arrivals(
    place: Organisation, week: Week, number: int, *, reads_visits: bool, is_before: bool = False
) -> Figure:
    period = week.period.year_before if is_before else week.period
    if reads_visits:
        return Figure("visits", number, visits_url(place, period))
    if place.kind in BODIES:
        return Figure("visits", number, places_url(tuan=f"{period.first:%Y-%m-%d}"))
    address = reverse("reporting:place", args=[place.pk])
    return Figure("visits", number, f"{address}?tuan={period.first:%Y-%m-%d}#tuan")


def _sentence(last: Week, previous: Week) -> tuple[str, dict[str, str]]:
    """Return the sentence that says what the picture shows, with what is written into it."""
    said = {
        "week": last.period.label,
        "now": number_format(last.now, force_grouping=True),
        "before": number_format(last.before or previous.now, force_grouping=True),
    }
    then = last.before or previous.now
    if then:
        percent = round(100 * (last.now - then) / then)
        said["change"] = f"{percent:+d}".replace("-", "−")
    if last.before:
        sentence = _(
            "%(week)s: %(now)s visits, %(before)s in the same week a year before (%(change)s %%)."
        )
    elif previous.now:
        sentence = _("%(week)s: %(now)s visits, %(before)s the week before (%(change)s %%).")
    else:
        sentence = _("%(week)s: %(now)s visits.")
    return sentence, said


def _caption(sentence: str, said: dict[str, str], steps: Sequence[Step]) -> list[Figure | str]:
    """Return the sentence in pieces, its numbers as figures that open their visits."""
    last, previous = steps[-1], steps[-2]
    has_before = last.before is not None and last.before.number
    figures = {NOW: last.now, BEFORE: last.before if has_before else previous.now}
    pieces = re.split(f"({NOW}|{BEFORE})", sentence % {**said, "now": NOW, "before": BEFORE})
    return [figures.get(piece) or piece for piece in pieces if piece]


def _month(place: Organisation, month: Month) -> Card:
    return Card(
        _("Visits in month %(month)s") % {"month": month.first.month},
        Figure("visits", month.number, visits_url(place, None, month.first)),
        note=_("Same days of the month before:"),
        against=Figure("visits", month.before, visits_url(place, month.then)),
    )
