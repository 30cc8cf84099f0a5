"""The strip of one place of care: what it has to do itself, from its own rows, each figure bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.home import dues_here
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.figures import Card, Figure
from reporting.board.moves import rank_of
from reporting.models import CaseNotification
from reporting.pages.access import sending_place
from reporting.pages.due import DueLine, due_lines
from reporting.quality.home import SEES
from reporting.quality.worklist import issues_for

if TYPE_CHECKING:
    from django.http import HttpRequest

COUNTED_AT_MOST = 1_000


def lines_here(request: HttpRequest) -> list[DueLine]:
    """Return what the place of work has to send; asked once per request."""
    kept: list[DueLine] | None = request.__dict__.get("_due_lines")
    if kept is None:
        place = sending_place(request)
        lines = due_lines(place, timezone.localdate()) if place is not None else []
        kept = [line for line in lines if not line.owed.is_done]
        request.__dict__["_due_lines"] = kept
    return kept


def cases_here(user: Any) -> Any:
    """Return the cases that a person's place of work must report; sensitive ones with the right."""
    place = user.place_of_work
    if place is None or place.pk not in scope_of(user, "enter_records"):
        return CaseNotification.objects.none()
    rows = CaseNotification.objects.at([place.pk]).waiting()
    return rows.open_to(sees_sensitive=user.has_capability("see_sensitive", place.pk))


def cards_here(request: HttpRequest, place: Organisation) -> Iterator[Card]:
    """Yield the matters of a place of care that concern the person of a request."""
    user: Any = request.user
    if sending_place(request) is not None:
        yield _reports(request)
    if place.pk in scope_of(user, "enter_records"):
        yield _cases(user, place)
    if place.pk in scope_of(user, "keep_supplies"):
        yield _supplies(request, place)
    if any(place.pk in scope_of(user, one) for one in SEES):
        yield _records(user, place)
        rank = rank_of(place)
        if rank is not None:
            url = f"{reverse('reporting:league')}?noi={place.pk}"
            yield Card(
                _("Rank in data quality"),
                Figure("rank", rank[0], url),
                note=_("places like it:"),
                against=Figure("peers", rank[1], url),
            )


def _reports(request: HttpRequest) -> Card:
    lines, on, url = lines_here(request), timezone.localdate(), reverse("reporting:due")
    late = sum(line.owed.is_late(on) for line in lines)
    returned = sum(_is_returned(line) for line in lines)
    return Card(
        _("Reports to send"),
        Figure("reports_due", len(lines), url),
        [
            Figure("reports_late", late, url, _("overdue"), "bad", "warn"),
            Figure("reports_returned", returned, url, _("returned"), "warn", "swap"),
        ],
    )


def _is_returned(line: DueLine) -> bool:
    return line.owed.report is not None and line.owed.report.status == "returned"


def _cases(user: Any, place: Organisation) -> Card:
    rows, now = cases_here(user), timezone.now()
    due = [*rows.order_by().values_list("due_at", flat=True)[: COUNTED_AT_MOST + 1]]
    late = sum(at < now for at in due)
    url = f"{reverse('reporting:cases')}?noi={place.pk}"
    return Card(
        _("Cases to report"),
        _bounded("cases_waiting", len(due), f"{url}&loc=cho"),
        [Figure("cases_late", late, f"{url}&loc=qua-han", _("past their clock"), "bad", "warn")],
    )


def _supplies(request: HttpRequest, place: Organisation) -> Card:
    dues, on = dues_here(request), timezone.localdate()
    url = f"{reverse('reporting:place', args=[place.pk])}#vat-tu"
    late = sum(due.is_over(on) for due in dues)
    return Card(
        _("Equipment and medicines due"),
        Figure("supplies_due", len(dues), url),
        [Figure("supplies_late", late, url, _("overdue"), "bad", "warn")],
    )


def _records(user: Any, place: Organisation) -> Card:
    rows = issues_for(user, place).order_by()
    late = rows.filter(due_on__lt=timezone.localdate())
    all_of, overdue = (rows[: COUNTED_AT_MOST + 1].count(), late[: COUNTED_AT_MOST + 1].count())
    url = f"{reverse('reporting:mend')}?noi={place.pk}"
    return Card(
        _("Records to mend"),
        _bounded("issues", all_of, url),
        [
            _bounded(
                "issues_late",
                overdue,
                f"{url}&xem=qua-han",
                word=_("overdue"),
                kind="bad",
                icon="warn",
            )
        ],
    )


def _bounded(name: str, number: int, url: str, **look: Any) -> Figure:
    is_cut = number > COUNTED_AT_MOST
    return Figure(name, min(number, COUNTED_AT_MOST), url, is_cut=is_cut, **look)
