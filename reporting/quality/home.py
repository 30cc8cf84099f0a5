"""What the home page says about the quality of a place's data."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.scope import scope_of
from portal.site.home import Bar, Link, Score
from reporting.models import QualityRule
from reporting.quality.overview import Overview, policy_on

if TYPE_CHECKING:
    from django.http import HttpRequest

# One of these at a place lets a person see how good its data are.
SEES = ("view_records", "view_figures", "view_practitioners", "view_facilities")


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
        comparison=_week(shown),
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


def _week(shown: Overview) -> str:
    """Say how the score moved, and that other records were judged where it is so."""
    said = _moved(shown.change)
    if not said or not shown.has_other_base:
        return said
    return _("%(moved)s; other records were judged then") % {"moved": said}


def _moved(change: Decimal | None) -> str:
    if change is None:
        return ""
    if not change:
        return _("the same as a week ago")
    number = number_format(abs(round(change, 1)), decimal_pos=1)
    if change > 0:
        return _("%(by)s more than a week ago") % {"by": number}
    return _("%(by)s less than a week ago") % {"by": number}
