"""Sum the reports of all senders up into the province's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.computing import Figures, form_for, shares
from reporting.figures_of import digest_of, standing_of
from reporting.models import Report, ReportDefinition
from reporting.periods import Period
from reporting.senders import Owed, owed_by_all, senders_of


@dataclass(frozen=True, slots=True)
class Summed:
    """What the reports of an organisation's senders add up to, and who is missing."""

    figures: Figures
    sources: list[dict[str, str]]
    owed: list[Owed]
    labels: Mapping[str, str]

    @property
    def missing(self) -> list[Owed]:
        return [one for one in self.owed if not one.is_done]


def sum_up(*, organisation: Organisation, definition: ReportDefinition, period: Period) -> Summed:
    """Add up what stands: the approved version of each sender, else the one that waits.

    Forms with a row per facility or per thing list them; in the others each cell is the sum of the
    senders'.
    """
    senders = senders_of(period).below(organisation).order_by("path")
    owed = owed_by_all(definition, period, senders)
    form = form_for(definition, period)
    best = _standing(definition, period, [one.organisation for one in owed])
    figures: Figures = {}
    labels: dict[str, str] = {}
    for one in owed:
        report = best.get(one.organisation.pk)
        if report is None:
            continue
        own = standing_of(report).figures
        if form.rows_from == "facilities":
            key = str(one.organisation.pk)
            figures[key], labels[key] = own.get("own", {}), one.organisation.name
        else:
            _add(figures, own, lists_things=form.rows_from == "items")
    for cells in figures.values():
        cells.update(shares(form, period, cells))
    sources = [
        {"report": str(report.pk), "digest": report.digest, "place": str(report.organisation_id)}
        for report in best.values()
    ]
    return Summed(figures, sorted(sources, key=lambda s: s["place"]), owed, labels)


def _standing(
    definition: ReportDefinition, period: Period, senders: Iterable[Organisation]
) -> dict[Any, Report]:
    rows = Report.objects.of_period(definition.code, period.first, period.last).standing()
    rows = rows.filter(organisation__in=[sender.pk for sender in senders], is_summary=False)
    found: dict[Any, Report] = {}
    # A correction that waits does not yet stand above what was approved.
    for report in rows.select_related("definition").order_by("-status", "number"):
        found[report.organisation_id] = report
    return found


def _add(whole: Figures, part: Figures, *, lists_things: bool) -> None:
    for row, cells in part.items():
        into = whole.setdefault(row, {})
        for column, value in cells.items():
            if isinstance(value, int | float):
                into[column] = into.get(column, 0) + value
            elif isinstance(value, str) and lists_things:
                into[column] = value


@transaction.atomic
def close_summary(
    *,
    actor: Any,
    organisation: Organisation,
    definition: ReportDefinition,
    period: Period,
    reason: str = "",
    at: datetime,
) -> Report:
    """Freeze the sum with the hashes of what it was made of; a later one supersedes it.

    While somebody is missing a reason is asked for.
    """
    if organisation.pk not in scope_of(actor, "approve_reports"):
        raise PermissionDenied(_("The sum is closed by the department's statistician."))
    summed = sum_up(organisation=organisation, definition=definition, period=period)
    reason = " ".join(reason.split())
    if summed.missing and not reason:
        message = _("%(count)s senders are missing; write why the sum is closed without them.")
        params = {"count": len(summed.missing)}
        raise ValidationError({"reason": ValidationError(message, "senders_missing", params)})
    rows = Report.objects.of_period(definition.code, period.first, period.last)
    rows = rows.filter(organisation=organisation, is_summary=True)
    before = rows.select_for_update().order_by("-number").first()
    if before is not None:
        before.status = Report.Status.SUPERSEDED
        before.save(update_fields=["status"])
    report = Report(
        definition=definition,
        code=definition.code,
        organisation=organisation,
        period=period.kind,
        first_day=period.first,
        last_day=period.last,
        due_on=max((one.due_on for one in summed.owed), default=period.last),
        is_summary=True,
        number=1 if before is None else before.number + 1,
        supersedes=before,
        correction_reason="" if before is None else reason or str(_("closed again")),
        note=reason,
        figures=summed.figures,
        sources=summed.sources,
        computed_at=at,
        begun_by=actor,
    )
    report.digest = digest_of(report)
    report.status = Report.Status.APPROVED
    report.submitted_at, report.submitted_by = at, actor
    report.decided_at, report.decided_by = at, actor
    report.full_clean(exclude=["figures", "sources"])
    report.save(force_insert=True)
    return report
