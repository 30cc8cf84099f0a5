"""Keep a file as it came, and open a batch for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.intake import storage
from portal.intake.declaration import kind_of
from portal.intake.models import Batch, StoredFile
from portal.places.models import Organisation

MEGABYTES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sends it: its name, its content, from where."""

    name: str
    chunks: Iterable[bytes]
    address: str | None = None


def receive_file(
    *, actor: User | None, sent: Sent, kind: str, organisation: Organisation, at: datetime
) -> Batch:
    """Keep a file as it came and open a batch for it; the caller enqueues the reading."""
    kept = storage.keep(_no_more_than(sent.chunks, MEGABYTES_AT_MOST * 1_000_000))
    with transaction.atomic():
        file, _created = StoredFile.objects.get_or_create(
            sha256=kept.sha256,
            defaults={
                "size": kept.size,
                "path": kept.path,
                "name": sent.name[-255:],
                "received_at": at,
                "received_by": actor,
                "address": sent.address,
            },
        )
        batch = Batch(
            file=file,
            file_name=sent.name[-255:],
            kind=kind_of(kind).id,
            organisation=organisation,
            sent_by=actor,
            address=sent.address,
            received_at=at,
        )
        batch.full_clean(exclude=["sent_by"])  # None is the system
        batch.save(force_insert=True)
    return batch


def _no_more_than(chunks: Iterable[bytes], size: int) -> Iterable[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > size:
            raise ValidationError(
                _("The file is larger than %(size)s MB; split it into several files."),
                code="file_too_large",
                params={"size": size // 1_000_000},
            )
        yield chunk
