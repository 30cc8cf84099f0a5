"""An old certificate converted into a licence (Law 15/2023/QH15, article 121; Decree 96/2023/NĐ-CP, article 143)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.dossiers.acts import Filing, Granting, Plan
from portal.dossiers.numbering import letters_of
from practitioners import services
from practitioners.acts.eligible import require_no_ban
from practitioners.acts.known import refuse
from practitioners.acts.new import next_number, until_text
from practitioners.acts.papers import decision_of
from practitioners.acts.standing import Amending
from practitioners.models import PracticeLicense
from practitioners.public.addresses import number_url
from practitioners.rules import rules_on
from practitioners.services import Paper


class Convert(Amending):
    """A licence of five years in place of a certificate from before 2024, with the scope printed on it.

    The holder may wait: without it the certificate is used as a licence until the roadmap's last day.
    """

    code = "practice_license.convert"

    @override
    def check_license(self, filing: Filing, license: PracticeLicense) -> None:
        if license.kind != PracticeLicense.Kind.CCHN:
            refuse(
                "not_a_certificate",
                gettext_lazy(
                    "%(number)s is a licence already; only an old certificate is converted."
                ),
                number=license.number_raw,
            )
        super().check_license(filing, license)

    @override
    def require_state(self, license: PracticeLicense, case: str, on: date) -> None:
        """Refuse whom a decision bars, when filed and when signed: it is a new licence with a new number."""
        super().require_state(license, case, on)
        require_no_ban(license.practitioner_id, on)

    @override
    def paper(self, granting: Granting, license: PracticeLicense) -> Paper:
        dossier = granting.dossier
        return replace(
            services.paper_of(license),
            number=next_number(granting),
            issued_on=granting.on,
            issued_by=dossier.authority.name,
            authority_code=letters_of(dossier.authority, granting.on),
            expires_on=rules_on(granting.on).term_end(granting.on),
            holder=dossier.applicant_name,
        )

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        license = self.license(dossier)
        self.require_state(license, dossier.case, granting.on)
        paper = self.paper(granting, license)
        lines = [
            (_("Licence number"), paper.number),
            (_("Old certificate"), license.number_raw),
            (_("Full name"), dossier.applicant_name),
            (_("Scope of practice"), paper.scope),
            (_("Valid"), until_text(granting.on, paper.expires_on)),
        ]
        article = _(
            "Licence to practise number %(number)s is issued to %(name)s in place of %(old)s:"
        )
        said = {"number": paper.number, "name": dossier.applicant_name, "old": license.number_raw}
        return Plan(
            lines,
            [
                article % said,
                _("The old certificate is not used any more from the day of this decision."),
                _("This decision takes effect on the day it is signed."),
            ],
            number_url(paper.number),
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        license = self.license(granting.dossier)
        services.issue_license(
            actor=granting.actor,
            practitioner=license.practitioner,
            paper=self.paper(granting, license),
            decision=decision_of(granting),
            at=granting.at,
            act="converted",
        )
