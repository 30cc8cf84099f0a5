"""What can be signed at a service? The apps above say how a content is made and what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django_stubs_ext import StrOrPromise

from portal.signing.documents import Content, Signed


@dataclass(frozen=True, slots=True)
class Asked:
    """One subject that was asked to be signed: by whom, when, with which certificate.

    ``shown`` is the purpose's own mark of what the signer was shown, "" where it was given none.
    """

    subject: UUID
    actor: Any
    at: datetime
    certificate: Any
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One kind of subject: ``lay_out`` makes its content, ``take`` stores what came back.

    Both get the subject, the signer, the moment of the request and the certificate; both may refuse with a
    ValidationError, which is kept with the subject. ``describe`` names the subjects that the person of
    a request may still know of, and notes whom it names.
    """

    id: str
    title: StrOrPromise
    lay_out: Callable[[Asked], Content]
    take: Callable[[Asked, Content, Signed], None]
    done_url: Callable[[UUID], str]
    describe: Callable[[HttpRequest, list[UUID]], dict[UUID, str]]
    list_url: Callable[[], str]


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Make a kind of subject known."""
    _purposes[purpose.id] = purpose


def purpose_of(name: str) -> Purpose:
    """Return a kind of subject by its name."""
    return _purposes[name]
