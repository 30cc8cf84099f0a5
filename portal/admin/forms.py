"""Forms of the admin: every constraint is checked and said, dates are typed day first."""

from typing import Any, TypeVar

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)


class DayInput(forms.DateInput):
    """A plain text field for a day; no script needed."""

    def __init__(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        base = {"inputmode": "numeric", "placeholder": _("dd/mm/yyyy"), "class": "w-s"}
        super().__init__({**base, **(attrs or {})}, format="%d/%m/%Y", **kwargs)


class MomentInput(forms.DateTimeInput):
    """A plain text field for a day and an hour."""

    def __init__(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        base = {"placeholder": _("dd/mm/yyyy hh:mm"), "class": "w-m"}
        super().__init__({**base, **(attrs or {})}, format="%d/%m/%Y %H:%M", **kwargs)


class MomentField(forms.DateTimeField):
    """A moment typed in one box, Vietnamese time."""

    widget = MomentInput


class PortalModelForm(forms.ModelForm[M]):
    """Checks the model's constraints even where one of their fields is not in the form.

    Django leaves such a constraint to the database, which answers with a 500.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]
