"""How does a file travel inside the form that confirms it, so that nothing is stored before?"""

import base64
import zlib

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

LARGEST = 4 * 1024 * 1024


def packed(name: str, content: bytes, *, salt: str) -> str:
    """Return a file as a signed text."""
    body = base64.b64encode(zlib.compress(content, 9)).decode()
    return Signer(salt=salt).sign_object({"name": name, "body": body})


def unpacked(text: str, *, salt: str) -> tuple[str, bytes]:
    """Return what ``packed`` took."""
    kept = Signer(salt=salt).unsign_object(text)
    return kept["name"], zlib.decompress(base64.b64decode(kept["body"]))


class CarryingForm(forms.Form):
    """A form with a small file, which comes again with the confirmation; ``salt`` is the form's own."""

    salt = ""
    kept = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean_file(self) -> UploadedFile[bytes] | None:
        """Refuse what is too large to look at before it is stored."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST:
            raise ValidationError(
                _("The file has %(size)s MB; a code list has at most %(most)s MB."),
                code="file_too_large",
                params={"size": (file.size or 0) // 1024**2, "most": LARGEST // 1024**2},
            )
        return file

    def content(self) -> tuple[str, bytes]:
        """Return name and content of the file: of the new one, or of the one already looked at."""
        file = self.cleaned_data.get("file")
        if file is not None:
            return str(file.name), file.read()
        kept = self.cleaned_data.get("kept", "")
        if not kept:
            raise ValidationError(_("Choose the file of the list."), code="file_missing")
        try:
            return unpacked(kept, salt=self.salt)
        except (BadSignature, ValueError, zlib.error) as error:
            message = _("The file was changed on its way; choose it again.")
            raise ValidationError(message, code="file_changed") from error

    def carry(self, name: str, content: bytes) -> None:
        """Keep the file in the form that is shown next."""
        self.data = {**dict(self.data.items()), "kept": packed(name, content, salt=self.salt)}
