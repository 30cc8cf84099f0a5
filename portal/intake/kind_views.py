"""The pages for whoever writes the export of a sender's software: kinds of file, their columns, their lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.codelists.lookup import outdated_on
from portal.codelists.models import Code, CodeListVersion
from portal.intake.declaration import Column, Kind, kind_of, kinds
from portal.intake.findings_of_kinds import PARAMETER, sayings_of
from portal.intake.refusals import REFUSALS
from portal.intake.services import MEGABYTES_AT_MOST
from portal.intake.templates_of_kinds import holds, template_of, version_of
from portal.intake.values import plain
from portal.names import name_norm
from portal.site.pages import page

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODES_SHOWN = 500


def kind_named(kind_id: str) -> Kind:
    """Return a kind by its id; any other page does not exist."""
    try:
        return kind_of(kind_id)
    except KeyError as error:
        raise Http404(_("There is no such kind of file.")) from error


@dataclass(frozen=True, slots=True)
class Described:
    """One column as the page tells of it."""

    column: Column
    holds: str
    rules: list[str]
    listed: CodeListVersion | None


@require_safe
def all_kinds(request: HttpRequest) -> HttpResponse:
    """List the kinds of file, each with its page and its template."""
    context = {"title": _("Kinds of file"), "kinds": kinds()}
    return page(request, "intake/kinds.html", context)


@require_safe
def columns(request: HttpRequest, kind_id: str) -> HttpResponse:
    """Document a kind of file from its declaration and its checks."""
    kind = kind_named(kind_id)
    today = timezone.localdate()
    held = CodeListVersion.objects.holding(today).select_related("code_list")
    lists = {version.code_list.key: version for version in held}
    context = {
        "title": kind.title,
        "kind": kind,
        "tables": [
            (table, [_described(column, lists) for column in table.columns])
            for table in kind.tables
        ],
        "made_from": version_of(kind, today) if kind.is_tabular else "",
        "megabytes": MEGABYTES_AT_MOST,
        "suffixes": ", ".join(kind.suffixes),
        "interface": _address("api-upload-list"),
        "sayings": sayings_of(kind),
        "refusals": [(code, PARAMETER.sub("…", str(text))) for code, text in REFUSALS.items()],
    }
    return page(request, "intake/columns.html", context)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _described(column: Column, lists: dict[str, CodeListVersion]) -> Described:
    return Described(column, holds(column), rules_of(column), lists.get(column.code_list))


def rules_of(column: Column) -> list[str]:
    """Say in words what the declaration asks of a column."""
    said = []
    if column.digits:
        digits = _(" or ").join(map(str, column.digits))
        said.append(_("A number has %(digits)s digits.") % {"digits": digits})
    if column.is_padded:
        said.append(_("Zeros lost in front are put back."))
    if column.low is not None or column.high is not None:
        said.append(
            _("From %(low)s to %(high)s.")
            % {
                "low": plain(column.low) if column.low is not None else "–",
                "high": plain(column.high) if column.high is not None else "–",
            }
        )
    if column.may_be_grouped:
        said.append(_("Thousands are not parted by a mark: 1500, not 1.500."))
    if column.code_list:
        said.append(_("The code or its title may be written."))
    if column.code_on:
        said.append(_("The list of the day in %(column)s counts.") % {"column": column.code_on})
    if column.unknown_code_warns:
        said.append(_("A code that is not in the list is kept, with a remark."))
    return said


@require_safe
def template(request: HttpRequest, kind_id: str) -> HttpResponse:
    """Give the workbook to fill in."""
    kind = kind_named(kind_id)
    if not kind.is_tabular:
        raise Http404(_("There is no such kind of file."))
    response = HttpResponse(template_of(kind, on=timezone.localdate()), content_type=WORKBOOK_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{kind.main.name}_mau.xlsx"'
    return response


@require_safe
def codes(request: HttpRequest, key: str) -> HttpResponse:
    """Show a list that columns of files are written by, as it holds today."""
    used = {c.code_list for kind in kinds() for table in kind.tables for c in table.columns}
    version = (
        CodeListVersion.objects.holding(timezone.localdate())
        .select_related("code_list")
        .filter(code_list__key=key)
        .first()
    )
    if version is None or key not in used:
        raise Http404(_("There is no such list."))
    asked = request.GET.get("q", "").strip()
    rows = Code.objects.filter(version=version).order_by("position", "code")
    if asked:
        rows = rows.filter(words_norm__contains=name_norm(asked)) | rows.filter(
            code__istartswith=asked
        )
    shown = list(rows[: CODES_SHOWN + 1])
    context: dict[str, Any] = {
        "title": version.code_list.title,
        "held": version,
        "outdated": outdated_on(key, timezone.localdate()),
        "asked": asked,
        "codes": shown[:CODES_SHOWN],
        "has_more": len(shown) > CODES_SHOWN,
        "shown_at_most": CODES_SHOWN,
    }
    return page(request, "intake/codes.html", context)
