"""Results, procedures and vaccinations in the timeline."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateTimeField, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, JSONObject, Length, Substr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from healthrecords.models import DiagnosticReport, Immunization, Procedure, Result
from healthrecords.models.facts import shown_partial
from healthrecords.reports import (
    FLAGS,
    disagreements,
    flag_chip,
    said_elsewhere,
    state_chips,
    value_text,
)
from healthrecords.timeline.differences import Difference
from healthrecords.timeline.sources import Entry, Row, Source

VALUES_AT_MOST = 8
ICONS = {"imaging": "scan"}


def _report_facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (the registry's own call)
    rows = Result.objects.filter(report=OuterRef("pk")).open_to(sees_sensitive=sees_sensitive)
    told = JSONObject(name="name", value="value", unit="unit", flag="flag", test="test")
    return {
        "citizen": "citizen_id",
        "title": "title",
        "kind": "kind",
        "status": "status",
        "is_ai": "is_ai",
        "review": "review",
        "reviewer": "reviewed_by__full_name",
        "conclusion": "conclusion",
        "by": "performer",
        "values": ArraySubquery(rows.order_by("position").values(said=told)),
        "others": said_elsewhere(sees_sensitive=sees_sensitive),
    }


def tell_report(row: Row) -> Entry:
    """Draw a report: what lies outside its limits first."""
    facts = row.facts
    values = sorted(facts["values"] or (), key=lambda said: said["flag"] not in FLAGS)
    chips = state_chips(facts)
    worst = next((v["flag"] for v in values if str(v["flag"]).startswith("critical")), "")
    if chip := flag_chip(worst):
        chips.append(chip)
    said = "; ".join(value_text(v) for v in values[:VALUES_AT_MOST] if v["value"])
    if len(values) > VALUES_AT_MOST:
        said += _("; and %(count)d more") % {"count": len(values) - VALUES_AT_MOST}
    return Entry(
        title=facts["title"],
        url=report_url(facts["citizen"], row.pk),
        icon=ICONS.get(facts["kind"], "lab"),
        chips=chips,
        says=said,
        small=str(facts["conclusion"])[:300],
        foot=[facts["by"]] if facts["by"] else [],
        differences=[
            Difference(
                _("%(place)s (%(came)s) has %(said)s.")
                % {"place": one.place, "came": one.came, "said": one.theirs},
                report_url(facts["citizen"], one.report_id),
            )
            for one in disagreements(values, facts["others"])
        ],
    )


def report_url(citizen: Any, report: Any) -> str:
    """Return the address of a report."""
    return reverse("admin:healthrecords_citizen_report", args=[citizen, report])


REPORTS = Source(
    key="report",
    label=gettext_lazy("Results"),
    model=DiagnosticReport,
    at="performed_at",
    facts=_report_facts,
    tell=tell_report,
    without=Q(superseded_by__isnull=False)
    | Q(withdrawn_at__isnull=False)
    | Q(status=DiagnosticReport.Status.ENTERED_IN_ERROR),
    from_file=Q(origin=DiagnosticReport.Origin.FILE),
    order=20,
)


def _procedure_facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (as above)
    return {
        "title": "title",
        "kind": "kind",
        "code": "icd9",
        "by": "performer",
        "outcome": "outcome",
        "citizen": "citizen_id",
    }


def tell_procedure(row: Row) -> Entry:
    """Draw a procedure."""
    facts = row.facts
    return Entry(
        title=facts["title"],
        url=reverse("admin:healthrecords_citizen_procedure", args=[facts["citizen"], row.pk]),
        icon="flag",
        coded=[(facts["code"], str(Procedure.Kind(facts["kind"]).label))] if facts["code"] else [],
        says=facts["outcome"],
        foot=[facts["by"]] if facts["by"] else [],
    )


PROCEDURES = Source(
    key="procedure",
    label=gettext_lazy("Procedures"),
    model=Procedure,
    at="performed_at",
    facts=_procedure_facts,
    tell=tell_procedure,
    without=Q(withdrawn_at__isnull=False) | Q(status=Procedure.Status.ENTERED_IN_ERROR),
    from_file=Q(origin=Procedure.Origin.FILE),
    order=40,
)


def _dose_facts(sees_sensitive: bool) -> dict[str, Any]:  # noqa: FBT001  (as above)
    return {
        "citizen": "citizen_id",
        "vaccine": "vaccine",
        "number": "dose_number",
        "given": "given",
        "lot": "lot",
        "where": "place",
    }


def tell_dose(row: Row) -> Entry:
    """Draw a dose of vaccine that was told of."""
    facts = row.facts
    number = _("dose %(number)d") % {"number": facts["number"]} if facts["number"] else ""
    lot = _("lot %(lot)s") % {"lot": facts["lot"]} if facts["lot"] else ""
    parts = (number, shown_partial(facts["given"]), lot, facts["where"])
    return Entry(
        title=facts["vaccine"],
        url=reverse("admin:healthrecords_citizen_background", args=[facts["citizen"]]),
        icon="syringe",
        says=", ".join(part for part in parts if part),
    )


# A dose of 2019 stands at the beginning of 2019: the day it was given is not known better.
FIRST_DAY = Cast(Concat("given", Substr(Value("0001-01-01"), Length("given") + 1)), DateTimeField())

IMMUNIZATIONS = Source(
    key="immunization",
    label=gettext_lazy("Vaccinations"),
    model=Immunization,
    at=FIRST_DAY,
    facts=_dose_facts,
    tell=tell_dose,
    without=Q(given="") | Q(status=Immunization.Status.ENTERED_IN_ERROR),
    order=50,
)
