"""How is a record called that is to be mended, and where does its page stand?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from facilities.models import Facility
from healthrecords.models import Citizen, Visit
from practitioners.models import Practitioner
from reporting.definitions import form_of
from reporting.figures_of import period_of
from reporting.models import ExpectedReport, Report, ReportDefinition
from reporting.periods import Period
from reporting.senders import governs


@dataclass(frozen=True, slots=True)
class Named:
    """How a record is called in a list, and whose it is.

    ``address`` is its page where its kind alone does not tell it; ``columns`` name a report's cells.
    """

    who: StrOrPromise
    about: StrOrPromise = ""
    citizen: UUID | None = None
    address: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def _citizens(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Citizen.objects.filter(pk__in=keys).only("name", "birth_date", "birth_precision")
    return {row.pk: Named(row.name, str(row.birth), row.pk) for row in rows}


def _visits(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Visit.objects.filter(pk__in=keys).select_related("citizen")
    return {
        row.pk: Named(
            row.citizen.name,
            _("visit of %(day)s") % {"day": f"{timezone.localtime(row.started_at):%d/%m/%Y}"},
            row.citizen_id,
        )
        for row in rows
    }


def _twins(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    return {key: Named(capfirst(_("possible twin"))) for key in keys}


def _practitioners(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Practitioner.objects.filter(pk__in=keys).values_list("pk", "name")
    return {pk: Named(name, _("practitioner")) for pk, name in rows}


def _facilities(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Facility.objects.filter(pk__in=keys).values_list("pk", "organisation__name")
    return {pk: Named(name) for pk, name in rows}


def _reports(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Report.objects.filter(pk__in=keys).select_related("definition", "organisation")
    return {row.pk: _of_report(row) for row in rows.defer("figures", "sources")}


def _of_report(report: Report) -> Named:
    form = form_of(report.definition)
    return Named(
        _name_of(report.definition, period_of(report)),
        report.organisation.name,
        address=reverse("reporting:report", args=[report.pk]),
        columns={column.key: column.label for column in form.columns},
    )


def _name_of(definition: ReportDefinition, period: Period) -> str:
    said = {"number": definition.form_number, "period": period.label}
    return _("Form %(number)s, %(period)s") % said


def _expected(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    """Name what is owed; what was begun opens its newest version, the rest the list of what is due."""
    rows = list(ExpectedReport.objects.filter(pk__in=keys).select_related("organisation"))
    codes = {row.code for row in rows}
    forms = list(ReportDefinition.objects.filter(code__in=codes).order_by("-valid_from"))
    begun = Report.objects.filter(
        organisation__in={row.organisation_id for row in rows}, code__in=codes, is_summary=False
    ).order_by("number")
    versions = {
        (organisation, code, first, last): pk
        for pk, organisation, code, first, last in begun.values_list(
            "pk", "organisation_id", "code", "first_day", "last_day"
        )
    }
    found = {}
    for row in rows:
        period = Period(row.first_day, row.last_day, row.period)
        definition = next(one for one in forms if one.code == row.code and governs(one, period))
        version = versions.get((row.organisation_id, row.code, row.first_day, row.last_day))
        found[row.pk] = Named(
            _name_of(definition, period),
            row.organisation.name,
            address=reverse("reporting:report", args=[version])
            if version
            else reverse("reporting:due"),
        )
    return found


NAMES: Mapping[str, Any] = {
    "healthrecords.citizen": _citizens,
    "healthrecords.visit": _visits,
    "healthrecords.twincase": _twins,
    "practitioners.practitioner": _practitioners,
    "facilities.facility": _facilities,
    "reporting.expectedreport": _expected,
    "reporting.report": _reports,
}
