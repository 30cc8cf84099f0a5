"""The pages of the stock: what is there, receiving, counting, turnover of a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import DateField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from facilities import services
from facilities.forms.supplies import ReceiveForm
from facilities.models import Medicine, StockLot, Stocktake
from facilities.services import Count
from facilities.stocks import stock_of, turnover
from portal.admin.deeds import take_refusal
from portal.admin.rows import suggestions
from portal.database.keys import uuid7
from portal.numbers import shown_number
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from portal.spreadsheets import FORMATS, stream

VIEW, KEEP = "view_supplies", "keep_supplies"
CARE = frozenset({"station", "point", "hospital", "clinic", "centre", "other"})


def place_of(request: HttpRequest, capability: str) -> Organisation:
    """Return whose stock is asked for: one named in the address, else the place of work."""
    scope = scope_of(request.user, capability)
    if not scope:
        raise PermissionDenied
    named = request.GET.get("co-so") or request.POST.get("co-so")
    if named:
        try:
            return Organisation.objects.within(scope).get(pk=UUID(named))
        except (ValueError, Organisation.DoesNotExist) as error:
            raise Http404(_("There is no such record.")) from error
    place: Organisation | None = getattr(request.user, "place_of_work", None)
    if place is not None and place.pk in scope:
        return place
    first = Organisation.objects.current().within(scope).filter(kind__in=CARE)
    found = first.order_by("path").first()
    if found is None:
        raise Http404(_("There is no place of care here."))
    return found


def _frame(request: HttpRequest, place: Organisation) -> dict[str, Any]:
    own = getattr(request.user, "place_of_work", None)
    query = "" if own is not None and own.pk == place.pk else f"?co-so={place.pk}"
    return {
        "place": place,
        "query": query,
        "may_keep": place.pk in scope_of(request.user, KEEP),
        "today": timezone.localdate(),
    }


@require_safe
def stock_page(request: HttpRequest) -> HttpResponse:
    """Show what a place has of each medicine, how long it lasts, what expires."""
    place = place_of(request, VIEW)
    held = stock_of(place, timezone.localdate())
    wanting = [one for one in held if not one.is_in_order]
    there = [one for one in held if one.on_hand > 0]
    choice = request.GET.get("loc", "")
    context = {
        **_frame(request, place),
        "title": _("Stock of %(place)s") % {"place": place.name},
        "held": {"can-xem": wanting, "con": there}.get(choice, held),
        "all": len(held),
        "wanting": len(wanting),
        "there": len(there),
        "choice": choice,
        "open_stocktake": place.stocktake_rows.filter(closed_at=None).first(),
        "stores": place.coldstore_rows.filter(valid_until=None),
    }
    return page(request, "facilities/stock_page.html", context)


def receive_page(request: HttpRequest) -> HttpResponse:
    """Take a delivery in, one line after the other; what was typed stays for the next line."""
    place = place_of(request, KEEP)
    url = reverse("admin:facilities_stocklot_suggest")
    if request.method != "POST":
        form = ReceiveForm(place=place, url=url, initial={"client_key": uuid7()})
        return _draw_receiving(request, place, form)
    form = ReceiveForm(request.POST, place=place, url=url)
    if not form.is_valid():
        return _draw_receiving(request, place, form)
    receipt = form.receipt()
    try:
        movement = services.receive(
            actor=request.user,
            facility=place,
            receipt=receipt,
            on=form.cleaned_data["on"],
            at=timezone.now(),
        )
    except ValidationError as error:
        take_refusal(form, error)
        return _draw_receiving(request, place, form)
    said = {
        "n": shown_number(movement.quantity),
        "unit": receipt.medicine.unit,
        "name": str(receipt.medicine),
        "left": shown_number(movement.lot.on_hand),
    }
    messages.success(request, _("%(n)s %(unit)s %(name)s taken in; the lot holds %(left)s.") % said)
    again = _frame(request, place)["query"]
    target = "receive" if "more" in request.POST else "stock"
    return HttpResponseRedirect(reverse(f"admin:facilities_stocklot_{target}") + again)


def _draw_receiving(request: HttpRequest, place: Organisation, form: ReceiveForm) -> HttpResponse:
    context = {**_frame(request, place), "title": _("Take a delivery in"), "form": form}
    return page(request, "facilities/receive_page.html", context)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Answer the products of the register that a typed text may mean."""
    if not scope_of(request.user, VIEW):
        raise PermissionDenied
    rows = Medicine.objects.filter(is_retired=False)
    return suggestions(request, lambda text: list(rows.found_by(text)[:12]), str)


@require_safe
def turnover_page(request: HttpRequest) -> Any:
    """Show opening, received, issued, lost and closing of a period; as a file, too."""
    place = place_of(request, VIEW)
    first, last = _period(request)
    rows = turnover(place, first, last)
    wanted = request.GET.get("tep", "")
    if wanted in FORMATS:
        heads = [
            _("Code"), _("Name"), _("Registration number"), _("Unit"), _("Lot"), _("Expires on"),
            _("Opening"), _("Received"), _("Issued"), _("Lost or destroyed"), _("Closing"),
        ]  # fmt: skip
        cells = (
            [
                row.lot.medicine.code, str(row.lot.medicine), row.lot.medicine.registration_number,
                row.lot.medicine.unit, row.lot.lot_number, row.lot.expires_on, row.opening,
                row.received, row.issued, row.lost, row.closing,
            ]
            for row in rows
        )  # fmt: skip
        return stream(wanted, f"nhap_xuat_ton_{first:%Y%m%d}_{last:%Y%m%d}", heads, cells)
    context = {
        **_frame(request, place),
        "title": _("Turnover of stock"),
        "rows": rows,
        "first": first,
        "last": last,
        "formats": FORMATS,
    }
    return page(request, "facilities/turnover_page.html", context)


def _period(request: HttpRequest) -> tuple[date, date]:
    """Return the period asked for, else this month until today."""
    today = timezone.localdate()
    first, last = _day(request, "tu") or today.replace(day=1), _day(request, "den") or today
    return (first, last) if first <= last else (last, first)


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        read: date | None = DateField(required=False).clean(request.GET.get(name, ""))
    except ValidationError:
        return None
    return read


@require_POST
def open_page(request: HttpRequest) -> HttpResponse:
    """Begin a stocktake today."""
    place = place_of(request, KEEP)
    try:
        stocktake = services.open_stocktake(
            facility=place,
            counted_on=timezone.localdate(),
            counted_by=str(request.user),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(
            reverse("admin:facilities_stocklot_stock") + _frame(request, place)["query"]
        )
    return HttpResponseRedirect(reverse("admin:facilities_stocktake_change", args=[stocktake.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def stocktake_page(request: HttpRequest, stocktake: Stocktake, *, may_keep: bool) -> HttpResponse:
    """Show the lines of a stocktake; write what was counted, close it."""
    if request.method == "POST" and not may_keep:
        raise PermissionDenied
    problems: list[str] = []
    if request.method == "POST":
        counts, problems = _counts_of(request, stocktake)
        problems += _write(
            request, stocktake, counts, close="close" in request.POST and not problems
        )
        problems += _add(request, stocktake)
        if not problems:
            return HttpResponseRedirect(request.path)
    lines = list(
        stocktake.lines.select_related("lot__medicine").order_by(
            "lot__medicine__name_norm", "lot__expires_on", "id"
        )
    )
    context = {
        "title": _("Stocktake of %(day)s") % {"day": f"{stocktake.counted_on:%d/%m/%Y}"},
        "stocktake": stocktake,
        "lines": [(line, _typed(request, line)) for line in lines],
        "counted": sum(line.counted is not None for line in lines),
        "problems": problems,
        "may_keep": may_keep and stocktake.closed_at is None,
        "used_up": _used_up(stocktake),
    }
    return page(request, "facilities/stocktake_page.html", context)


def _used_up(stocktake: Stocktake) -> QuerySet[StockLot]:
    """Return the lots to choose from of which the books hold nothing and the stocktake no line."""
    lots = StockLot.objects.filter(facility=stocktake.facility_id, on_hand=0)
    lots = lots.exclude(pk__in=stocktake.lines.order_by().values("lot"))
    return lots.select_related("medicine").order_by(
        "medicine__name_norm", "expires_on", "lot_number", "id"
    )


def _add(request: HttpRequest, stocktake: Stocktake) -> list[str]:
    """Add the lot that was chosen; return what stands against it."""
    if "add" not in request.POST:
        return []
    text = request.POST.get("them", "")
    lot = next((lot for lot in _used_up(stocktake) if str(lot.pk) == text), None)
    if lot is None:
        return [_("Choose the lot that was found.")]
    try:
        services.add_line(stocktake=stocktake, lot=lot)
    except ValidationError as error:
        return list(error.messages)
    return []


def _typed(request: HttpRequest, line: Any) -> tuple[str, str]:
    """Return what stands in the boxes of a line: what was typed last, else what is stored."""
    stored = shown_number(line.counted) if line.counted is not None else ""
    if request.method != "POST":
        return stored, line.reason
    return (
        request.POST.get(f"dem-{line.pk}", stored),
        request.POST.get(f"vi-{line.pk}", line.reason),
    )


def _counts_of(request: HttpRequest, stocktake: Stocktake) -> tuple[dict[UUID, Count], list[str]]:
    counts, problems = {}, []
    for line in stocktake.lines.select_related("lot__medicine"):
        text = request.POST.get(f"dem-{line.pk}", "").strip()
        try:
            counted = Decimal(str(sanitize_separators(text))) if text else None
        except InvalidOperation:
            said = {"lot": str(line.lot), "text": text}
            problems.append(_("%(lot)s: “%(text)s” is not a number.") % said)
            continue
        counts[line.pk] = Count(counted, request.POST.get(f"vi-{line.pk}", ""))
    return counts, problems


def _write(
    request: HttpRequest, stocktake: Stocktake, counts: dict[UUID, Count], *, close: bool
) -> list[str]:
    """Store the counts and close where that was asked; return what stands against it."""
    try:
        services.write_counts(stocktake=stocktake, counts=counts)
        if close:
            services.close_stocktake(actor=request.user, stocktake=stocktake, at=timezone.now())
    except ValidationError as error:
        return list(error.messages)
    said = _("The stocktake is closed; the books say what was counted.") if close else _("Stored.")
    messages.success(request, said)
    return []
