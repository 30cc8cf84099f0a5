"""Files are known by their bytes, kept once, scanned by a process of its own, and held back when infected."""

import io
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from portal.attachments.jobs import scan_file, scan_waiting
from portal.attachments.keeping import keep, open_stored, title_of
from portal.attachments.models import StoredFile
from portal.attachments.scanning import (
    CHUNK,
    ScannerUnavailableError,
    scan,
    scan_stored,
    scanner_address,
)
from portal.attachments.serving import answer
from tests.attachments.clamd_simulator import EICAR

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 5, 2, tzinfo=UTC)
PDF = b"%PDF-1.7\n%a paper\n%%EOF\n"
BAD = b"%PDF-1.7\n" + EICAR + b"\n%%EOF\n"
HERE = Path(__file__).parent
Start = Callable[..., tuple[str, int]]


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def start(settings: Any) -> Iterator[Start]:
    """Start the simulated scanner as a process, and set the portal up with it."""
    started = []

    def begin(*options: str) -> tuple[str, int]:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "clamd_simulator.py"), *options], stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        settings.MALWARE_SCANNER = f"tcp://127.0.0.1:{address[1]}"
        return address

    yield begin
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def nobody_listens() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (b"\xff\xd8\xff\xe0jfif", "jpg"), (b"\x89PNG\r\n\x1a\n..", "png")],
)
def test_a_file_is_what_its_bytes_are_whatever_it_is_called(content: bytes, kind: str) -> None:
    stored = keep(content=content, name="thiep-cuoi.exe", at=AT)
    assert (stored.kind, stored.sha256) == (kind, sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><script>alert(1)</script></html>", "file_unknown_kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "file_unknown_kind"),
        (b"MZ\x90\x00", "file_unknown_kind"),
        (b"", "file_empty"),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "file_too_large"),
    ],
)
def test_what_is_no_paper_is_refused_and_not_kept(
    content: bytes, code: str, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError) as refused:
        keep(content=content, name="ket-qua.pdf", at=AT)
    assert refused.value.code == code
    assert not StoredFile.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_same_bytes_are_kept_once() -> None:
    first, second = keep(content=PDF, name="a.pdf", at=AT), keep(content=PDF, name="b.pdf", at=AT)
    assert first == second
    with open_stored(first) as content:
        assert content.read() == PDF


def test_without_a_scanner_a_file_says_that_it_was_not_scanned(settings: Any) -> None:
    settings.MALWARE_SCANNER = ""
    assert scanner_address() is None
    stored = keep(content=PDF, name="a.pdf", at=AT)
    assert scan_stored(stored, at=AT).state == "not_scanned"
    assert scan_waiting() == 0


def test_a_clean_file_is_found_clean(start: Start) -> None:
    start()
    stored = keep(content=PDF, name="a.pdf", at=AT)
    assert scan_file(file_id=str(stored.pk)) == "clean"
    stored.refresh_from_db()
    assert (stored.state, stored.threat) == ("clean", "")
    assert stored.scanned_at is not None


def test_an_infected_file_goes_into_quarantine_and_opens_for_nobody(start: Start) -> None:
    start()
    stored = keep(content=BAD, name="a.pdf", at=AT)
    lay = stored.path
    stored = scan_stored(stored, at=AT)
    assert (stored.state, stored.threat) == ("infected", "Eicar-Signature")
    assert not default_storage.exists(lay)
    assert default_storage.exists(stored.path)
    with pytest.raises(ValidationError) as refused:
        open_stored(stored)
    assert refused.value.code == "file_infected"
    assert answer(stored).status_code == 403
    assert scan_stored(stored, at=AT) == stored  # twice is once


def test_bytes_known_to_be_infected_are_refused_the_next_time(start: Start) -> None:
    start()
    scan_stored(keep(content=BAD, name="a.pdf", at=AT), at=AT)
    with pytest.raises(ValidationError) as refused:
        keep(content=BAD, name="b.pdf", at=AT)
    assert refused.value.code == "file_infected"


def test_a_scanner_that_does_not_answer_is_asked_again(start: Start) -> None:
    start("--errs", "1")
    stored = keep(content=PDF, name="a.pdf", at=AT)
    with pytest.raises(ScannerUnavailableError):
        scan_stored(stored, at=AT)
    stored.refresh_from_db()
    assert (stored.state, stored.scanned_at) == ("unavailable", None)
    assert scan_waiting() == 1
    stored.refresh_from_db()
    assert stored.state == "clean"


def test_no_scanner_at_the_address_is_said_and_the_file_still_opens(settings: Any) -> None:
    settings.MALWARE_SCANNER = f"tcp://127.0.0.1:{nobody_listens()}"
    stored = keep(content=PDF, name="a.pdf", at=AT)
    with pytest.raises(ScannerUnavailableError):
        scan_stored(stored, at=AT)
    stored.refresh_from_db()
    assert stored.state == "unavailable"
    with closing(answer(stored)) as response:
        assert response.status_code == 200


def test_a_slow_scanner_is_not_waited_for_without_end(start: Start) -> None:
    address = start("--delays", "5")
    with pytest.raises(ScannerUnavailableError):
        scan(io.BytesIO(PDF), address, timeout=0.3)


def test_a_scanner_that_refuses_the_size_gives_no_verdict(start: Start) -> None:
    address = start()
    with pytest.raises(ScannerUnavailableError, match=r"no verdict|reached"):
        scan(io.BytesIO(b"%PDF-" + b"0" * 27_000_000), address)


def test_a_threat_across_two_chunks_is_found(start: Start) -> None:
    address = start()
    content = b"%PDF-" + b"0" * (CHUNK - 20) + EICAR
    assert scan(io.BytesIO(content), address).threat == "Eicar-Signature"


def test_a_file_is_sent_to_be_saved_under_its_hash() -> None:
    stored = keep(content=PDF, name="Quàng Thị Hặc.pdf", at=AT)
    with closing(answer(stored)) as response:
        assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="{stored.sha256[:12]}.pdf"'
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == (
        "application/pdf",
        "nosniff",
    )
    assert "no-store" in response["Cache-Control"]


def test_a_title_is_the_name_without_path_and_ending() -> None:
    assert title_of("C:\\Anh\\ket qua 12.pdf") == "ket qua 12"
    assert title_of("../../etc/passwd") == "passwd"
