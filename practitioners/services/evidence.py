"""Keep copies of papers: known by their content, never by the name or type a sender gave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from practitioners.items import KEYS
from practitioners.models import Evidence

LARGEST = 10 * 1024 * 1024
MOST = 20
SIGNATURES = (
    (b"%PDF-", Evidence.Kind.PDF),
    (b"\xff\xd8\xff", Evidence.Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Evidence.Kind.PNG),
)


def sniff(content: bytes, name: str) -> str:
    """Say what the bytes are, or refuse them; the name is only repeated in the refusal."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return str(kind)
    raise ValidationError(
        _("%(name)s is neither PDF, JPEG nor PNG. Scan or photograph the paper and send that."),
        code="evidence_unknown_kind",
        params={"name": name},
    )


@transaction.atomic
def keep_evidence(
    *,
    content: bytes,
    name: str,
    proves: Iterable[str],
    client_key: UUID,
    actor: Any,
    at: datetime,
) -> Evidence:
    """Store one copy of a paper for the form ``client_key``; the same bytes lie on disk once."""
    if len(content) > LARGEST:
        raise ValidationError(
            _("%(name)s has %(size)d MB, at most %(most)d MB can be sent. Scan it at 150 dpi."),
            code="evidence_too_large",
            params={"name": name, "size": len(content) >> 20, "most": LARGEST >> 20},
        )
    if Evidence.objects.filter(client_key=client_key).count() >= MOST:
        raise ValidationError(
            _("At most %(most)d papers can be sent with one profile; join some into one PDF."),
            code="evidence_too_many",
            params={"most": MOST},
        )
    evidence = Evidence(
        client_key=client_key,
        title=title_of(name),
        sha256=sha256(content).hexdigest(),
        kind=sniff(content, name),
        size=len(content),
        proves=sorted(set(proves) & set(KEYS), key=KEYS.index),
        uploaded_by=actor,
        uploaded_at=at,
    )
    evidence.full_clean()
    if not default_storage.exists(evidence.path):
        default_storage.save(evidence.path, ContentFile(content))
    evidence.save(force_insert=True)
    return evidence


def title_of(name: str) -> str:
    """Return a file's name as the title of the paper: no path, no ending."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    return (plain.rsplit(".", 1)[0].strip() or plain)[:200]


def open_evidence(evidence: Evidence) -> IO[bytes]:
    """Open the bytes for reading."""
    return default_storage.open(evidence.path)
