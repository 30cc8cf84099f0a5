"""The form by which a paper or picture is kept with a record."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from healthrecords.forms.around import plain
from healthrecords.forms.background import choices, pick
from healthrecords.forms.fields import BirthField
from healthrecords.models import Attachment
from healthrecords.services.attachments import AttachmentEntry
from portal.attachments.keeping import require_size
from portal.sensitivity import Sensitivity


def file_box() -> forms.FileInput:
    """Return the box that takes a scan, or a photograph from a phone's camera."""
    box = forms.FileInput({"accept": ".pdf,image/jpeg,image/png"})
    box.width = "w-2"  # type: ignore[attr-defined]
    return box


class AttachmentForm(forms.Form):
    """A file, what it is, and from when."""

    required_css_class = "required"

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("PDF, JPEG or PNG, at most 10 MB"),
        widget=file_box(),
    )
    category = forms.ChoiceField(
        label=_("Kind of paper"), choices=choices(Attachment.Category), widget=pick("w-l")
    )
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=200,
        widget=plain("w-l"),
        help_text=_("The file's name, unless you write one"),
    )
    written = BirthField(label=_("Written on"), required=False, widget=plain("w-s"))
    sensitivity = forms.ChoiceField(
        label=_("Protected because of"),
        required=False,
        choices=[("", _("not protected")), *Sensitivity.choices[1:]],
        widget=pick("w-m"),
        help_text=_("Only those with the right see a protected paper"),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        """Refuse by its size what would only fill the memory."""
        file = self.cleaned_data["file"]
        require_size(file.size, file.name)
        return file

    def entry(self) -> AttachmentEntry:
        """Return the paper as an entry of the service."""
        said = self.cleaned_data
        return AttachmentEntry(
            content=said["file"].read(),
            name=said["file"].name,
            category=said["category"],
            title=said["title"],
            written=said["written"],
            sensitivity=said["sensitivity"],
        )

    def refuse(self, refused: ValidationError) -> None:
        """What is wrong with a paper is wrong with its file."""
        if hasattr(refused, "error_dict"):
            self.add_error(None, refused)
        else:
            self.add_error("file", refused)


class ProtectForm(forms.Form):
    """A paper that is kept already becomes protected."""

    sensitivity = forms.ChoiceField(
        label=_("Protected because of"), choices=Sensitivity.choices[1:], widget=pick("w-m")
    )
