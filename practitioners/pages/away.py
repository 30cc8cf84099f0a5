"""Who has not practised for long: a list for the department, with the day that strikes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.reads import note
from portal.site.pages import page
from practitioners.away import away_for_long, clock_of
from practitioners.pages.rights import scope_for
from practitioners.rules import rules_on

PER_PAGE = 50
CHIPS = {"warned": ("warn", "clock"), "ground": ("bad", "warn"), "learning": ("", "doc")}


@require_safe
def away(request: HttpRequest) -> HttpResponse:
    """List who has not practised for long, or never; 24 months are a ground (article 35(1))."""
    scope, today = scope_for(request, "review_practitioners"), timezone.localdate()
    rules = rules_on(today)
    rows = away_for_long(scope, today, rules).prefetch_related(
        "registrations__facility", "practice_periods", "licenses__events"
    )
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    note(request, [row.pk for row in shown], action="listed", ground="continuity")
    lines = []
    for row in shown:
        clock = clock_of(row, today, rules)
        license = next((one for one in row.licenses.all() if one.superseded_on is None), None)
        left = next((one for one in row.registrations.all() if one.valid_until == clock.last), None)
        chip = CHIPS.get(clock.state, ("", "none"))
        lines.append(
            {"person": row, "clock": clock, "chip": chip, "license": license, "left": left}
        )
    context = {
        "title": _("Not practised for long"),
        "page": shown,
        "lines": lines,
        "warning": rules.get("continuity_warning"),
        "limit": rules.get("continuity_limit"),
    }
    return page(request, "practitioners/away.html", context)
