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
from tempfile import TemporaryFile
from typing import IO, Any

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from practitioners.models import RegisterChange, RegisterEntry, RegisterSnapshot

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
    """Write the register of today into one file and sign it; a second time the day's file is replaced."""
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
    # Neither name nor time in the header: the same register is the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
        packed.write(orjson.dumps(head) + b"\n")
        for public in rows.values_list("public", flat=True).iterator(chunk_size=AT_ONCE):
            packed.write(orjson.dumps(public, option=orjson.OPT_SORT_KEYS) + b"\n")
    return count


def _seal(file: IO[bytes]) -> tuple[str, str]:
    file.seek(0)
    content = file.read()
    return sha256(content).hexdigest(), signing_key().sign(content).hex()


def _forget_old() -> None:
    for row in RegisterSnapshot.objects.all()[KEPT : KEPT + 30]:
        if default_storage.exists(row.path):
            default_storage.delete(row.path)


def changes_of(day: date) -> Iterator[dict[str, Any]]:
    """Return the changes of a day in their order, as the feed writes them."""
    begin = timezone.make_aware(datetime.combine(day, time()))  # midnight in Vietnam
    rows = RegisterChange.objects.filter(at__gte=begin, at__lt=begin + timedelta(days=1))
    for row in rows.order_by("at", "id").iterator(chunk_size=AT_ONCE):
        yield {"id": str(row.practitioner_id), "kind": row.kind, "at": row.at, "entry": row.public}
