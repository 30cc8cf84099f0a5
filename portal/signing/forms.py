"""What is asked of a person who sets up a certificate, or signs with one?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.signing.keys import LARGEST_FILE
from portal.signing.models import SigningCertificate


class CertificateForm(forms.Form):
    """A PKCS#12 file and the password it opens with."""

    file = forms.FileField(
        label=_("Certificate file (.p12, .pfx)"),
        error_messages={
            "required": _("No file is chosen; choose the .p12 file of your certificate.")
        },
        widget=forms.FileInput(attrs={"accept": ".p12,.pfx"}),
    )
    password = forms.CharField(
        label=_("Password of the file"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "It only proves that the file opens. It is not kept; you type it at each signing."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(
                _("This file is too large for a certificate; choose the .p12 file."),
                code="certificate_unusable",
            )
        return file


class SigningForm(forms.Form):
    """Which certificate signs, and the password of its file."""

    certificate = forms.ChoiceField(label=_("Sign with"))
    password = forms.CharField(
        label=_("Password of the certificate"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "w-m"}),
    )

    def __init__(self, *args: Any, certificates: list[SigningCertificate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.certificates = {str(row.pk): row for row in certificates}
        choice: Any = self.fields["certificate"]
        choice.choices = [(key, _label(row)) for key, row in self.certificates.items()] or [
            ("", _("no certificate: electronic confirmation, not a digital signature"))
        ]
        choice.required = bool(certificates)
        choice.initial = choice.choices[0][0]
        if len(choice.choices) == 1:
            choice.widget = forms.HiddenInput()
        if not any(row.kind == SigningCertificate.Kind.FILE for row in certificates):
            del self.fields["password"]
        else:
            self.fields["password"].widget.attrs["autofocus"] = True

    @property
    def chosen(self) -> SigningCertificate | None:
        """Return the certificate that was chosen, None where there is none to choose."""
        return self.certificates.get(self.cleaned_data.get("certificate", ""))

    @property
    def only(self) -> SigningCertificate | None:
        """Return the one certificate where there is nothing to choose."""
        rows = list(self.certificates.values())
        return rows[0] if len(rows) == 1 else None

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = self.certificates.get(cleaned.get("certificate", ""))
        needs = chosen is not None and chosen.kind == SigningCertificate.Kind.FILE
        if needs and not cleaned.get("password"):
            self.add_error(
                "password",
                ValidationError(
                    _("Type the password of your certificate; it is not kept."),
                    code="password_missing",
                ),
            )
        return cleaned


def _label(row: SigningCertificate) -> str:
    until = f"{timezone.localtime(row.not_after):%d/%m/%Y}"
    return str(
        _("%(subject)s, issued by %(issuer)s, until %(day)s (%(kind)s)")
        % {
            "subject": row.subject,
            "issuer": row.issuer,
            "day": until,
            "kind": row.get_kind_display(),
        }
    )
