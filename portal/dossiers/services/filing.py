"""File a dossier: ask what the law of the day needs, what the register knows, give a receipt."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.dossiers import definitions
from portal.dossiers.acts import Act, Filing, act_of
from portal.dossiers.definitions import CountedFrom, DocumentRule, Need, Procedure
from portal.dossiers.models import Authority, Dossier, DossierDocument, Number
from portal.dossiers.numbering import RECEIPT, next_serial, wait_for_turn, written
from portal.dossiers.querysets import HANDLES
from portal.dossiers.services import ticking
from portal.dossiers.services.moving import require_other, save
from portal.dossiers.services.uploading import attach, waiting_files
from portal.dossiers.states import Deed
from portal.scope import scope_of

# Without 0 O, 1 I L, U V: read out over the telephone and written down by hand.
LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 12
State = DossierDocument.State


@dataclass(frozen=True, slots=True)
class Needed:
    """One document of the case, and what the register knows in its stead."""

    rule: DocumentRule
    because: str = ""

    @property
    def is_waived(self) -> bool:
        return bool(self.because)


@dataclass(frozen=True, slots=True)
class Saved:
    """A dossier that is there now; sent twice, it is the one of the first time."""

    dossier: Dossier
    is_new: bool


def needed_documents(filing: Filing, subject: UUID | None) -> list[Needed]:
    """Return the documents of the filing's case, each with what makes it unnecessary."""
    act = require_act(filing.procedure)
    rules = definitions.documents_on(filing.procedure, filing.case, filing.on)
    return [
        Needed(rule, act.knows(filing, subject, rule.fact) if rule.fact else "") for rule in rules
    ]


def require_act(procedure: str) -> Act:
    """Return the act of a procedure, or refuse one that is not carried out here."""
    act = act_of(procedure)
    if act is None:
        raise ValidationError(
            _("This procedure cannot be carried out here yet; go to the department in person."),
            code="act_unknown",
        )
    return act


def require_definition(filing: Filing, *, by_authority: bool) -> Procedure:
    """Return the procedure of the filing's day; its case and authority must fit."""
    procedure = definitions.procedure_on(filing.procedure, filing.on)
    if procedure is None or procedure.by_authority != by_authority:
        raise ValidationError(
            _("There is no such procedure on %(day)s; choose one of the list."),
            code="procedure_unknown",
            params={"day": f"{filing.on:%d/%m/%Y}"},
        )
    if definitions.case_on(filing.procedure, filing.case, filing.on) is None:
        raise ValidationError(
            _("Choose the case that applies; each needs other documents."), code="case_unknown"
        )
    if not competent(filing.procedure, filing.on).filter(organisation=filing.authority).exists():
        raise ValidationError(
            _("%(name)s does not decide on this on %(day)s; choose one of the list."),
            code="authority_not_competent",
            params={"name": filing.authority.name, "day": f"{filing.on:%d/%m/%Y}"},
        )
    return procedure


def competent(procedure: str, on: date) -> Any:
    """Return the authorities that decide on an act on a day."""
    kinds = definitions.kinds_on(procedure, on)
    rows = Authority.objects.holding(on).filter(kind__in=kinds)
    return rows.select_related("organisation").order_by("organisation__path")


@transaction.atomic
def file_dossier(*, filing: Filing, client_key: UUID, at: datetime) -> Saved:
    """File a dossier for an applicant: receipt number, tracking code, documents, provisional day."""
    known = _sent_before(client_key)
    if known is not None:
        return Saved(known, is_new=False)
    procedure = require_definition(filing, by_authority=False)
    act = require_act(filing.procedure)
    subject = act.subject(filing)
    act.check(filing, subject)
    _refuse_second(filing, subject)
    needed = needed_documents(filing, subject)
    _require_papers(needed, {file.document_code for file in waiting_files(client_key)})
    dossier = _create(filing, procedure, subject, at=at, client_key=client_key)
    _list_documents(dossier, needed, client_key)
    attach(dossier=dossier, client_key=client_key)
    said = filing.submitter_name or filing.applicant_name
    ticking.step(dossier, Deed.RECEIVE, actor=None, at=at, name=said)
    act.filed(dossier, at=at)
    return Saved(dossier, is_new=True)


@transaction.atomic
def open_by_authority(*, actor: Any, filing: Filing, client_key: UUID, at: datetime) -> Saved:
    """Open a procedure that the authority begins itself: suspension, revocation.

    Nothing is awaited from an applicant: it goes into appraisal at once.
    """
    known = _sent_before(client_key)
    if known is not None:
        return Saved(known, is_new=False)
    procedure = require_definition(filing, by_authority=True)
    if filing.authority.pk not in scope_of(actor, HANDLES[procedure.subject]):
        raise PermissionDenied(_("Opening this needs the role of a licensing officer there."))
    act = require_act(filing.procedure)
    subject = act.subject(filing)
    act.check(filing, subject)
    _refuse_second(filing, subject)
    needed = needed_documents(filing, subject)
    dossier = _create(filing, procedure, subject, at=at, client_key=client_key)
    require_other(actor, dossier)
    _list_documents(dossier, needed, client_key)
    attach(dossier=dossier, client_key=client_key)
    ticking.step(dossier, Deed.OPEN, actor=actor, at=at)
    before = (dossier.state, dossier.due_on)
    dossier.state, dossier.assigned_to = Dossier.State.APPRAISAL, actor
    dossier.complete_on = filing.on
    ticking.start(dossier, filing.on)
    save(dossier)
    ticking.step(dossier, Deed.APPRAISE, actor=actor, at=at, before=before)
    return Saved(dossier, is_new=True)


def _sent_before(client_key: UUID) -> Dossier | None:
    """Return the dossier a form was sent for; the same form sent at once waits for the first."""
    wait_for_turn(f"filing {client_key}")
    rows = Dossier.objects.filter(client_key=client_key)
    known: Dossier | None = rows.select_related("authority").first()
    return known


def _refuse_second(filing: Filing, subject: UUID | None) -> None:
    """Refuse a second open dossier for one act; two who file at once go one after the other."""
    if subject is None:
        return
    wait_for_turn(f"filing {filing.procedure} {subject}")
    same = Dossier.objects.open().about(subject).filter(procedure=filing.procedure).first()
    if same is not None:
        raise ValidationError(
            _(
                "A dossier for the same act was filed on %(day)s and is still open; follow that one."
            ),
            code="filed_already",
            params={"day": f"{same.filed_on:%d/%m/%Y}"},
        )


def _require_papers(needed: list[Needed], given: Collection[str]) -> None:
    """Refuse a filing that lacks what its case needs, naming every missing document at once."""
    groups = {one.rule.group for one in needed if one.rule.code in given or one.is_waived}
    errors: dict[str, ValidationError] = {}
    for one in needed:
        rule = one.rule
        has_one = rule.need == Need.ONE and rule.group in groups
        if rule.need == Need.MAY or one.is_waived or rule.code in given or has_one:
            continue
        errors[f"document_{rule.code}"] = ValidationError(
            _("Add “%(document)s”: choose a PDF or a photograph of it."),
            code="document_missing",
            params={"document": rule.title},
        )
    if errors:
        raise ValidationError(errors)


def _create(
    filing: Filing, procedure: Procedure, subject: UUID | None, *, at: datetime, client_key: UUID
) -> Dossier:
    year = filing.on.year
    serial = next_serial(filing.authority, RECEIPT, year)
    text = written(filing.authority, RECEIPT, serial, on=filing.on)
    dossier = Dossier(
        procedure=filing.procedure,
        case=filing.case,
        opened_by="authority" if procedure.by_authority else "applicant",
        authority=filing.authority,
        receipt_number=text,
        tracking_code="".join(secrets.choice(LETTERS) for _letter in range(CODE_LENGTH)),
        subject_kind=procedure.subject,
        subject=subject,
        applicant_name=filing.applicant_name,
        birth_date=filing.birth_date,
        identifier=filing.identifier,
        phone=filing.phone,
        email=filing.email,
        address=filing.address,
        submitter_name=filing.submitter_name,
        values=dict(filing.values),
        legal_basis=procedure.basis,
        needs_four_eyes=procedure.needs_four_eyes,
        filed_at=at,
        filed_on=filing.on,
        client_key=client_key,
    )
    _give_term(dossier, filing, subject)
    dossier.full_clean(exclude=["name_norm"])
    dossier.save(force_insert=True)
    Number.objects.create(
        authority=filing.authority,
        series=RECEIPT,
        year=year,
        serial=serial,
        text=text,
        dossier=dossier,
        taken_at=at,
    )
    return dossier


def _give_term(dossier: Dossier, filing: Filing, subject: UUID | None) -> None:
    """Keep the term of the filing's day with the dossier."""
    rule = definitions.term_on(filing.procedure, filing.case, filing.on)
    if rule is None:
        return
    dossier.term_from, dossier.term_basis = str(rule.counted_from), rule.basis
    dossier.term_is_verified, dossier.silence_keeps_valid = rule.is_verified, rule.stays_valid
    if rule.term is not None:
        dossier.term_count, dossier.term_unit = rule.term.count, str(rule.term.unit)
    if rule.counted_from == CountedFrom.EXPIRY:
        dossier.due_on = require_act(filing.procedure).last_day(filing, subject)
    ticking.await_completeness(dossier, filing.on)


def _list_documents(dossier: Dossier, needed: list[Needed], client_key: UUID) -> None:
    given = {file.document_code for file in waiting_files(client_key)}
    groups = {one.rule.group for one in needed if one.is_waived or one.rule.code in given} - {""}
    DossierDocument.objects.bulk_create(
        DossierDocument(
            dossier=dossier,
            code=one.rule.code,
            title=one.rule.name,
            state=_state(one, has_other=one.rule.group in groups),
            because=one.because,
            group=one.rule.group,
            position=place,
        )
        for place, one in enumerate(needed)
    )


def _state(one: Needed, *, has_other: bool) -> str:
    """Say how a document stands before its files are handed in."""
    if one.is_waived:
        return State.WAIVED
    return State.OPTIONAL if one.rule.need == Need.MAY or has_other else State.REQUIRED


def filing_of(dossier: Dossier) -> Filing:
    """Return what a dossier was filed with, to read it as on that day."""
    return Filing(
        procedure=dossier.procedure,
        case=dossier.case,
        authority=dossier.authority,
        on=dossier.filed_on,
        applicant_name=dossier.applicant_name,
        birth_date=dossier.birth_date,
        identifier=dossier.identifier,
        phone=dossier.phone,
        email=dossier.email,
        address=dossier.address,
        submitter_name=dossier.submitter_name,
        values=dossier.values,
    )
