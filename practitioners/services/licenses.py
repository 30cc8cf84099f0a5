"""Write the papers of a licence; its state follows from dated events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile
from portal.identifiers import PracticeLicenseNumber
from practitioners.models import (
    LicenseEvent,
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    ProfileSource,
)
from practitioners.services.license_events import Decision, note_event
from practitioners.services.sources import note_words

Kind = LicenseEvent.Kind

ONE_DAY = timedelta(days=1)

# Acts after which another paper of the same licence holds; a correction is another reading of it.
AMENDING = frozenset({"reissued", "renewed", "adjusted", "corrected"})

# Acts that make a licence a person did not have.
FOUNDING = frozenset({"issued", "converted", "recognised"})


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on the paper of a licence: as printed, and as understood (``scope_codes``)."""

    number: str
    title: str
    issued_on: date
    scope: str = ""
    scope_codes: Sequence[str] = ()
    issued_by: str = ""
    authority_code: str = ""
    expires_on: date | None = None
    holder: str = ""
    title_text: str = ""
    reissue_case: str = ""
    copy: StoredFile | None = None


@transaction.atomic
def issue_license(
    *,
    actor: Any,
    practitioner: Practitioner,
    paper: Paper,
    decision: Decision,
    at: datetime,
    act: str = "issued",
) -> PracticeLicense:
    """Give a person a licence: new, converted from an old certificate, or a foreign one recognised.

    The licence the person had until then is replaced from the same day; it keeps its papers.
    """
    if act not in FOUNDING:
        raise ValueError(act)
    number = PracticeLicenseNumber.parse(paper.number)
    serial, issuer, kind = number.key
    row = PracticeLicense(
        practitioner=practitioner,
        serial=serial,
        issuer_code=issuer,
        kind=kind.lower(),
        issued_on=paper.issued_on,
    )
    _project(row, paper)
    former = _lock(practitioner)
    if former is not None and former.key != number.key:
        former.superseded_on = max(decision.valid_from, former.issued_on)
        former.save(update_fields=["superseded_on"])
        note_event(former, Kind.SUPERSEDED, decision, actor=actor, at=at)
    row.full_clean()
    row.save(force_insert=True)
    if former is not None and former.superseded_on is not None:
        former.superseded_by = row
        former.save(update_fields=["superseded_by"])
    version = _write_version(row, 1, paper, act, decision, actor=actor, at=at)
    note_event(row, Kind(act), decision, actor=actor, at=at, version=version)
    return row


@transaction.atomic
def amend_license(
    *,
    actor: Any,
    license: PracticeLicense,
    paper: Paper,
    decision: Decision,
    at: datetime,
    act: str,
) -> LicenseVersion:
    """Let another paper of the same licence hold from a day: re-issued, renewed, adjusted, corrected.

    A second change on the same day corrects that day's paper, which keeps the decision it was made by;
    the number stays the licence's own.
    """
    if act not in AMENDING:
        raise ValueError(act)
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    last = _last_version(license, actor=actor, at=at)
    if decision.valid_from < last.valid_from:
        raise ValidationError(
            _("A later paper of %(number)s holds from %(day)s; this one cannot begin before it."),
            code="paper_out_of_order",
            params={"number": license.number_raw, "day": f"{last.valid_from:%d/%m/%Y}"},
        )
    if decision.valid_from == last.valid_from:
        made_by = decision if decision.number else _decision_of(last)
        version = _fill(last, paper, last.act, made_by)
        version.full_clean()
        version.save()
    else:
        last.valid_until = decision.valid_from - ONE_DAY
        last.save(update_fields=["valid_until"])
        version = _write_version(license, last.number + 1, paper, act, decision, actor=actor, at=at)
    _project(license, paper)
    license.full_clean()
    license.save()
    note_event(license, Kind(act), decision, actor=actor, at=at, version=version)
    return version


def _decision_of(version: LicenseVersion) -> Decision:
    return Decision(
        version.valid_from,
        number=version.decision_no,
        decided_on=version.decided_on,
        case_id=version.case_id,
    )


def _lock(practitioner: Practitioner) -> PracticeLicense | None:
    rows = PracticeLicense.objects.select_for_update().filter(practitioner=practitioner)
    return rows.filter(superseded_on=None).first()


def _project(row: PracticeLicense, paper: Paper) -> None:
    """Let the licence say what its latest paper says."""
    row.number_raw, row.title, row.scope = paper.number, paper.title, paper.scope
    row.issued_by, row.valid_until = paper.issued_by, paper.expires_on


def _last_version(license: PracticeLicense, *, actor: Any, at: datetime) -> LicenseVersion:
    """Return the newest paper; what a licence said before papers were kept becomes its first."""
    last = license.versions.order_by("-number").first()
    if last is not None:
        return last
    paper = paper_of(license)
    first = Decision(license.issued_on)
    return _write_version(license, 1, paper, "issued", first, actor=actor, at=at)


def paper_of(license: PracticeLicense) -> Paper:
    """Return what the licence says now as a paper, to change something of it."""
    last = license.versions.order_by("-number").first()
    return Paper(
        number=license.number_raw,
        title=license.title,
        issued_on=license.issued_on,
        scope=license.scope,
        scope_codes=tuple(last.scope_codes) if last else (),
        issued_by=license.issued_by,
        authority_code=last.authority_code if last else "",
        expires_on=license.valid_until,
        holder=last.holder if last else "",
        title_text=last.title_text if last else "",
    )


def _write_version(
    license: PracticeLicense,
    number: int,
    paper: Paper,
    act: str,
    decision: Decision,
    *,
    actor: Any,
    at: datetime,
) -> LicenseVersion:
    row = LicenseVersion(license=license, number=number, recorded_by=actor, recorded_at=at)
    _fill(row, paper, act, decision)
    row.full_clean()
    row.save(force_insert=True)
    if decision.number:
        note_words(
            license.practitioner,
            _words_of(paper),
            source=ProfileSource.Source.DECISION,
            by=actor,
            at=at,
            row_id=license.pk,
            is_verified=actor is not None,
        )
    return row


def _words_of(paper: Paper) -> dict[str, str]:
    """Return what a paper says in the words of a profile."""
    return {
        "license_number": paper.number,
        "title": paper.title,
        "license_issued_on": paper.issued_on.isoformat(),
        "license_issued_by": paper.issued_by,
        "license_valid_until": paper.expires_on.isoformat() if paper.expires_on else "",
        "scope": paper.scope,
    }


def _fill(row: LicenseVersion, paper: Paper, act: str, decision: Decision) -> LicenseVersion:
    row.act, row.number_raw, row.title = act, paper.number, paper.title
    row.holder, row.title_text = paper.holder, paper.title_text
    row.scope, row.scope_codes = paper.scope, list(paper.scope_codes)
    row.issued_on, row.issued_by = paper.issued_on, paper.issued_by
    row.authority_code, row.expires_on = paper.authority_code, paper.expires_on
    row.reissue_case = paper.reissue_case
    row.paper = paper.copy or row.paper
    row.decision_no, row.decided_on = decision.number, decision.decided_on
    row.valid_from, row.case_id = decision.valid_from, decision.case_id
    return row
