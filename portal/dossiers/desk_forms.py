"""What does an official write when something is done to a dossier?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.accounts.models import Assignment, User
from portal.accounts.roles import CAPABILITIES_OF
from portal.admin.deeds import DayField
from portal.dossiers import services
from portal.dossiers.forms import ACCEPTED
from portal.dossiers.models import Dossier, DossierDocument
from portal.dossiers.querysets import HANDLES
from portal.dossiers.services import Asked
from portal.site.widgets import PickRadio


class DossierForm(forms.Form):
    """One deed on a dossier; ``carry_out`` calls the service and may refuse."""

    def __init__(self, *args: Any, dossier: Dossier, actor: Any, **kwargs: Any) -> None:
        self.dossier, self.actor = dossier, actor
        super().__init__(*args, **kwargs)

    def carry_out(self) -> None:
        raise NotImplementedError

    @property
    def common(self) -> dict[str, Any]:
        return {"actor": self.actor, "dossier": self.dossier, "at": timezone.now()}


def _reason(label: Any, missing: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": missing},
    )


class AcceptForm(DossierForm):
    """The dossier is complete."""

    @override
    def carry_out(self) -> None:
        services.accept(**self.common)


class AppraiseForm(DossierForm):
    """Appraisal begins."""

    @override
    def carry_out(self) -> None:
        services.appraise(**self.common)


class TakeForm(DossierForm):
    """The official takes it."""

    @override
    def carry_out(self) -> None:
        services.hand_to(official=self.actor, **self.common)


class HandForm(DossierForm):
    """To whom the dossier goes, and why."""

    official = forms.ModelChoiceField(
        label=_("To whom"),
        queryset=User.objects.none(),
        error_messages={"required": _("Choose who goes on with the dossier.")},
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["official"]
        field.queryset = officials_of(self.dossier)
        field.label_from_instance = lambda user: user.full_name

    @override
    def carry_out(self) -> None:
        said = self.cleaned_data
        services.hand_to(official=said["official"], note=said["note"], **self.common)


def officials_of(dossier: Dossier) -> Any:
    """Return who deals with such dossiers at the authority or above it."""
    capability = HANDLES[dossier.subject_kind]
    roles = [role for role, held in CAPABILITIES_OF.items() if capability in held]
    path = dossier.authority.path.rstrip(".").split(".")
    above = [".".join(path[: n + 1]) + "." for n in range(len(path))]
    holding = Assignment.objects.holding(timezone.localdate())
    rows = holding.filter(role__in=roles, organisation__path__in=above)
    return User.objects.filter(pk__in=rows.values("user"), is_active=True).order_by("full_name")


class GoOnForm(DossierForm):
    """Why the dossier goes on without the supplement."""

    reason = _reason(
        _("Why does the dossier go on without the supplement?"),
        _("Write why; the applicant reads it."),
        _("The applicant reads this."),
    )

    @override
    def carry_out(self) -> None:
        services.go_on(reason=self.cleaned_data["reason"], **self.common)


class VerifyForm(DossierForm):
    """What is verified, and where."""

    note = _reason(
        _("What is verified, by whom?"), _("Write which papers are verified, and by whom.")
    )

    @override
    def carry_out(self) -> None:
        services.send_for_verification(note=self.cleaned_data["note"], **self.common)


class VerifiedForm(DossierForm):
    """What the verification found."""

    note = _reason(_("What did the verification find?"), _("Write what was found."))

    @override
    def carry_out(self) -> None:
        services.verification_came(note=self.cleaned_data["note"], **self.common)


class ProposeForm(DossierForm):
    """What is proposed for signature."""

    proposal = forms.ChoiceField(
        label=_("Proposal"),
        choices=[(choice.value, choice.label) for choice in Dossier.Proposal if choice.value],
        widget=PickRadio(),
        error_messages={"required": _("Choose what is proposed: to grant or to refuse.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("A refusal stands on its written reason; it is printed as it is written here."),
    )

    @override
    def carry_out(self) -> None:
        said = self.cleaned_data
        services.propose(proposal=said["proposal"], reason=said["reason"], **self.common)


class SendBackForm(DossierForm):
    """Why the proposal goes back."""

    reason = _reason(_("Why does the dossier go back?"), _("Write what must be looked at again."))

    @override
    def carry_out(self) -> None:
        services.send_back(reason=self.cleaned_data["reason"], **self.common)


class WithdrawnForm(DossierForm):
    """The applicant withdrew it at the authority."""

    reason = _reason(
        _("How and why did the applicant withdraw it?"),
        _("Write how the applicant said so: letter, in person, and why."),
    )

    @override
    def carry_out(self) -> None:
        services.withdraw(reason=self.cleaned_data["reason"], **self.common)


class NoteForm(DossierForm):
    """A note for colleagues."""

    note = _reason(_("Note"), _("Write the note."), _("Applicants do not see notes."))

    @override
    def carry_out(self) -> None:
        services.note_down(note=self.cleaned_data["note"], **self.common)


class MinutesForm(DossierForm):
    """The minutes of an appraisal: when, by whom, what was found, the signed paper."""

    held_on = DayField(label=_("Appraised on"))
    by = forms.CharField(
        label=_("By whom"),
        max_length=300,
        help_text=_("Names of those who appraised"),
        error_messages={"required": _("Write who appraised.")},
    )
    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=services.Conclusion.choices, widget=PickRadio
    )
    found = forms.CharField(
        label=_("What was found"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    paper = forms.FileField(
        label=_("Signed minutes"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("PDF, JPEG or PNG, at most 10 MB"),
        error_messages={"required": _("Choose the signed minutes, scanned or photographed.")},
    )

    @override
    def carry_out(self) -> None:
        said = self.cleaned_data
        minutes = services.Minutes(
            held_on=said["held_on"],
            by=said["by"],
            conclusion=said["conclusion"],
            found=said["found"],
            content=said["paper"].read(),
            name=said["paper"].name or "",
        )
        services.keep_minutes(minutes=minutes, **self.common)


class WaiveForm(DossierForm):
    """A document that need not be handed in."""

    document = forms.ChoiceField(label=_("Document"))
    because = forms.CharField(
        label=_("Why is it not needed?"),
        max_length=300,
        help_text=_("Like: original seen on 05/11/2026; known from the population database."),
        error_messages={
            "required": _("Write what makes it unnecessary; it stays with the dossier.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.dossier.documents.exclude(state=DossierDocument.State.WAIVED)
        field: Any = self.fields["document"]
        field.choices = [(row.code, row.title) for row in rows]

    @override
    def carry_out(self) -> None:
        said = self.cleaned_data
        services.waive(code=said["document"], because=said["because"], **self.common)


class AskForm(DossierForm):
    """What is missing or wrong, document by document, and why."""

    more_title = forms.CharField(label=_("Another document"), required=False, max_length=300)
    more_why = forms.CharField(
        label=_("Why"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents: Sequence[DossierDocument] = list(self.dossier.documents.all())
        for row in self.documents:
            self.fields[f"ask_{row.code}"] = forms.BooleanField(label=row.title, required=False)
            self.fields[f"why_{row.code}"] = forms.CharField(
                label=_("What is missing or wrong, and why"),
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return each document with its box and its words."""
        return [
            {"document": row, "ask": self[f"ask_{row.code}"], "why": self[f"why_{row.code}"]}
            for row in self.documents
        ]

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for row in self.documents:
            why = cleaned.get(f"why_{row.code}", "").strip()
            if cleaned.get(f"ask_{row.code}") and not why:
                self.add_error(
                    f"why_{row.code}",
                    _("Write what is missing or wrong with “%(document)s”, and why.")
                    % {"document": row.title},
                )
        if cleaned.get("more_title") and not cleaned.get("more_why"):
            self.add_error("more_why", _("Write why this document is needed."))
        return cleaned

    @override
    def carry_out(self) -> None:
        said = self.cleaned_data
        asked = [
            Asked(code=row.code, why=said[f"why_{row.code}"])
            for row in self.documents
            if said.get(f"ask_{row.code}") or said.get(f"why_{row.code}", "").strip()
        ]
        if said["more_title"]:
            asked.append(Asked(title=said["more_title"], why=said["more_why"]))
        services.ask_supplement(asked=asked, **self.common)
