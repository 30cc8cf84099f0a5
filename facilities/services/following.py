"""What a decision on an operating licence says of a place becomes what is known of the place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from facilities.forms_of_name import kind_of_form
from facilities.hours import can_be_read
from facilities.models import (
    BedCount,
    Facility,
    FacilityName,
    OperatingLicense,
    OperatingLicenseVersion,
)
from facilities.services.facts import count_beds, set_hours
from facilities.services.known_since import is_known_later
from facilities.services.licensing import Decision
from facilities.services.registering import rename_facility

logger = logging.getLogger(__name__)
GONE = frozenset({OperatingLicense.State.REVOKED, OperatingLicense.State.SUPERSEDED})


@transaction.atomic
def follow_license(
    *, facility: Facility, said: Mapping[str, Any], on: date, decision: Decision
) -> None:
    """Let form, name, address, registered beds and hours of a place follow its licence from a day.

    What is known from a later day stays: it is newer than the paper. Hours that are no sentence of
    a sign stay words of the paper.
    """
    for name, take in _TAKES.items():
        if said.get(name) not in (None, ""):
            take(facility, said[name], on, decision)


def _take_form(facility: Facility, form: str, on: date, decision: Decision) -> None:
    if facility.form != form and is_known_later(facility, "form", on):
        return
    facility.form = form
    facility.save(update_fields=["form"])
    kind, organisation = kind_of_form(form), facility.organisation
    if kind and organisation.kind != kind:
        organisation.kind = kind
        organisation.save(update_fields=["kind"])


def _take_address(facility: Facility, address: str, on: date, decision: Decision) -> None:
    if facility.address == address or is_known_later(facility, "address", on):
        return
    facility.address, facility.former_district = address, ""
    facility.save(update_fields=["address", "former_district"])


def _take_name(facility: Facility, name: str, on: date, decision: Decision) -> None:
    days = facility.names.filter(kind=FacilityName.Kind.OFFICIAL).values_list(
        "valid_from", flat=True
    )
    if max(days, default=facility.organisation.valid_from) <= on:
        rename_facility(facility=facility, name=name, on=on)


def _take_beds(facility: Facility, count: int, on: date, decision: Decision) -> None:
    place, kind = facility.organisation, BedCount.Kind.REGISTERED
    rows = place.bedcount_rows.filter(department=None, kind=kind)
    if not rows.filter(valid_from__gt=on).exists():
        count_beds(facility=place, kind=kind, count=count, valid_from=on, decision=decision)


def _take_hours(facility: Facility, text: str, on: date, decision: Decision) -> None:
    place, plain = facility.organisation, " ".join(text.split())
    if place.openingschedule_rows.filter(valid_from__gt=on).exists():
        return
    if place.openingschedule_rows.filter(valid_until=None, text=plain).exists():
        return
    if can_be_read(plain):
        set_hours(facility=place, text=plain, valid_from=on)


@transaction.atomic
def follow_version(
    *,
    facility: Facility,
    version: OperatingLicenseVersion,
    said: Mapping[str, Any],
    decision: Decision,
) -> None:
    """Let a place follow a version that was entered by hand: at once, or when its day comes."""
    if version.valid_from > timezone.localdate():
        await_day(version=version)
    else:
        follow_license(facility=facility, said=said, on=version.valid_from, decision=decision)


@transaction.atomic
def await_day(*, version: OperatingLicenseVersion) -> None:
    """Let a place follow its licence when the day of a version comes, which is still to come."""
    version.is_awaited = True
    version.save(update_fields=["is_awaited"])


def follow_licenses(*, today: date) -> int:
    """Let places follow the versions whose day has come; a night that was missed is caught up with."""
    due = OperatingLicenseVersion.objects.filter(is_awaited=True, valid_from__lte=today)
    keys = due.order_by("valid_from", "number", "id").values_list("pk", flat=True)
    return sum(_is_followed(key) for key in list(keys))


def _is_followed(key: UUID) -> bool:
    """Follow one version; what refuses it stays awaited, is told in the log and holds up no other."""
    try:
        return _follow_on_its_day(key)
    except (ValidationError, IntegrityError):
        logger.exception("The facility cannot follow version %s of its licence.", key)
        return False


@transaction.atomic  # its own: what the database refuses of one version undoes that one alone
def _follow_on_its_day(key: UUID) -> bool:
    """Take what one version changed; of a licence that is gone by then nothing is taken."""
    version = (
        OperatingLicenseVersion.objects.select_for_update(of=["self"])
        .select_related("license__facility")
        .filter(pk=key)
        .first()
    )
    if (
        version is None or not version.is_awaited
    ):  # taken back, or followed, since it was looked for
        return False
    version.is_awaited = False
    version.save(update_fields=["is_awaited"])
    license, on = version.license, version.valid_from
    facility = Facility.objects.filter(organisation=license.facility_id).first()
    if facility is None or license.state_on(on) in GONE:
        return False
    before = license.versions.filter(number__lt=version.number).order_by("-number").first()
    said = {
        name: to for name in _TAKES if (to := getattr(version, name)) != getattr(before, name, None)
    }
    follow_license(facility=facility, said=said, on=on, decision=_decision_of(version))
    return True


def _decision_of(version: OperatingLicenseVersion) -> Decision:
    event = version.events.order_by("id").first()
    if event is None:
        return Decision()
    return Decision(event.decision_no, event.decided_on, event.decided_by, event.dossier_id)


_TAKES: Mapping[str, Callable[[Facility, Any, date, Decision], None]] = {
    "form": _take_form,
    "address": _take_address,
    "name": _take_name,
    "beds": _take_beds,
    "hours": _take_hours,
}
