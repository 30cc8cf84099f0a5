"""May this person practise there and then? A page for anyone in charge, with the reasons laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.admin.deeds import DayField
from portal.audit.reads import note
from portal.places.models import Organisation
from portal.scope import Scope
from portal.site.pages import page
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, Practitioner
from practitioners.pages.asked import moment_of
from practitioners.pages.rights import scope_for
from practitioners.practising import Answer, Step, Verdict, may_practise
from practitioners.reasons import Reason
from practitioners.week import in_words

VIEW = "view_practitioners"
FOUND = 20
CHIPS: Mapping[str, tuple[str, str]] = {
    Verdict.YES: ("ok", "ok"),
    Verdict.NO: ("bad", "bad"),
    Verdict.NOT_PROVEN: ("warn", "none"),
    Verdict.EMERGENCY: ("warn", "warn"),
}


class RightForm(forms.Form):
    """Where, when, and which technique."""

    facility = forms.ChoiceField(label=gettext_lazy("Facility"))
    day = DayField(label=gettext_lazy("Day"))
    clock = forms.TimeField(
        label=gettext_lazy("Time"),
        input_formats=["%H:%M", "%Hh%M", "%H%M", "%Hh"],
        widget=forms.TextInput(attrs={"class": "w-xs", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("Write the time like 08:30.")},
    )
    technique = forms.CharField(
        label=gettext_lazy("Technique"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Code of the technique like 02.0085; may be left blank."),
        widget=forms.TextInput(attrs={"class": "w-s"}),
    )
    emergency = forms.CharField(
        label=gettext_lazy("In an emergency"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Write what it is, to see whether that changes the answer."),
    )

    def __init__(self, *args: Any, places: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["facility"]
        chosen.choices = [(str(place.pk), place.name) for place in places]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the answer as it reads: its state, what was found, on what it rests."""

    step: Step
    chip: tuple[str, str, str]
    reasons: list[Reason]
    basis: str


@require_safe
def right(request: HttpRequest) -> HttpResponse:
    """Choose a person, then ask: where, when, which technique; the answer stands on the same page."""
    scope = scope_for(request, VIEW)
    who = _person(request, scope)
    now = timezone.localtime()
    context: dict[str, Any] = {"title": _("May this person practise?"), "who": who, "now": now}
    if who is None:
        text = " ".join(request.GET.get("q", "").split())[:120]
        context |= {"query": text, "found": _search(request, scope, text) if text else []}
        return page(request, "practitioners/right.html", context)
    note(request, [who.pk], action="opened", ground="right")
    places = _places(who, scope)
    asked = "ngay" in request.GET
    form = RightForm(_typed(request) if asked else None, places=places, initial=_initial(now))
    context |= {"form": form, "places": places}
    if asked and form.is_valid():
        context |= _answered(who, form.cleaned_data, places)
    return page(request, "practitioners/right.html", context)


def _typed(request: HttpRequest) -> dict[str, str]:
    names = {
        "facility": "co-so",
        "day": "ngay",
        "clock": "gio",
        "technique": "ky-thuat",
        "emergency": "cap-cuu",
    }
    return {name: request.GET.get(short, "") for name, short in names.items()}


def _initial(now: datetime) -> dict[str, Any]:
    return {"day": now.date(), "clock": f"{now:%H:%M}"}


def _person(request: HttpRequest, scope: Scope) -> Practitioner | None:
    try:
        key = UUID(request.GET.get("nguoi", ""))
    except ValueError:
        return None
    return Practitioner.objects.within(scope).filter(pk=key).first()


def _search(request: HttpRequest, scope: Scope, text: str) -> list[Practitioner]:
    people = Practitioner.objects.within(scope)
    key = license_key(text) if "/" in text else None
    if key is not None:
        held = PracticeLicense.objects.numbered(key).values("practitioner")
        people = people.filter(pk__in=held)
    else:
        people = people.named(text)
    found = list(people.prefetch_related("licenses").order_by("name_sort", "id")[:FOUND])
    note(request, [row.pk for row in found], action="listed", ground="right")
    return found


def _places(who: Practitioner, scope: Scope) -> list[Organisation]:
    """Return where the person is or was registered, and where the user is in charge otherwise."""
    own = Organisation.objects.filter(registrations__practitioner=who).distinct()
    mine = Organisation.objects.none()
    if not scope.everything and len(scope.ids) <= FOUND:
        mine = Organisation.objects.filter(pk__in=scope.ids)
    rows = {row.pk: row for row in [*own, *mine]}
    if not rows:
        rows = {row.pk: row for row in Organisation.objects.within(scope).current()[:FOUND]}
    return sorted(rows.values(), key=lambda row: row.name_norm)


def _answered(
    who: Practitioner, asked: Mapping[str, Any], places: list[Organisation]
) -> dict[str, Any]:
    facility = next(place for place in places if str(place.pk) == asked["facility"])
    clock = asked["clock"]
    at = moment_of(asked["day"], clock.hour * 60 + clock.minute)
    answer = may_practise(
        practitioner=who,
        facility=facility,
        moments=[at],
        technique=asked["technique"],
        emergency=asked["emergency"],
    )
    return {
        "answer": answer,
        "facility": facility,
        "at": at,
        "chip": (*CHIPS[answer.verdict], str(answer.verdict.label)),
        "lines": [_line(step, answer, asked["day"]) for step in Step if step in answer.asked],
    }


def _line(step: Step, answer: Answer, on: date) -> StepLine:
    reasons = answer.of(step)
    chip = ("ok", "ok", _("fits"))
    if step == Step.HOURS and answer.registration is None:
        chip = ("", "none", _("not asked"))
    if reasons:
        worst = Verdict.NO if any(r.verdict == Verdict.NO for r in reasons) else Verdict.NOT_PROVEN
        kind, icon = CHIPS[worst]
        chip = (kind, icon, _("stands against it") if worst == Verdict.NO else _("not known"))
    return StepLine(step, chip, reasons, _basis(step, answer, on))


def _basis(step: Step, answer: Answer, on: date) -> str:
    """Say on which rows of the register a step rests."""
    license, row = answer.license, answer.registration
    found = ""
    if step == Step.PERSON and answer.practitioner is not None:
        found = answer.practitioner.name
    elif step == Step.LICENSE and license is not None and answer.standing is not None:
        found = _("%(number)s: %(state)s since %(since)s") % {
            "number": license.number_raw,
            "state": str(answer.standing.state.label).lower(),
            "since": f"{answer.standing.since:%d/%m/%Y}",
        }
        if answer.standing.expires_on is not None:
            found += _(", term until %(day)s") % {"day": f"{answer.standing.expires_on:%d/%m/%Y}"}
    elif step == Step.REGISTRATION and row is not None:
        found = _("since %(day)s") % {"day": f"{row.valid_from:%d/%m/%Y}"}
        found = f"{row.position_text}, {found}" if row.position_text else found
    elif step == Step.HOURS:
        held = [s for s in answer.slots if s.valid_from <= on]
        found = in_words(s for s in held if s.valid_until is None or s.valid_until >= on)
    elif step == Step.TECHNIQUE and answer.assigned is not None:
        found = _("assigned by %(number)s") % {"number": answer.assigned.decision_no}
    return found


def link_to(who: UUID) -> str:
    """Return the address of the question about a person."""
    return f"{reverse('practitioners:right')}?nguoi={who}"
