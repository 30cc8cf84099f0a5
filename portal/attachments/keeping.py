"""Keep the bytes of a file: what they are, how large, under which hash."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.attachments.models import StoredFile

LARGEST = 10 * 1024 * 1024
SIGNATURES = (
    (b"%PDF-", StoredFile.Kind.PDF),
    (b"\xff\xd8\xff", StoredFile.Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", StoredFile.Kind.PNG),
)


def kind_of(content: bytes, name: str) -> str:
    """Say what the bytes are, or refuse them; the name is only repeated in the refusal."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return str(kind)
    raise ValidationError(
        _("%(name)s is neither PDF, JPEG nor PNG. Scan or photograph the paper and send that."),
        code="file_unknown_kind",
        params={"name": name},
    )


def require_size(size: int, name: str, largest: int = LARGEST) -> None:
    """Refuse an empty file, and one that is too large, before it is read."""
    if size == 0:
        raise ValidationError(
            _("%(name)s is empty. Choose the file again."), code="file_empty", params={"name": name}
        )
    if size > largest:
        raise ValidationError(
            _("%(name)s has %(size)d MB, at most %(most)d MB can be sent. Scan it at 150 dpi."),
            code="file_too_large",
            params={"name": name, "size": -(-size >> 20), "most": largest >> 20},
        )


@transaction.atomic
def keep(*, content: bytes, name: str, at: datetime, largest: int = LARGEST) -> StoredFile:
    """Keep the bytes once under their hash and have them scanned; known bytes are not kept again."""
    require_size(len(content), name, largest)
    kind = kind_of(content, name)
    digest = sha256(content).hexdigest()
    stored, is_new = StoredFile.objects.get_or_create(
        sha256=digest, defaults={"kind": kind, "size": len(content), "kept_at": at}
    )
    if stored.is_quarantined:
        raise ValidationError(
            _("%(name)s holds malware (%(threat)s) and was not taken. Clean the computer first."),
            code="file_infected",
            params={"name": name, "threat": stored.threat},
        )
    if not default_storage.exists(stored.path):
        default_storage.save(stored.path, ContentFile(content))
    if is_new:
        from portal.attachments.jobs import enqueue_scan

        enqueue_scan(stored)
    return stored


def open_stored(stored: StoredFile) -> IO[bytes]:
    """Open the bytes for reading; what lies in quarantine opens for nobody."""
    if stored.is_quarantined:
        raise ValidationError(
            _("This file holds malware (%(threat)s) and lies in quarantine; it cannot be opened."),
            code="file_infected",
            params={"threat": stored.threat},
        )
    return default_storage.open(stored.path)


def title_of(name: str) -> str:
    """Return a file's name as a title: no path, no ending."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1]
    return (plain.rsplit(".", 1)[0].strip() or plain)[:200]
