"""What do dossiers add to the frame: menu, home, box, public pages, signing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit.reads import note
from portal.dossiers.forms import plain_code
from portal.dossiers.models import Dossier
from portal.dossiers.querysets import HANDLES
from portal.dossiers.queue import Counts, Filter, counts_of, rows_of, scopes_of
from portal.dossiers.reading import read_book, view_of
from portal.dossiers.services.deciding import (
    PURPOSE,
    lay_out_for_service,
    take_from_service,
)
from portal.names import name_norm
from portal.signing import purposes
from portal.site import finder, home, menu
from portal.site.figures import Figure
from portal.site.finder import FinderAnswer, Go, Hit, Hits
from portal.site.home import HomeCard, Link, WorkList, WorkRow
from portal.site.menu import Count, MenuItem, PublicLink

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

# Whoever signs for a department also deals with its dossiers; a station's head does not.
DESK = "decide_licenses"


def register() -> None:
    """Register everything once, when the process starts."""
    menu.register(
        MenuItem(
            gettext_lazy("Dossiers"),
            "dossiers:queue",
            "doc",
            DESK,
            order=22,
            count=_waiting,
            group="place",
        )
    )
    menu.register_public(
        PublicLink(gettext_lazy("Administrative procedures"), "dossiers:procedures", "doc")
    )
    home.register(HomeCard(_card, capability=DESK, order=22))
    finder.register(FinderAnswer(_find, order=45, capability=DESK))
    purposes.register(
        purposes.Purpose(
            id=PURPOSE,
            title=gettext_lazy("decisions on dossiers"),
            lay_out=lay_out_for_service,
            take=take_from_service,
            done_url=lambda subject: reverse("dossiers:dossier", args=[subject]),
            describe=_describe,
            list_url=lambda: reverse("dossiers:queue"),
        )
    )


def _describe(request: HttpRequest, subjects: list[UUID]) -> dict[UUID, str]:
    """Name the dossiers that the person of a request deals with."""
    rows = list(Dossier.objects.of_scopes(scopes_of(request.user)).filter(pk__in=subjects))
    note(request, [row.subject or row.pk for row in rows], action="listed", ground="dossier")
    return {row.pk: f"{row.receipt_number}, {row.applicant_name}" for row in rows}


def _waiting(request: HttpRequest) -> Count:
    counts = counts_here(request)
    return Count(counts.open, is_urgent=bool(counts.overdue))


def counts_here(request: HttpRequest) -> Counts:
    """Count the open dossiers the person of a request deals with; once per request."""
    kept: Counts | None = request.__dict__.get("_dossier_counts")
    if kept is None:
        kept = request.__dict__["_dossier_counts"] = counts_of(request.user, timezone.localdate())
    return kept


def _card(request: HttpRequest) -> WorkList:
    on = timezone.localdate()
    rows = rows_of(request.user, Filter(), on)[: WorkList.shown_at_most]
    counts, book = counts_here(request), read_book(on)
    views = [view_of(row, on, book) for row in rows]
    return WorkList(
        title=_("Dossiers by due day"),
        total=counts.open,
        rows=[
            WorkRow(
                due=view.due,
                what=view.dossier.applicant_name,
                url=reverse("dossiers:dossier", args=[view.dossier.pk]),
                why=f"{view.procedure}, {view.state.text}",
                deed=_("Open"),
            )
            for view in views
        ],
        figures=[
            Figure(
                "dossiers_late",
                counts.overdue,
                reverse("dossiers:queue") + "?due=overdue",
                word=_("overdue"),
                kind="bad",
                icon="clock",
            )
        ]
        if counts.overdue
        else [],
        more=Link(_("All"), reverse("dossiers:queue") + "?q="),
        empty=_("No dossier waits."),
    )


def _find(request: HttpRequest, query: str) -> Go | Hits | None:
    """Find a dossier by receipt number or tracking code, or by words of the applicant's name."""
    rows = Dossier.objects.of_scopes(scopes_of(request.user))
    exact = list(
        rows.filter(Q(receipt_number=query.upper()) | Q(tracking_code=plain_code(query)))[:2]
    )
    if len(exact) == 1:
        return Go(reverse("dossiers:dossier", args=[exact[0].pk]))
    words = name_norm(query)
    if not words or query.isdigit():
        return None
    found = rows.open().filter(name_norm__contains=words).order_by("due_on", "id")[:6]
    return Hits(
        _("Dossiers"),
        [
            Hit(
                title=row.applicant_name,
                url=reverse("dossiers:dossier", args=[row.pk]),
                about=row.receipt_number,
                number=row.receipt_number,
            )
            for row in found
        ],
    )


__all__ = ["HANDLES", "register"]
