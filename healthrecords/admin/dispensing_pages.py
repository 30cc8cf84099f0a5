"""The page where a visit's medicines are handed over from the stock."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from healthrecords.admin.visit_pages import find_visit, require_station
from healthrecords.banner import banner_of
from healthrecords.models import Visit
from healthrecords.services.dispensing import Line, Proposal, dispense, proposals, take_back
from healthrecords.services.hushing import Hush
from portal.database.uuid7 import uuid7
from portal.numbers import shown_number
from portal.site.pages import page

CLIENT_KEY = "khoa"


def dispense_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what is prescribed beside what the stock holds; hand it over."""
    opened, visit = _found(request, pk)
    if isinstance(opened, HttpResponse):
        return opened
    rows = proposals(visit, opened.at)
    problems: list[str] = []
    if request.method == "POST":
        lines, problems = _lines_of(request, rows)
        if not problems:
            problems = _hand_over(request, visit, lines, opened)
        if not problems:
            return HttpResponseRedirect(url_of(visit))
    context = {
        "title": _("Give out medicines"),
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "rows": [(row, _typed(request, row)) for row in rows],
        "given": _given(opened, visit),
        "problems": problems,
        "client_key": request.POST.get(CLIENT_KEY) or uuid7(),
        "may_give": any(row.usable for row in rows),
    }
    return page(request, "healthrecords/dispense_page.html", context)


def _given(opened: Any, visit: Visit) -> list[Any]:
    """Return what was handed over and this reader may know; what is left counts the rest too."""
    rows = visit.dispensing_rows.open_to(sees_sensitive=opened.sees_sensitive)
    hush = Hush(sees_sensitive=opened.sees_sensitive)
    return hush.rows(rows.select_related("given_by", "taken_back_by"))


def url_of(visit: Visit) -> str:
    """Return the address of the page of a visit's handing over."""
    return reverse("admin:healthrecords_visit_dispense", args=[visit.pk])


def _found(request: HttpRequest, pk: UUID) -> tuple[Any, Any]:
    place = require_station(request)
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found, None
    opened, visit = found
    if visit.facility_id != place.pk:
        raise PermissionDenied(_("Only the place of a visit gives out its medicines."))
    return opened, visit


def _typed(request: HttpRequest, row: Proposal) -> str:
    """Return what stands in a line's box: what was typed, else what can be given."""
    proposed = shown_number(row.proposed) if row.proposed else ""
    return request.POST.get(f"cap-{row.place}", proposed) if request.method == "POST" else proposed


def _lines_of(request: HttpRequest, rows: list[Proposal]) -> tuple[list[Line], list[str]]:
    lines, problems = [], []
    for row in rows:
        text = request.POST.get(f"cap-{row.place}", "").strip()
        try:
            quantity = Decimal(str(sanitize_separators(text))) if text else Decimal(0)
        except InvalidOperation:
            said = {"name": row.name, "text": text}
            problems.append(_("%(name)s: “%(text)s” is not a number.") % said)
            continue
        if quantity:
            lines.append(Line(row.name, quantity, row.code, row.unit))
    return lines, problems


def _hand_over(request: HttpRequest, visit: Visit, lines: list[Line], opened: Any) -> list[str]:
    try:
        key = UUID(request.POST.get(CLIENT_KEY, ""))
    except ValueError:
        key = uuid7()
    try:
        saved = dispense(actor=request.user, visit=visit, lines=lines, client_key=key, at=opened.at)
    except ValidationError as error:
        return list(error.messages)
    named = ", ".join(
        f"{row.name} {shown_number(row.quantity)} {row.unit}".strip() for row in saved.row
    )
    said = _("Given out: %(what)s.") if saved.is_new else _("Given out before: %(what)s.")
    messages.success(request, said % {"what": named})
    return []


@require_POST
def take_back_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take lines back with a reason."""
    opened, visit = _found(request, pk)
    if isinstance(opened, HttpResponse):
        return opened
    keys = []
    for text in request.POST.getlist("dong"):
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    try:
        rows = take_back(
            actor=request.user,
            visit=visit,
            keys=keys,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        named = ", ".join(row.name for row in rows) or "–"
        messages.success(request, _("Taken back into stock: %(what)s.") % {"what": named})
    return HttpResponseRedirect(url_of(visit))
