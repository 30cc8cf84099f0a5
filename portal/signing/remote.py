"""A remote signing service over HTTP, as docs/signing-service.md says it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from cryptography.x509 import InvalidVersion
from django.conf import settings
from django.utils.translation import gettext as _

from portal.signing.keys import Person, read_chain

SECONDS = 10


class ServiceError(Exception):
    """The service did not answer, or answered what the contract does not know: try again later."""


class ServiceRefusedError(Exception):
    """The service refuses, in its own words: trying again does not help."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate that the service keeps the key of."""

    id: str
    person: Person
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request for signatures is."""

    state: str  # waiting, signed, refused, expired, cancelled
    signatures: tuple[bytes, ...] = ()


def is_set_up() -> bool:
    """Say whether there is a service."""
    return bool(settings.SIGNING_SERVICE)


def enrol(*, user: str, name: str) -> Credential:
    """Ask for the certificate of a person who has an account at the service."""
    said = _ask("POST", "/v1/credentials", {"user": user, "name": name})
    try:
        return Credential(
            str(said["credential"]),
            read_chain(str(said["certificates"]).encode()),
            bool(said["simulator"]),
        )
    except (KeyError, ValueError, InvalidVersion) as error:
        raise ServiceError(_unreadable()) from error


def request(*, key: str, credential: str, about: str, hashes: Sequence[bytes]) -> str:
    """Ask for signatures over hashes; the same key again is the same request."""
    said = _ask(
        "POST",
        "/v1/signatures",
        {
            "request": key,
            "credential": credential,
            "about": about,
            "hash": "sha256",
            "hashes": [one.hex() for one in hashes],
        },
    )
    try:
        return str(said["transaction"])
    except KeyError as error:
        raise ServiceError(_unreadable()) from error


def progress(transaction: str) -> Progress:
    """Ask how far a request is."""
    said = _ask("GET", f"/v1/signatures/{transaction}")
    try:
        signatures = tuple(base64.b64decode(one) for one in said.get("signatures", ()))
        return Progress(str(said["state"]), signatures)
    except (KeyError, ValueError) as error:
        raise ServiceError(_unreadable()) from error


def cancel(transaction: str) -> None:
    """Take a request back."""
    _ask("POST", f"/v1/signatures/{transaction}/cancel", {})


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    content = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.SIGNING_SERVICE_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SIGNING_SERVICE_TOKEN}"
    asked = Request(  # noqa: S310  (the settings' own address)
        settings.SIGNING_SERVICE + path, data=content, headers=headers, method=method
    )
    try:
        with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            said = json.loads(answer.read())
    except HTTPError as error:
        if error.code in {400, 403, 404, 409, 422}:
            raise ServiceRefusedError(_words_of(error)) from error
        raise ServiceError(
            _("The signing service answers with error %(code)d.") % {"code": error.code}
        ) from error
    except (OSError, HTTPException) as error:
        raise ServiceError(_("The signing service does not answer.")) from error
    except ValueError as error:
        raise ServiceError(_unreadable()) from error
    if not isinstance(said, dict):
        raise ServiceError(_unreadable())
    return said


def _unreadable() -> str:
    return _("The signing service answered something that cannot be read.")


def _words_of(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return _("The signing service refused (%(code)d).") % {"code": error.code}
