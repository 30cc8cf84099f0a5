"""Keep copies of papers: known by their content, never by the name or type a sender gave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.attachments.keeping import keep, title_of
from portal.attachments.models import StoredFile
from practitioners.items import KEYS
from practitioners.models import Evidence

MOST = 20


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
    if Evidence.objects.filter(client_key=client_key).count() >= MOST:
        raise ValidationError(
            _("At most %(most)d papers can be sent with one profile; join some into one PDF."),
            code="evidence_too_many",
            params={"most": MOST},
        )
    stored = keep(content=content, name=name, at=at)
    evidence = Evidence(
        client_key=client_key,
        title=title_of(name),
        sha256=stored.sha256,
        kind=stored.kind,
        size=stored.size,
        proves=sorted(set(proves) & set(KEYS), key=KEYS.index),
        uploaded_by=actor,
        uploaded_at=at,
    )
    evidence.full_clean()
    evidence.save(force_insert=True)
    return evidence


def stored_evidence(evidence: Evidence) -> StoredFile:
    """Return the stored file of a paper; one that was sent before files were scanned is kept anew."""
    stored = StoredFile.objects.filter(sha256=evidence.sha256).first()
    if stored is not None:
        return stored
    former = f"evidence/{evidence.sha256[:2]}/{evidence.sha256}.{evidence.kind}"
    with default_storage.open(former) as content:
        return keep(content=content.read(), name=evidence.title, at=evidence.uploaded_at)
