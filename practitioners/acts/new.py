"""A first licence, and a foreign one recognised (Law 15/2023/QH15, article 30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from portal.codelists.countries import HOME
from portal.codelists.lookup import code_on, titles_on
from portal.dates import PartialDate
from portal.dossiers import definitions
from portal.dossiers.acts import ActForm, Filing, Granting, Plan
from portal.dossiers.models import Dossier, DossierDocument
from portal.dossiers.numbering import letters_of
from portal.dossiers.services.filing import filing_of
from portal.names import sort_key
from practitioners import services
from practitioners.acts.eligible import require_case, require_no_ban
from practitioners.acts.facts import knows, scope_notices
from practitioners.acts.forms import TITLES, ForeignForm, NewForm, RecogniseForm, stored_day
from practitioners.acts.known import person_of, refuse
from practitioners.acts.papers import decision_of
from practitioners.acts.person import OfPerson
from practitioners.acts.twins import hear_twins, licensed_namesakes, person_now
from practitioners.models import (
    PracticeLanguage,
    PracticeLicense,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
)
from practitioners.public.addresses import number_url
from practitioners.rules import rules_on
from practitioners.scopes import codes_of
from practitioners.services import Paper
from practitioners.services.identity import number_of
from practitioners.services.sources import note_row

SERIES = "practice_license"
Source = ProfileSource.Source
# Who somebody is: what a dossier says, and the column of the register that keeps it.
WHO = {"name": "name", "sex": "sex", "birth": "birth_date"}


class New(OfPerson):
    """A licence for somebody who has none, for another title, or after a revocation."""

    code = "practice_license.new"
    form: ClassVar[type[ActForm]] = NewForm
    founds = "issued"

    @override
    def form_of(self, case: str) -> type[ActForm]:
        return ForeignForm if case == "foreign" else self.form

    @override
    def subject(self, filing: Filing) -> UUID | None:
        return person_of(filing)

    @override
    def check(self, filing: Filing, subject: UUID | None) -> None:
        _refuse_late_diploma(filing)
        _require_eligible(subject, filing, filing.on)

    @override
    def notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        return [
            *scope_notices(filing, filing.values.get("title", "")),
            *self._examination_notices(filing, subject),
        ]

    def _examination_notices(self, filing: Filing, subject: UUID | None) -> list[str]:
        gap = _examination_gap(filing)
        if gap is None or knows(filing, subject, "exam"):
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
    def told_officials(self, filing: Filing, subject: UUID | None) -> list[str]:
        """Name who of the register may be the applicant under another personal number."""
        if subject is not None:
            return []
        text = _(
            "Perhaps one person: %(name)s, licence %(number)s (%(state)s), has the same sex and birth"
            " date under another personal number. Compare both before this is put up for signature."
        )
        return [
            text
            % {
                "name": license.practitioner.name,
                "number": license.number_raw,
                "state": license.state_on(filing.on).label,
            }
            for license in licensed_namesakes(filing)
        ]

    @override
    def filed(self, dossier: Dossier, *, at: datetime) -> None:
        hear_twins(dossier, at=at)

    @override
    def plan(self, granting: Granting) -> Plan:
        dossier = granting.dossier
        person = person_now(dossier, granting.on)
        _require_eligible(person, filing_of(dossier), granting.on)
        self._require_examination(dossier, person, granting.on)
        number = next_number(granting)
        until = rules_on(granting.on).term_end(granting.on)
        title = titles_on(TITLES, granting.on).get(dossier.values.get("title", ""), "")
        lines = [
            (_("Licence number"), number),
            (_("Full name"), dossier.applicant_name),
            (_("Professional title"), title),
            (_("Scope of practice"), dossier.values.get("scope", "")),
            (_("Valid"), until_text(granting.on, until)),
        ]
        issue = _("Licence to practise number %(number)s is issued to %(name)s:")
        return Plan(
            lines,
            [
                issue % {"number": number, "name": dossier.applicant_name},
                _("The holder practises within the scope above, at a facility where registered."),
                _("This decision takes effect on the day it is signed."),
            ],
            number_url(number),
        )

    @override
    def carry_out(self, granting: Granting) -> None:
        dossier = granting.dossier
        person = _person(dossier, granting)
        _write_diploma(person, dossier, granting)
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

    def _paper(self, granting: Granting) -> Paper:
        dossier = granting.dossier
        return Paper(
            number=next_number(granting),
            title=dossier.values.get("title", ""),
            issued_on=granting.on,
            scope=dossier.values.get("scope", ""),
            scope_codes=codes_of(dossier.values.get("scope", ""), granting.on),
            issued_by=dossier.authority.name,
            authority_code=letters_of(dossier.authority, granting.on),
            expires_on=rules_on(granting.on).term_end(granting.on),
            holder=dossier.applicant_name,
        )

    def _require_examination(self, dossier: Dossier, person: UUID | None, on: date) -> None:
        """Refuse to grant what the law makes an examination of, before anybody could sit it too."""
        filing = replace(filing_of(dossier), on=on)
        gap = _examination_gap(filing_of(dossier))
        if gap is None or knows(filing, person, "exam"):
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


def _require_eligible(person: UUID | None, filing: Filing, on: date) -> None:
    """Refuse a licence the person may not have, when filed and again when signed."""
    require_no_ban(person, on)
    require_case(person, filing.case, filing.values.get("title", ""), on)


def next_number(granting: Granting) -> str:
    """Return the number of a new licence: after the highest its authority ever printed."""
    letters = letters_of(granting.dossier.authority, granting.on)

    def highest() -> int:
        rows = PracticeLicense.objects.filter(issuer_code=letters, kind="gphn")
        return int(rows.aggregate(last=Max("serial"))["last"] or 0)

    return str(granting.number_of(SERIES, floor=highest))


def until_text(first: date, last: date | None) -> str:
    """Return the days of a new licence in words."""
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
    """Return since when the title needs an examination, and when it can first be sat.

    Only a case whose documents have the result: neither a recognition nor a licence after a
    revocation asks for one.
    """
    rules = definitions.documents_on(filing.procedure, filing.case, filing.on)
    if all(rule.fact != "exam" for rule in rules):
        return None
    title = code_on(TITLES, filing.values.get("title", ""), filing.on)
    since = str(title.attributes.get("exam_from", "") or "") if title else ""
    if not since or filing.on < date.fromisoformat(since):
        return None
    rule = rules_on(filing.on).get("exam_first_sitting")
    law = rule.article if rule else ""
    return date.fromisoformat(since), rule.day if rule else None, law


def _person(dossier: Dossier, granting: Granting) -> Practitioner:
    """Return the person of the dossier, entered into the register where nobody was known.

    Who was known unverified, as a trainee, is verified by the decision, in what it says as well.
    """
    key, at = person_now(dossier, granting.on), granting.at
    if key is None:
        person = _entered(dossier, at)
        _note(person, granting, only=tuple(WHO.values()))
        # How they are reached is their own word; no decision is made on it.
        note_row(person, source=Source.PRACTITIONER, by=None, at=at, only=("phone", "email"))
    else:
        person = Practitioner.objects.select_for_update(of=["self"]).get(pk=key)
        if person.verified_at is None:
            person.verified_at, person.keeper = at, person.keeper or dossier.authority
            person.save(update_fields=["verified_at", "keeper"])
            said = _said(dossier)
            if same := [WHO[name] for name in said if getattr(person, name) == said[name]]:
                _note(person, granting, only=same)
    if dossier.identifier:
        _verify_number(person, dossier.identifier, granting)
    if passport := dossier.values.get("passport_number", ""):
        _verify_number(person, passport, granting, PractitionerIdentifier.Kind.PASSPORT)
    _write_language(person, dossier, granting)
    return person


def _said(dossier: Dossier) -> dict[str, Any]:
    """Return what a dossier says of who its applicant is, by column of the register."""
    born = dossier.birth_date
    return {
        "name": dossier.applicant_name,
        "sex": dossier.values.get("sex", ""),
        "birth": PartialDate.of(born) if born is not None else None,
    }


def _note(row: Any, granting: Granting, only: Sequence[str] = ()) -> None:
    """Keep the decision as what says and verifies values of a row; ``only`` names columns."""
    note_row(row, source=Source.DECISION, by=granting.actor, at=granting.at, only=only)


def _entered(dossier: Dossier, at: datetime) -> Practitioner:
    said = _said(dossier)
    person = Practitioner(
        name=said["name"],
        name_sort=sort_key(said["name"]),
        sex=said["sex"],
        nationality=dossier.values.get("nationality") or HOME,
        phone=dossier.phone,
        email=dossier.email,
        keeper=dossier.authority,
        verified_at=at,
    )
    if said["birth"] is not None:
        person.birth = said["birth"]
    person.full_clean(exclude=["name_norm"])
    person.save(force_insert=True)
    return person


def _write_language(person: Practitioner, dossier: Dossier, granting: Granting) -> None:
    """Keep the language a foreigner registers (Law 15/2023/QH15, article 21), unless it is there."""
    said = dossier.values
    language, way = said.get("language", ""), said.get("language_way", "")
    if (
        not (language and way)
        or person.languages.filter(language=language, valid_until=None).exists()
    ):
        return
    row = PracticeLanguage(
        practitioner=person,
        language=language,
        way=way,
        interpreter=said.get("interpreter", ""),
        valid_from=granting.on,
    )
    row.full_clean()
    row.save(force_insert=True)


def _verify_number(
    person: Practitioner,
    number: str,
    granting: Granting,
    kind: PractitionerIdentifier.Kind = PractitionerIdentifier.Kind.PERSONAL,
) -> None:
    """Let the number a dossier was granted with be the person's own, beside an old card's.

    Another number of the same kind ends on the eve, and stays as history.
    """
    on = timezone.localdate(granting.at)
    row = number_of(person, kind, number, on=on)
    if row._state.adding:
        row.valid_from = on
    if not row.is_verified:
        row.is_verified = True
        row.full_clean()
        row.save()
        _note(row, granting)


def _write_diploma(person: Practitioner, dossier: Dossier, granting: Granting) -> None:
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
    _note(row, granting)
