"""The whole public register of a night in one file, signed, for those who keep a copy.

Insurers, hospitals and the national portal fetch one snapshot and follow the changes from there.
The signature is Ed25519 over the bytes of the file, detached. The key comes from the settings'
``SIGNING_KEYS`` (the first one signs); its public half is published beside the file, so that
``openssl pkeyutl -verify -pubin -inkey khoa.pem -rawin -in FILE -sigfile FILE.sig`` answers.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from practitioners.models import RegisterChange, RegisterEntry, RegisterSnapshot
from practitioners.public.publishing import alone, batches

FORMAT = "mach-register/1"
# So many nights are kept; older files are taken off the disk, their hashes stay.
KEPT = 7
AT_ONCE = 5_000


def signing_key() -> Ed25519PrivateKey:
    """Return the key the register signs with, derived for this purpose alone."""
    secret: str = settings.SIGNING_KEYS[0]
    kdf = HKDF(hashes.SHA256(), 32, salt=b"mach.public_register", info=b"ed25519")
    return Ed25519PrivateKey.from_private_bytes(kdf.derive(secret.encode()))


def public_key() -> Ed25519PublicKey:
    """Return the half that verifies."""
    return signing_key().public_key()


def public_pem() -> bytes:
    """Return the public key as it is handed out."""
    return public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id() -> str:
    """Return by which name a signature tells its key: the hash of the public half."""
    raw = public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]


@transaction.atomic
def take_snapshot(*, at: datetime) -> RegisterSnapshot:
    """Write the register of today into one file and sign it; a second time the day's file is replaced.

    Nobody publishes meanwhile: whatever is told after the head's moment is not in the file, and all
    that was told before is.
    """
    alone()
    on = timezone.localdate(at)
    last = RegisterChange.objects.aggregate(last=Max("at"))["last"]
    with TemporaryFile() as file:
        count = _write(file, on, last)
        size, digest, signature = file.tell(), *_seal(file)
        row = RegisterSnapshot.objects.filter(on=on).first() or RegisterSnapshot(on=on)
        row.taken_at, row.entries, row.size = at, count, size
        row.sha256, row.signature, row.key_id = digest, signature, key_id()
        row.last_change_at = last
        row.save()
        if default_storage.exists(row.path):
            default_storage.delete(row.path)
        file.seek(0)
        default_storage.save(row.path, File(file))
    _forget_old()
    return row


def _write(file: IO[bytes], on: date, last: datetime | None) -> int:
    """Write a head line, then one line for each entry in the order of their ids."""
    rows = RegisterEntry.objects.filter(is_listed=True).order_by("practitioner_id")
    count = rows.count()
    head = {"format": FORMAT, "on": on, "entries": count, "last_change_at": last}
    # As the database writes it, which is always the same way; nothing is read and written again.
    lines = rows.annotate(line=Cast("public", TextField())).values_list("line", flat=True)
    # Neither name nor time in the header: the same register is the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
        packed.write(orjson.dumps(head) + b"\n")
        for some in batches(lines.iterator(chunk_size=AT_ONCE), AT_ONCE):
            packed.write("\n".join(some).encode() + b"\n")
    return count


def _seal(file: IO[bytes]) -> tuple[str, str]:
    """Return the hash and the signature of a file; its bytes stay on the disk."""
    file.flush()
    with mmap(file.fileno(), 0, access=ACCESS_READ) as held, memoryview(held) as content:
        return sha256(content).hexdigest(), signing_key().sign(content).hex()


def _forget_old() -> None:
    for row in RegisterSnapshot.objects.all()[KEPT : KEPT + 30]:
        if default_storage.exists(row.path):
            default_storage.delete(row.path)


def changes_of(day: date) -> QuerySet[RegisterChange]:
    """Return the changes of a day in Vietnam, in their order."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    rows = RegisterChange.objects.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    return rows.order_by("at", "id")


def lines_of(changes: QuerySet[RegisterChange]) -> Iterator[bytes]:
    """Yield changes as the feed writes them, a JSON line each, some thousands of lines at a time.

    Each piece is asked for on its own, from where the last one ended: nothing of a large day waits
    in the server or in the database for a slow reader.
    """
    ended: tuple[datetime, UUID] | None = None
    fields = ("practitioner_id", "kind", "at", "id", Cast("public", TextField()))
    while True:
        rest = changes
        if ended is not None:
            at, key = ended
            rest = changes.filter(Q(at__gt=at) | Q(at=at, id__gt=key), at__gte=at)
        rows = list(rest.values_list(*fields)[:AT_ONCE])
        if not rows:
            return
        yield b"".join(
            orjson.dumps(
                {"id": person, "kind": kind, "at": at, "entry": orjson.Fragment(public)},
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for person, kind, at, _key, public in rows
        )
        ended = rows[-1][2], rows[-1][3]
