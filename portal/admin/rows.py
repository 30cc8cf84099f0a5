"""A field that names one row in words: typed, suggested where scripts run, resolved here."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.names import name_norm
from portal.site.widgets import SuggestInput

Find = Callable[[str], Sequence[Any]]
NAMED, SUGGESTED = 5, 12


class RowField(forms.CharField):
    """A row by its name, code or user name; ``find`` answers the rows a text may mean.

    Set ``find`` on the bound form's field: what may be named depends on who asks. ``naming`` writes
    a row so that no other is written alike.
    """

    find: Find

    def __init__(self, *, url: Any = "", naming: Callable[[Any], str] = str, **kwargs: Any) -> None:
        super().__init__(widget=SuggestInput(url), **kwargs)
        self.label_of = naming
        self.find = lambda _text: ()

    @override
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        rows = list(self.find(text))
        typed = name_norm(text)
        exact = [
            row for row in rows if typed in {name_norm(str(row)), name_norm(self.label_of(row))}
        ]
        if len(exact) == 1 or len(rows) == 1:
            return (exact or rows)[0]
        if not rows:
            raise ValidationError(
                _("Nothing is called “%(text)s” here; check the spelling or type a part of it."),
                code="row_unknown",
                params={"text": text},
            )
        raise ValidationError(
            _("“%(text)s” may mean %(names)s; type the whole name."),
            code="row_ambiguous",
            params={
                "text": text,
                "names": "; ".join(self.label_of(row) for row in (exact or rows)[:NAMED]),
            },
        )


def suggestions(request: HttpRequest, find: Find, label: Callable[[Any], str]) -> JsonResponse:
    """Answer what the typed text may mean, for the box of a ``RowField``."""
    text = request.GET.get("q", "").strip()
    rows = find(text)[:SUGGESTED] if text else ()
    return JsonResponse(
        {"results": [{"id": str(row.pk), "value": label(row), "text": label(row)} for row in rows]}
    )
