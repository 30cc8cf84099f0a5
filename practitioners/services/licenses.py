"""Write the papers of a licence and what is decided about it; states follow from the days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile
from portal.dates import months_later
from portal.identifiers import PracticeLicenseNumber
from practitioners.models import (
    LicenseEvent,
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    ProfileSource,
)
from practitioners.rules import rules_on
from practitioners.services.sources import note_words
from practitioners.states import State

Kind = LicenseEvent.Kind
ONE_DAY = timedelta(days=1)
# Acts after which another paper of the same licence holds.
AMENDING = frozenset({"reissued", "renewed", "adjusted"})
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


@dataclass(frozen=True, slots=True)
class Decision:
    """By which decision something happens, of whom, from which day, in which dossier."""

    valid_from: date
    number: str = ""
    decided_on: date | None = None
    authority: str = ""
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """Why a licence is suspended or revoked; until when and with which duty, where it ends."""

    ground_code: str
    ground: str = ""
    valid_until: date | None = None
    duty: str = ""


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
        _event(former, Kind.SUPERSEDED, decision, actor=actor, at=at)
    row.full_clean()
    row.save(force_insert=True)
    if former is not None and former.superseded_on is not None:
        former.superseded_by = row
        former.save(update_fields=["superseded_by"])
    version = _write_version(row, 1, paper, act, decision, actor=actor, at=at)
    _event(row, Kind(act), decision, actor=actor, at=at, version=version)
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
    """Let another paper of the same licence hold from a day: re-issued, renewed or adjusted.

    A second change on the same day corrects that day's paper; the number stays the licence's own.
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
        version = _fill(last, paper, last.act, decision)
        version.full_clean()
        version.save()
    else:
        last.valid_until = decision.valid_from - ONE_DAY
        last.save(update_fields=["valid_until"])
        version = _write_version(license, last.number + 1, paper, act, decision, actor=actor, at=at)
    _project(license, paper)
    license.full_clean()
    license.save()
    _event(license, Kind(act), decision, actor=actor, at=at, version=version)
    return version


@transaction.atomic
def file_renewal(
    *,
    actor: Any,
    license: PracticeLicense,
    on: date,
    at: datetime,
    is_excused: bool = False,
    case_id: UUID | None = None,
) -> LicenseEvent:
    """Note that a renewal was asked for; filed in time, silence keeps the licence in force (article 32)."""
    _require_standing(license, on, {State.ACTIVE, State.SUSPENDED}, "renewal_not_possible")
    return _event(
        license,
        Kind.RENEWAL_FILED,
        Decision(on, case_id=case_id),
        actor=actor,
        at=at,
        is_excused=is_excused,
    )


@transaction.atomic
def refuse_renewal(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str, at: datetime
) -> LicenseEvent:
    """Note that a renewal was refused: from that day the term counts as printed."""
    return _event(license, Kind.RENEWAL_REFUSED, decision, actor=actor, at=at, ground=ground)


@transaction.atomic
def suspend_license(
    *,
    actor: Any,
    license: PracticeLicense,
    decision: Decision,
    measure: Measure,
    at: datetime,
) -> LicenseEvent:
    """Suspend a licence for as long as the law allows (Law 15/2023/QH15, article 34)."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    _require_standing(
        license, decision.valid_from, {State.ACTIVE, State.RENEWING}, "suspension_not_possible"
    )
    require_suspension_length(decision.valid_from, measure.valid_until)
    return _measure(license, Kind.SUSPENDED, decision, measure, actor=actor, at=at)


@transaction.atomic
def finish_duty(
    *, actor: Any, license: PracticeLicense, decision: Decision, at: datetime
) -> LicenseEvent:
    """Note that what a suspension asked for was done; the licence returns when the days are over too."""
    _require_standing(license, decision.valid_from, {State.SUSPENDED}, "not_suspended")
    return _event(license, Kind.DUTY_DONE, decision, actor=actor, at=at)


@transaction.atomic
def lift_suspension(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str = "", at: datetime
) -> LicenseEvent:
    """Let a suspended licence hold again before its days are over."""
    _require_standing(license, decision.valid_from, {State.SUSPENDED}, "not_suspended")
    return _event(license, Kind.RESUMED, decision, actor=actor, at=at, ground=ground)


@transaction.atomic
def revoke_license(
    *,
    actor: Any,
    license: PracticeLicense,
    decision: Decision,
    measure: Measure,
    at: datetime,
) -> LicenseEvent:
    """Revoke a licence (Law 15/2023/QH15, article 35)."""
    license = PracticeLicense.objects.select_for_update().get(pk=license.pk)
    usable = {State.ACTIVE, State.RENEWING, State.SUSPENDED, State.EXPIRED}
    _require_standing(license, decision.valid_from, usable, "revocation_not_possible")
    return _measure(license, Kind.REVOKED, decision, measure, actor=actor, at=at)


@transaction.atomic
def reinstate_license(
    *, actor: Any, license: PracticeLicense, decision: Decision, ground: str, at: datetime
) -> LicenseEvent:
    """Annul a revocation, by a court or on a complaint."""
    _require_standing(license, decision.valid_from, {State.REVOKED}, "not_revoked")
    return _event(license, Kind.REINSTATED, decision, actor=actor, at=at, ground=ground)


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


def _measure(
    license: PracticeLicense,
    kind: LicenseEvent.Kind,
    decision: Decision,
    measure: Measure,
    *,
    actor: Any,
    at: datetime,
) -> LicenseEvent:
    return _event(
        license,
        kind,
        decision,
        actor=actor,
        at=at,
        ground_code=measure.ground_code,
        ground=measure.ground,
        valid_until=measure.valid_until,
        duty=measure.duty,
    )


def _event(
    license: PracticeLicense,
    kind: LicenseEvent.Kind,
    decision: Decision,
    *,
    actor: Any,
    at: datetime,
    **more: Any,
) -> LicenseEvent:
    row = LicenseEvent(
        license=license,
        kind=kind,
        decision_no=decision.number,
        decided_on=decision.decided_on,
        authority=decision.authority,
        valid_from=decision.valid_from,
        case_id=decision.case_id,
        recorded_by=actor,
        recorded_at=at,
        **more,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def _require_standing(license: PracticeLicense, day: date, states: set[State], code: str) -> None:
    fresh = PracticeLicense.objects.with_acts().get(pk=license.pk)
    standing = fresh.standing_on(day)
    if standing.state in states:
        return
    raise ValidationError(
        _(
            "On %(day)s the licence %(number)s is “%(state)s” since %(since)s; this act is not possible."
        ),
        code=code,
        params={
            "day": f"{day:%d/%m/%Y}",
            "number": license.number_raw,
            "state": standing.state.label,
            "since": f"{standing.since:%d/%m/%Y}",
        },
    )


def require_suspension_length(first: date, last: date | None) -> None:
    """Hold a suspension within the months the law of its day names."""
    rules = rules_on(first)
    shortest, longest = rules.get("suspension_shortest"), rules.get("suspension_longest")
    if shortest is None or longest is None:
        return
    least = months_later(first, shortest.number) - ONE_DAY
    most = months_later(first, longest.number)
    if last is not None and least <= last <= most:
        return
    raise ValidationError(
        {
            "valid_until": ValidationError(
                _(
                    "A suspension lasts %(least)d to %(most)d months (%(article)s): write a last day"
                    " from %(first)s to %(last)s."
                ),
                code="suspension_length",
                params={
                    "least": shortest.number,
                    "most": longest.number,
                    "article": longest.article,
                    "first": f"{least:%d/%m/%Y}",
                    "last": f"{most:%d/%m/%Y}",
                },
            )
        }
    )
