"""How is a small table filled from a file: looked at row by row first, then whole or not at all?

By django-import-export, for tables of a few hundred rows that officials keep by hand. The rows of a
table are known by the fields of ``import_keys``; nothing is deleted.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import tablib
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.resources import ModelResource, modelresource_factory
from import_export.widgets import CharWidget, Widget

from portal.admin.carried import CarryingForm
from portal.admin.deeds import answer_done, take_refusal
from portal.names import name_norm
from portal.sheet_lines import lines_of

if TYPE_CHECKING:
    from portal.admin.base import PortalAdmin

ROWS_AT_MOST = 5_000
SHOWN = 200
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")


class DayWidget(Widget):  # type: ignore[misc]
    """A day as people or spreadsheets write it, day first."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> date | None:
        if not value:
            return None
        for form in DAYS:
            try:
                return datetime.strptime(value.strip(), form).date()  # noqa: DTZ007  (a day has no zone)
            except ValueError:
                continue
        raise ValueError(_("“%(value)s” is not a day; write it as 31/12/2026.") % {"value": value})


class ChoiceWidget(Widget):  # type: ignore[misc]
    """One of a field's choices, by its word or by what is stored; a blank is the field's default."""

    def __init__(self, model_field: models.Field[Any, Any]) -> None:
        super().__init__()
        self.default = model_field.get_default()
        self.known = {str(key): str(label) for key, label in model_field.flatchoices}

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        folded = name_norm(value)
        if not folded:
            return str(self.default)
        for key, label in self.known.items():
            if folded in {key, name_norm(label)}:
                return key
        words = {"value": value, "known": ", ".join(self.known.values())}
        raise ValueError(_("“%(value)s” is none of: %(known)s.") % words)


class TextWidget(CharWidget):  # type: ignore[misc]
    """A text without the apostrophe that keeps spreadsheets from reckoning with it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return str(value or "").strip().removeprefix("'")


def resource_of(model_admin: PortalAdmin[Any]) -> ModelResource:
    """Return what reads and writes the rows of a table, by its plain fields."""
    model, keys = model_admin.model, model_admin.import_keys
    names = [name for name in model_admin.fields or () if isinstance(name, str)]
    found: dict[str, Field] = {}
    for name in names:
        model_field = model._meta.get_field(name)
        found[name] = Field(attribute=name, column_name=name, widget=_widget(model_field))
    resource: ModelResource = modelresource_factory(
        model,
        meta_options={
            "fields": names,
            "import_id_fields": list(keys),
            "clean_model_instances": True,
            "skip_unchanged": True,
            "report_skipped": True,
            "store_instance": True,
            "use_transactions": True,
            "rollback_on_validation_errors": True,
        },
        custom_fields=found,
    )()
    return resource


def _widget(model_field: Any) -> Widget:
    if model_field.choices:
        return ChoiceWidget(model_field)
    return DayWidget() if isinstance(model_field, models.DateField) else TextWidget()


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a cell: the row of the file, its column, the sentence."""

    row: int
    column: str
    message: str


@dataclass(slots=True)
class Looked:
    """What a file would do to a table."""

    new: list[Any] = field(default_factory=list)
    changed: list[tuple[Any, list[tuple[str, Any, Any]]]] = field(default_factory=list)
    unchanged: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def writes(self) -> int:
        return len(self.new) + len(self.changed)


class TableForm(CarryingForm):
    """Which file."""

    salt = "small table"
    file = forms.FileField(
        label=gettext_lazy("File (.xlsx or CSV)"),
        required=False,
        help_text=gettext_lazy("The first row names the columns as the exported list does."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    field_order = ("file", "kept")


class Importing:
    """Gives a small table the page that fills it, for those who may add and change its rows."""

    model: Any
    opts: Any
    admin_site: Any
    import_keys: ClassVar[Sequence[str]] = ()  # the fields rows are known by; none: no such page

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Say whether the user may fill this table from a file."""
        own: Any = self
        return bool(self.import_keys) and own.may(request, "add") and own.may(request, "change")

    def import_address(self, request: HttpRequest) -> str:
        """Return the address of the page, "" without the right."""
        if not self.has_import_permission(request):
            return ""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")

    def get_urls(self) -> list[URLPattern]:
        found: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        if not self.import_keys:
            return found
        name = f"{self.opts.app_label}_{self.opts.model_name}_import"
        return [path("nap/", self.admin_site.admin_view(self.import_view), name=name), *found]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, show what it would change, and write it when that is confirmed."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        form = TableForm(request.POST if posted else None, request.FILES if posted else None)
        looked: Looked | None = None
        name = ""
        if posted and form.is_valid():
            try:
                name, content = form.content()
                looked = self._take(name, content, is_meant="confirm" in request.POST)
                if looked is None:
                    return answer_done(request, self._done(), self._back())
                form.carry(name, content)
            except ValidationError as error:
                take_refusal(form, error)
        return self._draw(request, form, looked, name)

    def _take(self, name: str, content: bytes, *, is_meant: bool) -> Looked | None:
        """Look at a file; write it when it is meant and nothing is wrong with it."""
        own: Any = self
        resource = resource_of(own)
        with transaction.atomic():
            looked = look(resource, own, read(name, content))
            if not is_meant or looked.troubles or not looked.writes:
                transaction.set_rollback(True)
                return looked
        return None

    def _done(self) -> str:
        return _("The file was taken into “%(table)s”.") % {"table": self.opts.verbose_name_plural}

    def _back(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _draw(
        self, request: HttpRequest, form: TableForm, looked: Looked | None, name: str
    ) -> HttpResponse:
        own: Any = self
        context = {
            **self.admin_site.each_context(request),
            "title": _("Fill the list from a file"),
            "opts": self.opts,
            "back": self._back(),
            "form": form,
            "file_name": name,
            "looked": looked,
            "shown": SHOWN,
            "keys": [labels_of(own)[key] for key in self.import_keys],
            "columns": list(labels_of(own).values()),
        }
        status = 400 if form.errors or (looked is not None and looked.troubles) else 200
        return TemplateResponse(request, "portal/import.html", context, status=status)


def labels_of(model_admin: PortalAdmin[Any]) -> dict[str, str]:
    """Return the headings of a table's columns by the names of its fields."""
    fields = [name for name in model_admin.fields or () if isinstance(name, str)]
    meta = model_admin.model._meta
    return {name: capfirst(str(meta.get_field(name).verbose_name)) for name in fields}


def read(name: str, content: bytes) -> list[list[str]]:
    """Return the lines of a file; raises ValidationError for what cannot be read."""
    try:
        lines = lines_of(content, name)
    except UnicodeDecodeError as error:
        message = _("The file is not UTF-8 text; save it as “CSV UTF-8” or as .xlsx.")
        raise ValidationError(message, code="file_not_text") from error
    except (csv.Error, OSError) as error:
        message = _("The file cannot be opened; save it again as .xlsx or CSV.")
        raise ValidationError(message, code="file_unreadable") from error
    if not any(cell.strip() for line in lines[1:] for cell in line):
        message = _("The file is empty; choose the file of the list.")
        raise ValidationError(message, code="file_empty")
    if len(lines) > ROWS_AT_MOST:
        message = _("The file has more than %(most)s rows; this page is for small tables.")
        raise ValidationError(message, code="file_too_long", params={"most": ROWS_AT_MOST})
    return lines


def look(
    resource: ModelResource, model_admin: PortalAdmin[Any], lines: Sequence[Sequence[str]]
) -> Looked:
    """Write the rows inside the caller's transaction, and say what that did and what was wrong."""
    labels = labels_of(model_admin)
    names = _names(labels, lines[0], model_admin.import_keys)
    data = tablib.Dataset(headers=list(names))
    numbers: list[int] = []
    for number, line in enumerate(lines[1:], start=2):
        cells = [line[at].strip() if at < len(line) else "" for at in names.values()]
        if any(cells):
            data.append(cells)
            numbers.append(number)
    looked = Looked(troubles=list(_twice(data, numbers, model_admin, labels)))
    result = resource.import_data(data, dry_run=False, raise_errors=False)
    for number, row in zip(numbers, result.rows, strict=True):
        looked.troubles += _troubles(number, row, labels, labels[model_admin.import_keys[0]])
        if row.import_type == row.IMPORT_TYPE_NEW:
            looked.new.append(row.instance)
        elif row.import_type == row.IMPORT_TYPE_UPDATE:
            looked.changed.append((row.instance, list(_changes(row, labels, names))))
        elif row.import_type == row.IMPORT_TYPE_SKIP:
            looked.unchanged += 1
    for error in result.base_errors:
        looked.troubles.append(Trouble(0, "", str(error.error)))
    looked.troubles.sort(key=lambda trouble: trouble.row)
    return looked


def _names(labels: Mapping[str, str], head: Sequence[str], keys: Sequence[str]) -> dict[str, int]:
    """Return where the columns stand, by field; raises ValidationError when a key is missing."""
    by_word = {name_norm(word): name for name, label in labels.items() for word in (name, label)}
    found: dict[str, int] = {}
    for at, text in enumerate(head):
        name = by_word.get(name_norm(text))
        if name is not None:
            found.setdefault(name, at)
    missing = [labels[key] for key in keys if key not in found]
    if missing:
        raise ValidationError(
            _("The column “%(column)s” is missing; add it to the first row."),
            code="column_missing",
            params={"column": missing[0]},
        )
    return found


def _twice(
    data: tablib.Dataset,
    numbers: Sequence[int],
    model_admin: PortalAdmin[Any],
    labels: Mapping[str, str],
) -> Iterator[Trouble]:
    first: dict[tuple[str, ...], int] = {}
    for number, row in zip(numbers, data.dict, strict=True):
        key = tuple(row[name] for name in model_admin.import_keys)
        if first.setdefault(key, number) != number:
            said = _("Row %(number)s already says this; keep one of the two.")
            column = labels[model_admin.import_keys[0]]
            yield Trouble(number, column, said % {"number": first[key]})


def _troubles(number: int, row: Any, labels: Mapping[str, str], key: str) -> Iterator[Trouble]:
    if row.validation_error is not None:
        for name, messages in row.validation_error.update_error_dict({}).items():
            for error in messages:
                yield Trouble(number, labels.get(name, ""), " ".join(error.messages))
    for error in row.errors:  # rows are looked for by their keys, before anything else is read
        yield Trouble(number, key, str(error.error))


def _changes(
    row: Any, labels: Mapping[str, str], names: Mapping[str, int]
) -> Iterator[tuple[str, Any, Any]]:
    for name in names:
        old, new = (_shown(one, name) for one in (row.original, row.instance))
        if old != new:
            yield labels[name], old, new


def _shown(row: models.Model, name: str) -> Any:
    display = getattr(row, f"get_{name}_display", None)
    return display() if display is not None else getattr(row, name)
