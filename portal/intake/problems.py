"""What is wrong with a cell or a row, in which words, and what mends it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import override

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from portal.identifiers import Doubt

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; an error keeps its row out, a warning does not.

    ``column`` is the official name, ``table`` is empty for the main one and ``at`` the position in a
    repeated one (from 1). ``by_value`` tells causes apart by the value sent: an unknown code is one
    cause per code, a number rounded by Excel is one cause however many numbers there are.
    """

    code: str
    message: StrOrPromise
    remedy: StrOrPromise = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = ERROR
    column: str = ""
    table: str = ""
    at: int = 0
    value: str = ""
    by_value: bool = False

    def in_column(self, column: str, value: str = "") -> Problem:
        """Say where the problem is, where its finder did not know."""
        return replace(self, column=self.column or column, value=self.value or value)

    def in_table(self, table: str, at: int) -> Problem:
        return replace(self, table=table, at=at)

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR


def of_refusal(error: ValidationError, severity: str = ERROR) -> Problem:
    """Turn the refusal of a value into a problem."""
    return Problem(
        code=error.code or "invalid",
        message=error.message,
        params=error.params or {},
        severity=severity,
    )


def of_first(error: ValidationError, columns: Mapping[str, str]) -> Problem:
    """Turn the first refusal of a record into a problem, at the column of the field it is about."""
    if not hasattr(error, "error_dict"):
        return of_refusal(error.error_list[0])
    field_name, errors = next(iter(error.error_dict.items()))
    return of_refusal(errors[0]).in_column(columns.get(field_name, ""))


def of_doubt(doubt: Doubt) -> Problem:
    """Turn a doubt about a value into a warning."""
    return Problem(code=doubt.code, message=doubt.message, params=doubt.params, severity=WARNING)


def msgid(text: StrOrPromise) -> str:
    """Return the untranslated text, so that it can be stored and translated when it is shown."""
    with override(None):
        return str(text)
