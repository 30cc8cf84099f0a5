"""How is a record called that is to be mended, and where does its page stand?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from facilities.models import Facility
from healthrecords.models import Citizen, Immunization, Visit
from healthrecords.models.facts import shown_partial
from portal.codelists.lookup import lists_held
from portal.places.models import Area
from portal.templatetags.portal import number
from practitioners.models import Practitioner, Registration
from reporting.definitions import form_of
from reporting.figures_of import period_of
from reporting.guarding import coded_rules
from reporting.models import ExpectedReport, Report, ReportDefinition
from reporting.periods import Period
from reporting.quality.communes import inhabited
from reporting.quality.guarded import rows_of
from reporting.senders import governs


@dataclass(frozen=True, slots=True)
class Named:
    """How a record is called in a list, and whose it is.

    ``address`` is its page where its kind alone does not tell it; ``columns`` name a report's cells,
    ``guarded`` are its rows of a protected class.
    """

    who: StrOrPromise
    about: StrOrPromise = ""
    citizen: UUID | None = None
    address: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    guarded: frozenset[str] = frozenset()


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


def _doses(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Immunization.objects.filter(pk__in=keys).select_related("citizen")
    return {
        row.pk: Named(
            row.citizen.name,
            " ".join(filter(None, (row.vaccine, shown_partial(row.given)))),
            row.citizen_id,
        )
        for row in rows
    }


def _twins(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    return {key: Named(capfirst(_("possible twin"))) for key in keys}


def _practitioners(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Practitioner.objects.filter(pk__in=keys).values_list("pk", "name")
    return {pk: Named(name, _("practitioner")) for pk, name in rows}


def _posts(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Registration.objects.filter(pk__in=keys).select_related("practitioner", "facility")
    today = timezone.localdate()
    return {
        row.pk: Named(
            row.practitioner.name,
            _("post that ended")
            if row.valid_until is not None and row.valid_until < today
            else row.facility.name,
        )
        for row in rows
    }


def _facilities(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Facility.objects.filter(pk__in=keys).values_list("pk", "organisation__name")
    return {pk: Named(name) for pk, name in rows}


def _communes(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    """Name communes with what is compared; the page of their area tells more."""
    told = inhabited(keys, timezone.localdate())
    names = dict(Area.objects.filter(pk__in=keys).values_list("pk", "name"))
    return {
        key: Named(
            name,
            _("%(records)s records, %(residents)s residents")
            % {"records": number(told[key].records), "residents": number(told[key].residents)}
            if key in told
            else "",
            address=f"{reverse('reporting:quality-areas')}?{urlencode({'ma': str(key)})}",
        )
        for key, name in names.items()
    }


def _reports(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    rows = Report.objects.filter(pk__in=keys).select_related("definition", "organisation")
    listed = list(rows.defer("figures", "sources"))
    forms = {row.definition_id: form_of(row.definition) for row in listed}
    with lists_held():
        rules = coded_rules(timezone.localdate())
        guarded = {key: frozenset(dict(rows_of(form, rules))) for key, form in forms.items()}
    return {row.pk: _of_report(row, guarded[row.definition_id]) for row in listed}


def _of_report(report: Report, guarded: frozenset[str]) -> Named:
    form = form_of(report.definition)
    return Named(
        _name_of(report.definition, period_of(report)),
        report.organisation.name,
        address=reverse("reporting:report", args=[report.pk]),
        columns={column.key: column.label for column in form.columns},
        guarded=guarded,
    )


def _name_of(definition: ReportDefinition, period: Period) -> str:
    said = {"number": definition.form_number, "period": period.label}
    return _("Form %(number)s, %(period)s") % said


def _expected(keys: Sequence[UUID]) -> Mapping[UUID, Named]:
    """Name what is owed; what was begun opens its newest version, the rest its line of what is due."""
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
            else f"{reverse('reporting:due')}#{row.code}-{period.slug}",
        )
    return found


NAMES: Mapping[str, Any] = {
    "healthrecords.citizen": _citizens,
    "healthrecords.visit": _visits,
    "healthrecords.immunization": _doses,
    "healthrecords.twincase": _twins,
    "practitioners.practitioner": _practitioners,
    "practitioners.registration": _posts,
    "facilities.facility": _facilities,
    "places.area": _communes,
    "reporting.expectedreport": _expected,
    "reporting.report": _reports,
}
