"""What must be mended in a form before it can be stored, and where?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS

if TYPE_CHECKING:
    from django.forms import BaseForm

# A value that is possible but unlikely is asked about, not refused: errors whose code begins so
# are drawn in amber, with a box to confirm the value beside the field.
ASKING = "confirm"


@dataclass(frozen=True)
class Problem:
    """One message, the field it speaks of, and whether it only asks."""

    label: str
    field_id: str
    message: str
    asks: bool = False


def problems_of(form: BaseForm, formsets: Iterable[Any] = ()) -> list[Problem]:
    """List the problems of a form and of its inlines, in the order of the page."""
    found = list(_of_form(form))
    for inline in formsets:
        formset = getattr(inline, "formset", inline)
        found += [Problem("", "", str(message)) for message in formset.non_form_errors()]
        for row in formset.forms:
            found += _of_form(row)
    return found


def _of_form(form: BaseForm) -> Iterator[Problem]:
    for name, errors in form.errors.items():
        bound = form[name] if name != NON_FIELD_ERRORS else None
        for error in errors.as_data():
            yield Problem(
                label=str(bound.label) if bound else "",
                field_id=(bound.id_for_label or bound.auto_id) if bound else "",
                message=" ".join(str(message) for message in error.messages),
                asks=str(error.code or "").startswith(ASKING),
            )
