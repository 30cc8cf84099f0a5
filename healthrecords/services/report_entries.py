"""A report as it is told, and what cannot be of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import Citizen
from healthrecords.services.kinds import CLOCK_ASTRAY


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One value as it was said; limits only where the laboratory printed some."""

    name: str
    value: str
    unit: str = ""
    code: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


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
    if errors:
        raise ValidationError(errors)
