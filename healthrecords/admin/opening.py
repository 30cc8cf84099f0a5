"""Open one record for one request: on a ground of care, or ask for the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.background import allergies_of_citizen
from healthrecords.models import (
    CareAccess,
    Citizen,
    CitizenIdentifier,
    CitizenMerge,
    IdentityCheck,
    RelatedPerson,
    TwinCase,
)
from healthrecords.provenances import cards_as_json, words_as_json
from healthrecords.services import break_glass, open_access, place_to_act, sees_sensitive
from healthrecords.services.guests import in_front
from portal.audit.reads import note
from portal.site.pages import page
from portal.site.rights import may


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that this request may show."""

    citizen: Any
    access: CareAccess
    sees_sensitive: bool
    at: datetime


def find_citizen(pk: Any) -> Any:
    """Return a citizen with numbers and open twin cases, in one query; unknown is 404."""
    citizen = _people_shown(timezone.localdate()).filter(pk=as_key(pk)).first()
    if citizen is None:
        raise Http404(_("There is no such record."))
    return citizen


@lru_cache(maxsize=2)
def _people_shown(on: date) -> Any:
    """Return people with all that their banner says on a day; never read itself, so that it is built once."""
    numbers = CitizenIdentifier.objects.filter(citizen=OuterRef("pk"), ended_on=None)
    cases = TwinCase.objects.open().filter(Q(older=OuterRef("pk")) | Q(newer=OuterRef("pk")))
    merges = CitizenMerge.objects.filter(survivor=OuterRef("pk"), undone_at=None)
    known = Citizen.objects.with_restriction(on)
    return known.select_related(
        "area__parent", "home_station", "merged_into", "registered_at"
    ).annotate(
        numbers=ArraySubquery(
            numbers.order_by("kind", "-is_verified", "-id").values(
                json=JSONObject(
                    id="id",
                    kind="kind",
                    value="value",
                    origin="origin",
                    is_verified="is_verified",
                )
            )
        ),
        words=ArraySubquery(words_as_json()),
        cards=ArraySubquery(cards_as_json()),
        representative=Subquery(
            in_front(
                RelatedPerson.objects.filter(citizen=OuterRef("pk"), represents=True, until=None)
            )
            .order_by("id")
            .values("name")[:1]
        ),
        open_differences=Exists(
            IdentityCheck.objects.filter(citizen=OuterRef("pk"), open_count__gt=0)
        ),
        has_twin=Exists(cases),
        twin_ground=Subquery(cases.order_by("-likelihood", "id").values("ground")[:1]),
        has_merges=Exists(merges),
        **allergies_of_citizen(),
    )


def as_key(text: Any) -> UUID:
    """Read a key of an address; what is none names nobody."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Http404(_("There is no such record.")) from None


def open_record(request: HttpRequest, pk: Any, *, action: str = "opened") -> Opened | HttpResponse:
    """Open a record and write it into the read log, or answer 403 with the form for the reason."""
    if not may(request, "view_records"):
        raise PermissionDenied(_("Opening records needs a role at a place of care."))
    citizen = find_citizen(pk)
    if citizen.merged_into_id is not None:
        if request.method in {"GET", "HEAD"}:
            return _to_the_one_that_stays(request, citizen)
        citizen = find_citizen(citizen.merged_into_id)  # what was typed is not lost
        messages.info(request, JOINED % {"name": citizen.name})
    at = timezone.now()
    access = open_access(user=request.user, citizen=citizen, at=at)
    if access is None:
        answer = _open_again(request, citizen, at)
        if isinstance(answer, HttpResponse):
            return answer
        access = answer
    note(request, [citizen.pk], action=action, ground=access.ground, reason=access.reason)
    return Opened(citizen, access, sees_sensitive(access), at)


REASON_NOW = "open_reason"


def kept_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed into a form whose record closed meanwhile, to be sent once more.

    A password stands on no page, and a file cannot be sent again: of a form that holds one, nothing
    is kept, and it begins anew once the record is open.
    """
    left_out = {"csrfmiddlewaretoken", REASON_NOW}
    if request.FILES or "password" in request.POST:
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in left_out
        for value in values
    ]


def _open_again(request: HttpRequest, citizen: Any, at: datetime) -> CareAccess | HttpResponse:
    """Ask for the reason, or open the record for the one that came with what was typed."""
    reason, error = request.POST.get(REASON_NOW, ""), ""
    if REASON_NOW in request.POST:
        try:
            access = break_glass(user=request.user, citizen=citizen, reason=reason, at=at)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.warning(request, OPENED)
            return access
    note(request, [citizen.pk], action="refused", ground="none")
    return ask_reason(request, citizen.pk, error=error, reason=reason, kept=kept_of(request))


OPENED = gettext_lazy(
    "The record is open for a stated reason; a reviewer and the citizen see this."
)
JOINED = gettext_lazy(
    "The record you had open was joined with that of %(name)s meanwhile; what you sent went there."
)


def _to_the_one_that_stays(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Send an old address on to the record that speaks for both, with a note."""
    messages.info(request, _("This record was joined with another one, which is open now."))
    path = request.get_full_path().replace(str(citizen.pk), str(citizen.merged_into_id))
    return HttpResponseRedirect(path)


def ask_reason(
    request: HttpRequest,
    pk: UUID,
    *,
    error: str = "",
    reason: str = "",
    who: Any = None,
    kept: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """Draw the page that asks why a record should open; it names nobody by itself.

    ``kept`` was typed into a form of the record: with the reason it is sent again, to the same address.
    """
    may_break = place_to_act(request.user, "enter_records") is not None
    context = {
        "title": _("This record is not open to you"),
        "citizen_id": pk,
        "may_break": may_break,
        "error": error,
        "reason": reason,
        "who": who,
        "kept": kept,
    }
    return page(request, "healthrecords/closed_record.html", context, status=200 if who else 403)
