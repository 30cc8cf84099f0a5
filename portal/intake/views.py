"""The pages of uploads: send, watch, look through, decide, confirm, cancel."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.models import User
from portal.audit.middleware import address_of
from portal.audit.reads import note
from portal.intake import answering, jobs, services, storage
from portal.intake.access import batch_of, batches_of, kinds_to_send, may_confirm, may_read_anew
from portal.intake.cards import CHIPS as STATES
from portal.intake.declaration import Kind, kind_of
from portal.intake.forms import UploadForm
from portal.intake.models import Batch, StagedRow
from portal.intake.presenting import (
    ROWS_SHOWN,
    Viewer,
    causes,
    cells,
    old_fonts,
    remarks_on,
    row_count_by_severity,
    sees_sensitive,
    sees_whole,
    short_hash,
)
from portal.intake.progress import how_far
from portal.intake.refusals import NOTES, REFUSALS, sentence
from portal.site.pages import page

LISTED = 50
AFTER = re.compile(r"(?P<number>[0-9]{1,9})-(?P<key>[0-9a-f]{32})")
REFRESH_SECONDS = 5


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """Send a file, and see the last ones."""
    user = _user(request)
    kinds = kinds_to_send(user)
    if not kinds:
        raise PermissionDenied(_("Sending files needs the role of a data officer or station head."))
    form = UploadForm(request.POST or None, request.FILES or None, user=user)
    if request.method == "POST" and form.is_valid():
        return _receive(request, form)
    context = {
        "title": _("Uploaded files"),
        "form": form,
        "kinds": kinds,
        "batches": [
            _listed(b)
            for b in batches_of(_user(request)).select_related("organisation", "sent_by")[:LISTED]
        ],
        "accept": ",".join(sorted({suffix for kind in kinds for suffix in kind.suffixes})),
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
        "how_far": how_far(batch, timezone.now()) if batch.is_busy else None,
        "may_confirm": may_confirm(_user(request), batch),
        "may_read_anew": may_read_anew(_user(request), batch),
        "steps": _steps(batch),
        "hash": short_hash(batch),
        "sees_whole": sees_whole(_user(request), batch),
        "recognised": _recognised(batch, kind),
    }


def _recognised(batch: Batch, kind: Kind) -> list[dict[str, Any]]:
    return [
        {
            "sheet": heading["sheet"],
            "number": heading["number"],
            "columns": [
                (letters, name, column.label)
                for name, letters in sorted(
                    heading["columns"].items(), key=lambda place: (len(place[1]), place[1])
                )
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
    reached = {"received": 1, "reading": 1, "checked": 3, "confirmed": 4}
    reached |= dict.fromkeys(("written", "undoing", "undone"), 5)
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
        "old_fonts": old_fonts(batch),
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
    if last := AFTER.fullmatch(after):
        number, key = int(last["number"]), UUID(last["key"])
        found = found.filter(Q(number__gt=number) | Q(number=number, pk__gt=key))
    lines = viewer.lines(found[: ROWS_SHOWN + 1])
    note(request, viewer.people, action="listed", ground="file")
    context = {
        **_about(request, row),
        "decision": StagedRow.Decision(decision).label,
        "decision_id": decision,
        "lines": lines[:ROWS_SHOWN],
        "after": _after(lines[ROWS_SHOWN - 1].row) if len(lines) > ROWS_SHOWN else None,
    }
    return page(request, "intake/rows.html", context)


def _after(row: StagedRow) -> str:
    """Name the last row of a page: several sheets of a file have rows of one number."""
    return f"{row.number}-{row.pk.hex}"


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
    return JsonResponse({"state": row.state, "busy": row.is_busy, **how_far(row, timezone.now())})


@require_safe
def original(request: HttpRequest, batch_id: UUID) -> FileResponse:
    """Give the file back as it was received."""
    row = batch_of(_user(request), batch_id)
    if not sees_whole(_user(request), row):
        raise PermissionDenied(
            _("This file holds rows of a protected class; its sender may open it.")
            if row.is_checked
            else _(
                "This file was not checked to its end, so it may hold rows of a protected class; "
                "its sender may open it."
            )
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
