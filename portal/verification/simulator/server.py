"""How does the stand-in answer over HTTP: late, wrongly, too often, twice, as a real register may?"""

from __future__ import annotations

import hmac
import json
import threading
import time
import urllib.request
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

from portal.verification.contract import PATH
from portal.verification.simulator.people import Known, compare

NOTICE = "MÔ PHỎNG, không phải Cơ sở dữ liệu quốc gia về dân cư; không có người thật nào ở đây."
PAGE = f"<!doctype html><html lang='vi'><title>Mô phỏng</title><h1>{NOTICE}</h1></html>"
MINUTE = 60.0
HERE = ("http://127.0.0.1:", "http://localhost:")  # answers are never sent to another machine
NEEDED = ("request_id", "personal_number", "name", "birth")
Reply = tuple[int, dict[str, Any], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What goes wrong by itself; a person's own faults come first."""

    delay: float = 0.0
    error_every: int = 0
    later_every: int = 0
    later_after: float = 1.0
    per_minute: int = 0
    twice: bool = False
    key: str = ""
    callback_secret: str = ""


class Simulator(ThreadingHTTPServer):
    """The stand-in; it listens on the loopback address and on no other."""

    daemon_threads = True

    def __init__(self, port: int, people: dict[str, Known], behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.people, self.behaviour = people, behaviour
        self.lock = threading.Lock()
        self.asked: deque[float] = deque()
        self.count = 0
        self.bodies: dict[str, bytes] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.ready_at: dict[str, float] = {}

    def fault_of(self, number: str) -> str:
        """Return what goes wrong with this request: the person's next fault, else the house's."""
        self.count += 1
        known = self.people.get(number)
        if known is not None and known.faults:
            return known.faults.pop(0)
        if self.behaviour.error_every and self.count % self.behaviour.error_every == 0:
            return "503"
        if self.behaviour.later_every and self.count % self.behaviour.later_every == 0:
            return "later"
        return ""

    def is_over_limit(self) -> bool:
        """Note a request, and say whether it is one too many in this minute."""
        now, most = time.monotonic(), self.behaviour.per_minute
        while self.asked and now - self.asked[0] > MINUTE:
            self.asked.popleft()
        if most and len(self.asked) >= most:
            return True
        self.asked.append(now)
        return False

    def wait_seconds(self) -> int:
        """Return in how many seconds the limit lets the next one through."""
        return max(1, int(MINUTE - (time.monotonic() - self.asked[0])) + 1) if self.asked else 1

    def answer(self, said: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request; the same request always has the same one."""
        key = said["request_id"]
        if key not in self.answers:
            self.answers[key] = {
                "request_id": key,
                "transaction_id": f"SIM-{sha256(key.encode()).hexdigest()[:12]}",
                "answered_at": datetime.now(UTC).isoformat(),
                **compare(said, self.people.get(said["personal_number"])),
                "simulator": True,
                "notice": NOTICE,
            }
        return self.answers[key]

    def send_later(self, said: dict[str, Any], times: int) -> None:
        """Have the answer sent to the asker after a while, as often as that."""
        url, after = str(said.get("callback_url", "")), self.behaviour.later_after
        key = said["request_id"]
        self.ready_at[key] = time.monotonic() + after
        self.answer(said)
        if url.startswith(HERE):
            threading.Timer(after, self._call_back, (url, self.answers[key], times)).start()

    def _call_back(self, url: str, answer: dict[str, Any], times: int) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode()
        for _time in range(times):
            moment = str(int(time.time()))
            signed = hmac.new(
                self.behaviour.callback_secret.encode(), moment.encode() + b"." + body, sha256
            )
            request = urllib.request.Request(  # noqa: S310 - the loopback address, checked above
                url,
                body,
                {
                    "Content-Type": "application/json",
                    "X-Timestamp": moment,
                    "X-Signature": signed.hexdigest(),
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=5):  # noqa: S310
                    pass
            except OSError:
                return


class Handler(BaseHTTPRequestHandler):
    """One request to the stand-in."""

    server: Simulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Say what this is, or whether a later answer is there."""
        if not self.path.startswith(f"{PATH}/"):
            self._send(200, PAGE.encode(), "text/html; charset=utf-8", {})
            return
        key = self.path.removeprefix(f"{PATH}/")
        with self.server.lock:
            answer = self.server.answers.get(key)
            is_ready = time.monotonic() >= self.server.ready_at.get(key, 0.0)
        if answer is None:
            self._reply(404, {"code": "not_found"}, {})
        elif is_ready:
            self._reply(200, answer, {})
        else:
            self._reply(202, {"request_id": key, "transaction_id": answer["transaction_id"]}, {})

    def do_POST(self) -> None:
        """Answer an inquiry, as well as it goes today."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.server.behaviour.delay)
        with self.server.lock:
            reply = self._answer(raw)
        if reply is None:
            time.sleep(30.0)  # longer than anybody waits
            self.close_connection = True
            return
        self._reply(*reply)

    def _answer(self, raw: bytes) -> Reply | None:
        if (refused := self._refusal(raw)) is not None:
            return refused
        said = json.loads(raw)
        fault = self.server.fault_of(said["personal_number"])
        if fault == "timeout":
            return None
        if (failed := self._failure(fault, said["request_id"])) is not None:
            return failed
        self.server.bodies[said["request_id"]] = raw
        answer = self.server.answer(said)
        return self._later(said, fault) if fault.startswith("later") else (200, answer, {})

    def _failure(self, fault: str, key: str) -> Reply | None:
        house = self.server
        if fault == "garbage":
            return 200, {"request_id": key, "result": "perhaps"}, {}
        if fault == "429" or house.is_over_limit():
            return 429, {"code": "rate_limited"}, {"Retry-After": str(house.wait_seconds())}
        if fault.isdecimal():
            return int(fault), {"code": "register_failed"}, {}
        return None

    def _later(self, said: dict[str, Any], fault: str) -> Reply:
        house = self.server
        house.send_later(said, 2 if house.behaviour.twice or fault == "later_twice" else 1)
        answer = house.answers[said["request_id"]]
        pending = {name: answer[name] for name in ("request_id", "transaction_id")}
        return 202, pending, {"Retry-After": str(max(1, round(house.behaviour.later_after)))}

    def _refusal(self, raw: bytes) -> Reply | None:
        key = self.server.behaviour.key
        if key and self.headers.get("Authorization") != f"Bearer {key}":
            return 401, {"code": "not_authorised"}, {}
        said = _read(raw)
        if self.path != PATH or said is None:
            return 400, {"code": "request_unreadable"}, {}
        number = said["personal_number"]
        if not (number.isdecimal() and len(number) == 12):
            return 422, {"code": "number_unreadable"}, {}
        if self.server.bodies.get(said["request_id"], raw) != raw:
            return 409, {"code": "key_reused"}, {}
        return None

    def _reply(self, status: int, said: dict[str, Any], headers: dict[str, str]) -> None:
        body = json.dumps({**said, "simulator": True}, ensure_ascii=False).encode()
        self._send(status, body, "application/json; charset=utf-8", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "X-Simulator": "1", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the asker did not wait

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests hold names."""


def _read(raw: bytes) -> dict[str, Any] | None:
    """Read a request that has all it needs."""
    try:
        said: dict[str, Any] = json.loads(raw)
        whole = all(isinstance(said[name], str) and said[name] for name in NEEDED)
    except (ValueError, KeyError, TypeError):
        return None
    return said if whole else None
