"""Modules of the home page that show figures."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from portal.scope import Scope, scope_of
from portal.site.home import Bar, Cell, Chip, Column, Link, Score, Table, Tile, Tiles
from reporting.figures import month_so_far, quietest_facilities
from reporting.models import QualityRule
from reporting.quality.overview import Overview, policy_on

if TYPE_CHECKING:
    from django.http import HttpRequest

SEES = ("view_records", "view_figures", "view_practitioners", "view_facilities")
QUIET_AFTER = timedelta(days=7)
SHOWN = 7


def figures_of_place(request: "HttpRequest") -> Tiles | None:
    """Show this month's visits at the place of work; the figure opens its rows."""
    if not request.user.is_authenticated:
        return None
    place = request.user.place_of_work
    scope = scope_of(request.user, "view_records")
    if place is None or place.pk not in scope:
        return None
    here = Scope(ids=frozenset({place.pk}))
    today = timezone.localdate()
    sees = request.user.has_capability("see_sensitive", place.pk)
    month = month_so_far(here, today, sees_sensitive=sees)
    rows = reverse("admin:healthrecords_visit_changelist")
    tile = Tile(
        title=_("Visits in month %(month)s") % {"month": today.month},
        value=number_format(month.number),
        url=f"{rows}?started_at__gte={month.first:%Y-%m-%d}",
        trend=month.trend,
        comparison=_("Same days of the month before: %(number)s")
        % {"number": number_format(month.before)},
    )
    return Tiles(title=_("Figures of this place"), tiles=[tile], note=_("until now"))


def quality_of_place(request: "HttpRequest") -> Score | None:
    """Show how good the data of the place of work are, and the three rules that pull it down most."""
    user = request.user
    place = getattr(user, "place_of_work", None) if user.is_authenticated else None
    if place is None or not any(place.pk in scope_of(user, one) for one in SEES):
        return None
    day = timezone.localdate()
    policy = policy_on(day)
    if policy is None:
        return None
    shown = Overview(place, day, policy)
    if shown.score is None:
        return None
    rules = {rule.code: rule for rule in QualityRule.objects.holding(day)}
    here = reverse("reporting:quality")
    mend = reverse("reporting:mend")
    return Score(
        title=_("Data quality"),
        value=_float(shown.score.value),
        state=shown.chip,
        note=_("of 100"),
        comparison=_week(shown.change),
        bars=[Bar(line.title, _float(line.value), line.chip) for line in shown.lines(rules)],
        worst=[
            Link(rules[code].title, f"{mend}?quy-tac={code}")
            for code in shown.score.worst
            if code in rules
        ],
        more=Link(_("All of it"), here),
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _week(change: Decimal | None) -> str:
    if change is None:
        return ""
    if not change:
        return _("the same as a week ago")
    number = number_format(abs(round(change, 1)), decimal_pos=1)
    if change > 0:
        return _("%(by)s more than a week ago") % {"by": number}
    return _("%(by)s less than a week ago") % {"by": number}


def quiet_facilities(request: "HttpRequest") -> Table | None:
    """Show which facilities have sent or typed nothing for longest: data that is not living."""
    today = timezone.localdate()
    rows = quietest_facilities(scope_of(request.user, "view_figures"))[:SHOWN]
    lines = []
    for row in rows:
        last = row.last_visit_at  # type: ignore[attr-defined]
        day = timezone.localtime(last).date() if last else None
        is_quiet = day is None or today - day > QUIET_AFTER
        state = Chip("warn", "clock", _("quiet")) if is_quiet else Chip("ok", "ok", _("living"))
        lines.append(
            [
                Cell(text=row.name),
                Cell(text=date_format(day, "d/m/Y") if day else _("no visit yet")),
                Cell(chip=state),
            ]
        )
    return Table(
        title=_("Facilities that have been quiet longest"),
        columns=[
            Column(_("Facility")),
            Column(_("Last visit"), is_number=True),
            Column(_("State")),
        ],
        rows=lines,
        note=_("quiet: no visit for more than %(days)s days") % {"days": QUIET_AFTER.days},
        empty=_("No facility is registered in your area yet."),
    )
