"""How does a place of care stand to one condition, by what is known of it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from facilities.conditions.facts import Facts
from facilities.licensed import compare
from facilities.models import BedCount, OperatingLicense, Readiness
from facilities.models.license import parts_suspended
from facilities.responsible import is_full_time, scope_fits
from facilities.rules import Rule
from portal.numbers import shown_number

State = OperatingLicense.State
Bed = BedCount.Kind
NAMED = 3  # so many services are named where a licence holds fewer than are offered


class Mark(models.TextChoices):
    """What one condition says; its value is the kind of its chip."""

    MET = "ok", gettext_lazy("met")
    LACKING = "warn", gettext_lazy("lacking")
    FAILED = "bad", gettext_lazy("not met")
    UNKNOWN = "mute", gettext_lazy("not known")


Measured = tuple[Mark, StrOrPromise, str]


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


def _licensed_beds(rule: Rule, facts: Facts, detail: str) -> Measured | None:
    """Compare the beds in use with those the licence names; without either there is nothing to."""
    version, actual = facts.version, facts.beds.get(Bed.ACTUAL)
    licensed = version.beds if version is not None else None
    if version is None or (licensed is None and not actual):
        return None
    if licensed is None:
        said = _("The licence names no number of beds: not compared with the %(n)d in use.")
        return Mark.UNKNOWN, said % {"n": actual}, "licence-adjust"
    if actual is None:
        said = _("The licence names %(licensed)d beds; the beds in use are not counted yet.")
        return Mark.UNKNOWN, said % {"licensed": licensed}, "beds"
    said = _("%(actual)d beds in use, %(licensed)d in the licence.")
    said %= {"actual": actual, "licensed": licensed}
    if actual <= licensed:
        return Mark.MET, said, "beds"
    beyond = actual - licensed
    more = ngettext("%(n)d more than licensed.", "%(n)d more than licensed.", beyond)
    return Mark.FAILED, f"{said} {more % {'n': beyond}}", "licence-adjust"


def _licensed_services(rule: Rule, facts: Facts, detail: str) -> Measured | None:
    """Look for the services on offer among the activities of the licence."""
    version = facts.version
    if version is None or not facts.services:
        return None
    found = compare(facts.services, version)
    said = []
    if found.outside:
        number = len(found.outside)
        names = ", ".join(found.outside[:NAMED]) + ("…" if number > NAMED else "")
        outside = ngettext(
            "%(n)d service on offer is not in the licence: %(names)s.",
            "%(n)d services on offer are not in the licence: %(names)s.",
            number,
        )
        said.append(outside % {"n": number, "names": names})
    if found.within:
        within = ngettext(
            "%(n)d service is in the licence.", "%(n)d services are in the licence.", found.within
        )
        said.append(within % {"n": found.within})
    if found.untold:
        untold = ngettext(
            "%(n)d service is not compared: it has no code, or the licence speaks in words too.",
            "%(n)d services are not compared: they have no codes, or the licence speaks in words too.",
            found.untold,
        )
        said.append(untold % {"n": found.untold})
    mark = Mark.FAILED if found.outside else Mark.UNKNOWN if found.untold else Mark.MET
    return mark, " ".join(said), "licence-adjust"


def _licensed_hours(rule: Rule, facts: Facts, detail: str) -> Measured | None:
    """Compare the opening hours with those the licence prints."""
    found = facts.hours_beside
    if found is None:
        return None
    if found.outside is None:
        return Mark.UNKNOWN, found.said, "hours" if found.is_unread_sign else "licence-adjust"
    return (Mark.FAILED if found.outside else Mark.MET), found.said, "hours"


MEASURES: Mapping[str, Callable[[Rule, Facts, str], Measured | None]] = {
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
    "licensed_beds": _licensed_beds,
    "licensed_services": _licensed_services,
    "licensed_hours": _licensed_hours,
}
