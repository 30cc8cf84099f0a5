"""Which organisations are licensing authorities, under which letters, since when?"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.admin import PortalAdmin, register
from portal.admin.forms import DayInput, PortalModelForm
from portal.codelists.lookup import choices_on
from portal.dossiers.models import Authority

KINDS = "licence_authority_kinds"


class AuthorityForm(PortalModelForm[Authority]):
    """The kinds are those of the day's list; letters are written in capitals."""

    kind = forms.ChoiceField(label=_("Kind of authority"))

    class Meta:
        model = Authority
        fields = (
            "organisation",
            "kind",
            "letters",
            "signer_title",
            "valid_from",
            "valid_until",
            "legal_basis",
        )
        widgets: ClassVar[dict[str, Any]] = {"valid_from": DayInput(), "valid_until": DayInput()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields.get("kind")
        if kind is not None:
            kind.choices = choices_on(KINDS, timezone.localdate())

    def clean_letters(self) -> str:
        return str(self.cleaned_data["letters"]).strip().upper()


@register(Authority)
class AuthorityAdmin(PortalAdmin[Authority]):
    """Whoever manages lists enters authorities; a changed one gets a new row with its days."""

    is_reference = True
    capability_to: ClassVar[dict[str, str]] = {
        "view": "manage_lists",
        "add": "manage_lists",
        "change": "manage_lists",
    }
    form = AuthorityForm
    list_display = ("organisation", "kind", "letters", "signer_title", "valid_from", "valid_until")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "letters")
    ordering = ("organisation", "-valid_from", "id")
    autocomplete_fields = ("organisation",)
    fields = (
        "organisation",
        "kind",
        "letters",
        "signer_title",
        "valid_from",
        "valid_until",
        "legal_basis",
    )
