"""Takes back a version of the operating licence that is not in force yet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise
from typing_extensions import override

from facilities import services
from facilities.models import OperatingLicenseVersion
from portal.admin.deeds import DeedForm


class TakeBackForm(DeedForm):
    """The last version of the licence, which is not in force yet."""

    version = forms.ModelChoiceField(
        label=gettext_lazy("Version"),
        queryset=OperatingLicenseVersion.objects.none(),
        empty_label=None,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        license = self.row.organisation.operatinglicense_rows.filter(superseded_on=None).first()
        today = timezone.localdate()
        coming = services.version_to_come(license, today) if license else None
        field: Any = self.fields["version"]
        if coming is not None:
            field.queryset = OperatingLicenseVersion.objects.filter(pk=coming.pk)
        field.label_from_instance = lambda row: (
            _("%(change)s, from %(day)s")
            % {
                "change": row.change,
                "day": f"{row.valid_from:%d/%m/%Y}",
            }
        )

    @override
    def carry_out(self) -> StrOrPromise:
        version = self.cleaned_data["version"]
        services.take_version_back(
            actor=self.request.user,
            version=version,
            reason=self.cleaned_data["reason"],
            today=timezone.localdate(),
        )
        return _("%(change)s is taken back; the licence goes on as it is printed.") % {
            "change": version.change
        }
