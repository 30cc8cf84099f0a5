"""The pages of facilities that are no forms: one at a glance, communes without a station."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from facilities import communes, past
from facilities.beds import beds_by_department
from facilities.conditions import Check
from facilities.dues import Due
from facilities.forms.licensing import DEEDS as LICENSE_ACTS
from facilities.glance import Glance
from facilities.missing import AREA, FORM, Missing
from facilities.models import Facility, FacilitySuccession, OperatingLicense
from facilities.querysets import holding_on
from facilities.services.licensing import TAKES, Act, version_to_come
from portal.admin.deeds import Deed
from portal.attachments.serving import answer
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page

VIEW = "view_facilities"
SHOWN = 60
# What each heading of the page gathers of the acts.
GROUPS = {
    "license": ("licence", "licence-adjust", "licence-back", "licence-act", "level"),
    "facts": (
        "hours",
        "beds",
        "department",
        "department-beds",
        "department-over",
        "publish",
        "readiness",
        "confirm",
    ),
    "tree": ("governing", "code", "succession", "succession-back"),
}


def fits(slug: str, facility: Facility) -> bool:
    """Say whether an act can be done to a facility as it stands."""
    place, today = facility.organisation, timezone.localdate()
    if slug in {"licence-adjust", "licence-act", "licence-back"}:
        return _fits_license(slug, place, today)
    if slug in {"department-over", "department-beds"}:
        return place.department_rows.filter(holding_on(today)).exists()
    if slug == "succession":
        return place.valid_until is None
    if slug == "succession-back":
        return FacilitySuccession.objects.standing().filter(old=place).exists()
    return True


def _fits_license(slug: str, place: Organisation, today: date) -> bool:
    license = _standing_license(place)
    if license is None:
        return False
    if slug == "licence-back":
        return version_to_come(license, today) is not None
    wanted = {Act.ADJUSTED, Act.REISSUED} if slug == "licence-adjust" else set(LICENSE_ACTS)
    return bool(TAKES.get(license.state_on(today), set()) & wanted)


def _standing_license(place: Organisation) -> OperatingLicense | None:
    """Return the licence that stands with its acts and versions, asked once for all acts of a page."""
    rows = OperatingLicense.objects.filter(superseded_on=None)
    rows = rows.prefetch_related("events", "versions")
    prefetch_related_objects([place], Prefetch("operatinglicense_rows", rows, "standing_licenses"))
    found: list[OperatingLicense] = place.standing_licenses  # type: ignore[attr-defined]
    return next(iter(found), None)


def glance_page(
    request: HttpRequest, facility: Facility, *, deeds: Sequence[Deed], may_mend: bool
) -> HttpResponse:
    """Draw a facility at a glance with the acts this person may do."""
    today = timezone.localdate()
    glance = Glance(facility, today)
    known = {deed.slug: deed for deed in deeds}
    own = facility.organisation_id
    sees_supplies = facility.organisation_id in scope_of(request.user, "view_supplies")
    staff_url = staff_list(request, glance)
    context = {
        "title": facility.organisation.name,
        "facility": facility,
        "place": facility.organisation,
        "glance": glance,
        "today": today,
        "groups": {
            name: [linked(known[slug], facility) for slug in slugs if slug in known]
            for name, slugs in GROUPS.items()
        },
        "urls": {slug: linked(deed, facility)["url"] for slug, deed in known.items()},
        "may_mend": may_mend,
        "sees_supplies": sees_supplies,
        "staff_url": staff_url,
        "dues": [(due, due.chip(today), due_url(due, facility, known)) for due in glance.dues],
        "checks": [
            (check, check_url(check, facility, known, staff_url)) for check in glance.checks
        ],
        "missing": [
            (one.name, missing_url(one, facility, known, may_mend=may_mend))
            for one in glance.missing
        ],
        "points": [(place, place_url(request, place)) for place in glance.points],
        "steps": [
            (step, place_url(request, step.new if step.old_id == own else step.old))
            for step in glance.steps
        ],
    }
    return page(request, "facilities/facility_page.html", context)


def staff_list(request: HttpRequest, glance: Glance) -> str:
    """Return the list of who is registered at a place today, "" where this person may not see it."""
    staffing, own = glance.facts.staffing, glance.facility.organisation_id
    if staffing is None or own not in scope_of(request.user, "view_practitioners"):
        return ""
    return f"{staffing.url}?noi={own}"


def check_url(check: Check, facility: Facility, known: dict[str, Deed], staff_url: str) -> str:
    """Return where a condition is mended, or what it counts is listed."""
    if check.deed in known:
        return str(linked(known[check.deed], facility)["url"])
    return staff_url if check.code == "practitioners" else ""


def missing_url(one: Missing, facility: Facility, known: dict[str, Deed], *, may_mend: bool) -> str:
    """Return where something that is missing is told, "" where this person cannot."""
    if one.where in known:
        return str(linked(known[one.where], facility)["url"])
    if one.where == FORM and may_mend:
        return reverse("admin:facilities_facility_mend", args=[facility.pk])
    if one.where == AREA and may_mend:
        return reverse("admin:places_organisation_change", args=[facility.organisation_id])
    return ""


def place_url(request: HttpRequest, place: Organisation) -> str:
    """Return the address of a place's page, "" where it has none or this person may not see it."""
    facility = getattr(place, "facility", None)
    if facility is None or place.pk not in scope_of(request.user, VIEW):
        return ""
    return reverse("admin:facilities_facility_change", args=[facility.pk])


def rooms_page(request: HttpRequest, facility: Facility, *, deeds: Sequence[Deed]) -> HttpResponse:
    """Show the beds of each department, their sum beside the facility's own number, and their past."""
    today, place = timezone.localdate(), facility.organisation
    urls = {deed.slug: str(linked(deed, facility)["url"]) for deed in deeds}
    entry = urls.get("department-beds", "")
    beds = beds_by_department(place, today)
    chapter = past.beds_of_departments(place)
    context = {
        "title": _("Beds by department"),
        "facility": facility,
        "place": place,
        "today": today,
        "beds": beds,
        "rooms": [
            (row.department, row.counts, f"{entry}?viec={row.department.pk}" if entry else "")
            for row in beds.rooms
        ],
        "differing": [row for row in beds.sums if row.differs],
        "own_url": urls.get("beds", ""),
        "department_url": urls.get("department", ""),
        "chapter": chapter,
        "held": [(row, row.is_over(today)) for row in chapter.rows],
    }
    return page(request, "facilities/rooms_page.html", context)


def past_page(request: HttpRequest, facility: Facility) -> HttpResponse:
    """Show what held of a facility from which day until which, and by which paper."""
    today = timezone.localdate()
    context = {
        "title": _("What held and what holds"),
        "facility": facility,
        "place": facility.organisation,
        "chapters": [
            (chapter, [(row, row.is_over(today)) for row in chapter.rows])
            for chapter in past.chapters_of(facility, today)
        ],
    }
    return page(request, "facilities/past_page.html", context)


def evidence_file(facility: Facility, file_id: UUID) -> HttpResponseBase:
    """Send the file that proves a publication or an answer of a facility."""
    stored = past.evidence_of(facility, file_id)
    if stored is None:
        raise Http404(_("There is no such file."))
    return answer(stored)


def linked(deed: Deed, facility: Facility) -> dict[str, Any]:
    """Return an act with the address of its page."""
    name = f"admin:facilities_facility_{deed.slug.replace('-', '_')}"
    return {"deed": deed, "url": reverse(name, args=[facility.pk])}


def due_url(due: Due, facility: Facility, known: dict[str, Deed]) -> str:
    """Return where something that is due is done, "" where this person cannot."""
    if due.where in known:
        url = str(linked(known[due.where], facility)["url"])
        return f"{url}?viec={due.key}" if due.key else url
    if due.where == "equipment":
        return reverse("admin:facilities_equipment_change", args=[due.key])
    place = facility.organisation_id
    if due.where == "stock":
        return f"{reverse('admin:facilities_stocklot_changelist')}?facility__id__exact={place}"
    if due.where == "cold":
        return reverse("admin:facilities_coldstore_change", args=[due.key])
    return ""


@require_safe
def communes_page(request: HttpRequest) -> HttpResponse:
    """Show the communes with no station or with several."""
    scope = scope_of(request.user, VIEW)
    if not scope:
        raise PermissionDenied
    rows = communes.counted(scope)
    choice = request.GET.get("loc", communes.NONE)
    if choice not in {communes.ONE, communes.NONE, communes.SEVERAL}:
        choice = communes.NONE
    listed = Paginator(communes.chosen(rows, choice), SHOWN).get_page(request.GET.get("p"))
    context = {
        "title": _("One station for each commune"),
        "totals": communes.totals(rows),
        "choice": choice,
        "listed": listed,
        "coverages": communes.with_stations(list(listed), scope),
    }
    return page(request, "facilities/communes_page.html", context)
