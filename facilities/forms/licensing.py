"""Acts on the operating licence and steps of succession."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities import services
from facilities.forms.facts import OPEN_CHOICE, DecisionForm
from facilities.licensed import read_activity, written_activity
from facilities.models import FacilitySuccession, OperatingLicenseEvent
from facilities.services import Printed, Step
from facilities.services.licensing import TAKES
from portal.admin.deeds import DayField, DeedForm
from portal.admin.rows import RowField
from portal.codelists.lookup import codes_on
from portal.places.lookup import find_organisations, organisation_label
from portal.places.models import Organisation
from portal.scope import scope_of

Act = OperatingLicenseEvent.Kind
SUGGEST = reverse_lazy("admin:places_organisation_suggest")
# What the register follows of a licence.
FOLLOWED = ("form", "name", "address", "beds", "hours")
LINES = forms.Textarea(attrs={"rows": 5})


def printed_fields(form: Any) -> None:
    """Offer the forms of organisation of today."""
    codes = codes_on("facility_forms", timezone.localdate())
    form.fields["form"].choices = [OPEN_CHOICE, *((c.code, c.title) for c in codes)]


class LicenseForm(DecisionForm):
    """A licence as it is printed: a new one, which replaces one that stands."""

    number = forms.CharField(
        label=gettext_lazy("Licence number"),
        max_length=60,
        help_text=gettext_lazy("as printed, like 1976/HNO-GPHĐ"),
    )
    valid_from = DayField(label=gettext_lazy("Issued on"))
    valid_until = DayField(label=gettext_lazy("Valid until"), required=False)
    issued_by = forms.CharField(label=gettext_lazy("Issued by"), max_length=200, required=False)
    form = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    name = forms.CharField(label=gettext_lazy("Name as printed"), max_length=255, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address as printed"), max_length=500, required=False
    )
    responsible = forms.CharField(
        label=gettext_lazy("Person in charge as printed"), max_length=200, required=False
    )
    hours = forms.CharField(label=gettext_lazy("Hours as printed"), max_length=500, required=False)
    beds = forms.IntegerField(label=gettext_lazy("Beds as printed"), min_value=0, required=False)
    scope = forms.CharField(
        label=gettext_lazy("Scope as printed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    activities = forms.CharField(
        label=gettext_lazy("Fields and techniques"),
        widget=LINES,
        required=False,
        help_text=gettext_lazy(
            "one on each line; a technique with its code before it, as in “03.0018 …”"
        ),
    )
    field_order = (
        "number",
        "valid_from",
        "valid_until",
        "issued_by",
        "form",
        "name",
        "address",
        "responsible",
        "hours",
        "beds",
        "scope",
        "activities",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        printed_fields(self)
        self.fields["form"].initial = self.row.form
        self.fields["name"].initial = self.row.organisation.name
        self.fields["address"].initial = self.row.address

    def clean_valid_from(self) -> date:
        """Refuse a day to come: until then the licence before it holds, which this one would end."""
        day: date = self.cleaned_data["valid_from"]
        if day > timezone.localdate():
            raise ValidationError(
                gettext_lazy("%(day)s is still to come; enter the licence that day."),
                code="day_in_future",
                params={"day": f"{day:%d/%m/%Y}"},
            )
        return day

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        printed = printed_of(said)
        license = services.issue_operating_license(
            actor=self.request.user,
            facility=self.row.organisation,
            number=said["number"],
            printed=printed,
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            issued_by=said["issued_by"],
            decision=self.decision,
        )
        services.follow_version(
            facility=self.row,
            version=license.versions.get(),
            said={name: getattr(printed, name) for name in FOLLOWED},
            decision=self.decision,
        )
        return _("The licence %(number)s is entered.") % {"number": said["number"]}


def printed_of(said: dict[str, Any]) -> Printed:
    """Return what was typed of a paper."""
    lines = (line.strip(" -•;") for line in said["activities"].splitlines())
    return Printed(
        form=said["form"],
        name=said["name"],
        address=said["address"],
        hours=said["hours"],
        responsible=said["responsible"],
        beds=said["beds"],
        scope=said["scope"],
        activities=tuple(read_activity(line) for line in lines if line),
    )


class LicenseActForm(DecisionForm):
    """An act on the licence that stands: suspension, lifting, closing, revocation."""

    act = forms.ChoiceField(label=gettext_lazy("Act"))
    valid_from = DayField(label=gettext_lazy("In force from"))
    valid_until = DayField(label=gettext_lazy("In force until"), required=False)
    part = forms.CharField(
        label=gettext_lazy("Part of the scope"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("only where a part alone is suspended"),
    )
    ground = forms.CharField(
        label=gettext_lazy("Ground"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    field_order = ("act", "valid_from", "valid_until", "part", "ground")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.license = self.row.organisation.operatinglicense_rows.filter(
            superseded_on=None
        ).first()
        today = timezone.localdate()
        takes = TAKES.get(self.license.state_on(today), set()) if self.license else set()
        offered = [act for act in Act if act in takes and act in DEEDS]
        self.fields["act"].choices = [(a.value, a.label) for a in offered]  # type: ignore[attr-defined]

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        act = Act(said["act"])
        more = {name: said[name] for name in DEEDS[act][1]}
        DEEDS[act][0](
            actor=self.request.user,
            license=self.license,
            valid_from=said["valid_from"],
            decision=self.decision,
            ground=said["ground"],
            **more,
        )
        return _("%(act)s from %(day)s.") % {
            "act": act.label,
            "day": f"{said['valid_from']:%d/%m/%Y}",
        }


# Each act with its service and what that takes besides.
DEEDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    Act.SUSPENDED: (services.suspend_operating_license, ("valid_until", "part")),
    Act.RESUMED: (services.resume_operating_license, ("part",)),
    Act.CLOSED: (services.close_for_a_time, ("valid_until",)),
    Act.REOPENED: (services.reopen, ()),
    Act.REVOKED: (services.revoke_operating_license, ()),
}


class AdjustForm(DecisionForm):
    """The next version of the licence: what is empty stays as it is printed."""

    is_reissue = forms.BooleanField(
        label=gettext_lazy("The same paper is issued again"), required=False
    )
    valid_from = DayField(label=gettext_lazy("In force from"))
    form = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    name = forms.CharField(label=gettext_lazy("Name as printed"), max_length=255, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address as printed"), max_length=500, required=False
    )
    responsible = forms.CharField(
        label=gettext_lazy("Person in charge as printed"), max_length=200, required=False
    )
    hours = forms.CharField(label=gettext_lazy("Hours as printed"), max_length=500, required=False)
    beds = forms.IntegerField(label=gettext_lazy("Beds as printed"), min_value=0, required=False)
    scope = forms.CharField(
        label=gettext_lazy("Scope as printed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    activities = forms.CharField(
        label=gettext_lazy("Fields and techniques"),
        widget=LINES,
        required=False,
        help_text=gettext_lazy(
            "one on each line; a technique with its code before it, as in “03.0018 …”"
        ),
    )
    field_order = (
        "is_reissue",
        "valid_from",
        "form",
        "name",
        "address",
        "responsible",
        "hours",
        "beds",
        "scope",
        "activities",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        printed_fields(self)
        self.license = self.row.organisation.operatinglicense_rows.filter(
            superseded_on=None
        ).first()
        if self.license is None:
            return
        now = services.printed_now(self.license)
        for name in ("form", "name", "address", "responsible", "hours", "beds", "scope"):
            self.fields[name].initial = getattr(now, name)
        self.fields["activities"].initial = "\n".join(
            written_activity(code, title) for code, title in now.activities
        )

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        typed = printed_of(said)
        names = ("form", "name", "address", "responsible", "hours", "beds", "scope", "activities")
        now, on = services.printed_now(self.license), said["valid_from"]
        changes = {name: to for name in names if (to := getattr(typed, name)) != getattr(now, name)}
        version = services.adjust_operating_license(
            actor=self.request.user,
            license=self.license,
            changes=changes,
            valid_from=on,
            decision=self.decision,
            is_reissue=said["is_reissue"],
        )
        services.follow_version(
            facility=self.row, version=version, said=changes, decision=self.decision
        )
        return _("Version %(number)d holds from %(day)s.") % {
            "number": version.number,
            "day": f"{version.valid_from:%d/%m/%Y}",
        }


class SuccessionForm(DecisionForm):
    """What became of this facility, by which decision."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=FacilitySuccession.Kind.choices
    )
    new = RowField(label=gettext_lazy("Which facility continues"), url=SUGGEST)
    on = DayField(label=gettext_lazy("From"))
    codes_until = DayField(
        label=gettext_lazy("The old insurance code may be used until"), required=False
    )
    is_main = forms.BooleanField(
        label=gettext_lazy("The old figures go there"),
        required=False,
        initial=True,
        help_text=gettext_lazy("of several heirs of a split one takes them"),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    field_order = ("kind", "new", "on", "codes_until", "is_main", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_of(self.request.user, "manage_lists")
        place = self.row.organisation
        among = Organisation.objects.within(scope).exclude(pk=place.pk)
        among = among.exclude(kind__in=["ministry", "department"])
        field: Any = self.fields["new"]
        field.find = lambda text: find_organisations(text, among)
        field.label_of = organisation_label

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        step = Step(
            old=self.row.organisation,
            new=said["new"],
            kind=said["kind"],
            on=said["on"],
            is_main=said["is_main"],
            note=said["note"],
            codes_until=said["codes_until"],
            decision=self.decision,
        )
        row = services.succeed(actor=self.request.user, step=step, today=timezone.localdate())
        return _("%(old)s is, from %(day)s, %(kind)s %(new)s.") % {
            "old": row.old.name,
            "day": f"{row.on:%d/%m/%Y}",
            "kind": row.get_kind_display(),
            "new": row.new.name,
        }


class WithdrawStepForm(DeedForm):
    """A step that was a mistake."""

    step = forms.ModelChoiceField(
        label=gettext_lazy("Step"), queryset=FacilitySuccession.objects.none()
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = FacilitySuccession.objects.standing().filter(old=self.row.organisation)
        self.fields["step"].queryset = rows.select_related("old", "new")  # type: ignore[attr-defined]

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.withdraw_succession(
            actor=self.request.user, step=said["step"], reason=said["reason"], at=timezone.now()
        )
        return _("The step is withdrawn; the facility stands as it stood before.")
