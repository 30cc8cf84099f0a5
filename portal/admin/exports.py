"""How does a list leave the house: all its filtered rows, chosen columns, as .xlsx or .csv?

The columns are those of the list and the plain fields of its page; what they say is what the list
says, for the rows the list shows to this person. Or those of a kind of file that can be sent back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.contrib.admin.utils import flatten, flatten_fieldsets, label_for_field, lookup_field
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Resource

from portal.audit.exporting import ExportLog
from portal.spreadsheets import FORMATS, Cell, stream

if TYPE_CHECKING:
    from portal.admin.base import PortalAdmin
    from portal.intake.shapes import Shape

CHUNK = 1_000
FORM, COLUMNS, SHAPE = "tep", "cot", "mau"
Lines = Callable[[Sequence[Any]], Iterable[Sequence[Cell]]]
SPACES = {" ", "\u00a0", "\u2009", "\u202f"}
# What is never told in rows: secrets, and whole documents.
KEPT_BACK = (models.BinaryField, models.FileField, models.JSONField)
NAMES_KEPT_BACK = frozenset({"password"})


class ListedField(Field):  # type: ignore[misc]
    """One column of a list, as the list says it."""

    def __init__(self, model_admin: "PortalAdmin[Any]", name: str) -> None:
        self.name, self.model_admin = name, model_admin
        label = str(label_for_field(name, model_admin.model, model_admin))
        super().__init__(attribute=name, column_name=capfirst(label), readonly=True)

    def export(self, instance: Any, **kwargs: Any) -> Cell:
        """Return the value of a row: typed where the table has it, in words otherwise."""
        try:
            field, _attribute, value = lookup_field(self.name, instance, self.model_admin)
        except ObjectDoesNotExist:
            return None
        if field is not None and field.choices:
            return str(getattr(instance, f"get_{field.name}_display")())
        return plain(value)


def plain(value: Any) -> Cell:
    """Return a value as a cell: without markup, numbers without the gaps that a page draws."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    text = unescape(strip_tags(str(value))) if isinstance(value, SafeString) else str(value)
    text = text.strip()
    digits = "".join(letter for letter in text if letter not in SPACES)
    return digits if digits.isdigit() else text


class PortalResource(Resource):  # type: ignore[misc]
    """The columns of one list; made from its admin class, never by hand."""

    def __init__(self, model_admin: "PortalAdmin[Any]", request: HttpRequest) -> None:
        super().__init__()
        self.model_admin = model_admin
        names = columns_of(model_admin, request)
        self.fields = {name: ListedField(model_admin, name) for name in names}

    def get_export_order(self) -> list[str]:
        return list(self.fields)


def columns_of(model_admin: "PortalAdmin[Any]", request: HttpRequest) -> list[str]:
    """Return the names of a list's columns, then the plain fields of its page."""
    listed = [str(name) for name in model_admin.get_list_display(request) if name != "__str__"]
    known = {f.name for f in model_admin.model._meta.concrete_fields if _is_told(f)}
    page: Any = model_admin.fields or flatten_fieldsets(model_admin.fieldsets or ())
    shown = [str(name) for name in flatten(page) if name in known]
    return list(dict.fromkeys([*listed, *shown])) or ["__str__"]


def _is_told(field: Any) -> bool:
    secret = isinstance(field, KEPT_BACK) or field.name in NAMES_KEPT_BACK
    return not (secret or field.is_relation)


_shapes: dict[type[models.Model], list[type["Shape"]]] = {}


def offer(model: type[models.Model], *shapes: type["Shape"]) -> None:
    """Let the list of a model leave in the columns of kinds of file besides its own."""
    known = _shapes.setdefault(model, [])
    known += [shape for shape in shapes if shape not in known]


def offered() -> Mapping[type[models.Model], Sequence[type["Shape"]]]:
    """Return the kinds of file in whose columns lists leave, by the model of the list."""
    return _shapes


@dataclass(frozen=True)
class Export:
    """What a file of an export has: its name, its headings, its rows as cells."""

    name: str
    head: Sequence[str]
    lines: Lines


class Exporting:
    """Gives a list the page that exports it, for those with the right."""

    model: Any
    opts: Any
    admin_site: Any
    shows_people: ClassVar[str] = ""  # the field that names the person a row shows

    def export_capability(self) -> str | None:
        """Return what an export needs: patients leave only with the right to export records."""
        own: Any = self
        viewed = own.capability_to.get("view")
        default = "export_records" if viewed == "view_records" else viewed
        needed: str | None = own.capability_to.get("export", default)
        return needed

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Say whether the user may take this list away."""
        own: Any = self
        if not own.may(request, "view"):
            return False
        needed = self.export_capability()
        return needed is None or bool(request.user.has_capability(needed))  # type: ignore[union-attr]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        own = path("xuat/", self.admin_site.admin_view(self.export_view), name=name)
        return [own, *super().get_urls()]  # type: ignore[misc]

    def export_address(self, request: HttpRequest) -> str:
        """Return the address that exports the list as it is filtered now, "" without the right."""
        if not self.has_export_permission(request):
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
        query = request.GET.copy()
        query.pop(PAGE_VAR, None)
        return f"{reverse(name)}?{query.urlencode()}" if query else reverse(name)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask which columns, then give the rows."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        asked = request.GET
        filters = _without(asked, FORM, COLUMNS, SHAPE)
        rows = self.rows_exported(request, filters)
        if rows is None:
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
        own: Any = self
        resource = PortalResource(own, request)
        form, shape = asked.get(FORM, ""), self._shape_named(asked.get(SHAPE, ""))
        if form not in FORMATS or (shape is not None and shape.refusal(rows)):
            return self._export_page(request, filters, rows, resource)
        if shape is None:
            return self._export_file(request, form, rows, _listed(resource, asked))
        return self._export_file(request, form, shape.kept(rows), _shaped(shape, asked))

    def _shape_named(self, kind: str) -> "Shape | None":
        found = next(
            (shape for shape in _shapes.get(self.model, ()) if shape.kind_id == kind), None
        )
        return found(timezone.localdate()) if found is not None else None

    def _offered(self, rows: Any) -> list[tuple["Shape", Any]]:
        """Return the shapes of the list, each with the reason why it is not to be had now."""
        made = [shape(timezone.localdate()) for shape in _shapes.get(self.model, ())]
        return [(shape, shape.refusal(rows)) for shape in made]

    def rows_exported(self, request: HttpRequest, filters: QueryDict) -> Any:
        """Return every row of the list as its filters and search say, where the right reaches."""
        own: Any = self
        from django.contrib.admin.options import IncorrectLookupParameters

        request.GET = filters  # type: ignore[assignment]
        try:
            rows = own.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return None
        needed = self.export_capability()
        if needed not in {None, own.capability_to.get("view")}:
            reached = own.scoped(request, self.model._default_manager.all(), needed)
            rows = rows.filter(pk__in=reached.values("pk"))
        return rows

    def _export_page(
        self, request: HttpRequest, filters: QueryDict, rows: Any, resource: PortalResource
    ) -> HttpResponse:
        own: Any = self
        listed = set(own.get_list_display(request))
        counted = own.get_paginator(request, rows, 1)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export the list"),
            "opts": self.opts,
            "filters": [(name, value) for name, values in filters.lists() for value in values],
            "columns": [
                (name, field.column_name, name in listed) for name, field in resource.fields.items()
            ],
            "count": counted.count,
            "is_capped": getattr(counted, "is_capped", False),
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            "query": filters.urlencode(),
            "shows_people": bool(self.shows_people),
            "shapes": self._offered(rows),
        }
        return TemplateResponse(request, "portal/export.html", context)

    def _export_file(
        self, request: HttpRequest, form: str, rows: Any, export: Export
    ) -> HttpResponseBase:
        ground = "scope" if self.shows_people else "list"
        log = ExportLog.begun(request, ground=ground, reason=f"{self.opts.label}, {form}")
        language = get_language() or "vi"
        found = rows.iterator(chunk_size=CHUNK)
        cells = _cells(found, export.lines, log, self.shows_people, language)
        name = f"{export.name}_{timezone.localdate():%Y%m%d}"
        return stream(form, name, export.head, cells)


def _listed(resource: PortalResource, asked: QueryDict) -> Export:
    """Return a list as the list says it."""
    columns = asked.getlist(COLUMNS)
    chosen = [name for name in resource.fields if name in columns] or list(resource.fields)

    def lines(rows: Sequence[Any]) -> Iterable[Sequence[Cell]]:
        return [resource.export_resource(row, selected_fields=chosen) for row in rows]

    name = resource.model_admin.opts.model_name
    return Export(name, resource.get_export_headers(selected_fields=chosen), lines)


def _shaped(shape: "Shape", asked: QueryDict) -> Export:
    """Return a list as a kind of file says it."""
    columns, names = asked.getlist(COLUMNS), [column.name for column in shape.columns]
    chosen = [name for name in names if name in columns] or names
    return Export(shape.kind.main.name, chosen, lambda rows: shape.lines(rows, chosen))


def _cells(
    rows: Iterable[Any], lines: Lines, log: ExportLog, people: str, language: str
) -> Iterator[Sequence[Cell]]:
    """Yield rows as cells; whom a stretch shows is in the log before any of it is sent."""
    left = iter(rows)
    try:
        while chunk := list(islice(left, CHUNK)):
            with override(language):
                cells = list(lines(chunk))
            shown: list[UUID | None] = [getattr(row, people) for row in chunk] if people else []
            log.showed([key for key in shown if key is not None], len(chunk))
            yield from cells
    finally:
        log.ended()


def _without(query: QueryDict, *names: str) -> QueryDict:
    left = query.copy()
    for name in (*names, PAGE_VAR):
        left.pop(name, None)
    return left
