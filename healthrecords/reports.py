"""How results are shown: flags in words, what AI read, where typed and sent values disagree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from healthrecords.models import DiagnosticReport, Result
from healthrecords.services.judging import number_in, same_unit
from portal.names import name_norm
from portal.site.home import Chip

FLAGS: Mapping[str, tuple[str, str]] = {
    "low": ("warn", "down"),
    "high": ("warn", "up"),
    "critical_low": ("bad", "warn"),
    "critical_high": ("bad", "warn"),
    "abnormal": ("warn", "warn"),
}
WORDS = dict(Result.Flag.choices)
STATES: Mapping[str, tuple[str, str]] = {
    "registered": ("", "clock"),
    "preliminary": ("act", "clock"),
    "amended": ("act", "pen"),
    "entered_in_error": ("bad", "bad"),
}
AT_MOST = 12


def flag_chip(flag: str) -> Chip | None:
    """Return the chip of a value outside its limits."""
    if flag not in FLAGS:
        return None
    kind, icon = FLAGS[flag]
    return Chip(kind, icon, str(WORDS[flag]))


def state_chips(said: Mapping[str, Any]) -> list[Chip]:
    """Return what must be said of a report wherever it stands: its state, and that AI read it."""
    status = said["status"]
    chips = []
    if status in STATES:
        kind, icon = STATES[status]
        chips.append(Chip(kind, icon, str(dict(DiagnosticReport.Status.choices)[status])))
    if not said["is_ai"]:
        return chips
    name = {"name": said.get("reviewer") or ""}
    if said["review"] == "confirmed":
        chips.append(Chip("ok", "shield", _("AI reading, confirmed by %(name)s") % name))
    elif said["review"] == "rejected":
        chips.append(Chip("bad", "bad", _("AI reading, rejected by %(name)s") % name))
    else:
        chips.append(Chip("warn", "clock", _("AI reading, waits for a person")))
    return chips


def value_text(said: Mapping[str, Any]) -> str:
    """Say a value with its unit, and how it lies: Glucose 7,9 mmol/L (high)."""
    text = f"{said['name']} {said['value']} {said['unit']}".strip()
    flag = said["flag"]
    return f"{text} ({WORDS[flag]})" if flag in FLAGS else text


def limits_text(result: Any) -> str:
    """Say the limits of a result: 3,9 to 6,4."""
    low, high = (_plain(limit) for limit in (result.low, result.high))
    if low and high:
        return f"{low} – {high}"
    return f"≥ {low}" if low else f"≤ {high}" if high else ""


def _plain(number: Decimal | None) -> str:
    if number is None:
        return ""
    return str(number_format(number.normalize(), use_l10n=True))


def said_elsewhere(*, sees_sensitive: bool) -> Any:
    """Return values of the same tests and day that came the other way, as a fact of each report."""
    mine = Result.objects.filter(report=OuterRef(OuterRef("pk"))).exclude(test="")
    rows: Any = Result.objects.filter(
        citizen=OuterRef("citizen"),
        test__in=mine.values("test"),
        said_at__date=OuterRef("performed_at__date"),
        report__superseded_by=None,
        report__withdrawn_at=None,
    )
    rows = rows.open_to(sees_sensitive=sees_sensitive).exclude(report__origin=OuterRef("origin"))
    rows = rows.exclude(report__status="entered_in_error").exclude(report=OuterRef("pk"))
    if not sees_sensitive:
        rows = rows.filter(Q(report__visit=None) | Q(report__visit__sensitivity=""))
    told = JSONObject(
        report="report_id",
        test="test",
        name="name",
        value="value",
        unit="unit",
        flag="flag",
        place="facility__name",
        origin="report__origin",
    )
    return ArraySubquery(rows.order_by("name", "id").values(said=told)[:AT_MOST])


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The same test of the same day, said otherwise by what came the other way."""

    test: str
    ours: str
    theirs: str
    report_id: str
    place: str
    came: str


def disagreements(
    ours: Iterable[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]] | None
) -> list[Disagreement]:
    """Return where two ways of saying the same differ; what is equal is not said twice."""
    by_test = {said["test"]: said for said in ours if said["test"] and said["value"]}
    found = []
    for other in theirs or ():
        mine = by_test.get(other["test"])
        if mine is None or not other["value"] or agree(mine, other):
            continue
        found.append(
            Disagreement(
                test=other["test"],
                ours=value_text(mine),
                theirs=value_text(other),
                report_id=other["report"],
                place=other["place"],
                came=str(DiagnosticReport.Origin(other["origin"]).label),
            )
        )
    return found


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two values are the same: as numbers of one unit, else as words."""
    first, second = number_in(one["value"]), number_in(other["value"])
    if first is not None and second is not None:
        units = (one["unit"], other["unit"])
        return first == second and (same_unit(*units) or not all(units))
    return name_norm(one["value"]) == name_norm(other["value"])


def reports_of_visit(visit: Any, *, sees_sensitive: bool) -> list[DiagnosticReport]:
    """Return all reports that belong to a visit and stand, for the visit's own page."""
    rows = DiagnosticReport.objects.filter(visit=visit).standing()
    rows = rows.open_to(sees_sensitive=sees_sensitive).select_related("reviewed_by")
    found = list(rows.order_by("performed_at", "id"))
    for report in found:
        said = {
            "status": report.status,
            "is_ai": report.is_ai,
            "review": report.review,
            "reviewer": str(report.reviewed_by or ""),
        }
        report.chips = state_chips(said)
    return found
