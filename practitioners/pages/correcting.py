"""A practitioner corrects the own profile: each value with its paper, sent to the department."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.database.keys import uuid7
from portal.places.models import Organisation
from portal.site.pages import page
from practitioners import services
from practitioners.approved import approved_values
from practitioners.forms import ProfileForm, initial_of
from practitioners.learnt import rows_of, values_of
from practitioners.models import Practitioner
from practitioners.pages.own import facilities_of, own_person, unlinked
from practitioners.pages.profiles import keep_papers, kept_papers
from practitioners.services.cases import departments


@require_http_methods(["GET", "HEAD", "POST"])
def correct_mine(request: HttpRequest) -> HttpResponse:
    """Send a correction of one's own profile to the department, with its evidence."""
    person = own_person(request)
    if person is None:
        return unlinked(request)
    today = timezone.localdate()
    facilities = facilities_of(person)
    has_place = bool(facilities)
    if not has_place and (department := department_for(person)) is not None:
        facilities = [department]
    if not facilities:
        messages.error(
            request,
            _(
                "You are registered at no facility, and no department keeps your profile yet. Take"
                " the paper that shows what is right to the department of health of your province."
            ),
        )
        return redirect("practitioners:my-profile")
    among = Organisation.objects.filter(pk__in=[row.pk for row in facilities])
    offered: dict[str, Any] = {
        "facilities": among.order_by("name_norm", "id"),
        "on": today,
        "has_place": has_place,
    }
    if request.method != "POST":
        asked = request.GET.get("co-so", "")
        facility = next((row for row in facilities if str(row.pk) == asked), facilities[0])
        initial = _initial(request, person, facility)
        form = ProfileForm(
            initial=initial, **{**offered, "facilities": among.filter(pk=facility.pk)}
        )
        return _draw(request, form, others=[row for row in facilities if row != facility])
    form = ProfileForm(request.POST, request.FILES, **offered)
    valid = form.is_valid()
    key = form.cleaned_data.get("client_key") or uuid7()
    keep_papers(request, form, key)
    if valid and form.is_valid() and _send(request, form, person):
        return redirect("practitioners:my-profile")
    return _draw(request, form, kept=kept_papers(request, key))


def department_for(person: Practitioner) -> Organisation | None:
    """Return which department is asked for who is registered nowhere.

    The one that keeps the profile, that issued the licence, or of the province of residence.
    """
    if person.keeper is not None:
        return person.keeper
    license = person.licenses.current().first()
    issuer = departments().issuer(license.number_raw, license.issued_by) if license else None
    if issuer is not None or person.area is None:
        return issuer
    province = person.area.parent or person.area
    here = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, area=province)
    return here.order_by("id").first()


def _initial(request: HttpRequest, person: Practitioner, facility: Organisation) -> dict[str, Any]:
    """Begin from what stands; of an examination, a language, a time of practice from the one chosen."""
    items = approved_values(person, facility, timezone.localdate())
    values = {name: value for fields in items.values() for name, value in fields.items()}
    try:
        chosen = UUID(request.GET.get("dong", ""))
    except ValueError:
        chosen = None
    for key, row in rows_of(person) if chosen is not None else ():
        if row.pk == chosen:
            values |= values_of(key, row)
    return {"client_key": uuid7(), "facility": facility.pk, **initial_of(values)}


def _send(request: HttpRequest, form: ProfileForm, person: Practitioner) -> bool:
    facility = form.cleaned_data["facility"]
    try:
        services.submit_profile(
            facility=facility,
            values=form.profile,
            client_key=form.cleaned_data["client_key"],
            actor=request.user,
            at=timezone.now(),
            lacking=form.lacking,
            of=person,
        )
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return False
    said = _("Sent your correction to the department; your facility is asked as well.")
    if form.lacking:
        said = _("Sent your correction to %(department)s.") % {"department": facility}
    messages.success(request, said)
    return True


def _draw(
    request: HttpRequest, form: ProfileForm, kept: Any = (), others: Sequence[Organisation] = ()
) -> HttpResponse:
    context = {
        "title": _("Correct my profile"),
        "form": form,
        "kept": kept,
        "others": others,
        "is_own": True,
        "back": "practitioners:my-profile",
    }
    return page(request, "practitioners/profile_form.html", context)
