"""May a place of care do today what it does? Each condition with its law, met or not or not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from facilities.models import (
    BedCount,
    Department,
    Facility,
    OperatingLicense,
    Readiness,
)
from facilities.querysets import holding_on
from facilities.rules import CONDITIONS, Rule, rules_of
from facilities.staff import Staffing, staffing_of
from portal.numbers import shown_number

State = OperatingLicense.State
Bed = BedCount.Kind


class Verdict(models.TextChoices):
    """What all conditions together say."""

    YES = "yes", gettext_lazy("may operate")
    NO = "no", gettext_lazy("may not operate")
    NOT_PROVEN = "not_proven", gettext_lazy("not proven that it may operate")


class Mark(models.TextChoices):
    """What one condition says; its value is the kind of its chip."""

    MET = "ok", gettext_lazy("met")
    LACKING = "warn", gettext_lazy("lacking")
    FAILED = "bad", gettext_lazy("not met")
    UNKNOWN = "mute", gettext_lazy("not known")


@dataclass(frozen=True, slots=True)
class Check:
    """One condition as it stands: what, how it is, by which law, what to do."""

    code: str
    title: str
    mark: Mark
    said: StrOrPromise
    article: str = ""
    deed: str = ""  # the deed of the facility's page that mends it

    @property
    def icon(self) -> str:
        return {"ok": "ok", "warn": "warn", "bad": "bad", "mute": "none"}[self.mark]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions look at, read once."""

    facility: Facility
    on: date
    license: OperatingLicense | None
    beds: Mapping[str, int]
    departments: int
    readiness: Mapping[str, Readiness]
    staffing: Staffing | None
    rules: list[Rule] = field(default_factory=list)


def facts_of(facility: Facility, on: date) -> Facts:
    """Read what holds at a place on a day, in a fixed number of questions."""
    place = facility.organisation
    current = place.operatinglicense_rows.filter(superseded_on=None)
    license = current.prefetch_related("events", "versions").first()
    beds = place.bedcount_rows.filter(holding_on(on), department=None)
    answers = place.readiness_rows.filter(holding_on(on)).select_related("evidence")
    return Facts(
        facility=facility,
        on=on,
        license=license,
        beds=dict(beds.values_list("kind", "count")),
        departments=Department.objects.filter(holding_on(on), facility=place).count(),
        readiness={row.topic: row for row in answers},
        staffing=staffing_of(place, on),
        rules=rules_of(CONDITIONS, on),
    )


def checks_of(facts: Facts) -> list[Check]:
    """Return the conditions of this form of facility, the worst first."""
    own = facts.facility
    asked = [rule for rule in facts.rules if rule.is_about(own.form, own.specialty)]
    found = [check for rule in asked if (check := _check(rule, facts)) is not None]
    order = [Mark.FAILED, Mark.UNKNOWN, Mark.LACKING, Mark.MET]
    return sorted(found, key=lambda check: order.index(check.mark))


def verdict_of(checks: list[Check]) -> Verdict:
    """Say what the conditions make together."""
    marks = {check.mark for check in checks}
    if Mark.FAILED in marks:
        return Verdict.NO
    if Mark.UNKNOWN in marks or not checks:
        return Verdict.NOT_PROVEN
    return Verdict.YES


Measured = tuple[Mark, StrOrPromise, str]


def _check(rule: Rule, facts: Facts) -> Check | None:
    measure, _colon, detail = rule.said("measure").partition(":")
    ask = MEASURES.get(measure)
    if ask is None:
        return None
    mark, said, deed = ask(rule, facts, detail)
    binding = rule.day("binding_from")
    if mark in {Mark.FAILED, Mark.UNKNOWN} and binding is not None and facts.on < binding:
        mark = Mark.LACKING
        said = _("%(said)s Needed from %(day)s.") % {"said": said, "day": f"{binding:%d/%m/%Y}"}
    elif (mark == Mark.FAILED and rule.said("strength") == "warning") or (
        mark == Mark.UNKNOWN and rule.said("strength") == "warning"
    ):
        mark = Mark.LACKING
    return Check(rule.code, rule.title, mark, said, rule.article, deed)


def _license(rule: Rule, facts: Facts, detail: str) -> Measured:
    license = facts.license
    if license is None:
        return Mark.UNKNOWN, _("No operating licence is entered."), "licence"
    state = license.state_on(facts.on)
    said = _("%(number)s: %(state)s.") % {
        "number": license.number_raw,
        "state": str(state.label).lower(),
    }
    return (Mark.MET if state == State.ACTIVE else Mark.FAILED), said, "licence-act"


def _responsible(rule: Rule, facts: Facts, detail: str) -> Measured:
    staffing = facts.staffing
    if staffing is None or not (staffing.responsible or staffing.practitioners):
        return Mark.UNKNOWN, _("The register knows nobody who practises here."), ""
    if not staffing.responsible:
        return Mark.FAILED, _("Nobody is registered as responsible for the profession."), ""
    if staffing.responsible_doubt:
        said = {"name": staffing.responsible, "why": staffing.responsible_doubt}
        return Mark.FAILED, _("%(name)s: %(why)s") % said, ""
    return Mark.MET, staffing.responsible, ""


def _responsible_months(rule: Rule, facts: Facts, detail: str) -> Measured:
    staffing, least = facts.staffing, rule.number("minimum") or Decimal(0)
    if staffing is None or staffing.responsible_months is None:
        return Mark.UNKNOWN, _("The time of practice is not known."), ""
    months = staffing.responsible_months
    said = ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    return (Mark.MET if months >= least else Mark.FAILED), said, ""


def _practitioners(rule: Rule, facts: Facts, detail: str) -> Measured:
    staffing = facts.staffing
    if staffing is None or not staffing.practitioners:
        return Mark.UNKNOWN, _("The register knows nobody who practises here."), ""
    number = staffing.practitioners
    said = ngettext("%(n)d person is registered.", "%(n)d people are registered.", number)
    said %= {"n": number}
    if not staffing.doubtful:
        return Mark.MET, said, ""
    doubt = ngettext(
        "%(n)d of them without a licence in force.",
        "%(n)d of them without a licence in force.",
        staffing.doubtful,
    ) % {"n": staffing.doubtful}
    mark = Mark.FAILED if staffing.doubtful >= number else Mark.LACKING
    return mark, f"{said} {doubt}", ""


def _beds(rule: Rule, facts: Facts, detail: str) -> Measured:
    least = rule.number("minimum") or Decimal(0)
    count = facts.beds.get(Bed.ACTUAL, facts.beds.get(Bed.REGISTERED))
    if count is None:
        return Mark.UNKNOWN, _("The beds are not counted yet."), "beds"
    said = ngettext("%(n)d bed.", "%(n)d beds.", count) % {"n": count}
    return (Mark.MET if count >= least else Mark.FAILED), said, "beds"


def _floor_per_bed(rule: Rule, facts: Facts, detail: str) -> Measured:
    area, beds = facts.facility.floor_area, facts.beds.get(Bed.ACTUAL) or 0
    if area is None or not beds:
        return Mark.UNKNOWN, _("Floor area or beds are not known."), ""
    each = (area / beds).quantize(Decimal("0.1"))
    said = _("%(area)s m² for each bed.") % {"area": shown_number(each)}
    return (Mark.MET if each >= (rule.number("minimum") or 0) else Mark.FAILED), said, ""


def _departments(rule: Rule, facts: Facts, detail: str) -> Measured:
    if not facts.departments:
        return Mark.UNKNOWN, _("No department is entered."), "department"
    count = facts.departments
    said = ngettext("%(n)d department.", "%(n)d departments.", count) % {"n": count}
    met = count >= (rule.number("minimum") or 0)
    return (Mark.MET if met else Mark.FAILED), said, "department"


def _readiness(rule: Rule, facts: Facts, topic: str) -> Measured:
    row = facts.readiness.get(topic)
    if row is None:
        return Mark.UNKNOWN, _("Nobody answered this yet."), "readiness"
    answers = Readiness.Answer
    mark = {answers.YES: Mark.MET, answers.PARTLY: Mark.LACKING}.get(
        answers(row.answer), Mark.FAILED
    )
    since = _("since %(day)s") % {"day": f"{row.valid_from:%d/%m/%Y}"}
    return mark, f"{row.get_answer_display()}, {since}", "readiness"


MEASURES: Mapping[str, Callable[[Rule, Facts, str], Measured]] = {
    "license": _license,
    "responsible": _responsible,
    "responsible_months": _responsible_months,
    "practitioners": _practitioners,
    "beds": _beds,
    "floor_per_bed": _floor_per_bed,
    "departments": _departments,
    "readiness": _readiness,
}


def missing_fields(
    facility: Facility, facts: Facts, codes: Mapping[str, Any]
) -> list[StrOrPromise]:
    """Return what a facility must tell and has not (Circular 38/2024/TT-BYT, article 10)."""
    asked: list[tuple[StrOrPromise, Any]] = [
        (_("insurance code"), codes.get("insurance")),
        (_("form"), facility.form),
        (_("ownership"), facility.ownership),
        (_("level of expertise"), facility.level),
        (_("commune"), facility.organisation.area_id),
        (_("address"), facility.address),
        (_("phone"), facility.phone),
        (_("year of founding"), facility.founded_in),
        (_("contract with health insurance"), facility.has_insurance_contract is not None),
        (_("place of practical training"), facility.trains_practitioners is not None),
        (_("actual beds"), Bed.ACTUAL in facts.beds),
        (_("departments"), facts.departments),
    ]
    return [name for name, value in asked if not value]
