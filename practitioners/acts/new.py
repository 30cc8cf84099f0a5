"""A first licence, and a foreign one recognised (Law 15/2023/QH15, article 30)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.codelists.lookup import code_on, titles_on
from portal.dates import PartialDate
from portal.dossiers.acts import Act, ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier, DossierDocument
from portal.dossiers.numbering import letters_of
from portal.dossiers.services.filing import filing_of
from portal.names import sort_key
from practitioners import services
from practitioners.acts.forms import TITLES, NewForm, RecogniseForm, stored_day
from practitioners.acts.known import current_license, knows, person_of, refuse
from practitioners.acts.papers import decision_of, license_url
from practitioners.models import (
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
)
from practitioners.rules import rules_on
from practitioners.services import Paper
from practitioners.states import State

SERIES = "practice_license"


class New(Act):
    """A licence for somebody who has none, for another title, or after a revocation."""

    code = "practice_license.new"
    form: ClassVar[type[ActForm]] = NewForm
    founds = "issued"

    @override
    def subject(self, filing: Filing) -> UUID | None:
        return person_of(filing)

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        _refuse_late_diploma(filing)
        license = current_license(subject) if subject else None
        state = license.state_on(filing.on) if license else None
        if filing.case == "first" and state is not None and state != State.REVOKED:
            refuse(
                "license_held",
                gettext_lazy(
                    "The register has licence %(number)s for this person; a person has one licence."
                    " Ask for a re-issue, a renewal or an adjustment of it."
                ),
                number=license.number_raw if license else "",
            )

    @override
    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        return knows(subject, fact, filing.on)

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        gap = _examination_gap(filing)
        if gap is None or knows(subject, "exam", filing.on):
            return []
        needed_from, first_sitting, article = gap
        days = {"day": f"{needed_from:%d/%m/%Y}", "law": article}
        if first_sitting is not None and filing.on < first_sitting:
            text = _(
                "Waits for guidance: the competency examination is needed since %(day)s, but its"
                " first sitting is expected in %(month)s (%(law)s)."
            )
            return [text % {**days, "month": f"{first_sitting:%m/%Y}"}]
        return [_("The competency examination is needed since %(day)s (%(law)s).") % days]

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        self._require_examination(dossier, granting.on)
        number = self._number(granting)
        until = rules_on(granting.on).term_end(granting.on)
        title = titles_on(TITLES, granting.on).get(dossier.values.get("title", ""), "")
        lines = [
            (_("Licence number"), number),
            (_("Full name"), dossier.applicant_name),
            (_("Professional title"), title),
            (_("Scope of practice"), dossier.values.get("scope", "")),
            (_("Valid"), _until_text(granting.on, until)),
        ]
        issue = _("Licence to practise number %(number)s is issued to %(name)s:")
        return Plan(
            lines,
            [
                issue % {"number": number, "name": dossier.applicant_name},
                _("The holder practises within the scope above, at a facility where registered."),
                _("This decision takes effect on the day it is signed."),
            ],
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        dossier = granting.dossier
        person = _person(dossier, at=granting.at)
        _write_diploma(person, dossier)
        services.issue_license(
            actor=granting.actor,
            practitioner=person,
            paper=self._paper(granting),
            decision=decision_of(granting),
            at=granting.at,
            act=self.founds,
        )
        if dossier.subject != person.pk:
            dossier.subject = person.pk
            dossier.save(update_fields=["subject"])

    @override
    def result_url(self, dossier: Dossier) -> str:
        return license_url(dossier)

    def _paper(self, granting: Granting) -> Paper:
        dossier = granting.dossier
        return Paper(
            number=self._number(granting),
            title=dossier.values.get("title", ""),
            issued_on=granting.on,
            scope=dossier.values.get("scope", ""),
            issued_by=dossier.authority.name,
            authority_code=letters_of(dossier.authority, granting.on),
            expires_on=rules_on(granting.on).term_end(granting.on),
            holder=dossier.applicant_name,
        )

    def _number(self, granting: Granting) -> str:
        letters = letters_of(granting.dossier.authority, granting.on)

        def highest() -> int:
            rows = PracticeLicense.objects.filter(issuer_code=letters, kind="gphn")
            return int(rows.aggregate(last=Max("serial"))["last"] or 0)

        return str(granting.number_of(SERIES, floor=highest))

    def _require_examination(self, dossier: Dossier, on: date) -> None:
        """Refuse to grant what the law makes an examination of, before anybody could sit it too."""
        gap = _examination_gap(filing_of(dossier))
        if gap is None or knows(dossier.subject, "exam", on):
            return
        there = (DossierDocument.State.PROVIDED, DossierDocument.State.WAIVED)
        if dossier.documents.filter(code="exam", state__in=there).exists():
            return
        needed_from, _sitting, article = gap
        refuse(
            "examination_missing",
            gettext_lazy(
                "Since %(day)s this title needs a passed competency examination (%(law)s), and the"
                " dossier has no result. Without guidance it can be neither granted nor refused for that."
            ),
            day=f"{needed_from:%d/%m/%Y}",
            law=article,
        )


class Recognise(New):
    """A foreign licence recognised (Decree 96/2023/NĐ-CP, article 37)."""

    code = "practice_license.recognise"
    form = RecogniseForm
    founds = "recognised"


def _until_text(first: date, last: date | None) -> str:
    if last is None:
        return _("from %(first)s") % {"first": f"{first:%d/%m/%Y}"}
    return _("from %(first)s to %(last)s") % {
        "first": f"{first:%d/%m/%Y}",
        "last": f"{last:%d/%m/%Y}",
    }


def _refuse_late_diploma(filing: Filing) -> None:
    """Refuse an intermediate diploma of an assistant doctor after the last day the law takes it."""
    said = filing.values
    if said.get("title") != "assistant_doctor" or said.get("diploma_level") != "intermediate":
        return
    rule, issued = (
        rules_on(filing.on).get("last_intermediate_diploma"),
        stored_day(said, "diploma_on"),
    )
    if rule is not None and issued is not None and issued > rule.day:
        refuse(
            "intermediate_diploma_late",
            gettext_lazy(
                "An intermediate diploma of an assistant doctor issued after %(day)s, here on %(issued)s,"
                " does not lead to a licence (%(law)s)."
            ),
            day=f"{rule.day:%d/%m/%Y}",
            issued=f"{issued:%d/%m/%Y}",
            law=rule.article,
        )


def _examination_gap(filing: Filing) -> tuple[date, date | None, str] | None:
    """Return since when the title needs an examination, and when it can first be sat."""
    title = code_on(TITLES, filing.values.get("title", ""), filing.on)
    since = str(title.attributes.get("exam_from", "") or "") if title else ""
    if not since or filing.on < date.fromisoformat(since):
        return None
    rule = rules_on(filing.on).get("exam_first_sitting")
    law = rule.article if rule else ""
    return date.fromisoformat(since), rule.day if rule else None, law


def _person(dossier: Dossier, *, at: datetime) -> Practitioner:
    """Return the person of the dossier, entered into the register where nobody was known."""
    if dossier.subject is not None:
        known: Practitioner = Practitioner.objects.get(pk=dossier.subject)
        return known
    person = Practitioner(
        name=dossier.applicant_name,
        name_sort=sort_key(dossier.applicant_name),
        sex=dossier.values.get("sex", ""),
        phone=dossier.phone,
        email=dossier.email,
        keeper=dossier.authority,
        verified_at=at,
    )
    if dossier.birth_date is not None:
        person.birth = PartialDate.of(dossier.birth_date)
    person.full_clean(exclude=["name_norm"])
    person.save(force_insert=True)
    if dossier.identifier:
        number = PractitionerIdentifier(
            practitioner=person,
            kind=PractitionerIdentifier.Kind.PERSONAL,
            value=dossier.identifier,
            is_verified=True,
        )
        number.full_clean()
        number.save(force_insert=True)
    return person


def _write_diploma(person: Practitioner, dossier: Dossier) -> None:
    """Keep the diploma the licence rests on, unless the profile has it."""
    said = dossier.values
    number = said.get("diploma_number", "")
    if number and person.qualifications.filter(diploma_number=number).exists():
        return
    row = Qualification(
        practitioner=person,
        level=said.get("diploma_level", "other"),
        field=said.get("diploma_field", ""),
        school=said.get("school", ""),
        diploma_number=number,
        issued_on=stored_day(said, "diploma_on"),
    )
    row.full_clean()
    row.save(force_insert=True)
