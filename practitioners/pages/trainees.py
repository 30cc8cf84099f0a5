"""Who is in practical training at a facility, under whom, and how many seats a supervisor has left?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.admin.deeds import DayField, take_refusal
from portal.audit.reads import note
from portal.codelists.lookup import choices_on, titles_on
from portal.places.models import Organisation
from portal.scope import scope_of
from portal.site.pages import page
from practitioners import services
from practitioners.models import PracticalTraining, Practitioner, TrainingRotation
from practitioners.querysets import COUNTS
from practitioners.rules import Rule, rules_on

VIEW, SUBMIT = "view_practitioners", "submit_practitioners"
LIMIT = "trainees_per_supervisor"
# Who completed is shown for a year: the facility publishes them, too.
REMEMBERED = timedelta(days=365)


class TraineeForm(forms.Form):
    """The person as on the card, and the contract, form 06."""

    name = forms.CharField(label=gettext_lazy("Full name"), max_length=255)
    birth_date = forms.CharField(label=gettext_lazy("Born"), max_length=10)
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), choices=Practitioner.Sex.choices)
    personal_number = forms.CharField(label=gettext_lazy("Personal number"), max_length=20)
    title = forms.ChoiceField(label=gettext_lazy("For the professional title"))
    regime = forms.ChoiceField(
        label=gettext_lazy("Law followed"),
        choices=PracticalTraining.Regime.choices,
        initial=PracticalTraining.Regime.LAW_2023,
        help_text=gettext_lazy("Who began before 01/01/2024 may choose the law of 2009."),
    )
    number = forms.CharField(label=gettext_lazy("Contract number"), max_length=60)
    contracted_on = DayField(label=gettext_lazy("Contracted on"))
    valid_from = DayField(label=gettext_lazy("From"))
    valid_until = DayField(label=gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        chosen: Any = self.fields["title"]
        chosen.choices = choices_on("professional_titles", on)

    def trainee(self) -> services.Trainee:
        """Return the person as typed."""
        names = ("name", "birth_date", "sex", "personal_number")
        return services.Trainee(**{name: self.cleaned_data[name] for name in names})

    def contract(self) -> services.Contract:
        """Return the contract as typed."""
        names = ("title", "valid_from", "valid_until", "regime", "number", "contracted_on")
        return services.Contract(**{name: self.cleaned_data[name] for name in names})


@dataclass(frozen=True, slots=True)
class TraineeLine:
    """A training with its present rotation."""

    training: PracticalTraining
    title: str
    rotation: TrainingRotation | None
    is_done: bool


@dataclass(frozen=True, slots=True)
class SupervisorLine:
    """How many trainees somebody guides now, of how many the law lets them."""

    practitioner: Practitioner
    count: int
    limit: int | None

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.count >= self.limit


@require_http_methods(["GET", "HEAD", "POST"])
def trainees(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """List a facility's trainees and supervisors; register a trainee."""
    places = Organisation.objects.within(scope_of(request.user, VIEW))
    facility = places.filter(pk=organisation_id).first()
    if facility is None:
        raise Http404(_("There is no such record."))
    today = timezone.localdate()
    may_submit = facility.pk in scope_of(request.user, SUBMIT)
    sent = request.POST if request.method == "POST" else None
    form = TraineeForm(sent, on=today) if may_submit else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Trainees are registered by the facility that trains them."))
        if form.is_valid() and (written := _register(request, facility, form)) is not None:
            text = _("%(name)s is registered as a trainee; now choose who guides them.")
            messages.success(request, text % {"name": written.practitioner.name})
            return redirect("admin:practitioners_practicaltraining_luan_phien", written.pk)
    lines = _lines(facility, today)
    supervisors, limit = _supervisors(facility, today)
    shown = [line.training.practitioner_id for line in lines]
    shown += [line.practitioner.pk for line in supervisors]
    note(request, shown, action="listed", ground="trainees")
    context = {
        "title": _("Practical training at %(place)s") % {"place": facility.name},
        "facility": facility,
        "today": today,
        "lines": [line for line in lines if not line.is_done],
        "done": [line for line in lines if line.is_done],
        "supervisors": supervisors,
        "limit": limit,
        "form": form,
    }
    status = 400 if form is not None and form.errors else 200
    return page(request, "practitioners/trainees.html", context, status=status)


def _register(
    request: HttpRequest, facility: Organisation, form: TraineeForm
) -> PracticalTraining | None:
    try:
        row: PracticalTraining = services.register_trainee(
            actor=request.user,
            facility=facility,
            trainee=form.trainee(),
            contract=form.contract(),
            at=timezone.now(),
        )
    except ValidationError as refused:
        take_refusal(form, refused)
        return None
    return row


def _lines(facility: Organisation, on: date) -> list[TraineeLine]:
    titles = titles_on("professional_titles", on)
    rows = PracticalTraining.objects.filter(COUNTS, facility=facility).filter(
        Q(valid_until=None) | Q(valid_until__gte=on - REMEMBERED)
    )
    rows = rows.select_related("practitioner").prefetch_related("rotations__supervisor")
    return [
        TraineeLine(
            training=row,
            title=titles.get(row.title, row.title),
            rotation=next((r for r in row.rotations.all() if _holds(r, on)), None),
            is_done=row.completed_on is not None
            or (row.valid_until is not None and row.valid_until < on),
        )
        for row in rows.order_by("practitioner__name_sort", "-valid_from", "id")
    ]


def _supervisors(facility: Organisation, on: date) -> tuple[Sequence[SupervisorLine], Rule | None]:
    """Count whom each supervisor of a facility guides now, wherever they are trained."""
    limit = rules_on(on).get(LIMIT)
    here = TrainingRotation.objects.holding(on).filter(facility=facility)
    everywhere = TrainingRotation.objects.holding(on).filter(
        supervisor__in=here.values("supervisor")
    )
    rows = list(everywhere.select_related("supervisor"))
    counted = Counter(row.supervisor_id for row in rows)
    people = {row.supervisor_id: row.supervisor for row in rows}
    lines = [
        SupervisorLine(people[key], count, limit.number if limit else None)
        for key, count in counted.items()
    ]
    return sorted(lines, key=lambda line: line.practitioner.name_sort), limit


def _holds(row: TrainingRotation, on: date) -> bool:
    return row.valid_from <= on and (row.valid_until is None or row.valid_until >= on)
