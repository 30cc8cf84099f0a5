"""What is asked of a person who sends a file or decides about rows?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.accounts.models import User
from portal.intake.declaration import kinds
from portal.intake.services import MEGABYTES_AT_MOST
from portal.places.models import Organisation
from portal.scope import scope_of

CHOICES_AT_MOST = 300


class UploadForm(forms.Form):
    """A file, its kind, and the facility it is sent for."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # an empty file is read and explained like any other
        error_messages={
            "required": _("No file is chosen; choose the file that your software exported.")
        },
    )
    kind = forms.ChoiceField(label=_("Kind of file"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Sent for"),
        error_messages={
            "invalid_choice": _("You may not send files for this place; choose one of the list.")
        },
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [kind for kind in kinds() if scope_of(user, kind.upload)]
        self.fields["kind"].choices = [(kind.id, kind.title) for kind in allowed]  # type: ignore[attr-defined]
        places = Organisation.objects.current().within(scope_of(user, "upload_files"))
        place = user.place_of_work
        shown = places.order_by("path")
        if place is not None and shown[CHOICES_AT_MOST : CHOICES_AT_MOST + 1].exists():
            # Whoever may send for thousands of places sends for the one they work at.
            shown = places.filter(pk=place.pk)
        self.fields["organisation"].queryset = shown  # type: ignore[attr-defined]
        self.fields["organisation"].initial = place

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is not None and file.size > MEGABYTES_AT_MOST * 1_000_000:
            raise ValidationError(
                {
                    "file": ValidationError(
                        _("The file is larger than %(size)s MB; split it into several files."),
                        code="file_too_large",
                        params={"size": MEGABYTES_AT_MOST},
                    )
                }
            )
        return cleaned


class RulingForm(forms.Form):
    """Whom one doubtful row is about: a candidate, or somebody else."""

    row = forms.UUIDField()
    subject = forms.UUIDField(required=False)


class UndoForm(forms.Form):
    """Why a sending is undone."""

    reason = forms.CharField(
        label=_("Why the sending is undone"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why the sending is undone.")},
    )
