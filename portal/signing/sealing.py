"""How is a signing key kept at rest: under a key of the settings, never in clear?"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NONCE, MARK = 12, 8


def seal(content: bytes, *, owner: str) -> bytes:
    """Encrypt with the first key of ``SIGNING_KEYS``; only the same owner's place opens it."""
    key, mark = _keys()[0]
    nonce = os.urandom(NONCE)
    return mark + nonce + AESGCM(key).encrypt(nonce, content, owner.encode())


def unseal(sealed: bytes, *, owner: str) -> bytes:
    """Decrypt what ``seal`` made; older keys of the settings are tried by their mark."""
    mark, nonce, rest = sealed[:MARK], sealed[MARK : MARK + NONCE], sealed[MARK + NONCE :]
    for key, known in _keys():
        if known == mark:
            try:
                return AESGCM(key).decrypt(nonce, rest, owner.encode())
            except InvalidTag:
                break
    raise ValidationError(
        _("The stored certificate cannot be opened on this server; set it up again."),
        code="certificate_sealed_elsewhere",
    )


def _keys() -> list[tuple[bytes, bytes]]:
    return [
        (_derived(secret, b"key", 32), _derived(secret, b"mark", MARK)) for secret in _secrets()
    ]


def _secrets() -> list[str]:
    secrets: list[str] = settings.SIGNING_KEYS
    return secrets


def _derived(secret: str, purpose: bytes, size: int) -> bytes:
    kdf = HKDF(hashes.SHA256(), size, salt=b"mach.portal.signing", info=purpose)
    return kdf.derive(secret.encode())
