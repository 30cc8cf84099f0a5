"""At which addresses is the public register read? What is printed on a licence leads there for good."""

from __future__ import annotations

import re
from uuid import UUID

from django.urls import reverse

from practitioners.approved import license_key
from practitioners.models import PracticeLicense, Practitioner

SLUG = re.compile(r"(?P<serial>\d{1,9})-(?P<issuer>[^\W\d_]{2,4})-(?P<kind>[A-Za-z]{4})")


def person_url(practitioner_id: UUID) -> str:
    """Return the page of a practitioner."""
    return reverse("practitioners:lookup-person", args=[practitioner_id])


def speaks_for(practitioner_id: UUID) -> UUID | None:
    """Return whose page an address leads to where the row it names was replaced; None where it was not."""
    rows, found = Practitioner.objects.exclude(replaced_by=None), None
    key: UUID | None = practitioner_id
    while key is not None:
        key = rows.filter(pk=key).values_list("replaced_by", flat=True).first()
        found = key or found
    return found


def place_url(facility_id: UUID) -> str:
    """Return the page of a facility's practitioners."""
    return reverse("practitioners:lookup-place", args=[facility_id])


def license_url(license: PracticeLicense) -> str:
    """Return the address for the code on a licence: by its number, which outlives every record."""
    return _by_number(license.key)


def number_url(number: str) -> str:
    """Return the same for a number as printed; what is none has no address."""
    key = license_key(number)
    return _by_number(key) if key is not None else ""


def _by_number(key: tuple[int, str, str]) -> str:
    serial, issuer, kind = key
    return reverse("practitioners:lookup-number", args=[f"{serial:06d}-{issuer}-{kind}"])


def number_of(slug: str) -> str:
    """Read the number in such an address; what is none is empty."""
    match = SLUG.fullmatch(slug.upper())
    if match is None:
        return ""
    return f"{int(match['serial']):06d}/{match['issuer']}-{match['kind']}"
