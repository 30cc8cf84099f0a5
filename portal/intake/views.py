"""The pages of uploads: send, watch, look through, decide, confirm, cancel."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.models import User
from portal.audit.middleware import address_of
from portal.audit.reads import note
from portal.intake import answering, jobs, services, storage
from portal.intake.access import batch_of, batches_of, may_confirm, require_confirm
from portal.intake.cards import CHIPS as STATES
from portal.intake.declaration import Kind, kind_of, kinds
from portal.intake.forms import RulingForm, UploadForm
from portal.intake.models import Batch, StagedRow
from portal.intake.presenting import (
    ROWS_SHOWN,
    Viewer,
    causes,
    cells,
    remarks_on,
    row_count_by_severity,
    sees_sensitive,
)
from portal.intake.refusals import NOTES, REFUSALS, sentence
from portal.intake.templates_of_kinds import template_of
from portal.scope import scope_of
from portal.site.pages import page

LISTED = 50
REFRESH_SECONDS = 5
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _kind(kind_id: str) -> Kind:
    try:
        return kind_of(kind_id)
    except KeyError as error:
        raise Http404(_("There is no such kind of file.")) from error


@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """Send a file, and see the last ones."""
    user = _user(request)
    if not scope_of(user, "upload_files"):
        raise PermissionDenied(_("Sending files needs the role of a data officer or station head."))
    form = UploadForm(request.POST or None, request.FILES or None, user=user)
    if request.method == "POST" and form.is_valid():
        return _receive(request, form)
    context = {
        "title": _("Uploaded files"),
        "form": form,
        "kinds": [kind for kind in kinds() if scope_of(user, kind.upload)],
        "batches": [
            _listed(b)
            for b in batches_of(_user(request)).select_related("organisation", "sent_by")[:LISTED]
        ],
        "accept": ",".join(sorted({suffix for kind in kinds() for suffix in kind.suffixes})),
    }
    return page(request, "intake/uploads.html", context, status=400 if form.errors else 200)


def _listed(batch: Batch) -> dict[str, Any]:
    return {"batch": batch, "kind": kind_of(batch.kind).title, "state": STATES[batch.state]}


def _receive(request: HttpRequest, form: UploadForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    try:
        batch = services.receive_file(
            actor=_user(request),
            sent=services.Sent(file.name, file.chunks(), address_of(request)),
            kind=form.cleaned_data["kind"],
            organisation=form.cleaned_data["organisation"],
            at=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("intake:uploads")
    jobs.enqueue_reading(batch)
    return redirect("intake:batch", batch.pk)


@require_safe
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show what a file brought: counts, findings by cause, changes, doubtful rows."""
    row = batch_of(_user(request), batch_id)
    open_ = sees_sensitive(_user(request), row)
    viewer = Viewer(row, services.handler_of(row), open_)
    context: dict[str, Any] = {
        **_about(request, row),
        "error": sentence(REFUSALS, row.error_code, row.error_params) if row.error_code else "",
        "notes": [sentence(NOTES, n["code"], n["params"]) for n in remarks_on(row)],
    }
    if row.is_open:
        context |= _preview(request, row, viewer)
        context["answer"] = answering.answer_of(row, open_=open_)
    note(request, viewer.people, action="listed", ground="file")
    return page(request, "intake/batch.html", context)


def _about(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    kind = kind_of(batch.kind)
    return {
        "title": batch.file_name,
        "batch": batch,
        "kind": kind,
        "state": STATES[batch.state],
        "refresh": REFRESH_SECONDS if batch.is_busy else None,
        "may_confirm": may_confirm(_user(request), batch),
        "steps": _steps(batch),
        "hash": f"{batch.file.sha256[:4]}…{batch.file.sha256[-4:]}",
        "recognised": _recognised(batch, kind),
    }


def _recognised(batch: Batch, kind: Kind) -> list[dict[str, Any]]:
    return [
        {
            "sheet": heading["sheet"],
            "number": heading["number"],
            "columns": [
                (letters, name, column.label)
                for name, letters in heading["columns"].items()
                if (column := kind.main.column(name)) is not None
            ],
        }
        for heading in batch.headings
    ]


def _steps(batch: Batch) -> list[tuple[str, str]]:
    """Return the five steps, each done, current or to come."""
    names = [
        _("Uploaded"),
        _("Read"),
        _("Checked"),
        _("Looked through"),
        _("Written into the records"),
    ]
    reached = {"received": 1, "reading": 1, "checked": 3, "confirmed": 4, "written": 5}
    at = reached.get(batch.state, 1 if batch.checked_at is None else 3)
    states = ["done"] * at + ["current"] + ["todo"] * 5
    if batch.state in {"refused", "cancelled"}:
        states = ["done"] * at + ["todo"] * 5
    return list(zip(names, states[:5], strict=True))


def _preview(request: HttpRequest, batch: Batch, viewer: Viewer) -> dict[str, Any]:
    rows = StagedRow.objects.filter(batch=batch)
    found = causes(batch, open_=viewer.open_)
    doubtful = viewer.lines(rows.filter(decision="doubtful")[:ROWS_SHOWN])
    changed = viewer.lines(rows.filter(decision="changed")[:10])
    return {
        "causes": found,
        "error_causes": sum(line.is_error for line in found),
        "by_severity": row_count_by_severity(batch),
        "changed": changed,
        "doubtful": doubtful,
        "writable": services.writable(batch),
        "waiting": batch.doubtful_count + batch.wrong_count,
        "counts": [
            ("new", "plus", _("New"), batch.new_count, _("not known yet")),
            ("changed", "pen", _("Changed"), batch.changed_count, _("against what is known")),
            ("unchanged", "same", _("Unchanged"), batch.unchanged_count, _("passed over")),
            (
                "doubtful",
                "swap",
                _("To be decided"),
                batch.doubtful_count,
                _("perhaps known people"),
            ),
            (
                "wrong",
                "bad",
                pgettext("upload", "Wrong"),
                batch.wrong_count,
                _("cannot be written yet"),
            ),
        ],
    }


@require_safe
def rows(request: HttpRequest, batch_id: UUID, decision: str) -> HttpResponse:
    """Show the rows of one decision, by key and not by offset."""
    if decision not in StagedRow.Decision.values:
        raise Http404(_("There is no such page."))
    row = batch_of(_user(request), batch_id)
    viewer = Viewer(row, services.handler_of(row), sees_sensitive(_user(request), row))
    after = request.GET.get("sau", "")
    found = StagedRow.objects.filter(batch=row, decision=decision)
    if after.isascii() and after.isdigit():
        found = found.filter(number__gt=int(after))
    lines = viewer.lines(found[: ROWS_SHOWN + 1])
    note(request, viewer.people, action="listed", ground="file")
    context = {
        **_about(request, row),
        "decision": StagedRow.Decision(decision).label,
        "decision_id": decision,
        "lines": lines[:ROWS_SHOWN],
        "after": lines[ROWS_SHOWN - 1].row.number if len(lines) > ROWS_SHOWN else None,
    }
    return page(request, "intake/rows.html", context)


@require_safe
def cause(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show every cell of one cause."""
    row = batch_of(_user(request), batch_id)
    found = cells(row, request.GET.get("vi", ""), open_=sees_sensitive(_user(request), row))
    if not found:
        raise Http404(_("There is no such page."))
    context = {**_about(request, row), "cells": found, "first": found[0]}
    return page(request, "intake/cause.html", context)


@require_safe
def progress(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Say how far a batch is, for the script that draws the bar."""
    row = batch_of(_user(request), batch_id)
    return JsonResponse(
        {"state": row.state, "busy": row.is_busy, "read": row.rows_read, "of": row.rows_expected}
    )


@require_POST
def confirm(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the good rows written."""
    row = batch_of(_user(request), batch_id)
    require_confirm(_user(request), row)
    try:
        jobs.enqueue_writing(
            services.confirm_batch(actor=_user(request), batch=row, at=timezone.now())
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_POST
def cancel(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give a sending up."""
    row = batch_of(_user(request), batch_id)
    require_confirm(_user(request), row)
    try:
        services.cancel_batch(actor=_user(request), batch=row, at=timezone.now())
        messages.success(request, _("The sending was cancelled; nothing of it was written."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_POST
def again(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Read a file once more after the reading stopped."""
    row = batch_of(_user(request), batch_id)
    try:
        jobs.enqueue_reading(services.read_again(actor=_user(request), batch=row))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_POST
def rule(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Decide whom a doubtful row is about; other rows of the same person follow."""
    row = batch_of(_user(request), batch_id)
    require_confirm(_user(request), row)
    form = RulingForm(request.POST)
    if not form.is_valid():
        raise Http404(_("There is no such row."))
    said = StagedRow.objects.filter(batch=row, pk=form.cleaned_data["row"]).first()
    if said is None or (said.sensitivity and not sees_sensitive(_user(request), row)):
        raise Http404(_("There is no such row."))
    same = StagedRow.objects.filter(
        batch=row, subject_key=said.subject_key, sensitivity=said.sensitivity
    )
    try:
        ruled = services.rule_on_rows(
            actor=_user(request),
            batch=row,
            rows=list(same.values_list("pk", flat=True)) if said.subject_key else [said.pk],
            subject_id=form.cleaned_data["subject"],
            at=timezone.now(),
        )
        messages.success(request, _("Decided: %(count)d rows.") % {"count": ruled})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_safe
def original(request: HttpRequest, batch_id: UUID) -> FileResponse:
    """Give the file back as it was received."""
    row = batch_of(_user(request), batch_id)
    is_own = row.sent_by_id == request.user.pk
    if row.has_sensitive and not is_own and not sees_sensitive(_user(request), row):
        raise PermissionDenied(
            _("This file holds rows of a protected class; its sender may open it.")
        )
    people = StagedRow.objects.filter(batch=row).exclude(subject_id=None)
    shown = [person for person in people.values_list("subject_id", flat=True) if person]
    note(request, shown, action="exported", ground="file")
    return FileResponse(
        storage.place_of(row.file.path).open("rb"),
        as_attachment=True,
        filename=row.file_name,
        content_type="application/octet-stream",
    )


@require_safe
def columns(request: HttpRequest, kind_id: str) -> HttpResponse:
    """Document a kind of file from its declaration."""
    kind = _kind(kind_id)
    return page(request, "intake/columns.html", {"title": kind.title, "kind": kind})


@require_safe
def template(request: HttpRequest, kind_id: str) -> HttpResponse:
    """Give the workbook to fill in."""
    kind = _kind(kind_id)
    if not kind.is_tabular:
        raise Http404(_("There is no such kind of file."))
    response = HttpResponse(template_of(kind, on=timezone.localdate()), content_type=WORKBOOK_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{kind.main.name}_mau.xlsx"'
    return response
