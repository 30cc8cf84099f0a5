"""A report as it is told, and what cannot be of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen, DiagnosticReport
from healthrecords.services.judging import Tests, known_tests, number_in, same_unit
from healthrecords.services.kinds import CLOCK_ASTRAY
from healthrecords.services.vitals import ASK, shown

# What is examined at the person, and at no specimen of theirs.
OF_THE_PERSON = frozenset({DiagnosticReport.Kind.IMAGING, DiagnosticReport.Kind.FUNCTION})
# What a refusal of one value is called, with its place.
VALUE_OF = "results."
IMPOSSIBLE = _(
    "%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s)."
    " Check the figure, its comma and its unit."
)
IMPOSSIBLE_UNIT = _(
    "%(title)s %(value)s lies outside what is possible (%(low)s to %(high)s)."
    " Perhaps it is in %(other)s: write the unit."
)
UNLIKELY = _(
    "%(title)s %(value)s is unlikely. Check it against the paper, or tick “checked again”."
)
UNLIKELY_UNIT = _(
    "%(title)s %(value)s is unlikely. Perhaps it is in %(other)s: write the unit, or tick"
    " “checked again”."
)


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One value as it was said; limits only where the laboratory printed some."""

    name: str
    value: str
    unit: str = ""
    code: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    is_confirmed: bool = False  # somebody looked again at a value that is unlikely


@dataclass(frozen=True, slots=True)
class Reading:
    """Which device read it, in which version, and how sure it was."""

    device: str
    version: str
    confidence: Decimal


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """A report as somebody types it or a system sends it."""

    kind: str
    title: str
    performed_at: datetime
    results: Sequence[ResultEntry] = ()
    code: str = ""
    specimen: str = ""
    collected_at: datetime | None = None
    reported_at: datetime | None = None
    performer: str = ""
    description: str = ""
    conclusion: str = ""
    machine: str = ""
    machine_reason: str = ""  # why it was used although something speaks against it
    ai: Reading | None = None
    is_preliminary: bool = False

    @property
    def says_something(self) -> bool:
        """Say whether there is a result, or only the order of one."""
        said = any(result.value for result in self.results)
        return said or bool(self.description or self.conclusion)


def check_entry(citizen: Citizen, entry: ReportEntry, *, at: datetime) -> None:
    """Refuse what cannot be: nothing examined, a time to come, before birth, out of order."""
    errors: dict[str, list[ValidationError]] = {}
    if not entry.title.strip():
        errors["title"] = [
            ValidationError(_("Write what was examined."), code="examination_missing")
        ]
    if timezone.localdate(entry.performed_at) < citizen.birth_date:
        errors["performed_at"] = [
            ValidationError(
                _("The examination comes before the birth of this person; check the day."),
                code="result_before_birth",
            )
        ]
    errors.update(_wrong_times(citizen, entry, at))
    if entry.collected_at and entry.reported_at and entry.reported_at < entry.collected_at:
        errors["reported_at"] = [
            ValidationError(
                _("The result comes before the specimen was taken; check both times."),
                code="result_before_specimen",
            )
        ]
    if entry.ai is not None and not entry.says_something:
        errors["conclusion"] = [
            ValidationError(_("Write what the device read."), code="reading_missing")
        ]
    errors.update(check_values(entry))
    if errors:
        raise ValidationError(errors)


def _wrong_times(
    citizen: Citizen, entry: ReportEntry, at: datetime
) -> dict[str, list[ValidationError]]:
    """Return what is wrong with each time: still to come, or after the death."""
    errors: dict[str, list[ValidationError]] = {}
    if after := _after_death(citizen, entry):
        errors[after] = [
            ValidationError(
                _("This person died on %(day)s; check the day, or whether it is this person."),
                code="result_after_death",
                params={"day": f"{citizen.died_on:%d/%m/%Y}"},
            )
        ]
    for name in ("performed_at", "collected_at", "reported_at"):
        moment = getattr(entry, name)
        if moment is not None and moment > at + CLOCK_ASTRAY:
            errors[name] = [
                ValidationError(
                    _("%(moment)s is still to come; check the time."),
                    code="result_in_future",
                    params={"moment": f"{timezone.localtime(moment):%d/%m/%Y %H:%M}"},
                )
            ]
    return errors


def _after_death(citizen: Citizen, entry: ReportEntry) -> str:
    """Return which time is after the death of the person, "" where none is.

    What was taken in life may be examined later: only the taking counts, or an examination of the
    person.
    """
    name = (
        "collected_at" if entry.collected_at or entry.kind not in OF_THE_PERSON else "performed_at"
    )
    moment = getattr(entry, name)
    if citizen.died_on is None or moment is None:
        return ""
    return name if timezone.localdate(moment) > citizen.died_on else ""


def check_values(entry: ReportEntry) -> dict[str, list[ValidationError]]:
    """Return what is wrong with each value, by its place: the impossible is refused, the unlikely asked.

    The limits are those of the list of the day, in the unit of the value; what no list knows and
    words are not judged.
    """
    tests = known_tests(timezone.localdate(entry.performed_at))
    found = {}
    for place, said in enumerate(entry.results):
        error = _check_value(said, tests)
        if error is not None and not (error.code == ASK and said.is_confirmed):
            found[f"{VALUE_OF}{place}"] = [error]
    return found


def _check_value(said: ResultEntry, tests: Tests) -> ValidationError | None:
    known, number = tests.find(said.name, said.code), number_in(said.value)
    limits = known.range_in(said.unit) if known is not None else None
    if known is None or number is None or limits is None or limits.is_likely(number):
        return None
    params = {
        "title": known.title,
        "value": f"{shown(number)} {limits.unit}".strip(),
        "low": shown(limits.impossible_low),
        "high": f"{shown(limits.impossible_high)} {limits.unit}".strip(),
        "other": known.likely_unit(number) if same_unit(limits.unit, known.unit) else "",
    }
    if limits.is_possible(number):
        return ValidationError(UNLIKELY_UNIT if params["other"] else UNLIKELY, ASK, params)
    return ValidationError(IMPOSSIBLE_UNIT if params["other"] else IMPOSSIBLE, "impossible", params)
