"""What do practitioners add to the portal's frame: menu, home, box, public links?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities import staff
from portal.names import name_norm
from portal.scope import scope_of
from portal.site import finder, home, menu
from portal.site.figures import Figure
from portal.site.finder import FinderAnswer, Go, Hit, Hits
from portal.site.home import Chip, HomeCard, Link, WorkList, WorkRow
from portal.site.menu import Count, MenuItem, PublicLink
from practitioners.approved import license_key
from practitioners.at_facility import staffing
from practitioners.joining_card import joining_card
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    PracticeLicense,
    Practitioner,
    ProfileSubmission,
)
from practitioners.own_card import own_card
from practitioners.pages.cases import chip_of
from practitioners.pages.figures import counts_of
from practitioners.pages.filters import Filter
from practitioners.pages.queue import Queue, due_chip, worst_chip
from practitioners.proposed_cards import bans_card, counted, duties_card
from practitioners.wording import titles_on

if TYPE_CHECKING:
    from django.http import HttpRequest

REVIEW, SUBMIT, VIEW = "review_practitioners", "submit_practitioners", "view_practitioners"
DECIDE = "decide_licenses"


def register() -> None:
    """Register everything once, when the process starts."""
    staff.register(staffing)
    menu.register(
        MenuItem(
            gettext_lazy("Review of profiles"),
            "practitioners:desk-queue",
            "shield",
            REVIEW,
            order=20,
            group="place",
            count=_waiting,
        )
    )
    menu.register(
        MenuItem(
            gettext_lazy("Our practitioners"),
            "practitioners:staff",
            "user",
            SUBMIT,
            order=39,
            group="place",
        )
    )
    menu.register(
        MenuItem(
            gettext_lazy("Practitioners' profiles"),
            "practitioners:profiles",
            "file",
            SUBMIT,
            order=40,
            group="place",
            count=_to_mend,
        )
    )
    for order, capability in ((21, REVIEW), (41, SUBMIT)):
        menu.register(
            MenuItem(
                gettext_lazy("Discrepancy cases"),
                "practitioners:cases",
                "flag",
                capability,
                order=order,
                group="place",
                count=_cases_to_state if capability == SUBMIT else None,
            )
        )
    menu.register(
        MenuItem(
            gettext_lazy("Practitioners"),
            "admin:practitioners_practitioner_changelist",
            "user",
            VIEW,
            order=42,
            group="place",
        )
    )
    menu.register(
        MenuItem(
            gettext_lazy("Who practises when"),
            "practitioners:rosters",
            "cal",
            VIEW,
            order=44,
            group="place",
        )
    )
    menu.register(
        MenuItem(
            gettext_lazy("Right to practise"),
            "practitioners:right",
            "shield",
            VIEW,
            order=46,
            group="place",
        )
    )
    menu.register_public(PublicLink(gettext_lazy("Look up a practitioner"), "practitioners:lookup"))
    home.register(HomeCard(_queue_card, capability=REVIEW, order=20))
    home.register(HomeCard(_mend_card, capability=SUBMIT, order=60))
    home.register(HomeCard(_deciding_card, capability=REVIEW, order=22))
    home.register(HomeCard(bans_card, capability=DECIDE, order=23))
    home.register(HomeCard(duties_card, capability=DECIDE, order=23))
    home.register(HomeCard(joining_card, capability=REVIEW, order=24))
    home.register(HomeCard(_stating_card, capability=SUBMIT, order=58))
    home.register(HomeCard(own_card, order=65))
    finder.register(
        FinderAnswer(
            _find,
            order=40,
            capability=VIEW,
            placeholder=gettext_lazy("Type a licence number, a name, a facility"),
            suggests=True,
        )
    )


def _waiting(request: HttpRequest) -> Count:
    counts = counts_of(request, scope_of(request.user, REVIEW))
    return Count(counts.waiting, is_urgent=bool(counts.overdue or counts.due_today))


def _to_mend(request: HttpRequest) -> Count:
    rows = ProfileSubmission.objects.within(scope_of(request.user, SUBMIT))
    return Count(rows.filter(state="returned", superseded_by=None).count())


def _cases_to_state(request: HttpRequest) -> Count:
    sides = CaseSide.objects.within(scope_of(request.user, SUBMIT)).to_state()
    return Count(sides.count(), is_urgent=True)


def _queue_card(request: HttpRequest) -> WorkList:
    today = timezone.localdate()
    scope = scope_of(request.user, REVIEW)
    queue = Queue(scope, Filter(), user=request.user, at=timezone.now())
    rows = queue.top(WorkList.shown_at_most)
    titles = titles_on(today) if rows else {}
    counts = counts_of(request, scope)
    return WorkList(
        title=_("Profiles to review, by due day"),
        total=counts.waiting,
        rows=[
            WorkRow(
                due=due_chip(row["due_on"], today),
                what=row["name"],
                url=reverse("practitioners:desk", args=[row["id"]]) + "?due=",
                why=", ".join(
                    [
                        titles.get(("professional_titles", row["title"]), row["title"]),
                        row["facility__name"],
                        str(worst_chip(row["worst"], row["worst_code"]).text),
                    ]
                ),
                deed=_("Review"),
            )
            for row in rows
        ],
        figures=[
            Figure(
                "decided_today",
                counts.done_today,
                reverse("practitioners:desk-work")
                + f"?day={today:%Y-%m-%d}&who={request.user.pk}#h-listed",
                word=_("decided by me today"),
            )
        ],
        more=Link(_("All"), reverse("practitioners:desk-queue") + "?due="),
        empty=_("No profile waits for review."),
    )


def _mend_card(request: HttpRequest) -> WorkList | None:
    rows = ProfileSubmission.objects.within(scope_of(request.user, SUBMIT))
    rows = rows.filter(state="returned", superseded_by=None)
    shown = list(rows.order_by("decided_at")[: WorkList.shown_at_most])
    if not shown:
        return None
    form = reverse("practitioners:send-profile")
    return WorkList(
        title=_("Profiles that came back"),
        rows=[
            WorkRow(
                due=Chip("warn", "swap", _("Returned")),
                what=row.name,
                url=f"{form}?again={row.pk}",
                why=row.reason or str(row.get_reason_code_display()),
                deed=_("Mend"),
            )
            for row in shown
        ],
        **counted(rows, len(shown)),
        more=Link(_("All"), reverse("practitioners:profiles") + "?state=returned"),
    )


def _deciding_card(request: HttpRequest) -> WorkList | None:
    """List the cases whose sides were heard, or let their time pass."""
    today = timezone.localdate()
    rows = DiscrepancyCase.objects.open().decided_within(scope_of(request.user, REVIEW))
    shown = rows.prefetch_related("sides__organisation").order_by("opened_at", "id")
    cases = list(shown[: WorkList.shown_at_most])
    if not cases:
        return None
    return WorkList(
        title=_("Discrepancy cases"),
        rows=[
            WorkRow(
                due=chip_of(row, today),
                what=row.name,
                url=reverse("practitioners:case", args=[row.pk]),
                why=str(row.get_kind_display()),
                deed=_("Open"),
            )
            for row in cases
        ],
        **counted(rows, len(cases)),
        more=Link(_("All"), reverse("practitioners:cases")),
    )


def _stating_card(request: HttpRequest) -> WorkList | None:
    """List the cases that wait for this facility's word."""
    today = timezone.localdate()
    rows = CaseSide.objects.within(scope_of(request.user, SUBMIT)).to_state()
    sides = list(rows.select_related("case").order_by("due_on", "id")[: WorkList.shown_at_most])
    if not sides:
        return None
    return WorkList(
        title=_("The department asks: discrepancy cases"),
        rows=[
            WorkRow(
                due=due_chip(side.due_on, today),
                what=side.case.name,
                url=reverse("practitioners:case", args=[side.case_id]),
                why=str(side.case.get_kind_display()),
                deed=_("Write the statement"),
            )
            for side in sides
        ],
        **counted(rows, len(sides)),
        more=Link(_("All"), reverse("practitioners:cases")),
    )


def _find(request: HttpRequest, query: str) -> Go | Hits | None:
    """Find a practitioner by licence number or name among those this person may see."""
    people = Practitioner.objects.within(scope_of(request.user, VIEW))
    key = license_key(query) if "/" in query else None
    if key is not None:
        held = PracticeLicense.objects.numbered(key).values("practitioner")
        found = list(people.filter(pk__in=held)[:2])
        if len(found) == 1:
            return Go(_page_of(found[0]))
    elif query.isdigit() or not name_norm(query):
        return None
    else:
        found = list(people.named(query).prefetch_related("licenses")[:10])
    return Hits(
        _("Practitioners"),
        [
            Hit(
                title=person.name,
                url=_page_of(person),
                about=", ".join(row.number_raw for row in person.licenses.all()),
            )
            for person in found
        ],
    )


def _page_of(person: Practitioner) -> str:
    return reverse("practitioners:person", args=[person.pk])
