"""The pages on which an official enters diplomas, specialities, examinations and languages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from portal.admin.deeds import DayField, Deed
from portal.codelists.countries import COUNTRIES, HOME
from portal.codelists.lookup import choices_on
from practitioners import services
from practitioners.admin.papers import PaperForm
from practitioners.models import ExaminationResult, PracticeLanguage, PracticePeriod, Qualification

NOTHING = ("", "—")


def _choose(form: forms.Form, name: str, *choices: tuple[Any, Any]) -> None:
    field: Any = form.fields[name]
    field.choices = choices


class DiplomaForm(PaperForm):
    """A diploma, as printed."""

    instead_of = forms.TypedChoiceField(
        label=_("Which diploma"), required=False, coerce=UUID, empty_value=None
    )
    level = forms.ChoiceField(label=_("Level"), choices=[NOTHING, *Qualification.Level.choices])
    field = forms.CharField(label=_("Field"), max_length=200)
    school = forms.CharField(label=_("School"), max_length=200)
    country = forms.ChoiceField(label=_("Country of the school"), initial=HOME)
    diploma_number = forms.CharField(label=_("Diploma number"), max_length=60, required=False)
    register_number = forms.CharField(
        label=_("Number in the school's book"), max_length=60, required=False
    )
    issued_on = DayField(label=_("Issued on"))
    recognition_no = forms.CharField(
        label=_("Decision that recognises it"),
        max_length=60,
        required=False,
        help_text=_("For a diploma from abroad."),
    )
    recognised_on = DayField(label=_("Recognised on"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["issued_on"].initial = None
        known = [(row.pk, str(row)) for row in self.row.qualifications.all()]
        _choose(self, "instead_of", ("", _("one the profile does not have yet")), *known)
        _choose(self, "country", *choices_on(COUNTRIES, timezone.localdate()))

    @override
    def carry_out(self) -> str:
        said = {**self.cleaned_data}
        row = services.record_diploma(
            actor=self.request.user,
            practitioner=self.row,
            instead_of=said.pop("instead_of"),
            diploma=services.Diploma(**said),
            at=self.at,
        )
        return self.done(row)


class SpecialityForm(PaperForm):
    """A speciality and the diploma it rests on."""

    text = forms.CharField(label=_("As printed"), max_length=300)
    code = forms.ChoiceField(
        label=_("In the list of scopes"),
        required=False,
        help_text=_("What it is compared by; leave blank where the list has no such speciality."),
    )
    qualification_id = forms.TypedChoiceField(
        label=_("By the diploma"), required=False, coerce=UUID, empty_value=None
    )
    valid_from = DayField(label=_("From"), required=False)
    valid_until = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = choices_on("practice_scopes", timezone.localdate())
        _choose(self, "code", NOTHING, *scopes)
        diplomas = [(row.pk, str(row)) for row in self.row.qualifications.all()]
        _choose(self, "qualification_id", NOTHING, *diplomas)

    @override
    def carry_out(self) -> str:
        row = services.record_speciality(
            actor=self.request.user,
            practitioner=self.row,
            at=self.at,
            **self.cleaned_data,
        )
        return self.done(row)


class ExaminationForm(PaperForm):
    """A sitting and its result."""

    title = forms.ChoiceField(label=_("Professional title"))
    sat_on = DayField(label=_("Examined on"))
    result = forms.ChoiceField(
        label=_("Result"), choices=[NOTHING, *ExaminationResult.Result.choices]
    )
    result_no = forms.CharField(label=_("Number of the result"), max_length=60)
    group = forms.CharField(label=_("Group of the examination"), max_length=120, required=False)
    council = forms.CharField(label=_("Council"), max_length=200, required=False)
    valid_until = DayField(label=_("Valid until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sat_on"].initial = None
        _choose(self, "title", NOTHING, *choices_on("professional_titles", timezone.localdate()))

    @override
    def carry_out(self) -> str:
        row = services.record_examination(
            actor=self.request.user,
            practitioner=self.row,
            sitting=services.Sitting(**self.cleaned_data),
            at=self.at,
        )
        return self.done(row)


class LanguageForm(PaperForm):
    """A language of practice."""

    language = forms.CharField(label=_("Language"), max_length=60)
    way = forms.ChoiceField(
        label=_("Way of speaking"), choices=[NOTHING, *PracticeLanguage.Way.choices]
    )
    interpreter = forms.CharField(
        label=_("Interpreter"),
        max_length=200,
        required=False,
        help_text=_("Name, and the number of the interpreter's certificate."),
    )
    certificate_no = forms.CharField(
        label=_("Number of the certificate"), max_length=60, required=False
    )
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), required=False)

    @override
    def carry_out(self) -> str:
        row = services.register_language(
            actor=self.request.user,
            practitioner=self.row,
            spoken=services.Spoken(**self.cleaned_data),
            at=self.at,
        )
        return self.done(row)


class PeriodForm(PaperForm):
    """Where and how a person practised, or learnt a speciality, and when."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[NOTHING, *PracticePeriod.Kind.choices])
    place_text = forms.CharField(label=_("Place"), max_length=300)
    position_text = forms.CharField(label=_("Work"), max_length=300, required=False)
    valid_from = DayField(label=_("From"))
    valid_until = DayField(label=_("Until"), required=False)
    certificate_no = forms.CharField(
        label=_("Number of the certificate"), max_length=60, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = None

    @override
    def carry_out(self) -> str:
        row = services.record_period(
            actor=self.request.user,
            practitioner=self.row,
            period=services.Period(**self.cleaned_data),
            at=self.at,
        )
        return self.done(row)


LEARNING = (
    Deed(
        "van-bang",
        _("Enter a diploma"),
        DiplomaForm,
        needs="learn",
        icon="doc",
        explanation=_(
            "Enter what you compared with the paper. To put right what was read of a diploma, choose"
            " it and write it anew: what the profile said before stays in its history."
        ),
        button=pgettext_lazy("profile", "Enter"),
    ),
    Deed(
        "chuyen-khoa",
        _("Enter a speciality"),
        SpecialityForm,
        needs="learn",
        icon="pen",
        button=pgettext_lazy("profile", "Enter"),
    ),
    Deed(
        "ket-qua-kiem-tra",
        _("Enter an examination result"),
        ExaminationForm,
        needs="learn",
        icon="ok",
        explanation=_(
            "The competency examination of the National Medical Council (Law 15/2023/QH15, article"
            " 24). A result told again for the same sitting takes the place of the first one."
        ),
        button=pgettext_lazy("profile", "Enter"),
    ),
    Deed(
        "ngon-ngu",
        _("Register a language"),
        LanguageForm,
        needs="learn",
        icon="user",
        explanation=_(
            "A foreigner is recognised as fluent in Vietnamese, or registers a language and an"
            " interpreter (Law 15/2023/QH15, article 21)."
        ),
        button=_("Register"),
    ),
    Deed(
        "qua-trinh",
        _("Enter a time of practice"),
        PeriodForm,
        needs="learn",
        icon="hist",
        explanation=_(
            "Practice before or elsewhere, training in a speciality, or time away. The 24 months"
            " without practice (Law 15/2023/QH15, article 35(1)) are counted with it."
        ),
        button=pgettext_lazy("profile", "Enter"),
    ),
)
