"""Acts the authority begins itself: suspend, lift, revoke (Law 15/2023/QH15, articles 34 and 35)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NoReturn
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.dossiers.acts import Filing, Granting, Plan
from portal.dossiers.models import Dossier
from portal.dossiers.papers.making import titles_of
from practitioners import services
from practitioners.acts.facts import continuity
from practitioners.acts.forms import LiftForm, RevokeForm, SuspendForm, stored_day
from practitioners.acts.known import license_of, refuse
from practitioners.acts.papers import decision_of
from practitioners.acts.standing import OfLicense
from practitioners.models import LicenseEvent, PracticeLicense
from practitioners.public.addresses import number_url
from practitioners.services import Measure
from practitioners.states import USABLE, State

ENDED = frozenset({State.REVOKED, State.SUPERSEDED, State.NOT_YET})


class Suspend(OfLicense):
    """Suspended for 1 to 24 months, perhaps with a duty before the return (article 34)."""

    code = "practice_license.suspend"
    form = SuspendForm

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        super().check(filing, subject)
        first, last = (stored_day(filing.values, name) for name in ("valid_from", "valid_until"))
        if first is not None and last is not None and last < first:
            raise ValidationError(
                {
                    "valid_until": ValidationError(
                        gettext_lazy("The last day comes before the first; check both."),
                        code="period_reversed",
                    )
                }
            )
        if first is not None:
            services.require_suspension_length(first, last)

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        state = license.state_on(filing.on)
        if state not in USABLE:
            _refuse_state(license, state)

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license, measure = self.license(dossier), _measure(dossier)
        first, until = _days(dossier, granting.on)
        last = f"{until:%d/%m/%Y}" if until else ""
        lines = [
            (_("Licence number"), license.number_raw),
            (_("Full name"), license.practitioner.name),
            (_("Ground"), titles_of(dossier)[1]),
            (_("Facts"), measure.ground),
            (_("From"), f"{first:%d/%m/%Y}"),
            (_("Until"), last),
            *([(_("Duty before practising again"), measure.duty)] if measure.duty else []),
        ]
        article = _("%(name)s, licence number %(number)s, is suspended from practising:")
        words = {"name": license.practitioner.name, "number": license.number_raw}
        return Plan(
            lines,
            [
                article % words,
                _("Within these days the person named above does not practise anywhere."),
                _("This decision takes effect on the day it is signed."),
            ],
            number_url(license.number_raw),
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        dossier = granting.dossier
        first, until = _days(dossier, granting.on)
        services.suspend_license(
            actor=granting.actor,
            license=self.license(dossier),
            decision=decision_of(granting, valid_from=first),
            measure=replace(_measure(dossier), valid_until=until),
            at=granting.at,
        )


class Lift(OfLicense):
    """A suspension ended before its last day: the licence holds again from the signature on."""

    code = "practice_license.lift"
    form = LiftForm

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        state = license.state_on(filing.on)
        if state != State.SUSPENDED:
            _refuse_state(license, state)

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        """Say which suspension it is, and which duty the lifting drops."""
        license = license_of(filing)
        event = _suspension(license, filing.on) if license else None
        if event is None:
            return []
        said = [_("Suspended by %(number)s until %(day)s.") % _in_words(event)]
        if event.duty:
            said.append(_("Its duty is not asked for any more: %(duty)s") % {"duty": event.duty})
        return said

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license = self.license(dossier)
        event = _suspension(license, granting.on)
        if event is None:
            _refuse_state(license, license.state_on(granting.on))
        lines = [
            (_("Licence number"), license.number_raw),
            (_("Full name"), license.practitioner.name),
            (_("Ground"), titles_of(dossier)[1]),
            (_("Facts"), dossier.values.get("reasons", "")),
            (_("Suspended by"), event.decision_no),
            (_("Until"), _in_words(event)["day"]),
            (_("May practise again from"), f"{granting.on:%d/%m/%Y}"),
        ]
        article = _("The suspension of %(name)s, licence number %(number)s, ends:")
        words = {"name": license.practitioner.name, "number": license.number_raw}
        return Plan(
            lines,
            [
                article % words,
                _("The licence holds again; where the person is registered, they may practise."),
                _("This decision takes effect on the day it is signed."),
            ],
            number_url(license.number_raw),
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        services.lift_suspension(
            actor=granting.actor,
            license=self.license(granting.dossier),
            decision=decision_of(granting),
            ground=granting.dossier.values.get("reasons", ""),
            at=granting.at,
        )


class Revoke(OfLicense):
    """A licence revoked on one of the grounds of article 35."""

    code = "practice_license.revoke"
    form = RevokeForm

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        state = license.state_on(filing.on)
        if state in ENDED:
            _refuse_state(license, state)

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        """Say what the register knows of the person's practice where that is the ground."""
        if filing.case != "no_practice" or subject is None:
            return []
        found = continuity(subject, filing.on)
        if found.last is None or found.ground_on is None:
            return [_("The register: %(state)s.") % {"state": found.state.label}]
        text = _("The register: %(state)s. Last practised on %(last)s, a ground from %(ground)s.")
        return [
            text
            % {
                "state": found.state.label,
                "last": f"{found.last:%d/%m/%Y}",
                "ground": f"{found.ground_on:%d/%m/%Y}",
            }
        ]

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license, measure = self.license(dossier), _measure(dossier)
        lines = [
            (_("Licence number"), license.number_raw),
            (_("Full name"), license.practitioner.name),
            (_("Ground"), titles_of(dossier)[1]),
            (_("Facts"), measure.ground),
        ]
        article = _("Licence to practise number %(number)s of %(name)s is revoked:")
        words = {"name": license.practitioner.name, "number": license.number_raw}
        return Plan(
            lines,
            [
                article % words,
                _("The person named above gives the licence back and does not practise any more."),
                _("This decision takes effect on the day it is signed."),
            ],
            number_url(license.number_raw),
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        services.revoke_license(
            actor=granting.actor,
            license=self.license(granting.dossier),
            decision=decision_of(granting),
            measure=_measure(granting.dossier),
            at=granting.at,
        )


def _suspension(license: PracticeLicense, on: date) -> LicenseEvent | None:
    """Return the act by which a licence is suspended on a day."""
    standing = license.standing_on(on)
    return standing.event if standing.state == State.SUSPENDED else None


def _in_words(event: LicenseEvent) -> dict[str, str]:
    day = f"{event.valid_until:%d/%m/%Y}" if event.valid_until else "–"
    return {"number": event.decision_no, "day": day}


def _measure(dossier: Dossier) -> Measure:
    return Measure(
        ground_code=dossier.case,
        ground=dossier.values.get("reasons", ""),
        valid_until=stored_day(dossier.values, "valid_until"),
        duty=dossier.values.get("duty", ""),
    )


def _days(dossier: Dossier, on: date) -> tuple[date, date | None]:
    """Return first and last day: those proposed; signed later, as long from the signature on."""
    first, last = (stored_day(dossier.values, name) for name in ("valid_from", "valid_until"))
    if first is None or last is None or on <= first:
        return max(first or on, on), last
    return on, services.last_day_kept(first, last, on)


def _refuse_state(license: PracticeLicense, state: State) -> NoReturn:
    refuse(
        "license_state",
        gettext_lazy("Licence %(number)s is: %(state)s. This case does not apply to it."),
        number=license.number_raw,
        state=State(state).label,
    )
