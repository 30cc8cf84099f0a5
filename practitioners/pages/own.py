"""A practitioner's own page: see, confirm, correct with evidence, count training, see who looked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.admin.deeds import take_refusal
from portal.audit.reads import note
from portal.codelists.lookup import titles_on as list_titles_on
from portal.database.keys import uuid7
from portal.places.models import Organisation
from portal.site.pages import page
from practitioners import due, services
from practitioners.approved import approved_values
from practitioners.forms import ProfileForm, initial_of
from practitioners.items import ITEMS
from practitioners.looks import PAGE as LOOKS
from practitioners.looks import looks_of
from practitioners.models import Practitioner, ProfileAnswer, ProfileSubmission
from practitioners.pages.profiles import keep_papers, kept_papers
from practitioners.practising import practitioner_of
from practitioners.public.facts import Place, places_of
from practitioners.rules import rules_on
from practitioners.training import FORMS, balance_of
from practitioners.training_forms import TrainingForm
from practitioners.wording import Titles, parts, titles_on

ITEMS_SHOWN = tuple(item for item in ITEMS if item.key not in {"registration", "training"})


def own_person(request: HttpRequest) -> Practitioner | None:
    """Return whom the register knows by this account, and note that they looked."""
    person = practitioner_of(request.user, timezone.localdate())
    if person is not None:
        note(request, [person.pk], action="opened", ground="own")
    return person


def unlinked(request: HttpRequest) -> HttpResponse:
    """Say that no practitioner uses this account, and who can change that."""
    return page(request, "practitioners/own_unlinked.html", {"title": _("My profile")})


@require_safe
def my_profile(request: HttpRequest) -> HttpResponse:
    """Show a practitioner what the register has of them and what is due."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    return page(request, "practitioners/own.html", _context(person))


def _context(person: Practitioner) -> dict[str, Any]:
    today = timezone.localdate()
    rules = rules_on(today)
    license = person.licenses.current().prefetch_related("events", "versions").first()
    standing = license.standing_on(today, rules) if license else None
    balance = balance_of(license, today) if license else None
    dues = [
        *due.of_license(license, standing, rules, today),
        *due.of_training(balance),
        *due.of_profile(person, license),
    ]
    places, wording = places_of(person, today), titles_on(today)
    waiting = list(_waiting(person))
    return {
        "title": _("My profile"),
        "person": person,
        "license": license,
        "standing": standing,
        "chip": due.state_chip(standing) if standing else None,
        "balance": balance,
        "trainings": person.trainings.order_by("-ended_on", "-id")[:30],
        "forms": list_titles_on(FORMS, today),
        "dues": sorted(dues, key=lambda one: one.order),
        "items": _items(person, places, wording),
        "wording": wording,
        "places": places,
        "waiting": waiting,
        "to_answer": [row for row in waiting if _may_answer(row, person)],
        "confirmed": person.answers.filter(submission=None).first(),
        "looks": looks_of([person.pk])[:8],
    }


def _items(person: Practitioner, places: list[Place], titles: Titles) -> list[dict[str, Any]]:
    """Write each item of the profile as it stands, with its source."""
    today = timezone.localdate()
    facility = Organisation.objects.filter(pk__in=[place.facility_id for place in places]).first()
    values = approved_values(person, facility or Organisation(), today)
    return [
        {
            "item": item,
            "parts": parts(item, values[item.key], values[item.key], titles),
            "source": person.provenance_of(item.key),
        }
        for item in ITEMS_SHOWN
    ]


def _waiting(person: Practitioner) -> Any:
    rows = ProfileSubmission.objects.waiting().filter(practitioner=person)
    rows = rows.select_related("facility", "submitted_by")
    return rows.prefetch_related("items", "answers").order_by("-submitted_at")


def _may_answer(row: ProfileSubmission, person: Practitioner) -> bool:
    mine = {account.user_id for account in person.accounts.all()}
    answered = any(one.side == ProfileAnswer.Side.PRACTITIONER for one in row.answers.all())
    return row.submitted_by_id not in mine and not answered


@require_POST
def confirm_mine(request: HttpRequest) -> HttpResponse:
    """Take a practitioner's word that everything is right."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    services.confirm_profile(practitioner=person, actor=request.user, at=timezone.now())
    messages.success(request, _("Noted: you confirmed your profile as it stands today."))
    return redirect("practitioners:my-profile")


@require_POST
def answer_mine(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Confirm a change a facility sent, or object to it."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    row = ProfileSubmission.objects.filter(practitioner=person, pk=submission_id).first()
    if row is None:
        raise Http404(_("There is no such record."))
    answer(request, row, ProfileAnswer.Side.PRACTITIONER)
    return redirect("practitioners:my-profile")


def answer(request: HttpRequest, row: ProfileSubmission, side: str) -> None:
    """Take the answer of a side from a posted form, and say what became of it."""
    try:
        services.answer_change(
            submission=row,
            side=side,
            answer=request.POST.get("answer", ""),
            reason=request.POST.get("reason", ""),
            actor=request.user,
            at=timezone.now(),
        )
    except ValidationError as refused:
        for message in refused.messages:
            messages.error(request, message)
    else:
        messages.success(
            request, _("Noted your answer on the change of %(name)s.") % {"name": row.name}
        )


@require_http_methods(["GET", "HEAD", "POST"])
def correct_mine(request: HttpRequest) -> HttpResponse:
    """Send a correction of one's own profile to the department, with its evidence."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    today = timezone.localdate()
    held = person.registrations.holding(today).values("facility")
    facilities = Organisation.objects.filter(pk__in=held).order_by("name_norm", "id")
    if not facilities:
        messages.error(
            request,
            _("You are registered at no facility: the department takes a correction by dossier."),
        )
        return redirect("practitioners:my-profile")
    if request.method != "POST":
        items = approved_values(person, facilities[0], today)
        values = {name: value for fields in items.values() for name, value in fields.items()}
        initial = {"client_key": uuid7(), "facility": facilities[0].pk, **initial_of(values)}
        return _draw(request, ProfileForm(initial=initial, facilities=facilities, on=today))
    form = ProfileForm(request.POST, request.FILES, facilities=facilities, on=today)
    valid = form.is_valid()
    key = form.cleaned_data.get("client_key") or uuid7()
    keep_papers(request, form, key)
    if valid and form.is_valid() and _send(request, form, person):
        return redirect("practitioners:my-profile")
    return _draw(request, form, kept=kept_papers(request, key))


def _send(request: HttpRequest, form: ProfileForm, person: Practitioner) -> bool:
    try:
        services.submit_profile(
            facility=form.cleaned_data["facility"],
            values=form.profile,
            client_key=form.cleaned_data["client_key"],
            actor=request.user,
            at=timezone.now(),
            of=person,
        )
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return False
    messages.success(
        request, _("Sent your correction to the department; your facility is asked as well.")
    )
    return True


def _draw(request: HttpRequest, form: ProfileForm, kept: Any = ()) -> HttpResponse:
    context = {
        "title": _("Correct my profile"),
        "form": form,
        "kept": kept,
        "is_own": True,
        "back": "practitioners:my-profile",
    }
    return page(request, "practitioners/profile_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def declare_mine(request: HttpRequest) -> HttpResponse:
    """Declare a training with its certificate; the balance tells what it will bring."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    today = timezone.localdate()
    posted = request.method == "POST"
    form = TrainingForm(request.POST, request.FILES, on=today) if posted else TrainingForm(on=today)
    if posted and form.is_valid():
        upload = form.cleaned_data["evidence"]
        try:
            row = services.declare_training(
                practitioner=person,
                entry=form.entry(),
                content=upload.read() if upload else b"",
                name=upload.name if upload else "",
                actor=request.user,
                at=timezone.now(),
            )
        except ValidationError as refused:
            take_refusal(form, refused)
        else:
            said = _("Declared “%(title)s”; it counts when your facility has confirmed it.")
            messages.success(request, said % {"title": row.title})
            return redirect("practitioners:my-profile")
    context = {"title": _("Declare a training"), "form": form, "rates": form.rates}
    return page(request, "practitioners/own_training.html", context)


@require_safe
def my_looks(request: HttpRequest) -> HttpResponse:
    """Show who has looked at one's profile, page by page."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    before = _moment(request.GET.get("truoc", ""))
    looks = looks_of([person.pk], before=before)
    context = {
        "title": _("Who looked at my profile"),
        "looks": looks[:LOOKS],
        "next": looks[LOOKS - 1].at.isoformat() if len(looks) > LOOKS else "",
    }
    return page(request, "practitioners/own_looks.html", context)


def _moment(text: str) -> Any:
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
