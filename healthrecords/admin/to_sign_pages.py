"""Sign several visits at once: what waits here for a signature, and what became of the marked ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from healthrecords.admin.signing_pages import SHOWN, require_signing_place, sign_shown
from healthrecords.banner import age_of
from healthrecords.services.amending import hushed, words_for
from healthrecords.services.betraying import Words
from healthrecords.services.signing import CHANGED, Outcome
from healthrecords.snapshots import shown_marks
from healthrecords.to_sign import to_sign_at
from portal.audit.reads import note
from portal.scope import scope_of
from portal.signing.forms import SigningForm
from portal.signing.services import certificates_of
from portal.site.pages import page

LISTED = 50
UNKNOWN = "-"  # what a form without a mark says it was shown: nothing that any visit says


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page lists: the marked visits that still wait, and the first ones of those that do."""

    keys: tuple[UUID, ...]
    marked: frozenset[UUID]
    asked: int  # so many were marked, those that wait no longer too
    has_more: bool

    @classmethod
    def of(cls, rows: Any, sent: Sequence[str]) -> Listed:
        """Find the marked visits by their keys: others may have pushed them out of the first ones."""
        known = set(_keys(sent))
        found = rows.filter(pk__in=known).values_list("pk", flat=True) if known else ()
        marked = frozenset(found)
        first = list(rows.values_list("pk", flat=True)[: LISTED + 1])
        keys = [*marked, *(pk for pk in first if pk not in marked)]
        shown = tuple(keys[: max(LISTED, len(marked))])
        return cls(
            keys=shown,
            marked=marked,
            asked=len(set(sent)),
            has_more=len(keys) > len(shown),
        )


def _keys(sent: Sequence[str]) -> Iterator[UUID]:
    for text in sent:
        with suppress(ValueError):  # what is no key waits nowhere
            yield UUID(text)


@sensitive_post_parameters("password")
def to_sign_page(request: HttpRequest) -> HttpResponse:
    """List what this person has to sign here, oldest first, and sign many at once."""
    place = require_signing_place(request)
    rows = to_sign_at(request, place)
    listed = Listed.of(rows, request.POST.getlist("visit"))
    sees = place.pk in scope_of(request.user, "see_sensitive")
    marks = shown_marks(listed.keys, sees_sensitive=sees)  # before what is shown is read
    visits = list(rows.filter(pk__in=listed.keys).select_related("facility"))
    note(request, [visit.citizen_id for visit in visits], action="listed", ground="to_sign")
    sent = request.POST if request.method == "POST" else None
    form = SigningForm(sent, certificates=certificates_of(request.user))
    shown = {visit.pk: request.POST.get(f"{SHOWN}-{visit.pk}") or UNKNOWN for visit in visits}
    done: list[Outcome] = []
    wanted = [visit for visit in visits if visit.pk in listed.marked]
    if gone := listed.asked - len(wanted):
        messages.warning(request, _gone_words(gone))
    if request.method == "POST" and form.is_valid():
        if not listed.asked:
            form.add_error(None, _("Nothing is chosen; mark the visits to sign."))
        answer = sign_shown(request, form, wanted, shown=shown) if wanted else []
        if isinstance(answer, HttpResponse):
            return answer
        done = answer
    if done and all(outcome.version for outcome in done):
        messages.success(
            request,
            ngettext("Signed %(count)d visit.", "Signed %(count)d visits.", len(done))
            % {"count": len(done)},
        )
        return HttpResponseRedirect(request.path)
    signed = {outcome.visit.pk for outcome in done if outcome.version}
    refusals = {pk: str(CHANGED) for pk in listed.marked & shown.keys() if shown[pk] != marks[pk]}
    refusals |= {outcome.visit.pk: outcome.refusal for outcome in done if outcome.refusal}
    words = words_for(sees_sensitive=sees, at=timezone.now())
    context = {
        "title": _("Visits to sign"),
        "form": form,
        "lines": [
            {**_line(visit, listed, refusals, words), "shown": marks[visit.pk]}
            for visit in visits
            if visit.pk not in signed
        ],
        "signed_now": len(signed),
        "has_more": listed.has_more,
        "place": place,
    }
    return page(request, "healthrecords/to_sign.html", context)


def _gone_words(count: int) -> str:
    return ngettext(
        "%(count)d marked visit no longer waits here and was not signed: meanwhile somebody signed,"
        " withdrew or reopened it. Look at it in the record of the person.",
        "%(count)d marked visits no longer wait here and were not signed: meanwhile somebody signed,"
        " withdrew or reopened them. Look at them in the records of the persons.",
        count,
    ) % {"count": count}


def _line(
    visit: Any, listed: Listed, refusals: Mapping[UUID, str], words: Words | None
) -> dict[str, Any]:
    return {
        "visit": visit,
        "age": age_of(visit.citizen, timezone.localdate()),
        "diagnoses": visit.coded,
        "amendment": hushed(visit.amending[0], visit, words) if visit.amending else None,
        "is_chosen": not listed.asked or visit.pk in listed.marked,
        "refusal": refusals.get(visit.pk, ""),
    }
