"""Every act on an operating licence: issue, adjust, re-issue, suspend, close, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import (
    LicensedActivity,
    OperatingLicense,
    OperatingLicenseEvent,
    OperatingLicenseVersion,
)
from portal.identifiers import OperatingLicenseNumber
from portal.places.models import Organisation

Act = OperatingLicenseEvent.Kind
State = OperatingLicense.State
ONE_DAY = timedelta(days=1)
# Which acts a licence in a state can take; a revoked or replaced one takes none.
TAKES = {
    State.NOT_YET: {Act.ADJUSTED, Act.REISSUED, Act.REVOKED},
    State.ACTIVE: {Act.ADJUSTED, Act.REISSUED, Act.SUSPENDED, Act.CLOSED, Act.REVOKED, Act.RESUMED},
    State.EXPIRED: {Act.REISSUED, Act.REVOKED},
    State.SUSPENDED: {Act.ADJUSTED, Act.REISSUED, Act.RESUMED, Act.REVOKED},
    State.CLOSED: {Act.ADJUSTED, Act.REOPENED, Act.SUSPENDED, Act.REVOKED},
}


@dataclass(frozen=True, slots=True)
class Decision:
    """By which paper something is decided, and the procedure it ended."""

    number: str = ""
    decided_on: date | None = None
    decided_by: str = ""
    dossier_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """What the paper of a licence says of its facility."""

    form: str = ""
    name: str = ""
    address: str = ""
    hours: str = ""
    responsible: str = ""
    beds: int | None = None
    scope: str = ""
    activities: Sequence[tuple[str, str]] = ()  # code, title


@transaction.atomic
def issue_operating_license(
    *,
    actor: Any,
    facility: Organisation,
    number: str,
    printed: Printed,
    valid_from: date,
    decision: Decision,
    issued_by: str = "",
    valid_until: date | None = None,
) -> OperatingLicense:
    """Record a new licence with its first version; a licence that stands is replaced from that day.

    A number that is not written like one is kept as printed and compared with none.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=facility.pk)
    current = facility.operatinglicense_rows.filter(superseded_on=None).first()
    if current is not None:
        _supersede(actor, current, valid_from, decision)
    serial, issuer = _read(number)
    license = OperatingLicense(
        facility=facility,
        number_raw=" ".join(number.split()),
        serial=serial,
        issuer_code=issuer,
        issued_on=valid_from,
        issued_by=issued_by or decision.decided_by,
        valid_until=valid_until,
    )
    license.full_clean()
    license.save(force_insert=True)
    version = _write_version(license, 1, "", printed, valid_from)
    _note(actor, license, Act.ISSUED, valid_from, decision, version=version)
    return license


def _read(number: str) -> tuple[int | None, str]:
    try:
        read = OperatingLicenseNumber.parse(number)
    except ValidationError:
        return None, ""
    return read.key


def _supersede(actor: Any, license: OperatingLicense, on: date, decision: Decision) -> None:
    if on <= license.issued_on:
        raise ValidationError(
            _("The licence %(number)s holds since %(day)s; the new one must begin later."),
            code="license_before_last",
            params={"number": license.number_raw, "day": f"{license.issued_on:%d/%m/%Y}"},
        )
    license.superseded_on = on
    license.save(update_fields=["superseded_on"])
    # A version whose day is still to come never holds: it keeps its day, beside that of its licence.
    held = license.versions.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lt=on)
    held.update(valid_until=on - ONE_DAY)
    _note(actor, license, Act.SUPERSEDED, on, decision)


def _write_version(
    license: OperatingLicense, number: int, change: str, printed: Printed, on: date
) -> OperatingLicenseVersion:
    version = OperatingLicenseVersion(
        license=license,
        number=number,
        change=change,
        form=printed.form,
        name=printed.name,
        address=printed.address,
        hours=printed.hours,
        responsible=printed.responsible,
        beds=printed.beds,
        scope=printed.scope,
        valid_from=on,
    )
    version.full_clean()
    version.save(force_insert=True)
    for code, title in dict.fromkeys(printed.activities):
        activity = LicensedActivity(version=version, code=code, title=title)
        activity.full_clean()
        activity.save(force_insert=True)
    return version


def _note(
    actor: Any,
    license: OperatingLicense,
    kind: str,
    on: date,
    decision: Decision,
    **said: Any,
) -> OperatingLicenseEvent:
    event = OperatingLicenseEvent(
        license=license,
        kind=kind,
        valid_from=on,
        decision_no=decision.number,
        decided_on=decision.decided_on,
        decided_by=decision.decided_by,
        dossier_id=decision.dossier_id,
        recorded_by=actor,
        **said,
    )
    event.full_clean()
    event.save(force_insert=True)
    return event


def printed_now(license: OperatingLicense) -> Printed:
    """Return what the newest version of a licence says, to change parts of it."""
    version = license.versions.order_by("-number").first()
    if version is None:
        return Printed()
    return Printed(
        form=version.form,
        name=version.name,
        address=version.address,
        hours=version.hours,
        responsible=version.responsible,
        beds=version.beds,
        scope=version.scope,
        activities=tuple(version.activities.values_list("code", "title")),
    )


@transaction.atomic
def adjust_operating_license(
    *,
    actor: Any,
    license: OperatingLicense,
    changes: dict[str, Any],
    valid_from: date,
    decision: Decision,
    change: str = "",
    is_reissue: bool = False,
) -> OperatingLicenseVersion:
    """Write the next version: an adjustment (ĐCn), or the same paper issued again (CLn)."""
    license = _locked(license)
    act = Act.REISSUED if is_reissue else Act.ADJUSTED
    require_act(license, act, valid_from)
    _require_near(valid_from)
    require_none_to_come(license, valid_from)
    last = license.versions.order_by("-number").first()
    if last is not None and valid_from <= last.valid_from:
        raise ValidationError(
            _("Version %(number)d holds since %(day)s; the next one must begin later."),
            code="version_before_last",
            params={"number": last.number, "day": f"{last.valid_from:%d/%m/%Y}"},
        )
    printed = replace(printed_now(license), **changes)
    if last is not None:
        last.valid_until = valid_from - ONE_DAY
        last.save(update_fields=["valid_until"])
    mark = change or _next_mark(license, is_reissue=is_reissue)
    number = last.number + 1 if last else 1
    version = _write_version(license, number, mark, printed, valid_from)
    _note(actor, license, act, valid_from, decision, version=version)
    return version


def version_to_come(license: OperatingLicense, today: date) -> OperatingLicenseVersion | None:
    """Return the last version of a licence where it is another than the first and not yet in force."""
    last = max(license.versions.all(), key=lambda version: version.number, default=None)
    return last if last is not None and last.number > 1 and last.valid_from > today else None


def require_none_to_come(license: OperatingLicense, on: date) -> None:
    """Refuse another version for a day before one that is entered for a day to come."""
    coming = version_to_come(license, timezone.localdate())
    if coming is None or coming.valid_from < on:
        return
    message = _(
        "Licence %(license)s has version %(number)d (%(change)s) from %(day)s, which is still to"
        " come; no other version can begin before it. Take it back on the page of %(place)s, with"
        " “Take back a version to come”, or wait until that day is over."
    )
    said = {
        "license": license.number_raw,
        "number": coming.number,
        "change": coming.change,
        "day": f"{coming.valid_from:%d/%m/%Y}",
        "place": license.facility.name,
    }
    raise ValidationError(message, code="version_to_come", params=said)


def _require_near(on: date) -> None:
    """Refuse a first day so far ahead that it is a slip."""
    furthest = timezone.localdate() + settings.LICENSE_DAYS_AHEAD * ONE_DAY
    if on <= furthest:
        return
    message = _("%(day)s is far ahead; check the year. The furthest day is %(furthest)s.")
    said = {"day": f"{on:%d/%m/%Y}", "furthest": f"{furthest:%d/%m/%Y}"}
    raise ValidationError({"valid_from": ValidationError(message, code="day_far", params=said)})


def _next_mark(license: OperatingLicense, *, is_reissue: bool) -> str:
    letters = "CL" if is_reissue else "ĐC"
    return f"{letters}{license.versions.filter(change__startswith=letters).count() + 1}"


def _locked(license: OperatingLicense) -> OperatingLicense:
    """Return the licence for the one official who acts now; two may hold the same decision."""
    return OperatingLicense.objects.select_for_update().get(pk=license.pk)


def require_act(license: OperatingLicense, act: str, on: date) -> None:
    """Refuse what a licence in its state on a day cannot take."""
    state = license.state_on(on)
    if act in TAKES.get(state, set()):
        return
    raise ValidationError(
        _("The licence %(number)s is on %(day)s: %(state)s. “%(act)s” does not fit that."),
        code="license_state",
        params={
            "number": license.number_raw,
            "day": f"{on:%d/%m/%Y}",
            "state": State(state).label,
            "act": Act(act).label,
        },
    )


@transaction.atomic
def suspend_operating_license(
    *,
    actor: Any,
    license: OperatingLicense,
    valid_from: date,
    decision: Decision,
    ground: str,
    valid_until: date | None = None,
    part: str = "",
) -> OperatingLicenseEvent:
    """Suspend a licence, or the named part of its scope, by a decision."""
    return _act(
        actor, license, Act.SUSPENDED, valid_from, decision,
        ground=_reason(ground), valid_until=valid_until, part=part,
    )  # fmt: skip


@transaction.atomic
def resume_operating_license(
    *,
    actor: Any,
    license: OperatingLicense,
    valid_from: date,
    decision: Decision,
    ground: str = "",
    part: str = "",
) -> OperatingLicenseEvent:
    """Lift a suspension."""
    return _act(actor, license, Act.RESUMED, valid_from, decision, ground=ground, part=part)


@transaction.atomic
def close_for_a_time(
    *,
    actor: Any,
    license: OperatingLicense,
    valid_from: date,
    decision: Decision,
    ground: str,
    valid_until: date | None = None,
) -> OperatingLicenseEvent:
    """Note that the facility itself stops for a time."""
    return _act(
        actor, license, Act.CLOSED, valid_from, decision,
        ground=_reason(ground), valid_until=valid_until,
    )  # fmt: skip


@transaction.atomic
def reopen(
    *, actor: Any, license: OperatingLicense, valid_from: date, decision: Decision, ground: str = ""
) -> OperatingLicenseEvent:
    """Note that a facility that had stopped for a time works again."""
    return _act(actor, license, Act.REOPENED, valid_from, decision, ground=ground)


@transaction.atomic
def revoke_operating_license(
    *, actor: Any, license: OperatingLicense, valid_from: date, decision: Decision, ground: str
) -> OperatingLicenseEvent:
    """Revoke a licence for good; a new one needs a new dossier."""
    return _act(actor, license, Act.REVOKED, valid_from, decision, ground=_reason(ground))


def _act(
    actor: Any,
    license: OperatingLicense,
    kind: str,
    on: date,
    decision: Decision,
    **said: Any,
) -> OperatingLicenseEvent:
    license = _locked(license)
    require_act(license, kind, on)
    return _note(actor, license, kind, on, decision, **said)


def _reason(ground: str) -> str:
    if not ground.strip():
        raise ValidationError({"ground": ValidationError(_("Write why."), code="reason_missing")})
    return ground.strip()
