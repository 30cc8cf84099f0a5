"""Registrations and practice by emergency in the portal, with their acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.admin import PortalAdmin, PortalTabularInline
from portal.admin.deeds import DayField, Deed, DeedForm, DeedsMixin
from practitioners import services
from practitioners.hours import written
from practitioners.models import (
    EmergencyOverride,
    ExtraTechnique,
    Registration,
    WorkingSlot,
)
from practitioners.pages.registration_forms import HoursField

SEEN: Mapping[str, str] = {"view": "view_practitioners"}


class HoursForm(DeedForm):
    """A week of hours, from a day."""

    hours = HoursField(
        label=_("Hours"),
        max_length=300,
        help_text=_("Like T2-T6 07:30-11:30, 13:30-17:00; duty like T7 19:00-07:00."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=WorkingSlot.Kind.choices[:2])
    from_day = DayField(label=_("From"), help_text=_("Today or a later day."))

    @override
    def carry_out(self) -> str:
        spans = self.cleaned_data["hours"]
        services.change_hours(
            actor=self.request.user,
            registration=self.row,
            spans=spans,
            from_day=self.cleaned_data["from_day"],
            kind=self.cleaned_data["kind"],
            at=timezone.now(),
        )
        return str(
            _("From %(day)s %(person)s works here on %(hours)s.")
            % {
                "day": f"{self.cleaned_data['from_day']:%d/%m/%Y}",
                "person": self.row.practitioner,
                "hours": written(spans),
            }
        )


class CompleteForm(DeedForm):
    """The day on which the department published the registration."""

    on = DayField(label=_("Registration complete on"), help_text=_("Today or a later day."))

    @override
    def carry_out(self) -> str:
        on = self.cleaned_data["on"]
        services.complete_registration(
            actor=self.request.user, registration=self.row, on=on, at=timezone.now()
        )
        return str(
            _("%(person)s may practise here from %(day)s.")
            % {"person": self.row.practitioner, "day": f"{on:%d/%m/%Y}"}
        )


class AssignForm(DeedForm):
    """A technique beyond the scope, assigned in writing."""

    is_official = False
    code = forms.CharField(label=_("Code of the technique"), max_length=20)
    name = forms.CharField(label=_("Technique"), max_length=300, required=False)
    decision_no = forms.CharField(label=_("Number of the assignment"), max_length=60)
    decided_on = DayField(label=_("Assigned on"))
    trained_at = forms.CharField(label=_("Learnt at"), max_length=200, required=False)
    valid_from = DayField(
        label=_("From"),
        required=False,
        help_text=_("Blank: from the day of the paper, today where that has gone by."),
    )
    valid_until = DayField(label=_("Until"), required=False)

    @override
    def carry_out(self) -> str:
        row = services.add_technique(
            actor=self.request.user,
            registration=self.row,
            assignment=services.Assignment(**self.cleaned_data),
            is_official=self.is_official,
            at=timezone.now(),
        )
        return str(
            _("%(technique)s is assigned to %(person)s from %(day)s.")
            % {
                "technique": row,
                "person": self.row.practitioner,
                "day": f"{row.valid_from:%d/%m/%Y}",
            }
        )


class RecordForm(AssignForm):
    """A technique that was assigned in writing, recorded by an official from the paper."""

    is_official = True


class SlotInline(PortalTabularInline[Any, Any]):
    model = WorkingSlot
    capability_to = SEEN
    fields = ("weekday", "starts", "ends", "kind", "valid_from", "valid_until")


class TechniqueInline(PortalTabularInline[Any, Any]):
    model = ExtraTechnique
    capability_to = SEEN
    fields = ("code", "name", "decision_no", "decided_on", "valid_from", "valid_until")


@admin.register(Registration)
class RegistrationAdmin(DeedsMixin, PortalAdmin[Registration]):
    capability_to = {
        **SEEN,
        "hours": "review_practitioners",
        "assign": "submit_practitioners",
        "record": "review_practitioners",
        "complete": "review_practitioners",
    }
    deeds = (
        Deed(
            "gio",
            _("Hours of work"),
            HoursForm,
            needs="hours",
            icon="clock",
            explanation=_(
                "The week before ends the day before; hours of days gone by stay as they were. Hours"
                " that meet hours at another facility are refused, and that facility is named. A"
                " facility changes hours by sending the profile."
            ),
            button=_("Keep the hours"),
        ),
        Deed(
            "giao-ky-thuat",
            _("Assign a technique"),
            AssignForm,
            needs="assign",
            icon="pen",
            explanation=_(
                "A technique outside the scope of the licence, assigned in writing. A facility"
                " assigns from today on; days gone by are recorded by the department."
            ),
            button=_("Assign"),
        ),
        Deed(
            "ghi-ky-thuat",
            _("Record an assigned technique"),
            RecordForm,
            needs="record",
            icon="pen",
            explanation=_(
                "A technique the facility assigned in writing. Compare with the paper: it may hold"
                " for days gone by, and past signatures are judged by it."
            ),
            button=_("Record"),
        ),
        Deed(
            "hoan-tat",
            _("Complete the registration"),
            CompleteForm,
            needs="complete",
            icon="ok",
            explanation=_("Practice begins when the registration is complete."),
            button=pgettext_lazy("practitioner", "Complete"),
        ),
    )
    shows_people = "practitioner_id"
    search_fields = ("practitioner__name_norm",)
    list_display = (
        "practitioner",
        "facility",
        "position_text",
        "is_full_time",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("practitioner", "facility")
    list_filter = ("is_full_time",)
    ordering = ("-valid_from", "-id")
    inlines: ClassVar[tuple[Any, ...]] = (SlotInline, TechniqueInline)
    fields = (
        ("practitioner", "facility"),
        ("position_text", "department", "is_full_time"),
        ("hours", "valid_from", "valid_until"),
        ("added_on", "announced_on", "completed_on"),
        ("leaving_announced_on", "ended_because"),
    )


class ReviewForm(DeedForm):
    """What was found."""

    note = forms.CharField(label=_("What was found"), max_length=500)

    @override
    def carry_out(self) -> str:
        services.review_emergency(
            actor=self.request.user,
            override=self.row,
            note=self.cleaned_data["note"],
            at=timezone.now(),
        )
        return str(_("Kept what you found."))


@admin.register(EmergencyOverride)
class EmergencyOverrideAdmin(DeedsMixin, PortalAdmin[EmergencyOverride]):
    capability_to = {**SEEN, "review": "review_practitioners"}
    deeds = (
        Deed(
            "xem-lai",
            _("Look at it"),
            ReviewForm,
            needs="review",
            icon="shield",
            button=_("Keep"),
        ),
    )
    shows_people = "practitioner_id"
    search_fields = ("practitioner__name_norm",)
    list_display = ("practitioner", "facility", "at", "because", "reviewed_at")
    list_select_related = ("practitioner", "facility")
    list_filter = ("reviewed_at",)
    ordering = ("-recorded_at", "-id")
    fields = (
        ("practitioner", "facility", "at"),
        ("because", "reasons", "technique"),
        ("recorded_by", "recorded_at"),
        ("reviewed_by", "reviewed_at", "review_note"),
    )
