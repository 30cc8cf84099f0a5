"""How does what stands on a paper read: its fields with their titles, their codes in words?"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from healthrecords.documents import PaperField, fields_of
from portal.codelists.lookup import titles_on


def read_value(field: PaperField, value: Any) -> Any:
    """Turn a stored value back into what a form shows."""
    if field.type == "date" and value:
        return parse_date(str(value))
    return parse_datetime(str(value)) if field.type == "moment" and value else value


def shown_fields(kind: str, content: Mapping[str, Any], *, on: date) -> list[tuple[str, str, str]]:
    """Return the fields of a paper as they read: label, name in the standard, value."""
    found = []
    for field in fields_of(kind):
        value = read_value(field, content.get(field.name))
        if value is None or value is False or value == "":  # and 0 is an answer
            continue
        found.append((field.label, field.official, _text(field, value, on)))
    return found


def _text(field: PaperField, value: Any, on: date) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if field.code_list:
        return str(titles_on(field.code_list, on).get(str(value), value))
    return _("yes") if value is True else str(value)
