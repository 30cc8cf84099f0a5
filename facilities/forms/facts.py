"""Acts on a facility's facts: beds, hours, departments, level, codes, publications, readiness."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities import services
from facilities.models import (
    BedCount,
    Department,
    FacilityClassification,
    Publication,
    Readiness,
)
from facilities.querysets import holding_on
from facilities.rules import DUTIES, TOPICS, rules_of
from facilities.services import Decision
from portal.admin.deeds import DayField, DeedForm
from portal.attachments.keeping import keep
from portal.codelists.lookup import codes_on
from portal.identifiers import FacilityCode, GlobalLocationNumber
from portal.places import services as places
from portal.places.models import OrganisationIdentifier

Scheme = OrganisationIdentifier.Scheme
OPEN_CHOICE = ("", "–")


class DecisionForm(DeedForm):
    """An act that rests on a decision."""

    decision_no = forms.CharField(
        label=gettext_lazy("Decision number"), max_length=60, required=False
    )
    decided_on = DayField(label=gettext_lazy("Decided on"), required=False)
    decided_by = forms.CharField(label=gettext_lazy("Decided by"), max_length=200, required=False)

    @property
    def decision(self) -> Decision:
        """Return the paper as it was typed."""
        said = self.cleaned_data
        return Decision(said["decision_no"], said["decided_on"], said["decided_by"])


class HoursForm(DeedForm):
    """The sentence of the sign; it is read into the hours of the week."""

    text = forms.CharField(
        label=gettext_lazy("Opening hours"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "As on the sign: Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30, 13 giờ 30 - 17 giờ; thứ 7: 7 giờ - 11"
            " giờ. Or 24/24."
        ),
    )
    valid_from = DayField(label=gettext_lazy("From"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = self.row.organisation.openingschedule_rows.filter(valid_until=None).first()
        if standing is not None:
            self.fields["text"].initial = standing.text

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.set_hours(
            facility=self.row.organisation, text=said["text"], valid_from=said["valid_from"]
        )
        return _("The opening hours hold from %(day)s.") % {"day": f"{said['valid_from']:%d/%m/%Y}"}


class BedsForm(DecisionForm):
    """The beds of the whole facility, each kind in its box; an empty box changes nothing."""

    valid_from = DayField(label=gettext_lazy("From"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.row.organisation.bedcount_rows.filter(valid_until=None, department=None)
        standing = dict(rows.values_list("kind", "count"))
        for kind in BedCount.Kind:
            self.fields[kind.value] = forms.IntegerField(
                label=kind.label.capitalize(),
                min_value=0,
                max_value=20_000,
                required=False,
                initial=standing.get(kind.value),
            )
        self.order_fields([kind.value for kind in BedCount.Kind])

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        for kind in BedCount.Kind:
            if said[kind.value] is not None:
                services.count_beds(
                    facility=self.row.organisation,
                    kind=kind,
                    count=said[kind.value],
                    valid_from=said["valid_from"],
                    decision=self.decision,
                )
        return _("The beds are noted.")


class DepartmentForm(DecisionForm):
    """A department that opens."""

    code = forms.ChoiceField(label=gettext_lazy("Code"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("left open: the name of the code"),
    )
    head = forms.CharField(label=gettext_lazy("Head"), max_length=120, required=False)
    valid_from = DayField(label=gettext_lazy("From"))
    field_order = ("code", "name", "head", "valid_from")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = {row.code: row.title for row in codes_on("departments", timezone.localdate())}
        named = [(code, f"{code} {title}") for code, title in self.codes.items()]
        self.fields["code"].choices = [OPEN_CHOICE, *named]  # type: ignore[attr-defined]

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        said["name"] = said.get("name") or self.codes.get(said.get("code", ""), "")
        if not said["name"]:
            message = _("Choose a code or write the name.")
            self.add_error("name", ValidationError(message, code="name_missing"))
        return said

    @override
    def carry_out(self) -> StrOrPromise:
        said, paper = self.cleaned_data, self.decision
        department = Department(
            facility=self.row.organisation,
            code=said["code"],
            name=said["name"],
            head=said["head"],
            valid_from=said["valid_from"],
            decision_no=paper.number,
            decided_on=paper.decided_on,
            decided_by=paper.decided_by,
        )
        services.open_department(department=department)
        return _("%(name)s is entered.") % {"name": department.name}


class DepartmentOverForm(DeedForm):
    """A department that ends."""

    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"), queryset=Department.objects.none()
    )
    on = DayField(label=gettext_lazy("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.row.organisation.department_rows.filter(holding_on(timezone.localdate()))
        self.fields["department"].queryset = rows  # type: ignore[attr-defined]

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        services.close_department(department=said["department"], on=said["on"])
        return _("%(name)s ends on %(day)s.") % {
            "name": said["department"].name,
            "day": f"{said['on']:%d/%m/%Y}",
        }


class LevelForm(DecisionForm):
    """A level with its points, or a rank, as a decision gives it."""

    value = forms.ChoiceField(
        label=gettext_lazy("Level or rank"), choices=FacilityClassification.Value.choices
    )
    points = forms.DecimalField(
        label=gettext_lazy("Points"), min_value=0, max_value=100, decimal_places=2, required=False
    )
    valid_from = DayField(label=gettext_lazy("From"))
    field_order = ("value", "points", "valid_from")

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        is_level = said["value"] in {"primary", "basic", "advanced"}
        kinds = FacilityClassification.Kind
        row = services.classify(
            facility=self.row.organisation,
            kind=kinds.LEVEL if is_level else kinds.RANK,
            value=said["value"],
            points=said["points"],
            valid_from=said["valid_from"],
            decision=self.decision,
        )
        return _("%(value)s is noted.") % {"value": row.get_value_display().capitalize()}


class CodeForm(DeedForm):
    """Another code; the one of the same kind ends the day before."""

    scheme = forms.ChoiceField(label=gettext_lazy("Kind of code"), choices=Scheme.choices)
    value = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=120, required=False)
    valid_from = DayField(label=gettext_lazy("From"))
    is_sure = forms.BooleanField(
        label=gettext_lazy("It is written so on the certificate"), required=False
    )

    @override
    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        reader = {Scheme.INSURANCE: FacilityCode, Scheme.GLN: GlobalLocationNumber}.get(
            said.get("scheme", "")
        )
        if reader is None or not said.get("value"):
            return said
        try:
            code = reader.parse(said["value"])
        except ValidationError as error:
            self.add_error("value", error)
            return said
        said["value"] = str(code)
        if not said["is_sure"]:
            for doubt in code.doubts():
                params = dict(doubt.params)
                self.add_error(
                    "value", ValidationError(doubt.message, code=doubt.code, params=params)
                )
        return said

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        places.change_code(
            organisation=self.row.organisation,
            scheme=said["scheme"],
            value=said["value"],
            valid_from=said["valid_from"],
            source=said["source"],
        )
        return _("The code %(code)s is noted.") % {"code": said["value"]}


class EvidenceForm(DeedForm):
    """An act that may bring a file as proof."""

    file = forms.FileField(
        label=gettext_lazy("Evidence"),
        required=False,
        help_text=gettext_lazy("PDF, JPEG or PNG"),
    )

    def kept(self) -> Any:
        """Keep the file that was sent, None without one."""
        sent = self.cleaned_data["file"]
        if sent is None:
            return None
        return keep(content=sent.read(), name=sent.name, at=timezone.now())


class PublishForm(EvidenceForm):
    """Something that was made public."""

    duty = forms.ChoiceField(label=gettext_lazy("What is published"))
    published_on = DayField(label=gettext_lazy("Published on"))
    place = forms.CharField(
        label=gettext_lazy("Where"),
        max_length=300,
        help_text=gettext_lazy("board at the entrance, address of the page, information system"),
    )
    field_order = ("duty", "published_on", "place", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = rules_of(DUTIES, timezone.localdate())
        mine = [(r.code, r.title) for r in rules if r.is_about(self.row.form)]
        self.fields["duty"].choices = mine  # type: ignore[attr-defined]
        self.fields["duty"].initial = self.request.GET.get("viec", "")

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        publication = Publication(
            facility=self.row.organisation,
            duty=said["duty"],
            published_on=said["published_on"],
            place=said["place"],
            evidence=self.kept(),
        )
        services.publish(publication=publication, today=timezone.localdate())
        return _("The publication is noted.")


class ReadinessForm(EvidenceForm):
    """An answer about connection and software with what proves it."""

    topic = forms.ChoiceField(label=gettext_lazy("Topic"))
    answer = forms.ChoiceField(label=gettext_lazy("Answer"), choices=Readiness.Answer.choices)
    count = forms.IntegerField(label=gettext_lazy("Number"), min_value=0, required=False)
    detail = forms.CharField(
        label=gettext_lazy("Product, provider, line"), max_length=200, required=False
    )
    evidence_text = forms.CharField(
        label=gettext_lazy("What proves it"), max_length=300, required=False
    )
    valid_from = DayField(label=gettext_lazy("From"))
    field_order = ("topic", "answer", "count", "detail", "valid_from", "evidence_text", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = rules_of(TOPICS, timezone.localdate())
        mine = [(r.code, r.title) for r in rules if r.is_about(self.row.form)]
        self.fields["topic"].choices = mine  # type: ignore[attr-defined]
        self.fields["topic"].initial = self.request.GET.get("viec", "")

    @override
    def carry_out(self) -> StrOrPromise:
        said = self.cleaned_data
        row = Readiness(
            facility=self.row.organisation,
            topic=said["topic"],
            answer=said["answer"],
            count=said["count"],
            detail=said["detail"],
            evidence_text=said["evidence_text"],
            evidence=self.kept(),
            valid_from=said["valid_from"],
        )
        services.answer_readiness(row=row)
        return _("The answer is noted.")


class ConfirmForm(DeedForm):
    """Somebody looked at everything and found it as it is."""

    @override
    def carry_out(self) -> StrOrPromise:
        self.row.confirmed_on = timezone.localdate()
        self.row.save(update_fields=["confirmed_on"])
        return _("Confirmed today: everything is as it stands here.")
