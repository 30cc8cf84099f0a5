"""A scanned card beside the record under its number, where both do not say the same person."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from healthrecords.admin.identity_pages import identity_url
from healthrecords.admin.record_page import record_url
from healthrecords.finder import holders_of
from healthrecords.models import Citizen
from healthrecords.scanned import Card, Held, card_of, compared
from healthrecords.services import place_to_act
from healthrecords.services.access import SHORTEST_REASON
from portal.audit.reads import note
from portal.scope import scope_of
from portal.site.pages import page
from portal.site.rights import may


def card_page(request: HttpRequest) -> HttpResponse:
    """Show who the card says and who the record is; open it for a reason, or register the holder."""
    if not may(request, "view_records"):
        raise PermissionDenied(_("Opening records needs a role at a place of care."))
    query = request.GET.get("q", "")
    card = card_of(query, on=timezone.localdate())
    if card is None:
        raise Http404(_("There is no such record."))
    holders, is_hint = holders_of(card)
    rows = Citizen.objects.filter(pk__in=holders).within(scope_of(request.user, "view_records"))
    mine = set(rows.values_list("pk", flat=True))
    # Of somebody cared for elsewhere an exact number tells who it is; of several it tells nothing.
    shown = compared(card, holders if len(holders) == 1 else sorted(mine), mine)
    if not shown:
        raise Http404(_("There is no such record."))
    error = ""
    if request.method == "POST":
        answer = _open(request, card, shown)
        if isinstance(answer, HttpResponse):
            return answer
        error = answer
    note(request, [held.citizen.pk for held in shown], action="identified", ground="number")
    return _draw(request, query, card, shown, is_hint=is_hint, error=error)


def _open(request: HttpRequest, card: Card, shown: list[Held]) -> HttpResponse | str:
    """Go to the record for a reason that the read log keeps, or say why not.

    The visit is then not identified by the card, which says somebody else.
    """
    chosen = request.POST.get("citizen", "")
    held = next((one for one in shown if one.is_mine and str(one.citizen.pk) == chosen), None)
    if held is None:
        return _("Choose one of the records that are shown.")
    reason = " ".join(request.POST.get("reason", "").split())
    if len(reason) < SHORTEST_REASON:
        return _("Write in a few words why this record is the one of the person with the card.")
    note(request, [held.citizen.pk], action="identified", ground="card", reason=reason[:500])
    said = _("The card says %(card)s, the record is that of %(name)s; your reason is kept.")
    messages.warning(request, said % {"card": card.name, "name": held.citizen.name})
    return HttpResponseRedirect(record_url(held.citizen.pk))


def _draw(
    request: HttpRequest, query: str, card: Card, shown: list[Held], *, is_hint: bool, error: str
) -> HttpResponse:
    may_enter = place_to_act(request.user, "enter_records") is not None
    asked = urlencode({"q": query})
    context = {
        "title": _("The card and the record do not say the same")
        if any(held.differs for held in shown)
        else _("Is this the person with the card?"),
        "card": card,
        "records": [_shown(held, card, is_hint=is_hint, may_enter=may_enter) for held in shown],
        "is_hint": is_hint,
        "error": error,
        "reason": request.POST.get("reason", ""),
        "chosen": _key(request.POST.get("citizen", "")),
        "new_url": f"{reverse('admin:healthrecords_citizen_add')}?{asked}" if may_enter else "",
    }
    status = 400 if error else 200
    return page(request, "healthrecords/card_page.html", context, status=status)


def _shown(held: Held, card: Card, *, is_hint: bool, may_enter: bool) -> dict[str, Any]:
    pk = held.citizen.pk
    number = card.hint if is_hint and card.hint else card.number
    by = urlencode({"by": card.by})
    asked = urlencode({"q": number[1]})
    return {
        "held": held,
        "open_url": f"{record_url(pk)}?{by}" if held.is_mine and not held.differs else "",
        "ask_url": ""
        if held.is_mine
        else f"{reverse('admin:healthrecords_citizen_identify')}?{asked}",
        "report_url": identity_url(pk) if held.is_mine and may_enter else "",
    }


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
