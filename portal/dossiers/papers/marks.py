"""What does the mark of a decision lead to? A public address that proves it, and tells no name."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

SIGNER = Signer(salt="portal.dossiers.decision", sep="|")


def _proof(body: str) -> str:
    return SIGNER.signature(body)[:16]


def token_of(dossier_id: UUID) -> str:
    """Return what the mark of a dossier's decision says."""
    return f"{dossier_id.hex}.{_proof(dossier_id.hex)}"


def read_token(token: str) -> UUID | None:
    """Return the dossier of a token, None when it is none of ours."""
    body, _stop, proof = token.strip().partition(".")
    if not constant_time_compare(proof, _proof(body)):
        return None
    try:
        return UUID(body)
    except ValueError:
        return None


def decision_address(dossier_id: UUID) -> str:
    """Return the address that proves a decision."""
    return settings.PUBLIC_ADDRESS + reverse("dossiers:check", args=[token_of(dossier_id)])


def tracking_address(code: str) -> str:
    """Return the address where a dossier is followed; without its second secret it names nobody."""
    return f"{settings.PUBLIC_ADDRESS}{reverse('dossiers:follow')}?code={code}"
