"""Which controls do the portal's forms use beside Django's own?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from typing_extensions import override

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class UnitInput(forms.TextInput):
    """A number with its unit in the box, as on the paper form."""

    template_name = "portal/widgets/unit.html"

    def __init__(
        self, unit: StrOrPromise, width: str = "w-s", attrs: dict[str, Any] | None = None
    ) -> None:
        self.unit = unit
        self.width = width
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "unit": self.unit}


class SuggestInput(forms.TextInput):
    """A text the server resolves, with suggestions while it is typed where scripts run.

    ``url`` answers ``?q=`` with ``{"results": [{"id", "value", "text", "note"}]}``; ``into`` is the
    id of a hidden field that receives the id of what was picked.
    """

    def __init__(
        self,
        url: StrOrPromise,
        into: str = "",
        width: str = "",
        attrs: dict[str, Any] | None = None,
    ) -> None:
        self.width = width
        data = {"data-suggest-url": url, "autocomplete": "off", "spellcheck": "false"}
        if into:
            data["data-suggest-into"] = into
        super().__init__({**data, **(attrs or {})})


class PickRadio(forms.RadioSelect):
    """Few choices side by side, all in sight: one key chooses, no list to open."""

    template_name = "portal/widgets/pick.html"

    def __init__(self, width: str = "w-auto", attrs: dict[str, Any] | None = None) -> None:
        self.width = width
        super().__init__(attrs)
