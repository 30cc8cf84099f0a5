"""Acts on a facility's facts: beds, hours, departments, level, publications, readiness."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
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
from portal.attachments.file_form import FileForm, file_field
from portal.codelists.lookup import codes_on

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
        standing = self.standing()
        for kind in BedCount.Kind:
            self.fields[kind.value] = forms.IntegerField(
                label=kind.label.capitalize(),
                min_value=0,
                max_value=20_000,
                required=False,
                initial=standing.get(kind.value),
            )
        self.order_fields(["department", *[kind.value for kind in BedCount.Kind]])

    def standing(self) -> dict[str, int]:
        """Return what is counted today."""
        return self._counted(None)

    def _counted(self, department: Department | None) -> dict[str, int]:
        rows = self.row.organisation.bedcount_rows.filter(valid_until=None, department=department)
        return dict(rows.values_list("kind", "count"))

    @override
    def carry_out(self) -> StrOrPromise:
        self.count(None)
        return _("The beds are noted.")

    def count(self, department: Department | None) -> None:
        """Note what was typed, for a department or for the whole."""
        said = self.cleaned_data
        for kind in BedCount.Kind:
            if said[kind.value] is not None:
                services.count_beds(
                    facility=self.row.organisation,
                    kind=kind,
                    count=said[kind.value],
                    valid_from=said["valid_from"],
                    department=department,
                    decision=self.decision,
                )


class DepartmentBedsForm(BedsForm):
    """The beds of one department; the boxes show what stands where its page names the department."""

    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"), queryset=Department.objects.none()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = self._departments()  # type: ignore[attr-defined]
        named = self._named()
        self.fields["department"].initial = named
        # The boxes hold the numbers of the department that the page names: they are of no other.
        self.fields["department"].disabled = named is not None

    def _departments(self) -> QuerySet[Department]:
        rows: QuerySet[Department] = self.row.organisation.department_rows.filter(
            holding_on(timezone.localdate())
        )
        return rows

    def _named(self) -> Department | None:
        asked = self.request.GET.get("viec", "")
        return next((row for row in self._departments() if str(row.pk) == asked), None)

    @override
    def standing(self) -> dict[str, int]:
        named = self._named()
        return self._counted(named) if named is not None else {}

    @override
    def carry_out(self) -> StrOrPromise:
        department = self.cleaned_data["department"]
        self.count(department)
        return _("The beds of %(name)s are noted.") % {"name": department.name}


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


class EvidenceForm(FileForm):
    """An act that may bring a file as proof."""

    file = file_field(gettext_lazy("Evidence"))


class PublishForm(EvidenceForm):
    """Something that was made public."""

    duty = forms.ChoiceField(label=gettext_lazy("What is published"))
    published_on = DayField(label=gettext_lazy("Published on"))
    place = forms.CharField(
        label=gettext_lazy("Where"),
        max_length=300,
        help_text=gettext_lazy("board at the entrance, address of the page, information system"),
    )
    field_order = ("duty", "published_on", "place")

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
            evidence=self.stored,
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
    field_order = ("topic", "answer", "count", "detail", "valid_from", "evidence_text")

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
            evidence=self.stored,
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
