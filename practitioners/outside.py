"""A facility of another deployment where somebody is said to work too: no row of this register.

Which hours it holds, and who is responsible there, is not known here. Both sides are heard in a case (Law 15/2023/QH15, article
36(1) and (2): no overlap of time, responsible for one facility only), the other one by letter through the department.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2s
from uuid import UUID

from practitioners.approved import license_key
from practitioners.assigned import facilities_in
from practitioners.items import Values

HOURS, RESPONSIBLE = "hours_overlap", "responsible_twice"


@dataclass(frozen=True, slots=True)
class Outside:
    """A facility that is known by its code alone."""

    code: str


def codes_of(values: Values) -> list[str]:
    """Return the codes of the other facilities a profile names."""
    codes, _strange = facilities_in(values.get("other_facilities", ""))
    return codes


def key_of(kind: str, values: Values, facility: UUID, code: str) -> str:
    """Name what may clash: the licence, the facility that says it, and the one outside.

    It does not name the person: the register may not know them yet, and the case goes on when it does.
    """
    number = values.get("license_number", "")
    said = "\n".join(map(str, (license_key(number) or number, facility, code))).encode()
    return f"{kind}:outside:{blake2s(said, digest_size=12).hexdigest()}"


def keys_of(profiles: Iterable[Values], facilities: Iterable[UUID]) -> Iterator[str]:
    """Return the names of all cases some profiles of these facilities may have."""
    places = list(facilities)
    for values in profiles:
        for code in codes_of(values):
            for facility in places:
                yield from (key_of(kind, values, facility, code) for kind in (HOURS, RESPONSIBLE))
