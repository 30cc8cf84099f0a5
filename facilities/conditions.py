"""May a place of care do today what it does? Each condition with its law, met or not or not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from facilities.beds import KindSum, sums_of
from facilities.models import (
    BedCount,
    Department,
    Facility,
    FacilitySuccession,
    OperatingLicense,
    Readiness,
)
from facilities.models.license import parts_suspended
from facilities.querysets import holding_on
from facilities.responsible import is_full_time, scope_fits
from facilities.rules import CONDITIONS, Rule, rules_of
from facilities.staff import Staffing, staffing_of
from portal.numbers import shown_number
from portal.places.models import Organisation

State = OperatingLicense.State
FORM, AREA = "form", "area"  # where something is told that no deed asks for
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
    bed_sums: Sequence[KindSum]  # the same beside what its departments count
    departments: int
    readiness: Mapping[str, Readiness]
    staffing: Staffing | None
    has_hours: bool = False
    closed_on: date | None = None  # its last day, where that is past
    heir: str = ""  # who continues for a place that is closed
    rules: list[Rule] = field(default_factory=list)


def facts_of(facility: Facility, on: date, *, with_people: bool = True) -> Facts:
    """Read what holds at a place on a day, in a fixed number of questions.

    Its people are many at a hospital: who does not judge it leaves them out.
    """
    place = facility.organisation
    current = place.operatinglicense_rows.filter(superseded_on=None)
    license = current.prefetch_related("events", "versions__activities").first()
    counted = place.bedcount_rows.filter(holding_on(on))
    counts: list[tuple[Any, str, int]] = list(counted.values_list("department", "kind", "count"))
    beds = {kind: count for room, kind, count in counts if room is None}
    answers = place.readiness_rows.filter(holding_on(on)).select_related("evidence")
    closed_on = _closed_on(place, on)
    return Facts(
        facility=facility,
        on=on,
        license=license,
        beds=beds,
        bed_sums=sums_of(beds, [(kind, n) for room, kind, n in counts if room is not None]),
        departments=Department.objects.filter(holding_on(on), facility=place).count(),
        readiness={row.topic: row for row in answers},
        staffing=staffing_of(place, on) if with_people else None,
        has_hours=place.openingschedule_rows.filter(holding_on(on)).exists(),
        closed_on=closed_on,
        heir=_heir_of(place) if closed_on else "",
        rules=rules_of(CONDITIONS, on),
    )


def _closed_on(place: Organisation, on: date) -> date | None:
    last = place.valid_until
    return last if last is not None and last < on else None


def _heir_of(place: Organisation) -> str:
    steps = FacilitySuccession.objects.standing().filter(old=place, is_main=True)
    step = steps.select_related("new").first()
    return step.new.name if step else ""


def checks_of(facts: Facts) -> list[Check]:
    """Return the conditions of this form of facility, the worst first."""
    own = facts.facility
    asked = [rule for rule in facts.rules if rule.is_about(own.form, own.specialty)]
    found = [check for rule in asked if (check := _check(rule, facts)) is not None]
    if facts.closed_on is not None:
        found.insert(0, _closed(facts, facts.closed_on))
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


def _closed(facts: Facts, last: date) -> Check:
    """Say that a place is closed, whatever its papers say."""
    said = _("Closed; its last day was %(day)s.") % {"day": f"{last:%d/%m/%Y}"}
    if facts.heir:
        heir = _("Continued by %(name)s.") % {"name": facts.heir}
        said = f"{said} {heir}"
    return Check("closed", _("The facility still stands"), Mark.FAILED, said)


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
    if state != State.ACTIVE:
        return Mark.FAILED, said, "licence-act"
    parts = parts_suspended(license.events.all(), facts.on)
    if not parts:
        return Mark.MET, said, "licence-act"
    partly = _("Suspended in part: %(parts)s.") % {"parts": ", ".join(parts)}
    return Mark.LACKING, f"{said} {partly}", "licence-act"


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


JUDGED = {True: Mark.MET, False: Mark.FAILED, None: Mark.UNKNOWN}


def _responsible_full_time(rule: Rule, facts: Facts, detail: str) -> Measured:
    fits, said = is_full_time(facts.staffing)
    return JUDGED[fits], said, ""


def _responsible_scope(rule: Rule, facts: Facts, detail: str) -> Measured:
    fits, said = scope_fits(facts.staffing, rule, facts.on)
    return JUDGED[fits], said, ""


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
    "responsible_full_time": _responsible_full_time,
    "responsible_scope": _responsible_scope,
    "practitioners": _practitioners,
    "beds": _beds,
    "floor_per_bed": _floor_per_bed,
    "departments": _departments,
    "readiness": _readiness,
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a facility must tell and has not, and where it is told: a deed, or its form."""

    name: StrOrPromise
    where: str


def missing_fields(
    facility: Facility, facts: Facts, codes: Mapping[str, Any], governing: Any = None
) -> list[Missing]:
    """Return what a facility must tell and has not (Circular 38/2024/TT-BYT, article 10)."""
    if facts.closed_on is not None:
        return []
    license, staffing = facts.license, facts.staffing
    asked: list[tuple[StrOrPromise, str, Any]] = [
        (_("insurance code"), FORM, codes.get("insurance")),
        (_("form"), FORM, facility.form),
        (_("ownership"), FORM, facility.ownership),
        (_("governing body"), "governing", governing),
        (_("level of expertise"), FORM, facility.level),
        (_("operating licence"), "licence", license),
        (
            _("scope of activity"),
            "licence-adjust",
            license is None or _has_scope(license, facts.on),
        ),
        (_("person in charge"), "", staffing is None or staffing.responsible),
        (_("opening hours"), "hours", facts.has_hours),
        (_("commune"), AREA, facility.organisation.area_id),
        (_("address"), FORM, facility.address),
        (_("phone"), FORM, facility.phone),
        (_("year of founding"), FORM, facility.founded_in),
        (_("contract with health insurance"), FORM, facility.has_insurance_contract is not None),
        (_("place of practical training"), FORM, facility.trains_practitioners is not None),
        (_("planned beds"), "beds", Bed.PLANNED in facts.beds),
        (_("registered beds"), "beds", Bed.REGISTERED in facts.beds),
        (_("actual beds"), "beds", Bed.ACTUAL in facts.beds),
        (_("departments"), "department", facts.departments),
    ]
    return [Missing(name, where) for name, where, value in asked if not value]


def _has_scope(license: OperatingLicense, on: date) -> bool:
    """Say whether the licence as it reads on a day names what it allows."""
    return any(
        version.scope or version.activities.all()
        for version in license.versions.all()
        if version.holds_on(on)
    )
