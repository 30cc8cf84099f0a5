"""A practitioner's own page: see, confirm, correct with evidence, count training, see who looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.admin.deeds import take_refusal
from portal.audit.reads import note
from portal.codelists.lookup import titles_on as list_titles_on
from portal.places.models import Organisation
from portal.site.pages import page
from practitioners import due, services
from practitioners.approved import RELATED, approved_values
from practitioners.away import clock_of
from practitioners.items import BY_KEY, ITEMS, Item, Values
from practitioners.learnt import LEARNT, rows_of, values_of
from practitioners.looks import PAGE as LOOKS
from practitioners.looks import looks_of
from practitioners.models import Practitioner, ProfileAnswer, ProfileSubmission
from practitioners.practising import practitioner_of
from practitioners.public.facts import places_of
from practitioners.rules import rules_on
from practitioners.stopped import bans_of
from practitioners.training import FORMS, balance_of
from practitioners.training_forms import TrainingForm
from practitioners.wording import Titles, parts, titles_on

# Trainings have a table of their own.
TRAINING = "training"
# Which part of the form corrects an item.
PART_OF = {
    "person": 1, "identifier": 1, "contact": 1, "qualification": 2, "license": 3, "scope": 4,
    "registration": 5, "techniques": 5, "examination": 7, "language": 7, "practice": 7,
}  # fmt: skip


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
        *due.of_person(person, bans_of(person, today), today),
        *due.of_license(license, standing, rules, today),
        *due.of_practice(clock_of(person, today, rules)),
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
        "chip": due.chip_of(standing, dues),
        "balance": balance,
        "trainings": person.trainings.order_by("-ended_on", "-id")[:30],
        "forms": list_titles_on(FORMS, today),
        "dues": sorted(dues, key=lambda one: one.order),
        "items": list(_items(person, wording)),
        "wording": wording,
        "places": places,
        "waiting": waiting,
        "to_answer": [row for row in waiting if _may_answer(row, person)],
        "confirmed": person.answers.filter(submission=None).first(),
        "looks": looks_of(person)[:8],
    }


def _items(person: Practitioner, titles: Titles) -> Iterator[dict[str, Any]]:
    """Write each item of the profile as it stands, with its source and where it is corrected.

    What is said of a facility stands once for each facility of the person; each examination,
    language and time of practice stands by itself.
    """
    today = timezone.localdate()
    prefetch_related_objects([person], *RELATED, *(one.rows for one in LEARNT.values()))
    facilities = facilities_of(person)
    values = approved_values(person, facilities[0] if facilities else Organisation(), today)
    several = list(rows_of(person))
    shown = {key for key, _row in several}
    for item in ITEMS:
        if not item.of_a_place and item.key not in {TRAINING, *shown}:
            yield _item(item, values[item.key], person, titles)
    for key, row in several:
        yield _item(BY_KEY[key], values_of(key, row), person, titles, f"?dong={row.pk}")
    for facility in facilities:
        values = approved_values(person, facility, today)
        for item in ITEMS:
            if item.of_a_place:
                row = _item(item, values[item.key], person, titles, f"?co-so={facility.pk}")
                yield {**row, "facility": facility}


def _item(
    item: Item,
    values: Values,
    person: Practitioner,
    titles: Titles,
    query: str = "",
) -> dict[str, Any]:
    return {
        "item": item,
        "facility": None,
        "parts": parts(item, values, values, titles),
        "source": person.provenance_of(item.key),
        "correct": f"{reverse('practitioners:correct-mine')}{query}#part-{PART_OF[item.key]}",
    }


def facilities_of(person: Practitioner) -> list[Organisation]:
    """Return where a person is registered now, and so may send a correction through."""
    held = person.registrations.holding(timezone.localdate()).values("facility")
    return list(Organisation.objects.filter(pk__in=held).order_by("name_norm", "id"))


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
    looks = looks_of(person, before=before)
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
