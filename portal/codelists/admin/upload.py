"""A list's file becomes a version: uploaded, read, compared, confirmed.

The file travels inside the confirming form, compressed and signed: nothing is stored before the
official has seen what it changes, and nothing typed is lost.
"""

from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin.carried import CarryingForm
from portal.admin.deeds import DayField, answer_done, take_refusal
from portal.codelists.models import CodeList
from portal.codelists.referring import known_references, needed_columns
from portal.codelists.services import Edition, compare, publish_version
from portal.codelists.tables import Table, read_table

SHOWN = 100


class UploadForm(CarryingForm):
    """Which file, since when, by which law."""

    salt = "code list upload"
    file = forms.FileField(
        label=gettext_lazy("File (.xlsx or CSV)"),
        required=False,
        help_text=gettext_lazy("First row: code, title; further columns are kept as they are."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    valid_from = DayField(label=gettext_lazy("Holds from"))
    legal_basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=300)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, required=False)
    field_order = ("file", "valid_from", "legal_basis", "source", "kept")


def upload_page(of: Any, request: HttpRequest, object_id: Any) -> HttpResponse:
    """Answer the page of an upload: the form, then what it changes, then done."""
    code_list = of.get_queryset(request).filter(pk=object_id).first()
    if code_list is None:
        raise Http404(_("There is no such record."))
    if not of.may(request, "publish", code_list):
        raise PermissionDenied
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    context: dict[str, Any] = {}
    for sentence in needed_columns(code_list.key):
        form.fields["file"].help_text += f" {sentence}"
    if posted and form.is_valid():
        try:
            name, content = form.content()
            known = known_references(code_list.key, form.cleaned_data["valid_from"])
            table = read_table(content, name, key=code_list.key, known=known)
            if not table.problems and "confirm" in request.POST:
                return _publish(request, code_list, form, content, table)
            context = _looked_at(code_list, form, name, content, table)
        except ValidationError as error:
            take_refusal(form, error)
    return _draw(of, request, code_list, form, context)


def _looked_at(
    code_list: CodeList, form: UploadForm, name: str, content: bytes, table: Table
) -> dict[str, Any]:
    if table.problems:
        return {"table_problems": table.problems[:SHOWN], "number": len(table.problems)}
    difference = compare(code_list=code_list, rows=table.rows, on=form.cleaned_data["valid_from"])
    groups = (
        (_("New codes"), difference.new),
        (_("Codes with another title"), difference.changed),
        (_("Codes with other values"), difference.valued),
        (_("Codes that are gone"), difference.gone),
    )
    form.carry(name, content)
    return {
        "file_name": name,
        "rows": len(table.rows),
        "unchanged": difference.unchanged,
        "groups": [
            {"title": title, "number": len(codes), "codes": codes[:SHOWN]}
            for title, codes in groups
        ],
    }


def _publish(
    request: HttpRequest, code_list: CodeList, form: UploadForm, content: bytes, table: Table
) -> HttpResponse:
    said = form.cleaned_data
    edition = Edition(
        valid_from=said["valid_from"],
        legal_basis=said["legal_basis"],
        source=said["source"],
        digest=sha256(content).hexdigest(),
    )
    publish_version(code_list=code_list, rows=table.rows, edition=edition)
    message = _("%(title)s: %(number)s codes hold from %(day)s.") % {
        "title": code_list.title,
        "number": len(table.rows),
        "day": said["valid_from"].strftime("%d/%m/%Y"),
    }
    return answer_done(request, message, _back(code_list))


def _back(code_list: CodeList) -> str:
    return reverse("admin:codelists_codelist_change", args=[code_list.pk])


def _draw(
    of: Any, request: HttpRequest, code_list: CodeList, form: UploadForm, context: dict[str, Any]
) -> HttpResponse:
    return TemplateResponse(
        request,
        "portal/codelists/upload.html",
        {
            **of.admin_site.each_context(request),
            "title": _("New version"),
            "opts": of.opts,
            "original": code_list,
            "back": _back(code_list),
            "form": form,
            **context,
        },
    )
