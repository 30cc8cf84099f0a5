"""What does the square mark of a paper say? An address that tells a stranger nothing of a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from healthrecords.models import Visit

SIGNER = Signer(salt="healthrecords.papers", sep="|")
OLD_SIGNER = Signer(salt="healthrecords.visit_slip", sep="|")
OLD_PREFIX = "MACH1"
PATH = "/giay/"
KINDS = {
    "p": "visit",
    "d": "prescription",
    "c": "referral",
    "r": "discharge",
    "t": "summary",
    "s": "birth",
    "g": "pregnancy",
    "n": "sick_leave",
    "h": "revisit",
}
LETTERS = {kind: letter for letter, kind in KINDS.items()}
DRAFT = 0  # the number of a paper that was printed before the visit was signed


@dataclass(frozen=True, slots=True)
class Mark:
    """A paper: its kind, its visit and the version it was printed from."""

    kind: str
    visit: UUID
    number: int = DRAFT

    @property
    def token(self) -> str:
        body = f"{LETTERS[self.kind]}{self.number}-{self.visit.hex}"
        return f"{body}-{_proof(body)}"

    @property
    def address(self) -> str:
        return f"{settings.PUBLIC_ADDRESS}{PATH}{self.token}"


def _proof(body: str) -> str:
    return SIGNER.signature(body)[:16]


def slip_mark(visit: Visit) -> str:
    """Return what the mark of a visit's slip says."""
    return Mark("visit", visit.pk).address


def read_token(token: str) -> Mark | None:
    """Return the paper of a token, None when it is none of ours."""
    body, proof = _parted(token)
    if not body or not constant_time_compare(proof, _proof(body)):
        return None
    head, _dash, key = body.partition("-")
    kind, number = KINDS.get(head[:1], ""), head[1:]
    if not kind or not number.isdigit():
        return None
    try:
        return Mark(kind, UUID(key), int(number))
    except ValueError:
        return None


def _parted(token: str) -> tuple[str, str]:
    """Cut a token before its proof, which may hold dashes itself."""
    head, _dash, rest = token.strip().partition("-")
    key, dash, proof = rest.partition("-")
    return (f"{head}-{key}", proof) if dash else ("", "")


def read_mark(text: str) -> UUID | None:
    """Return the visit that a scanned mark names: an address of ours, or a slip's older mark."""
    text = text.strip()
    if PATH in text:
        mark = read_token(text.rpartition(PATH)[2])
        return mark.visit if mark else None
    parts = text.split("|")
    if len(parts) != 3 or parts[0] != OLD_PREFIX:
        return None
    try:
        key = UUID(parts[1])
    except ValueError:
        return None
    genuine = OLD_SIGNER.signature(key.hex)[:16]
    return key if constant_time_compare(parts[2], genuine) else None
