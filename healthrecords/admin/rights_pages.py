"""A citizen's rights at the desk: what was agreed to, what was asked for, what holds the record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from healthrecords.admin.opening import Opened, open_record
from healthrecords.admin.requests import due_chip
from healthrecords.banner import banner_of
from healthrecords.forms.protection import ConsentForm, HoldForm, RequestForm, WithdrawalForm
from healthrecords.models import Consent, DataRequest, LegalHold
from healthrecords.papers.rights import consent_paper
from healthrecords.services import place_to_act
from healthrecords.services.consents import (
    Allowed,
    is_allowed,
    latest_answers,
    purpose_on,
    purposes_on,
    record_consent,
    restricting,
    withdraw_consent,
)
from healthrecords.services.hushing import Hush
from healthrecords.services.requests import receive_request
from healthrecords.services.retention import keeping, place_hold
from portal.admin.deeds import take_refusal
from portal.codelists.lookup import Entry
from portal.database.uuid7 import uuid7
from portal.site.pages import page
from portal.templatetags.portal import day


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose with the person's answer."""

    entry: Entry
    allowed: Allowed
    earlier: list[Consent]

    @property
    def chip(self) -> tuple[str, str, str]:
        """Return the state as kind, icon and word."""
        words = {
            "given": ("ok", "ok", _("Agrees")),
            "refused": ("bad", "bad", _("Does not agree")),
            "withdrawn": ("bad", "bad", _("Withdrawn")),
            "asked_back": ("bad", "bad", _("Withdrawal asked for")),
            "expired": ("warn", "clock", _("Ran out")),
            "restricted": ("warn", "lock", _("Restricted")),
        }
        return words.get(self.allowed.code, ("", "none", _("Not asked")))

    @property
    def to_withdraw(self) -> Consent | None:
        """Return the consent that the person can take back; a restriction forbids its use, not that."""
        latest = self.earlier[0] if self.earlier else None
        if latest is None or latest.answer != Consent.Answer.GIVEN or latest.withdrawn_on:
            return None
        return latest


def rights_url(pk: Any) -> str:
    """Return the address of a citizen's rights."""
    return reverse("admin:healthrecords_citizen_rights", args=[pk])


def _at_desk(request: HttpRequest, pk: UUID, **kwargs: Any) -> tuple[Any, Opened | HttpResponse]:
    """Open the record for those who serve people at a place of care."""
    place = place_to_act(request.user, "enter_records")
    if place is None:
        raise PermissionDenied(_("Rights are looked after at the desk of a place of care."))
    return place, open_record(request, pk, **kwargs)


def rights_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show consents, requests and holds of one person."""
    _place, opened = _at_desk(request, pk)
    if not isinstance(opened, Opened):
        return opened
    citizen, on = opened.citizen, timezone.localdate(opened.at)
    hush = Hush(sees_sensitive=opened.sees_sensitive)
    answers: dict[str, list[Consent]] = {}
    rows: Any = Consent.objects.of(opened.access).select_related("facility", "recorded_by")
    for consent in hush.rows(rows):
        consent.noted_at = hush.place(consent.facility.name)
        answers.setdefault(consent.purpose, []).append(consent)
    asked: Any = DataRequest.objects.of(opened.access).select_related("facility")
    requests: list[Any] = hush.rows(
        asked.prefetch_related("lifts").order_by("closed_on", "due_on", "id")
    )
    for one in requests:
        one.noted_at = hush.place(one.facility.name)
    may_review = place_to_act(request.user, "review_access") is not None
    context = {
        "title": _("Rights of %(name)s") % {"name": citizen.name},
        "banner": banner_of(citizen, opened.access),
        "purposes": [
            Purpose(
                entry,
                is_allowed(citizen=citizen, purpose=entry.code, on=on),
                answers.get(entry.code, []),
            )
            for entry in purposes_on(on)
        ],
        "restriction": restricting(citizen, on),
        "requests": [(one, due_chip(one, on)) for one in requests],
        "may_review": may_review,
        "holds": list(LegalHold.objects.of(opened.access).holding()) if may_review else [],
        "kept": keeping(citizen, on) if may_review else None,
    }
    return page(request, "healthrecords/rights_page.html", context)


def ask_page(request: HttpRequest, pk: UUID, purpose: str) -> HttpResponse:
    """Read out one purpose and keep the answer."""
    place, opened = _at_desk(request, pk)
    if not isinstance(opened, Opened):
        return opened
    asked = _purpose(purpose, opened)
    initial = {"client_key": uuid7()}
    data = request.POST if request.method == "POST" else None
    form = ConsentForm(data, initial=initial, citizen=opened.citizen, purpose=asked.code)

    def keep() -> str:
        saved = record_consent(
            actor=request.user,
            citizen=opened.citizen,
            facility=place,
            entry=form.entry(),
            client_key=form.cleaned_data["client_key"],
            at=timezone.now(),
        )
        label = saved.row.get_answer_display()
        return _("Kept: %(purpose)s, %(answer)s.") % {"purpose": asked.title, "answer": label}

    return _answer(
        request,
        opened,
        form,
        keep,
        {
            "title": asked.title,
            "text": asked.attributes["text"],
            "basis": asked.attributes.get("source", ""),
            "paper": reverse(
                "admin:healthrecords_citizen_consent_paper", args=[opened.citizen.pk, asked.code]
            ),
            "button": _("Keep the answer"),
        },
    )


def _purpose(code: str, opened: Opened) -> Entry:
    try:
        return purpose_on(code, timezone.localdate(opened.at))
    except ValidationError:
        raise Http404(_("There is no such page.")) from None


def consent_form(request: HttpRequest, pk: UUID, purpose: str) -> HttpResponse:
    """Print the paper on which a person answers to one purpose."""
    place, opened = _at_desk(request, pk, action="printed")
    if not isinstance(opened, Opened):
        return opened
    pdf = consent_paper(
        _purpose(purpose, opened), banner=banner_of(opened.citizen), facility=place, at=opened.at
    )
    return HttpResponse(pdf, content_type="application/pdf")


def withdraw_page(request: HttpRequest, pk: UUID, consent_id: UUID) -> HttpResponse:
    """Take a consent back."""
    _place, opened = _at_desk(request, pk)
    if not isinstance(opened, Opened):
        return opened
    consent = latest_answers(opened.citizen.pk)
    found = next((row for row in consent.values() if row.pk == consent_id), None)
    if found is None:
        raise Http404(_("There is no such record."))
    form = WithdrawalForm(request.POST if request.method == "POST" else None)

    def keep() -> str:
        withdraw_consent(actor=request.user, consent=found, at=timezone.now(), **form.cleaned_data)
        return _("The consent is withdrawn from %(day)s.") % {
            "day": day(form.cleaned_data["withdrawn_on"])
        }

    about = {"title": _("Withdraw a consent"), "text": found.text, "button": _("Withdraw")}
    return _answer(request, opened, form, keep, about)


def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take in a request of the person about their data."""
    place, opened = _at_desk(request, pk)
    if not isinstance(opened, Opened):
        return opened
    data = request.POST if request.method == "POST" else None
    restricted = restricting(opened.citizen, timezone.localdate(opened.at)) is not None
    asks = {"kind": request.GET["kind"]} if "kind" in request.GET else {}
    form = RequestForm(data, restricted=restricted, initial={"client_key": uuid7(), **asks})

    def keep() -> str:
        saved = receive_request(
            actor=request.user,
            citizen=opened.citizen,
            facility=place,
            entry=form.entry(),
            client_key=form.cleaned_data["client_key"],
            at=timezone.now(),
        ).row
        return _("Received %(number)s: reply by %(reply)s, done by %(due)s.") % {
            "number": saved.number,
            "reply": day(saved.reply_due_on),
            "due": day(saved.due_on),
        }

    about = {"title": _("Request about one's data"), "button": _("Receive the request")}
    return _answer(request, opened, form, keep, about)


def hold_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hold a record whatever its term says."""
    place = place_to_act(request.user, "review_access")
    if place is None:
        raise PermissionDenied(_("Holding a record needs the right to review here."))
    opened = open_record(request, pk)
    if not isinstance(opened, Opened):
        return opened
    form = HoldForm(request.POST if request.method == "POST" else None)

    def keep() -> str:
        place_hold(
            actor=request.user,
            citizen=opened.citizen,
            facility=place,
            at=timezone.now(),
            **form.cleaned_data,
        )
        return _("The record is held until somebody lifts the hold.")

    about = {"title": _("Hold this record"), "button": _("Hold the record")}
    return _answer(request, opened, form, keep, about)


def _answer(
    request: HttpRequest,
    opened: Opened,
    form: forms.Form,
    keep: Callable[[], str],
    about: dict[str, Any],
) -> HttpResponse:
    """Carry out what a valid form says, or draw it with what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            said = keep()
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(rights_url(opened.citizen.pk))
    context = {
        "banner": banner_of(opened.citizen, opened.access),
        "form": form,
        "back": rights_url(opened.citizen.pk),
        **about,
    }
    return page(request, "healthrecords/rights_form.html", context)
