"""What people do with a sending: confirm it, stop it, have it read otherwise, decide rows, undo it."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.models import User
from portal.audit.reads import note
from portal.intake import jobs, services
from portal.intake.access import batch_of, require_confirm, require_read_anew
from portal.intake.cards import CHIPS as STATES
from portal.intake.declaration import kind_of
from portal.intake.forms import RulingForm, UndoForm
from portal.intake.models import Batch, StagedRow
from portal.intake.presenting import sees_sensitive, sees_whole, short_hash
from portal.site.pages import page


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@require_POST
def confirm(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the good rows written, or all rows or none."""
    row = batch_of(_user(request), batch_id)
    require_confirm(_user(request), row)
    try:
        jobs.enqueue_writing(
            services.confirm_batch(
                actor=_user(request),
                batch=row,
                at=timezone.now(),
                undivided="undivided" in request.POST,
            )
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
        stopped = services.cancel_batch(actor=_user(request), batch=row, at=timezone.now())
        if stopped.is_busy:
            messages.success(request, _("The work is being stopped; this takes a few seconds."))
        else:
            messages.success(request, _("The sending was cancelled; nothing of it was written."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_POST
def again(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Read a file once more after the reading stopped."""
    row = batch_of(_user(request), batch_id)
    require_read_anew(_user(request), row)
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


@require_POST
def convert(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Have the file read again with its old fonts converted."""
    row = batch_of(_user(request), batch_id)
    require_read_anew(_user(request), row)
    try:
        encoding = request.POST.get("encoding", "")
        jobs.enqueue_reading(services.convert_fonts(batch=row, encoding=encoding))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("intake:batch", row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show what undoing a sending would touch, and have it undone for a reason."""
    row = batch_of(_user(request), batch_id)
    require_confirm(_user(request), row)
    if row.state != Batch.State.WRITTEN:
        messages.error(request, _("Only a written sending can be undone."))
        return redirect("intake:batch", row.pk)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask_to_undo(
                actor=_user(request), batch=row, reason=form.cleaned_data["reason"]
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            jobs.enqueue_undoing(asked)
            return redirect("intake:batch", row.pk)
    would = services.handler_of(row).consequences()
    note(request, would.people, action="listed", ground="file")
    context = {
        "title": _("Undo “%(name)s”") % {"name": row.file_name},
        "batch": row,
        "kind": kind_of(row.kind),
        "state": STATES[row.state],
        "hash": short_hash(row),
        "sees_whole": sees_whole(_user(request), row),
        "form": form,
        "would": would,
    }
    return page(request, "intake/undo.html", context, status=400 if form.errors else 200)
