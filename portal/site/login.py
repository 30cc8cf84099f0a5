"""Who may come in, and what is said to those who could not?"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from typing_extensions import override

from portal.site.throttle import Tries, count_try, forget_tries


class LoginForm(AdminAuthenticationForm):
    """Name and password; after five wrong ones the name rests a quarter of an hour."""

    tries = Tries(left=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = _(
            "Capital and small letters differ. Switch the Vietnamese input method off"
            " if the password has w, s, f, r, x or j."
        )

    @override
    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        if not (username and self.cleaned_data.get("password")):
            return super().clean()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        self.tries = count_try(username, address)
        if self.tries.again_at:
            raise self.get_resting_error()
        cleaned = super().clean()
        forget_tries(username, address)
        return cleaned

    @override
    def get_invalid_login_error(self) -> ValidationError:
        if not self.tries.left:
            return ValidationError(
                _(
                    "The user name or the password is not right. That was the last try:"
                    " logging in rests for 15 minutes."
                ),
                code="invalid_login",
            )
        message = ngettext(
            "The user name or the password is not right."
            " %(left)d try is left before logging in rests for 15 minutes.",
            "The user name or the password is not right."
            " %(left)d tries are left before logging in rests for 15 minutes.",
            self.tries.left,
        )
        return ValidationError(message, code="invalid_login", params={"left": self.tries.left})

    def get_resting_error(self) -> ValidationError:
        """Say until when no password is looked at."""
        again_at = localtime(self.tries.again_at).strftime("%H:%M") if self.tries.again_at else ""
        return ValidationError(
            _(
                "Too many wrong passwords: logging in rests until %(time)s."
                " Forgotten the password? Ask the administrator of the unit."
            ),
            code="login_rests",
            params={"time": again_at},
        )
