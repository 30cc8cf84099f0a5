"""What is given back of a sending: the marked workbook, all findings, the report to keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import User
from portal.audit.reads import note
from portal.intake import answering, jobs, storage
from portal.intake.access import batch_of
from portal.intake.answering_findings import cells_of, heads, lines, people_of
from portal.intake.answering_report import report_as_pdf, report_of
from portal.intake.cards import CHIPS as STATES
from portal.intake.declaration import kind_of
from portal.intake.models import Answer, Batch
from portal.intake.presenting import sees_sensitive
from portal.site.pages import page
from portal.spreadsheets import FORMATS, XLSX_TYPE, Cell, stream


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _note(request: HttpRequest, batch: Batch, action: str) -> None:
    open_ = sees_sensitive(_user(request), batch)
    note(request, people_of(batch, open_=open_), action=action, ground="file")


@require_POST
def ask(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the sender's workbook marked."""
    batch = batch_of(_user(request), batch_id)
    try:
        answer, is_new = answering.ask_answer(
            batch=batch, open_=sees_sensitive(_user(request), batch), at=timezone.now()
        )
        if is_new:
            jobs.enqueue_answer(answer)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", batch.pk)


def answer_shown(user: User, batch: Batch) -> Answer | None:
    """Return the answer this user may have."""
    return answering.answer_of(batch, open_=sees_sensitive(user, batch))


@require_safe
def workbook(request: HttpRequest, batch_id: UUID) -> FileResponse:
    """Give the sender's workbook with its wrong cells marked."""
    batch = batch_of(_user(request), batch_id)
    answer = answer_shown(_user(request), batch)
    if answer is None or answer.state != Answer.State.READY:
        raise Http404(_("The marked workbook is not prepared yet."))
    _note(request, batch, "exported")
    return answer_file(batch, answer)


def answer_file(batch: Batch, answer: Answer) -> FileResponse:
    """Answer with a prepared workbook under the sender's name for it."""
    return FileResponse(
        storage.place_of(answer.path).open("rb"),
        as_attachment=True,
        filename=answering.name_of(batch),
        content_type=XLSX_TYPE,
    )


@require_safe
def progress(request: HttpRequest, batch_id: UUID) -> JsonResponse:
    """Say how far the marked workbook is, for the script that draws the bar."""
    answer = answer_shown(_user(request), batch_of(_user(request), batch_id))
    if answer is None:
        return JsonResponse({"state": "", "busy": False, "read": 0, "of": 0})
    return JsonResponse(
        {
            "state": answer.state,
            "busy": answer.is_busy,
            "read": answer.rows_done,
            "of": answer.rows_expected,
        }
    )


@require_safe
def findings(request: HttpRequest, batch_id: UUID, form: str) -> HttpResponseBase:
    """Give every finding of a file as a list, streamed."""
    if form not in FORMATS:
        raise Http404(_("There is no such page."))
    batch = batch_of(_user(request), batch_id)
    open_ = sees_sensitive(_user(request), batch)
    kind = kind_of(batch.kind)
    _note(request, batch, "exported")

    def rows() -> Iterator[list[Cell]]:
        for line in lines(batch, open_=open_, language=language):
            yield cells_of(line, kind)

    language = get_language() or "vi"
    return stream(form, f"{Path(batch.file_name).stem}_danh_sach_loi", heads(kind), rows())


@require_safe
def report(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show the report of a sending, to print."""
    batch = batch_of(_user(request), batch_id)
    open_ = sees_sensitive(_user(request), batch)
    context: dict[str, Any] = {
        "title": _("Report of the sending"),
        "batch": batch,
        "kind": kind_of(batch.kind),
        "state": STATES[batch.state],
        "report": report_of(batch, open_=open_),
    }
    return page(request, "intake/report.html", context)


@require_safe
def report_pdf(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Give the report of a sending as a paper to keep."""
    batch = batch_of(_user(request), batch_id)
    open_ = sees_sensitive(_user(request), batch)
    paper = report_as_pdf(batch, open_=open_, printed_at=timezone.now())
    response = HttpResponse(paper, content_type="application/pdf")
    name = f"bao-cao-{batch.pk.hex[-8:]}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response
