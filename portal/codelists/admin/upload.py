"""A list's file becomes a version: uploaded, read, compared, confirmed.

The file travels inside the confirming form, compressed and signed: nothing is stored before the
official has seen what it changes, and nothing typed is lost.
"""

import base64
import zlib
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin.deeds import DayField, answer_done, take_refusal
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, compare, publish_version
from portal.codelists.tables import Table, read_table

SALT = "code list upload"
LARGEST = 4 * 1024 * 1024
SHOWN = 100


class UploadForm(forms.Form):
    """Which file, since when, by which law."""

    file = forms.FileField(
        label=gettext_lazy("File (.xlsx or CSV)"),
        required=False,
        help_text=gettext_lazy("First row: code, title; further columns are kept as they are."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    valid_from = DayField(label=gettext_lazy("Holds from"))
    legal_basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=300)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, required=False)
    kept = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean_file(self) -> UploadedFile[bytes] | None:
        """Refuse what is too large to look at before it is stored."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > LARGEST:
            raise ValidationError(
                _("The file has %(size)s MB; a code list has at most %(most)s MB."),
                code="file_too_large",
                params={"size": (file.size or 0) // 1024**2, "most": LARGEST // 1024**2},
            )
        return file

    def content(self) -> tuple[str, bytes]:
        """Return name and content of the file: of the new one, or of the one already looked at."""
        file = self.cleaned_data.get("file")
        if file is not None:
            return str(file.name), file.read()
        kept = self.cleaned_data.get("kept", "")
        if not kept:
            raise ValidationError(_("Choose the file of the list."), code="file_missing")
        try:
            return unpacked(kept)
        except (BadSignature, ValueError, zlib.error) as error:
            message = _("The file was changed on its way; choose it again.")
            raise ValidationError(message, code="file_changed") from error


def packed(name: str, content: bytes) -> str:
    """Return a file as a signed text."""
    body = base64.b64encode(zlib.compress(content, 9)).decode()
    return Signer(salt=SALT).sign_object({"name": name, "body": body})


def unpacked(text: str) -> tuple[str, bytes]:
    """Return what ``packed`` took."""
    kept = Signer(salt=SALT).unsign_object(text)
    return kept["name"], zlib.decompress(base64.b64decode(kept["body"]))


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
    if posted and form.is_valid():
        try:
            name, content = form.content()
            table = read_table(content, name)
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
        (_("Codes that are gone"), difference.gone),
    )
    form.data = {**dict(form.data.items()), "kept": packed(name, content)}
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
