"""May this person practise there and then? A page for anyone in charge, with the reasons laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from typing_extensions import override

from portal.admin.deeds import DayField
from portal.audit.reads import note
from portal.database.periods import holds_on
from portal.names import name_norm
from portal.places.models import Organisation, OrganisationIdentifier
from portal.scope import Scope
from portal.site.pages import page
from practitioners.approved import license_key
from practitioners.asking import AskedFor, person_by_number
from practitioners.known_later import recorded_later
from practitioners.models import Practitioner
from practitioners.pages.asked import moment_of
from practitioners.pages.rights import scope_for
from practitioners.practising import Answer, Step, Verdict, may_practise
from practitioners.reasons import Reason
from practitioners.scopes import told_titles
from practitioners.week import in_words

VIEW = "view_practitioners"
FOUND, MOST_PLACES = 20, 200
GROUND, GROUND_BY_NUMBER = "right", "right_by_number"
CHIPS: Mapping[str, tuple[str, str]] = {
    Verdict.YES: ("ok", "ok"),
    Verdict.NO: ("bad", "bad"),
    Verdict.NOT_PROVEN: ("warn", "none"),
    Verdict.EMERGENCY: ("warn", "warn"),
}


class RightForm(forms.Form):
    """Where, when, and which technique."""

    facility = forms.CharField(label=gettext_lazy("Facility"), required=False)
    place = forms.CharField(
        label=gettext_lazy("Another facility"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Its name or insurance code, where it is not in the list."),
    )
    listed = forms.CharField(required=False)  # the name whose facilities the list shows already
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
        help_text=gettext_lazy(
            "Write what it is, to see whether it would be a ground to act; nothing is recorded here."
        ),
    )

    def __init__(
        self, *args: Any, offered: Sequence[Organisation], may_ask: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered, self.may_ask, self.searched = offered, may_ask, ""

    @override
    def clean(self) -> dict[str, Any]:
        """Find the facility: by its name or code where one was typed, else as chosen."""
        asked = super().clean() or {}
        typed = " ".join(asked.get("place", "").split())
        chosen = _chosen(asked.get("facility", ""), self.may_ask)
        if not typed:
            if chosen is None:
                self.add_error("facility", _("Choose a facility of the list, or type another one."))
        else:
            found, has_more = _places_called(typed, self.may_ask)
            was_listed = asked.get("listed") == typed and chosen in found
            if not was_listed:
                chosen = found[0] if len(found) == 1 else None
            if not found:
                said = _("No facility you may ask for is called “%(value)s” or has that code.")
                self.add_error("place", said % {"value": typed})
            elif chosen is None:
                self.offered, self.searched = found, typed
                said = _("Several facilities are called “%(value)s”; choose one in the list above.")
                if has_more:
                    said = _(
                        "More than %(most)d facilities are called “%(value)s”. The list above shows the"
                        " first; where it is none of them, write more of the name or its insurance code."
                    )
                self.add_error("place", said % {"value": typed, "most": FOUND})
        asked["facility"] = chosen
        return asked


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
    asked_for = _person(request, scope)
    now = timezone.localtime()
    context: dict[str, Any] = {"title": _("May this person practise?"), "who": None, "now": now}
    if asked_for is None:
        text = " ".join(request.GET.get("q", "").split())[:120]
        context |= {"query": text, "found": _search(request, scope, text) if text else []}
        return page(request, "practitioners/right.html", context)
    who, is_ours = asked_for.practitioner, asked_for.is_ours
    context |= {"who": who, "is_ours": is_ours, "number": asked_for.number}
    note(request, [who.pk], action="opened", ground=GROUND if is_ours else GROUND_BY_NUMBER)
    places = _places(who if is_ours else None, scope)
    asked = "ngay" in request.GET
    everywhere = Organisation.objects.all()
    form = RightForm(
        _typed(request) if asked else None,
        offered=places,
        may_ask=everywhere if is_ours else everywhere.within(scope),
        initial=_initial(now),
    )
    if asked and form.is_valid():
        context |= _answered(asked_for, form.cleaned_data)
    here = form.cleaned_data.get("facility") if asked else None
    others = [row for row in form.offered if row != here]
    context |= {
        "form": form,
        "offered": [here, *others] if here else others,
        "chosen": here,
        "told_titles": told_titles(now.date()),
    }
    return page(request, "practitioners/right.html", context)


def _typed(request: HttpRequest) -> dict[str, str]:
    names = {
        "facility": "co-so",
        "place": "noi-khac",
        "listed": "da-tim",
        "day": "ngay",
        "clock": "gio",
        "technique": "ky-thuat",
        "emergency": "cap-cuu",
    }
    return {name: request.GET.get(short, "") for name, short in names.items()}


def _initial(now: datetime) -> dict[str, Any]:
    return {"day": now.date(), "clock": f"{now:%H:%M}"}


def _person(request: HttpRequest, scope: Scope) -> AskedFor | None:
    """Return who is asked about: one of the asker's people, or anybody by the exact licence number."""
    try:
        key = UUID(request.GET.get("nguoi", ""))
    except ValueError:
        return person_by_number(request.GET.get("so", ""), scope)
    found = Practitioner.objects.within(scope).filter(pk=key).first()
    return AskedFor(found, is_ours=True) if found is not None else None


def _search(request: HttpRequest, scope: Scope, text: str) -> list[AskedFor]:
    if license_key(text) is not None:
        found = person_by_number(text, scope)
        lines = [found] if found is not None else []
    else:
        people = Practitioner.objects.within(scope).named(text).prefetch_related("licenses")
        lines = [AskedFor(row, is_ours=True) for row in people.order_by("name_sort", "id")[:FOUND]]
    for ground, is_ours in ((GROUND, True), (GROUND_BY_NUMBER, False)):
        shown = [line.practitioner.pk for line in lines if line.is_ours == is_ours]
        note(request, shown, action="listed", ground=ground)
    return lines


def _places(who: Practitioner | None, scope: Scope) -> list[Organisation]:
    """Return where the person is or was registered, and where the user is in charge otherwise.

    Of somebody who is not the user's nothing is shown but the answer: only the user's own places.
    """
    own = mine = Organisation.objects.none()
    if who is not None:
        own = Organisation.objects.filter(registrations__practitioner=who).distinct()
    if not scope.everything and len(scope.ids) <= FOUND:
        mine = Organisation.objects.filter(pk__in=scope.ids)
    rows = {row.pk: row for row in [*_told(own), *_told(mine)]}
    if not rows:
        current = _told(Organisation.objects.within(scope).current())
        rows = {row.pk: row for row in current[:MOST_PLACES]}
    return sorted(rows.values(), key=lambda row: row.name_norm)


def _chosen(key: str, may_ask: Any) -> Organisation | None:
    """Return the facility that was chosen, where it may be asked about."""
    try:
        found: Organisation | None = _told(may_ask).filter(pk=UUID(key)).first()
    except ValueError:
        return None
    return found


def _places_called(text: str, may_ask: Any) -> tuple[list[Organisation], bool]:
    """Return the facility of an insurance code, else those of that name, else whose name has every word.

    The first few by name and area, and whether there are more.
    """
    held = holds_on(timezone.localdate(), "identifiers__")
    coded = may_ask.filter(held, identifiers__value=text, identifiers__scheme="insurance")
    if found := list(_told(coded)[:1]):
        return found, False
    rows = may_ask.exclude(kind__in=["ministry", "department"])
    order = ("name_norm", "area__name", "id")
    found = list(_told(rows.filter(name_norm=name_norm(text))).order_by(*order)[: FOUND + 1])
    if not found:
        for word in name_norm(text).split()[:8]:
            rows = rows.filter(name_norm__contains=word)
        found = list(_told(rows).order_by(*order)[: FOUND + 1])
    return found[:FOUND], len(found) > FOUND


def _told(rows: Any) -> Any:
    """Return facilities with what tells those of one name apart: the insurance code and the area."""
    codes = OrganisationIdentifier.objects.current().filter(scheme="insurance")
    return rows.select_related("area").prefetch_related(
        Prefetch("identifiers", queryset=codes, to_attr="insurance_codes")
    )


def _answered(asked_for: AskedFor, asked: Mapping[str, Any]) -> dict[str, Any]:
    facility, clock = asked["facility"], asked["clock"]
    at = moment_of(asked["day"], clock.hour * 60 + clock.minute)
    answer = may_practise(
        practitioner=asked_for.practitioner,
        facility=facility,
        moments=[at],
        technique=asked["technique"],
    )
    return {
        "answer": answer,
        "facility": facility,
        "at": at,
        "chip": (*CHIPS[answer.verdict], str(answer.verdict.label)),
        "emergency": asked["emergency"],
        "recorded_later": recorded_later(answer, asked["day"]),
        "lines": [
            _line(step, answer, asked["day"], with_basis=asked_for.is_ours)
            for step in Step
            if step in answer.asked
        ],
    }


def _line(step: Step, answer: Answer, on: date, *, with_basis: bool) -> StepLine:
    reasons = answer.of(step)
    chip = ("ok", "ok", _("fits"))
    if step == Step.HOURS and answer.registration is None:
        chip = ("", "none", _("not asked"))
    if reasons:
        worst = Verdict.NO if any(r.verdict == Verdict.NO for r in reasons) else Verdict.NOT_PROVEN
        kind, icon = CHIPS[worst]
        chip = (kind, icon, _("stands against it") if worst == Verdict.NO else _("not known"))
    return StepLine(step, chip, reasons, _basis(step, answer, on) if with_basis else "")


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
