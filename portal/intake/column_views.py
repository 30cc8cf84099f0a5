"""The page of a file's columns: how each was read, and a person's word against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.models import User
from portal.audit.reads import note
from portal.intake import jobs, mappings
from portal.intake.access import batches_of, places_to_send
from portal.intake.declaration import Kind, Need, Table, kind_of
from portal.intake.headings import FileColumn, Heading, How, missing_from
from portal.intake.heads import heads_of
from portal.intake.models import Batch, ColumnMapping, StagedRow
from portal.intake.presenting import sees_whole, short_hash
from portal.intake.sheets import SAMPLES, Head
from portal.intake.values import text_of
from portal.site.pages import page

ROWS_OFFERED = 12
RECOGNISED_FROM = 2  # columns that make a row look like a heading
SAMPLE_SHOWN = 40
# How a column was read, as a chip: kind, icon, words.
CHIPS = {
    How.OFFICIAL: ("ok", "ok", gettext_lazy("official name")),
    How.LABEL: ("ok", "ok", gettext_lazy("name of the template")),
    How.ALIAS: ("ok", "ok", gettext_lazy("known other name")),
    How.REMEMBERED: ("ok", "hist", gettext_lazy("remembered")),
    How.PROPOSED: ("warn", "warn", gettext_lazy("to be confirmed")),
    How.AMBIGUOUS: ("warn", "warn", gettext_lazy("may mean several")),
    How.REPEATED: ("", "same", gettext_lazy("there twice")),
    How.LEFT_OUT: ("", "none", gettext_lazy("left out, as said")),
    How.UNKNOWN: ("", "none", gettext_lazy("not known, left out")),
    How.NAMELESS: ("", "none", gettext_lazy("no heading, left out")),
}


class ColumnsForm(forms.Form):
    """What each column of the file means."""

    def __init__(self, *args: Any, table: Table, heading: Heading, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed = [(c.name, f"{c.label} ({c.name})") for c in table.required]
        others = [
            (c.name, f"{c.label} ({c.name})") for c in table.columns if c.need != Need.REQUIRED
        ]
        choices = [("", _("– left out –")), (_("Needed"), needed), (_("Others"), others)]
        for column in heading.columns:
            letters = heading.letters_at(column.at)
            self.fields[f"c{column.at}"] = forms.ChoiceField(
                choices=choices,
                required=False,
                initial=proposal(heading, column),
                label=_("Column %(letters)s is read as") % {"letters": letters},
            )

    def meant(self) -> dict[int, str]:
        """Return the official name by place in the file."""
        return {int(name[1:]): value for name, value in self.cleaned_data.items()}


def proposal(heading: Heading, column: FileColumn) -> str:
    """Return what a column is read as, or the one thing it probably is."""
    if column.how == How.PROPOSED and column.near[0] not in heading.places:
        return column.near[0]
    return column.column


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the file as the page shows it."""

    letters: str
    text: str
    samples: list[str]
    field: forms.BoundField
    chip: tuple[str, str, Any]
    about: str


def _batch(request: HttpRequest, batch_id: UUID) -> Batch:
    rows = batches_of(cast(User, request.user))
    batch = rows.select_related("file", "organisation", "sent_by").filter(pk=batch_id).first()
    if batch is None or not kind_of(batch.kind).is_tabular:
        raise Http404(_("There is no such sending."))
    return batch


def _chosen(request: HttpRequest, batch: Batch) -> tuple[Head, Heading] | None:
    """Return the heading asked for (``o`` is the sheet's place and the row), else the one found."""
    choices = mappings.remembered(batch).choices
    place, _dot, number = request.GET.get("o", "").partition(".")
    heads = heads_of(batch)
    if place.isdecimal() and number.isdecimal() and int(place) < len(heads):
        table = kind_of(batch.kind).main
        head = heads[int(place)]
        heading = mappings.heading_at(table, head, int(number), choices)
        return (head, heading) if heading is not None else None
    return next(iter(mappings.headings_of(batch, choices)), None)


@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show how the columns of a file were read, and take a person's word against it."""
    batch = _batch(request, batch_id)
    kind = kind_of(batch.kind)
    found = _chosen(request, batch)
    form = None
    if found is not None:
        _notice(request, batch, found)
        data = request.POST if request.method == "POST" else None
        form = ColumnsForm(data, table=kind.main, heading=found[1])
        if data is not None and form.is_valid() and _settle(request, batch, found, form):
            return redirect("intake:batch", batch.pk)
    context = {
        "title": _("How the columns were read"),
        "batch": batch,
        "kind": kind,
        "hash": short_hash(batch),
        "sees_whole": sees_whole(cast(User, request.user), batch),
        "form": form,
        "rows": _rows(request, batch),
        **(_shown(request, batch, kind, found, form) if found and form else {}),
    }
    status = 400 if form is not None and form.errors else 200
    return page(request, "intake/mapping.html", context, status=status)


def _notice(request: HttpRequest, batch: Batch, found: tuple[Head, Heading]) -> None:
    """Write into the read log whom the samples show."""
    head, heading = found
    numbers = [number for number, _cells in head.rows if number > heading.number][:SAMPLES]
    rows = StagedRow.objects.filter(batch=batch, sheet=head.sheet[:100], number__in=numbers)
    people = rows.exclude(subject_id=None).values_list("subject_id", flat=True)
    note(request, [person for person in people if person], action="listed", ground="file")


def _settle(
    request: HttpRequest, batch: Batch, found: tuple[Head, Heading], form: ColumnsForm
) -> bool:
    _require_upload(request, batch)
    head, heading = found
    try:
        is_reread = mappings.settle_columns(
            actor=cast(User, request.user),
            batch=batch,
            head=head,
            number=heading.number,
            meant=form.meant(),
            at=timezone.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    _say(request, batch, is_reread=is_reread)
    return True


def _say(request: HttpRequest, batch: Batch, *, is_reread: bool) -> None:
    if is_reread:
        jobs.enqueue_reading(Batch.objects.get(pk=batch.pk))
        messages.success(request, _("Kept. The file is being read again with these columns."))
    else:
        messages.success(request, _("Kept for the next file with the same headings."))


def _require_upload(request: HttpRequest, batch: Batch) -> None:
    user, kind = cast(User, request.user), kind_of(batch.kind)
    if batch.organisation_id not in places_to_send(user, kind):
        raise PermissionDenied(
            _("Saying what columns mean needs the right to send files for %(place)s.")
            % {"place": batch.organisation.name}
        )


@require_POST
def forget(request: HttpRequest, batch_id: UUID, mapping_id: UUID) -> HttpResponse:
    """Forget what was said about headings of this sender."""
    batch = _batch(request, batch_id)
    _require_upload(request, batch)
    row = next((row for row in mappings.mappings_of(batch) if row.pk == mapping_id), None)
    if row is None:
        raise Http404(_("There is no such page."))
    is_reread = mappings.forget_columns(actor=cast(User, request.user), batch=batch, mapping=row)
    if is_reread:
        jobs.enqueue_reading(Batch.objects.get(pk=batch.pk))
    messages.success(request, _("Forgotten. The columns are read by their headings again."))
    return redirect("intake:batch", batch.pk)


def _shown(
    request: HttpRequest,
    batch: Batch,
    kind: Kind,
    found: tuple[Head, Heading],
    form: ColumnsForm,
) -> dict[str, Any]:
    head, heading = found
    sees = sees_whole(cast(User, request.user), batch)
    under = [cells for number, cells in head.rows if number > heading.number][:SAMPLES]
    said = next(
        (row for row in mappings.mappings_of(batch) if row.signature == heading.signature), None
    )
    return {
        "heading": heading,
        "sees_samples": sees,
        "said": said,
        "missing": missing_from(kind.main, heading.places),
        "is_recognised": len(heading.places) >= RECOGNISED_FROM,
        "chosen_row": f"{_place_of(batch, head)}.{heading.number}",
        "lines": [
            Line(
                letters=heading.letters_at(column.at),
                text=column.text,
                samples=_samples(under, column.at) if sees else [],
                field=form[f"c{column.at}"],
                chip=CHIPS[column.how],
                about=_why(kind.main, heading, column, said),
            )
            for column in heading.columns
        ],
    }


def _place_of(batch: Batch, head: Head) -> int:
    sheets = [each.sheet for each in heads_of(batch)]
    return sheets.index(head.sheet) if head.sheet in sheets else 0


def _samples(rows: list[list[Any]], at: int) -> list[str]:
    texts = [text_of(cells[at])[:SAMPLE_SHOWN] if at < len(cells) else "" for cells in rows]
    return list(dict.fromkeys(text for text in texts if text))


def _why(table: Table, heading: Heading, column: FileColumn, said: ColumnMapping | None) -> str:
    labels = [table.by_name[name].label for name in column.near]
    if column.how == How.REPEATED:
        letters = heading.letters(column.near[0])
        return _("“%(label)s” is read from column %(letters)s.") % {
            "label": labels[0],
            "letters": letters,
        }
    if labels:
        return _("Perhaps: %(labels)s.") % {"labels": ", ".join(labels)}
    if column.how in {How.REMEMBERED, How.LEFT_OUT} and said is not None:
        return _("%(who)s, %(day)s") % {
            "who": said.said_by or "Mạch",
            "day": timezone.localtime(said.said_at).strftime("%d/%m/%Y"),
        }
    return ""


def _rows(request: HttpRequest, batch: Batch) -> list[tuple[str, str]]:
    """Offer the rows that may hold the names of the columns."""
    sees = sees_whole(cast(User, request.user), batch)
    offered = []
    for place, head in enumerate(heads_of(batch)):
        for number, cells in head.rows[:ROWS_OFFERED]:
            texts = [text_of(cell) for cell in cells if isinstance(cell, str) and cell.strip()]
            if len(texts) < 2:
                continue
            text = _("%(sheet)s, row %(number)d") % {"sheet": head.sheet, "number": number}
            if sees:
                text = f"{text}: {', '.join(texts)[:80]}"
            offered.append((f"{place}.{number}", text))
    return offered
