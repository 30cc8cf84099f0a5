"""Acts on a licence a person has: re-issue, renew, adjust (Law 15/2023/QH15, articles 31 to 33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.dossiers.acts import ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier
from portal.dossiers.services.filing import filing_of
from practitioners import services
from practitioners.acts.eligible import require_no_ban
from practitioners.acts.facts import scope_notices
from practitioners.acts.forms import AdjustForm, OfLicenseForm, ReissueForm, RenewForm
from practitioners.acts.known import PUT_RIGHT, license_of, refuse
from practitioners.acts.papers import decision_of
from practitioners.acts.person import OfPerson
from practitioners.models import LicenseEvent, PracticeLicense
from practitioners.public.addresses import number_url
from practitioners.rules import rules_on
from practitioners.scopes import codes_of
from practitioners.services import Decision, Paper
from practitioners.services.identity import Identity, differences
from practitioners.states import USABLE, State

ONE_DAY = timedelta(days=1)


class OfLicense(OfPerson):
    """An act on the licence whose number the filing names."""

    form: ClassVar[type[ActForm]] = OfLicenseForm

    @override
    def subject(self, filing: Filing) -> UUID | None:
        license = license_of(filing)
        return license.practitioner_id if license else None

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        license = license_of(filing)
        if license is None:
            raise ValidationError(
                {
                    "license_number": ValidationError(
                        gettext_lazy(
                            "The register has no licence %(number)s of this name and birth date."
                            " Compare all three with the licence; if they are right, go to the department."
                        ),
                        code="license_not_found",
                        params={"number": filing.values.get("license_number", "")},
                    )
                }
            )
        self.check_license(filing, license)

    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        """Refuse what the law does not allow for the licence as it stands."""

    def license(self, dossier: Dossier) -> PracticeLicense:
        """Return the licence of a dossier as it stands now."""
        license = license_of(filing_of(dossier))
        if license is None:
            refuse(
                "license_gone",
                gettext_lazy("Licence %(number)s was replaced or changed since this was filed."),
                number=dossier.values.get("license_number", ""),
            )
        return license


class Amending(OfLicense):
    """An act after which another paper of the same licence holds."""

    act: ClassVar[str] = ""

    def paper(self, granting: Granting, license: PracticeLicense) -> Paper:
        """Return what the new paper says."""
        raise NotImplementedError

    def article(self) -> str:
        """Return the first article of the decision."""
        raise NotImplementedError

    def states(self, case: str) -> frozenset[State]:
        """Return the states of a licence that can take this act, when filed and when signed."""
        return USABLE

    def require_state(self, license: PracticeLicense, case: str, on: date) -> None:
        """Refuse a licence in another state, as one that was revoked while the dossier lay."""
        state = license.state_on(on)
        if state not in self.states(case):
            refuse(
                "license_state",
                gettext_lazy("Licence %(number)s is: %(state)s. This case does not apply to it."),
                number=license.number_raw,
                state=State(state).label,
            )

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        self.require_state(license, filing.case, filing.on)

    @override
    def plan(self, granting: Granting) -> Plan:
        license = self.license(granting.dossier)
        self.require_state(license, granting.dossier.case, granting.on)
        paper = self.paper(granting, license)
        until = f"{paper.expires_on:%d/%m/%Y}" if paper.expires_on else _("no last day printed")
        lines = [
            (_("Licence number"), paper.number),
            (_("Full name"), paper.holder or license.practitioner.name),
            (_("Scope of practice"), paper.scope),
            (_("Valid until"), until),
        ]
        said = self.article() % {"number": paper.number, "name": granting.dossier.applicant_name}
        articles = [said, _("This decision takes effect on the day it is signed.")]
        return Plan(lines, articles, number_url(paper.number))

    @override
    def carry_out(self, granting: Granting) -> None:
        license = self.license(granting.dossier)
        services.amend_license(
            actor=granting.actor,
            license=license,
            paper=self.paper(granting, license),
            decision=decision_of(granting),
            at=granting.at,
            act=self.act,
        )


class Reissue(Amending):
    """A licence lost, damaged, wrong or changed, or given back after a revocation (article 31)."""

    code = "practice_license.reissue"
    form = ReissueForm
    act = "reissued"

    @override
    def states(self, case: str) -> frozenset[State]:
        return frozenset({State.REVOKED}) if case == "revoked" else USABLE | {State.SUSPENDED}

    @override
    def require_state(self, license: PracticeLicense, case: str, on: date) -> None:
        super().require_state(license, case, on)
        if case == "revoked":
            require_no_ban(license.practitioner_id, on)

    @override
    def paper(self, granting: Granting, license: PracticeLicense) -> Paper:
        dossier = granting.dossier
        return replace(
            services.paper_of(license),
            issued_on=license.issued_on,
            issued_by=dossier.authority.name,
            holder=dossier.applicant_name,
            reissue_case=dossier.case,
        )

    @override
    def article(self) -> str:
        return _("Licence to practise number %(number)s is issued again to %(name)s:")

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        super().check_license(filing, license)
        said = filing.values.get("correction", "").strip()
        if filing.case not in PUT_RIGHT or said or _changes(filing, license):
            return
        raise ValidationError(
            {
                "correction": ValidationError(
                    gettext_lazy(
                        "Say what is to be put right: the right name, birth date or personal number"
                        " above, or what is wrong on the licence."
                    ),
                    code="correction_missing",
                )
            }
        )

    @override
    def plan(self, granting: Granting) -> Plan:
        plan, dossier = super().plan(granting), granting.dossier
        if dossier.case not in PUT_RIGHT:
            return plan
        label = _("Put right in the register")
        changes = _changes(filing_of(dossier), self.license(dossier))
        lines = [(label, f"{was or '–'} → {new}") for _field, was, new in changes]
        said = dossier.values.get("correction", "")
        lines += [(_("What is to be put right"), said)] if said else []
        return replace(plan, lines=[*plan.lines, *lines])

    @override
    def carry_out(self, granting: Granting) -> None:
        person = self.license(granting.dossier).practitioner
        self._issue_again(granting)
        if granting.dossier.case in PUT_RIGHT:
            services.put_identity_right(
                actor=granting.actor,
                practitioner=person,
                said=_identity(filing_of(granting.dossier)),
                on=granting.on,
                at=granting.at,
            )

    def _issue_again(self, granting: Granting) -> None:
        if granting.dossier.case == "revoked":
            services.reinstate_license(
                actor=granting.actor,
                license=self.license(granting.dossier),
                decision=decision_of(granting),
                ground=str(_("Issued again after a revocation")),
                at=granting.at,
            )
        super().carry_out(granting)


def _identity(filing: Filing) -> Identity:
    return Identity(filing.applicant_name, filing.birth_date, filing.identifier)


def _changes(filing: Filing, license: PracticeLicense) -> list[tuple[str, str, str]]:
    """Return what of name, birth and personal number the register is to say otherwise."""
    return list(differences(license.practitioner, _identity(filing)))


class Renew(Amending):
    """Five more years; filed in time, silence keeps the licence in force (article 32)."""

    code = "practice_license.renew"
    form = RenewForm
    act = "renewed"

    @override
    def states(self, case: str) -> frozenset[State]:
        return USABLE | {State.SUSPENDED}

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        _refuse_old_certificate(license, filing.on)
        last = _last_day(license, filing.on)
        if last is None:
            refuse(
                "license_without_term",
                gettext_lazy("Licence %(number)s has no last day; there is nothing to renew."),
                number=license.number_raw,
            )
        if filing.on > last:
            refuse(
                "license_expired",
                gettext_lazy(
                    "Licence %(number)s expired on %(day)s and cannot be renewed; ask for a new one."
                ),
                number=license.number_raw,
                day=f"{last:%d/%m/%Y}",
            )
        _refuse_late(filing, license, last)

    @override
    def last_day(self, filing: Filing, subject: UUID | None) -> date | None:
        license = license_of(filing)
        last = _last_day(license, filing.on) if license else None
        return last - ONE_DAY if last else None

    @override
    def filed(self, dossier: Dossier, *, at: datetime) -> None:
        services.file_renewal(
            actor=None,
            license=self.license(dossier),
            on=dossier.filed_on,
            at=at,
            is_excused=dossier.case == "excused",
            case_id=dossier.pk,
        )

    @override
    def closed(self, dossier: Dossier, *, actor: Any, at: datetime) -> None:
        """Let the term count as printed again: a refusal, or a request taken back, ends the silence."""
        decision = getattr(dossier, "decision", None)
        on = dossier.ended_on or dossier.filed_on
        services.refuse_renewal(
            actor=actor,
            license=self._filed_for(dossier),
            decision=Decision(
                on,
                number=decision.number if decision else "",
                decided_on=decision.decided_on if decision else None,
                authority=dossier.authority.name,
                case_id=dossier.pk,
            ),
            ground=decision.reason if decision else str(_("Withdrawn by the applicant")),
            at=at,
        )

    def _filed_for(self, dossier: Dossier) -> PracticeLicense:
        """Return the licence whose renewal was asked for, though it was replaced or renamed since."""
        events = LicenseEvent.objects.filter(kind="renewal_filed", case_id=dossier.pk)
        event = events.select_related("license").first()
        return event.license if event is not None else self.license(dossier)

    @override
    def paper(self, granting: Granting, license: PracticeLicense) -> Paper:
        rules, last = rules_on(granting.on), _last_day(license, granting.on)
        until = rules.term_end(granting.on) if last is None else rules.renewed_end(last)
        return replace(services.paper_of(license), expires_on=until)

    @override
    def article(self) -> str:
        return _("Licence to practise number %(number)s of %(name)s is renewed:")


class Adjust(Amending):
    """Another scope of practice (article 33)."""

    code = "practice_license.adjust"
    form = AdjustForm
    act = "adjusted"

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        license = license_of(filing)
        return scope_notices(filing, license.title) if license is not None else []

    @override
    def paper(self, granting: Granting, license: PracticeLicense) -> Paper:
        scope = granting.dossier.values["scope"]
        codes = codes_of(scope, granting.on)
        return replace(services.paper_of(license), scope=scope, scope_codes=codes)

    @override
    def article(self) -> str:
        return _("The scope of licence to practise number %(number)s of %(name)s is adjusted:")


def _last_day(license: PracticeLicense, on: date) -> date | None:
    """Return the last day of the term on a day, printed or by the roadmap of old certificates."""
    return license.standing_on(on, rules_on(on)).expires_on


def _refuse_old_certificate(license: PracticeLicense, on: date) -> None:
    """Refuse to renew a certificate whose term has not begun (Decree 96/2023, article 143)."""
    rules = rules_on(on)
    begins = rules.number("legacy_term_from_year")
    if not license.standing_on(on, rules).is_by_roadmap or begins is None or on.year >= begins:
        return
    refuse(
        "legacy_term_not_begun",
        gettext_lazy(
            "Certificate %(number)s is used as a licence; its term of five years begins in %(year)d"
            " (%(law)s), so there is nothing to renew yet."
        ),
        number=license.number_raw,
        year=begins,
        law=rules.by_code["legacy_term_from_year"].article,
    )


def _refuse_late(filing: Filing, license: PracticeLicense, last: date) -> None:
    limit = rules_on(filing.on).last_day_to_file(last)
    if limit is None or filing.on <= limit:
        return
    if filing.case == "excused" and filing.values.get("excuse", "").strip():
        return
    if filing.case == "excused":
        raise ValidationError(
            {
                "excuse": ValidationError(
                    gettext_lazy(
                        "Write which illness, accident or force majeure it was, and when."
                    ),
                    code="excuse_missing",
                )
            }
        )
    refuse(
        "renewal_late",
        gettext_lazy(
            "Licence %(number)s expires on %(last)s; its renewal had to be filed by %(limit)s. Only"
            " illness, accident or force majeure excuse it: choose that case and prove it."
        ),
        number=license.number_raw,
        last=f"{last:%d/%m/%Y}",
        limit=f"{limit:%d/%m/%Y}",
    )
