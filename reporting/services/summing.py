"""Sum the reports of all senders up into the province's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.places.models import Organisation
from portal.scope import scope_of
from reporting.checks import Others
from reporting.computing import Figures, form_for, shares
from reporting.definitions import Form, Row
from reporting.figures_of import Standing, digest_of, standings_of
from reporting.models import Report, ReportDefinition
from reporting.periods import Period
from reporting.senders import Owed, Senders, definition_for, owed_by_all, senders_of
from reporting.services.sending import require_agreement


@dataclass(frozen=True, slots=True)
class Summed:
    """What the reports of an organisation's senders add up to, and who is missing."""

    figures: Figures
    sources: list[dict[str, str]]
    owed: list[Owed]
    labels: Mapping[str, str]
    kinds: Mapping[str, str]  # of the senders whose reports are rows
    reports: list[Report]

    @property
    def waiting(self) -> list[Report]:
        """Return the reports of the sum that nobody has approved yet."""
        return [one for one in self.reports if one.status != Report.Status.APPROVED]

    @property
    def approved(self) -> int:
        return len(self.reports) - len(self.waiting)

    @property
    def missing(self) -> list[Owed]:
        return [one for one in self.owed if not one.is_done]


def sum_up(*, organisation: Organisation, definition: ReportDefinition, period: Period) -> Summed:
    """Add up what stands: the approved version of each sender, else the one that waits.

    Forms with a row per facility or per thing list them; in the others each cell is the sum of the
    senders', or of those senders alone whom the form adds up.
    """
    senders = Senders.of(period, senders_of(period).below(organisation).order_by("path"))
    owed = owed_by_all(definition, period, senders)
    kind_of = partial(senders.kinds.of, day=period.last)
    form = form_for(definition, period)
    added = [
        one.organisation
        for one in owed
        if not form.summed or kind_of(one.organisation) in form.summed
    ]
    best = _standing(definition, period, added)
    figures: Figures = {}
    labels: dict[str, str] = {}
    kinds: dict[str, str] = {}
    reports = [best[one.organisation.pk] for one in owed if one.organisation.pk in best]
    for report, standing in standings_of(reports):
        own = standing.figures
        if form.rows_from == "facilities":
            key = str(report.organisation_id)
            figures[key], labels[key] = own.get("own", {}), report.organisation.name
            kinds[key] = kind_of(report.organisation)
        else:
            _add(figures, own, lists_things=form.rows_from == "items")
    for cells in figures.values():
        cells.update(shares(form, period, cells))
    sources = [
        {
            "report": str(report.pk),
            "digest": report.digest,
            "place": str(report.organisation_id),
            "kind": kind_of(report.organisation),
        }
        for report in best.values()
    ]
    sources.sort(key=lambda source: source["place"])
    return Summed(figures, sources, owed, labels, kinds, reports)


def _standing(
    definition: ReportDefinition, period: Period, senders: Iterable[Organisation]
) -> dict[Any, Report]:
    rows = Report.objects.of_period(definition.code, period.first, period.last).standing()
    rows = rows.filter(organisation__in=[sender.pk for sender in senders], is_summary=False)
    found: dict[Any, Report] = {}
    # A correction that waits does not yet stand above what was approved.
    for report in rows.select_related("definition", "organisation").order_by("-status", "number"):
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


def _named(form: Form, summed: Summed) -> Form:
    """Return a form with a row for each facility of a sum, by its name."""
    if form.rows_from != "facilities":
        return form
    return replace(form, rows=tuple(Row(key, label) for key, label in summed.labels.items()))


def _others(form: Form, organisation: Organisation, period: Period, summed: Summed) -> Others:
    """Add the other forms up with which the sum must agree, where the same senders made them."""
    found: dict[str, Standing | None] = {}
    for code in {rule.other for rule in form.rules if rule.kind == "same"}:
        definition = definition_for(code, period)
        if definition is None:
            continue
        other = sum_up(organisation=organisation, definition=definition, period=period)
        is_alike = {one["place"] for one in other.sources} == {
            one["place"] for one in summed.sources
        }
        whole = Standing(form_for(definition, period), period, other.figures, {})
        found[code] = whole if is_alike else None
    return found


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
    """Freeze the sum with the hashes of what it was made of, and hand it to somebody else to approve.

    While somebody is missing, or a report waits for approval, a reason is asked for. What the
    checks refuse is not closed. An approved sum stands until the next one is approved.
    """
    if organisation.pk not in scope_of(actor, "approve_reports"):
        raise PermissionDenied(_("The sum is closed by the department's statistician."))
    summed = sum_up(organisation=organisation, definition=definition, period=period)
    reason = " ".join(reason.split())
    if summed.missing and not reason:
        message = _("%(count)s senders are missing; write why the sum is closed without them.")
        params = {"count": len(summed.missing)}
        raise ValidationError({"reason": ValidationError(message, "senders_missing", params)})
    if summed.waiting and not reason:
        message = _(
            "%(count)s reports are not approved yet; write why the sum is closed with them."
        )
        params = {"count": len(summed.waiting)}
        raise ValidationError({"reason": ValidationError(message, "reports_waiting", params)})
    rows = Report.objects.of_period(definition.code, period.first, period.last)
    rows = rows.filter(organisation=organisation, is_summary=True)
    before = rows.select_for_update().order_by("-number").first()
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
    form = _named(form_for(definition, period), summed)
    standing = Standing(form, period, summed.figures, {})
    require_agreement(actor, report, standing, _others(form, organisation, period, summed))
    if before is not None and before.status == Report.Status.SUBMITTED:
        before.status, before.decided_at = Report.Status.SUPERSEDED, at
        before.save(update_fields=["status", "decided_at"])
    report.digest = digest_of(report)
    report.status = Report.Status.SUBMITTED
    report.submitted_at, report.submitted_by = at, actor
    report.full_clean(exclude=["figures", "sources"])
    report.save(force_insert=True)
    return report
