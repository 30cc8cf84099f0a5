"""Since which day does the register know the form and the address of a place, which keep no days?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone

from facilities.models import Facility, OperatingLicenseVersion
from portal.audit.changes import history_of


def is_known_later(facility: Facility, name: str, on: date) -> bool:
    """Say whether a field of a place is known from a later day than one: that is newer than a paper.

    It is where a later version of its licence changed it, or where a person did since; what nobody
    ever changed is known as long as the place is.
    """
    value = getattr(facility, name)
    if not value:
        return False
    versions = list(_followed(facility))
    if any(day > on for day, _said in _changes(versions, name)):
        return True
    if any(getattr(version, name) == value for version in versions):
        return False
    return (_mended_on(facility, name) or facility.organisation.valid_from) > on


def _followed(facility: Facility) -> Iterator[OperatingLicenseVersion]:
    """Yield what licences of a place said and the register followed, in their order."""
    rows = OperatingLicenseVersion.objects.filter(license__facility=facility.organisation_id)
    ordered = rows.filter(is_awaited=False).order_by("valid_from", "number", "id")
    yield from ordered


def _changes(versions: list[OperatingLicenseVersion], name: str) -> Iterator[tuple[date, Any]]:
    """Yield from which day what a version says is another than before."""
    before: Any = ""
    for version in versions:
        said = getattr(version, name)
        if said and said != before:
            yield version.valid_from, said
            before = said


def _mended_on(facility: Facility, name: str) -> date | None:
    """Return the day of the last change of a field, None where it is as it was entered."""
    history: Any = history_of(Facility)
    rows = history.objects.filter(pgh_obj_id=facility.pk).order_by("-pgh_id")
    last = None
    for said, at in rows.values_list(name, "pgh_created_at"):
        if said != getattr(facility, name):
            return timezone.localdate(last) if last else None
        last = at
    return None
