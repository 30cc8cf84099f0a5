"""Practical training in the portal: put a trainee under a supervisor, complete a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from portal.admin import PortalAdmin, PortalTabularInline
from portal.admin.deeds import DayField, Deed, DeedForm, DeedsMixin
from portal.codelists.lookup import titles_on
from practitioners import services
from practitioners.admin.registrations import SEEN
from practitioners.models import (
    PracticalTraining,
    PracticeLicense,
    Practitioner,
    Registration,
    TrainingRotation,
)
from practitioners.pages.registration_forms import HoursField
from practitioners.rules import Rules, rules_on
from practitioners.training_length import TITLES, lacks_of

LIMIT, EXPERIENCE = "trainees_per_supervisor", "supervisor_experience"


def supervisors_at(training: PracticalTraining, on: date) -> Iterator[tuple[UUID, str]]:
    """Return who may guide a trainee: registered here with a usable licence, and what to look at."""
    rules = rules_on(on)
    licenses: Any = PracticeLicense.objects.with_acts()
    rows = Registration.objects.holding(on).filter(facility=training.facility_id)
    rows = rows.exclude(practitioner=training.practitioner_id).prefetch_related(
        Prefetch("practitioner__licenses", queryset=licenses, to_attr="all_licenses")
    )
    people = {row.practitioner_id: row.practitioner for row in rows.select_related("practitioner")}
    now = TrainingRotation.objects.holding(on).filter(supervisor__in=people)
    guided = Counter(now.values_list("supervisor", flat=True))
    for person in sorted(people.values(), key=lambda one: one.name_sort):
        held: list[PracticeLicense] = person.all_licenses  # type: ignore[attr-defined]
        if any(license.standing_on(on, rules).is_usable for license in held):
            said = _said(person, held, guided[person.pk], on, rules)
            yield person.pk, ", ".join([*said, *_other_title(training, held, on)])


def _said(
    person: Practitioner, held: list[PracticeLicense], guided: int, on: date, rules: Rules
) -> Iterator[str]:
    yield person.name
    if guided:
        text = ngettext("guides %(count)d trainee", "guides %(count)d trainees", guided)
        yield text % {"count": guided}
    rule = rules.get(EXPERIENCE)
    first = min(license.issued_on for license in held)
    months = (on.year - first.year) * 12 + on.month - first.month - (on.day < first.day)
    if rule is not None and months < rule.number:
        yield str(
            _("licensed for %(months)d months only; %(least)d are asked for (%(article)s)")
            % {"months": months, "least": rule.number, "article": rule.article}
        )


def _other_title(
    training: PracticalTraining, held: list[PracticeLicense], on: date
) -> Iterator[str]:
    """Say so where nobody with such a licence has the title that the trainee is to have."""
    if all(license.title != training.title for license in held):
        titles = titles_on(TITLES, on)
        others = ", ".join(sorted({titles.get(row.title, row.title) for row in held}))
        yield str(_("of another title: %(titles)s") % {"titles": others})


class RotationForm(DeedForm):
    """Who guides the trainee, where, from when until when, in which hours."""

    supervisor = forms.TypedChoiceField(label=_("Supervisor"), coerce=UUID)
    kind = forms.ChoiceField(label=_("Kind"), choices=TrainingRotation.Kind.choices)
    department = forms.CharField(label=_("Department"), max_length=200, required=False)
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), required=False)
    hours = HoursField(
        label=_("Hours"),
        max_length=300,
        required=False,
        help_text=_("Hours of training are hours of work: nobody is at two places at once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["supervisor"]
        chosen.choices = [("", "—"), *supervisors_at(self.row, timezone.localdate())]

    @override
    def carry_out(self) -> str:
        said = self.cleaned_data
        supervisor = Practitioner.objects.get(pk=said["supervisor"])
        services.add_rotation(
            actor=self.request.user,
            training=self.row,
            supervisor=supervisor,
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            at=timezone.now(),
            ward=services.Ward(said["kind"], said["department"]),
            spans=said["hours"],
        )
        return str(
            _("%(supervisor)s guides %(trainee)s from %(day)s.")
            % {
                "supervisor": supervisor.name,
                "trainee": self.row.practitioner.name,
                "day": f"{said['valid_from']:%d/%m/%Y}",
            }
        )


class CompletedForm(DeedForm):
    """The certificate, form 07."""

    on = DayField(label=_("Completed on"))
    certificate_no = forms.CharField(label=_("Number of the certificate"), max_length=60)
    short_because = forms.CharField(
        label=_("Why it is completed with less than asked for"),
        max_length=300,
        required=False,
        help_text=_("Only where months lack; it is shown wherever this training is."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lacks = lacks_of(self.row, timezone.localdate())
        if lacks:
            self.fields["on"].help_text = _("By today it lacks: %(lacks)s.") % {
                "lacks": "; ".join(lacks)
            }

    @override
    def carry_out(self) -> str:
        services.complete_practical_training(
            actor=self.request.user,
            training=self.row,
            on=self.cleaned_data["on"],
            certificate_no=self.cleaned_data["certificate_no"],
            short_because=self.cleaned_data["short_because"],
            at=timezone.now(),
        )
        name = self.row.practitioner.name
        return str(_("%(name)s has completed the practical training.") % {"name": name})


class RotationInline(PortalTabularInline[Any, Any]):
    model = TrainingRotation
    capability_to = SEEN
    fk_name = "training"
    fields = ("supervisor", "kind", "department", "valid_from", "valid_until", "seat")


@admin.register(PracticalTraining)
class PracticalTrainingAdmin(DeedsMixin, PortalAdmin[PracticalTraining]):
    capability_to = {**SEEN, "train": "submit_practitioners"}
    deeds = (
        Deed(
            "luan-phien",
            _("Put under a supervisor"),
            RotationForm,
            needs="train",
            icon="user",
            explanation=_(
                "A supervisor guides so many trainees at a time as the list of the law says"
                " (Decree 96/2023/NĐ-CP, article 7(2)(b)); offered is who is registered here with a"
                " licence in force."
            ),
            button=_("Put under the supervisor"),
        ),
        Deed(
            "hoan-thanh",
            _("Complete the training"),
            CompletedForm,
            needs="train",
            icon="ok",
            explanation=_(
                "The certificate is form 07; open rotations and their hours end that day."
            ),
            button=_("Complete the training"),
        ),
    )
    shows_people = "practitioner_id"
    search_fields = ("practitioner__name_norm",)
    list_display = (
        "practitioner",
        "facility",
        "title",
        "valid_from",
        "valid_until",
        "completed_on",
    )
    list_select_related = ("practitioner", "facility")
    list_filter = ("regime",)
    ordering = ("-valid_from", "-id")
    inlines: ClassVar[tuple[Any, ...]] = (RotationInline,)
    fields = (
        ("practitioner", "facility", "title"),
        ("regime", "contract_no", "contracted_on"),
        ("valid_from", "valid_until"),
        ("completed_on", "certificate_no"),
        ("short_because",),
    )

    @override
    def allows_deed(self, request: HttpRequest, deed: Deed, row: Any) -> bool:
        """Offer nothing for what is completed."""
        return super().allows_deed(request, deed, row) and row.completed_on is None
