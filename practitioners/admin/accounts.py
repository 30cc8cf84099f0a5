"""The pages that link a practitioner with an account, and end the link."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.admin.deeds import DeedForm
from practitioners.services import link_account, unlink_account


class LinkForm(DeedForm):
    """The user name of the account."""

    username = forms.CharField(
        label=_("user name"),
        max_length=150,
        help_text=_("The name this person logs in with, like hung."),
    )

    @override
    def carry_out(self) -> str:
        typed = self.cleaned_data["username"].strip()
        user: Any = get_user_model().objects.filter(username=typed, is_active=True).first()
        if user is None:
            raise ValidationError(
                {
                    "username": ValidationError(
                        _("There is no account “%(name)s”; ask the person how they log in."),
                        code="account_missing",
                        params={"name": typed},
                    )
                }
            )
        on = timezone.localdate()
        link_account(actor=self.request.user, practitioner=self.row, user=user, on=on)
        return str(
            _("%(person)s is linked with the account %(name)s.")
            % {"person": self.row, "name": user.username}
        )


class UnlinkForm(DeedForm):
    """Nothing is asked."""

    @override
    def carry_out(self) -> str:
        unlink_account(actor=self.request.user, practitioner=self.row, on=timezone.localdate())
        return str(_("%(person)s is linked with no account now.") % {"person": self.row})
