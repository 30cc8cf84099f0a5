"""How is the national population database asked over HTTP?

One request, one answer or one trouble; when to ask again is not decided here.
"""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from portal.verification.contract import (
    MOST_BYTES,
    PATH,
    Answer,
    Question,
    TroubleError,
    UnreadableError,
    read_answer,
)

FINAL = {400: "request_unreadable", 409: "key_reused", 422: "number_unreadable"}
REFUSED = {401: "not_authorised", 403: "not_authorised"}
# The register knows nothing of a question whose answer was to come: it is put once more.
UNKNOWN = "question_unknown"
# A wrong key is mended by a person: there is no use in asking every minute.
WAIT_FOR_KEY = 3600.0


@dataclass(frozen=True, slots=True)
class Register:
    """Where the register is, and how this deployment names itself there."""

    url: str
    key: str
    callback_url: str = ""
    timeout: float = 8.0

    def ask(self, question: Question) -> Answer:
        """Put one person to the register."""
        body = json.dumps(question.body(self.callback_url)).encode()
        return self._send("POST", PATH, question.request_id, body)

    def look(self, request_id: str) -> Answer:
        """Look whether an answer that was to come is there."""
        return self._send("GET", f"{PATH}/{request_id}", request_id)

    def _send(self, method: str, path: str, request_id: str, body: bytes | None = None) -> Answer:
        connection = self._connection()
        try:
            connection.request(
                method,
                f"{urlsplit(self.url).path.rstrip('/')}{path}",
                body,
                self._headers(request_id),
            )
            response = connection.getresponse()
            raw = response.read(MOST_BYTES + 1)
        except TimeoutError:
            raise TroubleError("timeout") from None
        except (OSError, http.client.HTTPException):
            raise TroubleError("not_reached") from None
        finally:
            connection.close()
        if method == "GET" and response.status == http.HTTPStatus.NOT_FOUND:
            raise TroubleError(UNKNOWN)
        return _read(response, raw, request_id)

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=self.timeout, context=context
            )
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout)

    def _headers(self, request_id: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": request_id,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


def _read(response: http.client.HTTPResponse, raw: bytes, request_id: str) -> Answer:
    status, wait = response.status, _seconds(response.getheader("Retry-After"))
    if status in FINAL:
        raise TroubleError(FINAL[status], is_final=True)
    if status in REFUSED:
        raise TroubleError(REFUSED[status], wait=WAIT_FOR_KEY)
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise TroubleError("rate_limited", wait=wait or 60.0)
    if status not in {http.HTTPStatus.OK, http.HTTPStatus.ACCEPTED}:
        raise TroubleError("register_failed", wait=wait)
    try:
        answer = read_answer(
            raw, request_id=request_id, is_pending=status == http.HTTPStatus.ACCEPTED
        )
    except UnreadableError:
        raise TroubleError("answer_unreadable") from None
    if answer.is_pending and wait is not None:
        return Answer(
            answer.request_id,
            answer.transaction,
            is_simulated=answer.is_simulated,
            is_pending=True,
            wait=wait,
        )
    return answer


def _seconds(text: str | None) -> float | None:
    """Read Retry-After in seconds; at most a day is believed."""
    if text is None or not text.strip().isdecimal():
        return None
    return float(min(int(text), 86_400))


def register() -> Register | None:
    """Return the register of this deployment; None where none is set up."""
    if not settings.POPULATION_URL:
        return None
    return Register(
        url=settings.POPULATION_URL,
        key=settings.POPULATION_KEY,
        callback_url=settings.POPULATION_CALLBACK_URL,
        timeout=settings.POPULATION_TIMEOUT,
    )
