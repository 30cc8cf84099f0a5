"""A named act that brings a file: the file stays with the form over a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DeedForm
from portal.attachments.keeping import keep
from portal.attachments.models import StoredFile

ACCEPTED = ".pdf,.jpg,.jpeg,.png"
SALT = "copy of a paper"


def file_field(label: Any) -> forms.FileField:
    """Return the box for such a file."""
    return forms.FileField(
        label=label,
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )


class FileForm(DeedForm):
    """A deed whose file is kept as it comes, also where the rest is refused.

    A browser cannot send a file twice; what was received is named by a signed mark instead, which
    holds for whoever sent it alone. ``file_name`` is the name of the box; the mark's is kept_ that.
    """

    file_name: ClassVar[str] = "file"
    received_text: ClassVar[Any] = _("The file is received; choose another to replace it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.mark_name] = forms.CharField(required=False, widget=forms.HiddenInput())
        last = {self.file_name, self.mark_name}
        self.order_fields([name for name in self.fields if name not in last])
        self.at: datetime = timezone.now()
        self.stored: StoredFile | None = None

    @property
    def mark_name(self) -> str:
        return f"kept_{self.file_name}"

    @override
    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        upload, mark = said.pop(self.file_name, None), said.pop(self.mark_name, "")
        try:
            self.stored = self._received(upload) if upload else self._kept(mark)
        except ValidationError as refused:
            self.add_error(self.file_name, refused)
        if self.stored is not None:
            sent: Any = self.data
            sent = sent.copy()
            sent[self.mark_name] = signing.dumps(self.stored.sha256, salt=self._salt)
            self.data = sent
            self[self.file_name].help_text = self.received_text
        return said

    def _received(self, upload: Any) -> StoredFile:
        return keep(content=upload.read(), name=upload.name or "", at=self.at)

    def _kept(self, mark: str) -> StoredFile | None:
        try:
            digest = signing.loads(mark, salt=self._salt) if mark else ""
        except signing.BadSignature:
            return None
        return StoredFile.objects.filter(sha256=digest).first() if digest else None

    @property
    def _salt(self) -> str:
        return f"{SALT} {self.request.user.pk}"
