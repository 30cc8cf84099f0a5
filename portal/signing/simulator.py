"""MÔ PHỎNG: a remote signing service for trials and tests, as docs/signing-service.md says it.

    python -m portal.signing.simulator --port 8090 --state DIRECTORY [--after SECONDS]

It signs for anybody who asks, with certificates of an authority that it makes itself and nobody
should trust: never run it in earnest. The page at ``/`` stands for the signer's phone.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.x509 import load_pem_x509_certificate
from pyhanko.sign.timestamps import DummyTimeStamper
from typing_extensions import override

from portal.signing.authority import Authority, Issued

LABEL = "MÔ PHỎNG, không phải dịch vụ ký số thật"
LIFE = timedelta(days=365)
ENDED = {"signed", "refused", "expired", "cancelled"}


@dataclass
class Transaction:
    """One request for signatures, and what its signer answered."""

    id: str
    credential: str
    about: str
    hashes: list[bytes]
    asked: float
    state: str = "waiting"
    signatures: list[bytes] = field(default_factory=list)


@dataclass
class Behaviour:
    """How the service behaves: confirms by itself after a while, refuses, fails, is slow."""

    after: float | None = None  # seconds until it confirms by itself; None waits for the phone
    refuses: bool = False
    failures: int = 0  # so many next answers are errors
    delay: float = 0.0  # seconds before each answer
    forgets: int = 0  # so many next answers are lost after the work is done: the asker asks twice
    garbles: str | None = None  # said in place of a person's certificates


class Service:
    """The state of the service; one lock for all of it."""

    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self.folder, self.behaviour = folder, behaviour
        self.lock = threading.Lock()
        self.transactions: dict[str, Transaction] = {}
        self.by_request: dict[str, str] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.authority = Authority(self._kept("root", self._found))
        stamping = self._kept(
            "stamping", lambda: self._issue("Mô phỏng cấp dấu thời gian", stamps=True)
        )
        self.stamper = DummyTimeStamper(
            _asn1(stamping), asn1_keys.PrivateKeyInfo.load(_key_der(stamping.key))
        )

    def _found(self) -> Issued:
        return Authority.found(datetime.now(UTC)).root

    def _issue(self, name: str, *, stamps: bool = False) -> Issued:
        now = datetime.now(UTC)
        since = now - timedelta(minutes=5)
        return self.authority.issue(name, since=since, until=now + LIFE, stamps_time=stamps)

    def _kept(self, name: str, make: Any) -> Issued:
        """Return what was made in an earlier run, or make it now."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        if certificate.exists() and key.exists():
            private = serialization.load_pem_private_key(key.read_bytes(), None)
            if isinstance(private, rsa.RSAPrivateKey):
                return Issued(load_pem_x509_certificate(certificate.read_bytes()), private)
        issued: Issued = make()
        key.touch(mode=0o600)
        key.write_bytes(_key_pem(issued.key))
        certificate.write_bytes(issued.pem())
        return issued

    def publish(self, trust: Path) -> None:
        """Write the issuer and its empty list of revoked certificates to a place of trust."""
        trust.mkdir(mode=0o700, parents=True, exist_ok=True)
        (trust / "mo-phong.pem").write_bytes(self.authority.root.pem())
        (trust / "mo-phong.crl").write_bytes(self.authority.revocations([], at=datetime.now(UTC)))

    def enrol(self, said: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Give a person the certificate of their name; the second time the same one."""
        credential = secrets.token_hex(4) if not said.get("user") else _file_name(str(said["user"]))
        issued = self._kept(f"person-{credential}", lambda: self._issue(str(said["name"])))
        certificates = (issued.pem() + self.authority.root.pem()).decode()
        garbled = self.behaviour.garbles
        return HTTPStatus.OK, {
            "credential": credential,
            "certificates": certificates if garbled is None else garbled,
            "simulator": True,
        }

    def request(self, said: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Take a request; the same request again is the same transaction."""
        credential = str(said.get("credential", ""))
        if not (self.folder / f"person-{_file_name(credential)}.key").exists():
            return HTTPStatus.NOT_FOUND, {"message": "Không có chứng thư này ở dịch vụ."}
        key = str(said["request"])
        if key not in self.by_request:
            asked = [bytes.fromhex(one) for one in said["hashes"]]
            made = Transaction(
                secrets.token_hex(8),
                credential,
                str(said.get("about", "")),
                asked,
                time.monotonic(),
            )
            self.transactions[made.id] = made
            self.by_request[key] = made.id
        return HTTPStatus.ACCEPTED, {"transaction": self.by_request[key]}

    def progress(self, number: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Tell how far a transaction is; its signatures each time it is asked."""
        found = self.transactions.get(number)
        if found is None:
            return HTTPStatus.NOT_FOUND, {"message": "Không có yêu cầu này."}
        after = self.behaviour.after
        if (
            found.state == "waiting"
            and after is not None
            and time.monotonic() - found.asked >= after
        ):
            self.answer(found, confirms=not self.behaviour.refuses)
        signatures = [base64.b64encode(one).decode() for one in found.signatures]
        return HTTPStatus.OK, {"state": found.state, "signatures": signatures}

    def answer(self, found: Transaction, *, confirms: bool) -> None:
        """Do what the signer says on the phone."""
        if found.state in ENDED:
            return
        if not confirms:
            found.state = "refused"
            return
        issued = self._kept(f"person-{_file_name(found.credential)}", self._found)
        prehashed = utils.Prehashed(hashes.SHA256())
        found.signatures = [
            issued.key.sign(one, padding.PKCS1v15(), prehashed) for one in found.hashes
        ]
        found.state = "signed"

    def cancel(self, number: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Take a request back."""
        found = self.transactions.get(number)
        if found is not None and found.state not in ENDED:
            found.state = "cancelled"
        return HTTPStatus.OK, {"state": found.state if found else "unknown"}


class Handler(BaseHTTPRequestHandler):
    """The service's addresses."""

    service: Service
    server_version = "Mo-phong-ky-so"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        sys.stderr.write(f"{LABEL}: {format % args}\n")

    def do_GET(self) -> None:
        """Answer for the phone's page and for the progress of a transaction."""
        if self.path == "/":
            self._html(self._phone())
            return
        number = self.path.removeprefix("/v1/signatures/")
        self._answer(lambda _said: self.service.progress(number), {})

    def do_POST(self) -> None:
        """Answer for everything that is asked or told."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/timestamp":
            self._stamp(body)
            return
        if self.path.startswith("/phone/"):
            self._phone_says()
            return
        deeds: dict[str, Any] = {
            "/v1/credentials": self.service.enrol,
            "/v1/signatures": self.service.request,
            "/simulator/behaviour": self._behave,
        }
        deed = deeds.get(self.path)
        if deed is None and self.path.endswith("/cancel"):
            number = self.path.split("/")[-2]
            deed = lambda _said: self.service.cancel(number)  # noqa: E731
        if deed is None:
            self._json(HTTPStatus.NOT_FOUND, {"message": "Không có địa chỉ này."})
            return
        self._answer(deed, json.loads(body or b"{}"))

    def _answer(self, deed: Any, said: dict[str, Any]) -> None:
        behaviour = self.service.behaviour
        time.sleep(behaviour.delay)
        is_told = self.path.startswith("/simulator")
        with self.service.lock:
            if behaviour.failures > 0 and not is_told:
                behaviour.failures -= 1
                self._json(HTTPStatus.SERVICE_UNAVAILABLE, {"message": "Dịch vụ đang bận."})
                return
            try:
                status, answer = deed(said)
            except (KeyError, ValueError) as error:
                status, answer = HTTPStatus.BAD_REQUEST, {"message": f"Thiếu hoặc sai: {error}."}
            if behaviour.forgets > 0 and not is_told:
                behaviour.forgets -= 1
                self.close_connection = True
                return
        self._json(status, answer)

    def _behave(self, said: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        for name, value in said.items():
            if not hasattr(self.service.behaviour, name):
                raise KeyError(name)
            setattr(self.service.behaviour, name, value)
        return HTTPStatus.OK, {}

    def _stamp(self, body: bytes) -> None:
        answer = self.service.stamper.request_tsa_response(tsp.TimeStampReq.load(body))
        self._send(HTTPStatus.OK, "application/timestamp-reply", answer.dump())

    def _phone(self) -> str:
        rows = [
            f"<li><b>{html.escape(one.about)}</b> ({html.escape(one.credential)}, "
            f"{len(one.hashes)} chữ ký): {one.state}"
            + (
                f'<form method="post" action="/phone/{one.id}/confirm"><button>Xác nhận ký</button></form>'
                f'<form method="post" action="/phone/{one.id}/refuse"><button>Từ chối</button></form>'
                if one.state == "waiting"
                else ""
            )
            + "</li>"
            for one in reversed(self.service.transactions.values())
        ]
        return (
            f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{LABEL}</title>'
            f"<h1>{LABEL}</h1><p>Trang này thay cho điện thoại của người ký.</p>"
            f"<ul>{''.join(rows) or '<li>Chưa có yêu cầu ký nào.</li>'}</ul></html>"
        )

    def _phone_says(self) -> None:
        _empty, _phone, number, deed = self.path.split("/")
        with self.service.lock:
            found = self.service.transactions.get(unquote(number))
            if found is not None:
                self.service.answer(found, confirms=deed == "confirm")
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        content = json.dumps({**answer, "label": LABEL}, ensure_ascii=False).encode()
        self._send(status, "application/json", content)

    def _html(self, text: str) -> None:
        self._send(HTTPStatus.OK, "text/html; charset=utf-8", text.encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _file_name(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in text)[:80]


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _key_der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _asn1(issued: Issued) -> asn1_x509.Certificate:
    content = issued.certificate.public_bytes(serialization.Encoding.DER)
    return asn1_x509.Certificate.load(content)


def main() -> None:
    """Serve until the program is ended."""
    parser = argparse.ArgumentParser(description=LABEL)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--trust", type=Path, help="where to publish the issuer")
    parser.add_argument("--after", type=float, help="seconds until it confirms by itself")
    said = parser.parse_args()
    service = Service(said.state, Behaviour(after=said.after))
    if said.trust:
        service.publish(said.trust)
    handler = type("BoundHandler", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", said.port), handler)
    sys.stdout.write(f"{LABEL}: http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
