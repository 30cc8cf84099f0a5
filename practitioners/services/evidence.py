"""Keep copies of papers: known by their content, never by the name or type a sender gave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.attachments.keeping import keep, title_of
from portal.attachments.models import StoredFile
from practitioners.items import KEYS
from practitioners.models import Evidence

MOST = 20
MOST_PAGES = 999


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
        page_count=pages_in(content) if stored.kind == StoredFile.Kind.PDF else 1,
        proves=sorted(set(proves) & set(KEYS), key=KEYS.index),
        uploaded_by=actor,
        uploaded_at=at,
    )
    evidence.full_clean()
    evidence.save(force_insert=True)
    return evidence


def pages_in(content: bytes) -> int | None:
    """Count the pages of a PDF; None where its own list of pages cannot be read."""
    try:
        pages = PdfFileReader(BytesIO(content), strict=False).root["/Pages"]
        return min(int(pages["/Count"]), MOST_PAGES)
    except (PdfError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


@transaction.atomic
def mark_page(*, evidence: Evidence, key: str, page: int) -> Evidence:
    """Say on which page of a paper an item stands; whoever opens it next is led there."""
    row = Evidence.objects.select_for_update().get(pk=evidence.pk)
    if key not in KEYS or not 1 <= page <= (row.page_count or 1):
        raise ValidationError(
            _("The paper has no page %(page)d; choose one of its pages."),
            code="page_unknown",
            params={"page": page},
        )
    row.pages = {**row.pages, key: page}
    row.proves = sorted({*row.proves, key}, key=KEYS.index)
    row.save(update_fields=["pages", "proves"])
    return row


def stored_evidence(evidence: Evidence) -> StoredFile:
    """Return the stored file of a paper; one that was sent before files were scanned is kept anew."""
    stored = StoredFile.objects.filter(sha256=evidence.sha256).first()
    if stored is not None:
        return stored
    former = f"evidence/{evidence.sha256[:2]}/{evidence.sha256}.{evidence.kind}"
    with default_storage.open(former) as content:
        return keep(content=content.read(), name=evidence.title, at=evidence.uploaded_at)
