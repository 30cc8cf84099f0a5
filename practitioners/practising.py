"""May this person practise there and then, and if not, why?

One question for everybody who has to know: who signs, who prescribes, who is booked. The answer is
yes, no, or "not proven", each with its reasons: where the register does not know enough, care is
not stopped by its gaps, and the gap is said. (Law 15/2023/QH15, articles 19, 26 and 36.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from portal.places.models import Organisation
from practitioners.models import PracticeLicense, Practitioner, Registration
from practitioners.querysets import holding_on
from practitioners.states import USABLE

State = PracticeLicense.State


class Verdict(models.TextChoices):
    """What the register answers."""

    YES = "yes", _("may practise")
    NO = "no", _("may not practise")
    NOT_PROVEN = "not_proven", _("not proven")


REASONS: Mapping[str, tuple[Verdict, StrOrPromise]] = {
    "account_unknown": (
        Verdict.NOT_PROVEN,
        _("The account is not linked to a practitioner of the register."),
    ),
    "profile_unverified": (
        Verdict.NOT_PROVEN,
        _("The department has not verified this practitioner's profile yet."),
    ),
    "license_unknown": (
        Verdict.NOT_PROVEN,
        _("The register holds no licence to practise of this person."),
    ),
    "license_not_yet": (Verdict.NO, _("The licence to practise is not yet in force.")),
    "license_expired": (Verdict.NO, _("The licence to practise has expired.")),
    "license_suspended": (Verdict.NO, _("The licence to practise is suspended.")),
    "license_revoked": (Verdict.NO, _("The licence to practise was revoked.")),
    "registration_unknown": (
        Verdict.NOT_PROVEN,
        _("The register holds no list of who practises at this facility."),
    ),
    "registration_missing": (
        Verdict.NO,
        _("This person is not registered to practise at this facility."),
    ),
    "registration_ended": (
        Verdict.NO,
        _("The registration at this facility did not hold on that day."),
    ),
}
WORST = (Verdict.NO, Verdict.NOT_PROVEN, Verdict.YES)


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, why, and on which licence and registration it rests."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    practitioner: Practitioner | None = None
    license: PracticeLicense | None = None
    registration: Registration | None = None

    @property
    def sentences(self) -> list[StrOrPromise]:
        return [REASONS[reason][1] for reason in self.reasons]

    @property
    def title(self) -> str:
        """Return the registered position of the person, in words."""
        return self.registration.position_text if self.registration else ""


def practitioner_of(user: Any, on: date) -> Practitioner | None:
    """Return who of the register uses an account on a day."""
    accounts = user.practitioner_accounts.filter(holding_on(on)).select_related("practitioner")
    found = accounts.first()
    return found.practitioner if found else None


def may_practise(
    *, practitioner: Practitioner | None, facility: Organisation, moments: Sequence[datetime]
) -> Answer:
    """Say whether a person may practise at a facility at each of these moments."""
    if practitioner is None:
        return _answer(["account_unknown"], None)
    days = sorted({timezone.localdate(moment) for moment in moments})
    license = practitioner.licenses.current().with_acts().first()
    reasons = [] if practitioner.verified_at else ["profile_unverified"]
    reasons += _license_reasons(license, days)
    held = list(practitioner.registrations.filter(facility=facility))
    registration = next((row for row in held if _holds(row, days[-1])), None)
    if not all(any(_holds(row, day) for row in held) for day in days):
        reasons.append(_registration_reason(held, facility))
    return _answer(reasons, practitioner, license, registration)


def _answer(
    reasons: Sequence[str],
    practitioner: Practitioner | None,
    license: PracticeLicense | None = None,
    registration: Registration | None = None,
) -> Answer:
    verdicts = {REASONS[reason][0] for reason in reasons} or {Verdict.YES}
    worst = next(verdict for verdict in WORST if verdict in verdicts)
    return Answer(worst, tuple(reasons), practitioner, license, registration)


def _license_reasons(license: PracticeLicense | None, days: Sequence[date]) -> list[str]:
    if license is None:
        return ["license_unknown"]
    states = dict.fromkeys(license.state_on(day) for day in days)
    return [f"license_{state}" for state in states if state not in USABLE]


def _holds(row: Registration, day: date) -> bool:
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


def _registration_reason(held: Sequence[Registration], facility: Organisation) -> str:
    if held:
        return "registration_ended"
    known = Registration.objects.filter(facility=facility).exists()
    return "registration_missing" if known else "registration_unknown"
