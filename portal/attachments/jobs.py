"""Files are scanned by the worker: at once, again while the scanner does not answer, and in sweeps."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy

from portal.attachments.models import StoredFile
from portal.attachments.scanning import ScannerUnavailableError, scan_stored, scanner_address
from portal.jobs import job

SWEPT_AT_ONCE = 200
AGAIN = RetryStrategy(
    max_attempts=6, exponential_wait=4, retry_exceptions={ScannerUnavailableError}
)
WAITING = (StoredFile.State.NOT_SCANNED, StoredFile.State.UNAVAILABLE)


@job(queue="scans", retry=AGAIN)
def scan_file(*, file_id: str) -> str:
    """Scan one file."""
    stored = StoredFile.objects.filter(pk=UUID(file_id)).first()
    if stored is None:  # the transaction that kept it did not come about
        return ""
    return str(scan_stored(stored, at=timezone.now()).state)


def enqueue_scan(stored: StoredFile) -> None:
    """Have the file scanned once this transaction is committed, where a scanner is set up."""
    if scanner_address() is not None:
        scan_file.configure(lock=f"scan {stored.pk}").defer(file_id=str(stored.pk))


@job(periodic="*/15 * * * *", queueing_lock="scan_waiting")
def scan_waiting(timestamp: int | None = None) -> int:
    """Scan what has no verdict yet, the oldest first; stops when the scanner does not answer."""
    if scanner_address() is None:
        return 0
    scanned = 0
    rows = StoredFile.objects.filter(state__in=WAITING).order_by("kept_at", "id")
    for stored in rows[:SWEPT_AT_ONCE]:
        try:
            scan_stored(stored, at=timezone.now())
        except ScannerUnavailableError:
            break
        except FileNotFoundError:
            continue
        scanned += 1
    return scanned
