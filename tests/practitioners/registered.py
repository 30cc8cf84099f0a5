"""People of the register with licence, registration and hours, made without the desk."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from portal.names import sort_key
from portal.places.models import Organisation
from practitioners.models import (
    LicenseVersion,
    PracticeLicense,
    Practitioner,
    Registration,
    WorkingSlot,
)

VERIFIED_AT = datetime(2026, 10, 1, 3, tzinfo=UTC)
_SERIALS = count(7_000)


def make_registered(name: str, facility: Organisation | None = None, **facts: Any) -> Practitioner:
    """Make a verified practitioner with a licence, and at a facility from Monday to Friday."""
    person = Practitioner.objects.create(
        name=name,
        name_sort=sort_key(name),
        birth_date=facts.get("birth_date", date(1980, 5, 20)),
        sex=facts.get("sex", "female"),
        phone="0912000552",
        email="nguoi@example.vn",
        verified_at=VERIFIED_AT,
    )
    give_license(person, **facts)
    if facility is not None:
        register_at(person, facility, **facts)
    return person


def give_license(person: Practitioner, **facts: Any) -> PracticeLicense:
    """Give a practitioner a licence and its first paper."""
    serial = facts.get("serial") or next(_SERIALS)
    kind, issuer = facts.get("kind", "gphn"), facts.get("issuer", "ĐB")
    printed = {
        "number_raw": f"{serial:06d}/{issuer}-{kind.upper()}",
        "title": facts.get("title", "doctor"),
        "scope": facts.get("scope", "Nội khoa"),
        "issued_on": facts.get("issued_on", date(2024, 3, 10)),
        "issued_by": "Sở Y tế tỉnh Điện Biên",
    }
    until = facts.get("valid_until", date(2029, 3, 10))
    license = PracticeLicense.objects.create(
        practitioner=person,
        serial=serial,
        issuer_code=issuer,
        kind=kind,
        valid_until=until,
        **printed,
    )
    LicenseVersion.objects.create(
        license=license,
        number=1,
        act="issued",
        expires_on=until,
        valid_from=printed["issued_on"],
        scope_codes=facts.get("scope_codes", []),
        **printed,
    )
    return license


def register_at(person: Practitioner, facility: Organisation, **facts: Any) -> Registration:
    """Register a practitioner at a facility, with the same hours on each weekday given."""
    registration = Registration.objects.create(
        practitioner=person,
        facility=facility,
        position_text=facts.get("position_text", "Bác sỹ điều trị"),
        is_full_time=facts.get("is_full_time", True),
        valid_from=facts.get("registered_from", date(2025, 7, 1)),
        valid_until=facts.get("registered_until"),
    )
    WorkingSlot.objects.bulk_create(
        WorkingSlot(
            practitioner=person,
            facility=facility,
            registration=registration,
            weekday=weekday,
            starts=starts,
            ends=ends,
            valid_from=registration.valid_from,
            valid_until=registration.valid_until,
        )
        for weekday in facts.get("weekdays", (2, 3, 4, 5, 6))
        for starts, ends in facts.get("hours", ((450, 690), (810, 990)))
    )
    return registration
