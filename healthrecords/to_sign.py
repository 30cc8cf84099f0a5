"""What has somebody to sign at a place: finished visits, and signed ones that were amended since?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, F, OuterRef, Prefetch, Q, Value, When
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.models import Diagnosis, Visit, VisitAmendment, VisitSeal
from healthrecords.services import place_to_act
from healthrecords.services.amending import hushed, words_for
from healthrecords.services.betraying import Words
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.home import Chip, Link, WorkList, WorkRow

LOOK_BACK = timedelta(days=60)
COUNTED_AT_MOST = 50  # as many as are signed at once


def to_sign_at(request: HttpRequest, place: Any) -> Any:
    """Return the visits of a place that wait for a signature; amended ones first, then the oldest."""
    amending = VisitAmendment.objects.open().filter(visit=OuterRef("pk"))
    sees = place.pk in scope_of(request.user, "see_sensitive")
    here = Visit.objects.filter(facility=place).open_to(sees_sensitive=sees)
    more = here.signed_with_more(sees_sensitive=sees)
    # A hospital's files are signed in its own software; what was signed here is signed here again.
    typed = Q(origin=Visit.Origin.TYPED)
    rows = here.to_sign(sees_sensitive=sees).filter(typed | Exists(amending) | more)
    coded = Diagnosis.objects.filter(visit=OuterRef("pk")).order_by("rank", "position")
    words = Concat("code", Value(" "), "title", output_field=CharField())
    return (
        rows.annotate(
            coded=ArraySubquery(coded.values_list(words)),
            has_more=more,
            first=Case(
                When(Exists(amending.filter(awaits=request.user.pk)), then=0),
                When(Exists(amending), then=1),
                When(more, then=2),
                default=3,
            ),
        )
        .select_related("citizen")
        .prefetch_related(
            Prefetch(
                "amendments",
                VisitAmendment.objects.open()
                .with_class_before()
                .select_related("awaits", "opened_by"),
                to_attr="amending",
            )
        )
        .order_by("first", F("started_at").asc(), "id")
    )


def _reopened(place: Any) -> Any:
    """Return the visits that were amended or added to, of whatever age: they are few."""
    amended = VisitAmendment.objects.open().filter(visit__facility=place)
    added = VisitSeal.objects.filter(Q(has_later=True) | Q(has_protected_later=True))
    return (
        amended.order_by()
        .values("visit")
        .union(added.filter(visit__facility=place).order_by().values("visit"))
    )


def parts_to_sign(request: HttpRequest, place: Any, since: datetime) -> tuple[Any, Any]:
    """Return what waits in two parts: what was opened again, and what nobody has signed since a moment.

    Each is found by an index of its own and read only as far as it is shown.
    """
    waiting = to_sign_at(request, place)
    amending = VisitAmendment.objects.open().filter(visit=OuterRef("pk"))
    never = waiting.filter(~Exists(amending), has_more=False, started_at__gte=since)
    return waiting.filter(pk__in=_reopened(place)), never.order_by("started_at", "id")


def card(request: HttpRequest) -> WorkList | None:
    """Show on the home page what waits for a signature, amended ones first."""
    place = place_to_act(request.user, "sign_records")
    if place is None:
        return None
    parts = parts_to_sign(request, place, timezone.now() - LOOK_BACK)
    rows: list[Any] = []
    for part in parts:
        rows += part[: WorkList.shown_at_most - len(rows)]
    total = len(rows)
    if total == WorkList.shown_at_most:
        total = sum(part.order_by().values("pk")[: COUNTED_AT_MOST + 1].count() for part in parts)
    note(request, [visit.citizen_id for visit in rows], action="listed", ground="to_sign")
    sees = place.pk in scope_of(request.user, "see_sensitive")
    words = words_for(sees_sensitive=sees, at=timezone.now()) if total else None
    return WorkList(
        title=_("Visits to sign"),
        rows=[_row(visit, words) for visit in rows],
        total=min(total, COUNTED_AT_MOST),
        is_cut=total > COUNTED_AT_MOST,
        more=Link(_("Sign several at once"), reverse("admin:healthrecords_visit_to_sign")),
        empty=_("Everything of the last %(days)d days is signed.") % {"days": LOOK_BACK.days},
        empty_deed=Link(_("Look for older ones"), reverse("admin:healthrecords_visit_to_sign")),
    )


def _row(visit: Any, words: Words | None) -> WorkRow:
    url = reverse("admin:healthrecords_visit_sign", args=[visit.pk])
    amendment = hushed(visit.amending[0], visit, words) if visit.amending else None
    if amendment is not None:
        due = Chip("warn", "pen", _("Amended"))
        why = amendment.reason
    elif visit.has_more:
        due = Chip("warn", "pen", _("Added"))
        why = _("Something came after the signature: %(reason)s") % {"reason": visit.reason}
    else:
        due = Chip("", "clock", f"{timezone.localdate(visit.started_at):%d/%m/%Y}")
        why = ", ".join(visit.coded[:2])
    return WorkRow(due=due, what=visit.citizen.name, url=url, why=why, deed=_("Sign"), deed_url=url)
