"""What is asked of a person who sends a file or decides about rows?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.accounts.models import User
from portal.intake.access import kinds_to_send, places_to_send
from portal.intake.declaration import Kind, kind_of
from portal.intake.services import MEGABYTES_AT_MOST
from portal.places.models import Organisation
from portal.places.models.organisation import OrganisationQuerySet

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
        kinds = kinds_to_send(user)
        self.places = {kind.id: places_of(user, kind) for kind in kinds}
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.id, kind.title) for kind in kinds if self.places[kind.id].exists()
        ]
        wanted = Q(pk__in=())
        for places in self.places.values():
            wanted |= Q(pk__in=places.values("pk"))
        place = user.place_of_work
        shown = Organisation.objects.filter(wanted).order_by("path")
        if place is not None and shown[CHOICES_AT_MOST : CHOICES_AT_MOST + 1].exists():
            # Whoever may send for thousands of places sends for the one they work at.
            shown = shown.filter(pk=place.pk)
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
        self._check_place(cleaned.get("kind"), cleaned.get("organisation"))
        return cleaned

    def _check_place(self, kind_id: str | None, organisation: Organisation | None) -> None:
        """Refuse a kind that the chosen place does not send."""
        if not kind_id or organisation is None:
            return
        if not self.places[kind_id].filter(pk=organisation.pk).exists():
            self.add_error(
                "organisation",
                ValidationError(
                    _("Files of the kind “%(kind)s” are not sent for %(place)s; choose another."),
                    code="place_of_other_kind",
                    params={"kind": kind_of(kind_id).title, "place": organisation.name},
                ),
            )


def places_of(user: User, kind: Kind) -> OrganisationQuerySet:
    """Return the places for which this user sends files of a kind."""
    held: OrganisationQuerySet = Organisation.objects.current().within(places_to_send(user, kind))
    return held.filter(kind__in=kind.places)


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
