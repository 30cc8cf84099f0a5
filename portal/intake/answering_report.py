"""What is kept of a sending: who, when, which file, what was written, what was wrong?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.intake.declaration import kind_of
from portal.intake.models import Batch
from portal.intake.presenting import Shown, causes, row_count_by_severity
from portal.papers import compile_paper
from portal.places.lookup import governed_by
from portal.templatetags.portal import number

TEMPLATE = Path(__file__).resolve().parent / "report.typ"


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one sending, ready to be shown or printed."""

    facts: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, str]]
    causes: Sequence[Shown]
    about_findings: str


def report_of(batch: Batch, *, open_: bool) -> Report:
    """Return the report of a batch; protected rows are counted, not told apart, without the right."""
    severity = row_count_by_severity(batch)
    return Report(
        facts=_facts(batch),
        counts=[
            (_("Rows read"), number(batch.rows_read)),
            (_("New"), number(batch.new_count)),
            (_("Changed"), number(batch.changed_count)),
            (_("Unchanged"), number(batch.unchanged_count)),
            (_("To be decided"), number(batch.doubtful_count)),
            (pgettext("upload", "Wrong"), number(batch.wrong_count)),
            (_("Written into the records"), number(batch.written_count)),
        ],
        causes=causes(batch, open_=open_),
        about_findings=_("%(wrong)s rows wrong, %(remarked)s rows with remarks.")
        % {"wrong": number(severity["wrong"]), "remarked": number(severity["remarked"])},
    )


def _facts(batch: Batch) -> list[tuple[str, str]]:
    facts = [
        (_("File"), batch.file_name),
        (_("Kind of file"), str(kind_of(batch.kind).title)),
        ("SHA-256", batch.file.sha256),
        (_("Size"), _("%(size)s bytes") % {"size": number(batch.file.size)}),
        (_("Sent for"), batch.organisation.name),
        (_("Sent by"), str(batch.sent_by or "Mạch")),
        (_("Sent from the network address"), batch.address or ""),
        (_("Received"), _moment(batch.received_at)),
        (_("Read and checked"), _moment(batch.checked_at)),
        (_("Confirmed by"), str(batch.confirmed_by or "")),
        (_("Confirmed"), _moment(batch.confirmed_at)),
        (_("Written"), _moment(batch.written_at)),
        (_("Undone"), _moment(batch.undone_at)),
        (_("Undone by"), str(batch.undone_by or "")),
        (_("Why it was undone"), batch.undone_because),
        (_("State"), batch.get_state_display()),
        (_("Number of the sending"), str(batch.pk)),
    ]
    return [(name, value) for name, value in facts if value]


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M, %d/%m/%Y}" if at else ""


def report_as_pdf(batch: Batch, *, open_: bool, printed_at: datetime) -> bytes:
    """Return the report as PDF, in the language of the country."""
    with translation.override(settings.LANGUAGE_CODE):
        report = report_of(batch, open_=open_)
    place = batch.organisation
    return compile_paper(
        TEMPLATE,
        {
            "governing": governed_by(place, timezone.localdate(printed_at)),
            "place": place.name,
            "facts": [list(fact) for fact in report.facts],
            "counts": [list(count) for count in report.counts],
            "causes": [asdict(cause) for cause in report.causes],
            "about": report.about_findings,
            "printed": _moment(printed_at),
        },
    )
