"""Note which people a request shows; the middleware writes the log before the first byte."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpRequest

ATTRIBUTE = "_people_shown"


@dataclass(slots=True)
class Shown:
    """People shown by one request for one action on one ground."""

    action: str
    ground: str
    reason: str
    people: dict[UUID, None] = field(default_factory=dict)


def note(
    request: HttpRequest,
    people: Iterable[UUID],
    *,
    action: str = "opened",
    ground: str = "",
    reason: str = "",
) -> None:
    """Say that this request shows ``people``; nothing is written yet."""
    shown: dict[tuple[str, str, str], Shown] = request.__dict__.setdefault(ATTRIBUTE, {})
    row = shown.setdefault((action, ground, reason), Shown(action, ground, reason))
    row.people.update(dict.fromkeys(people))


def noted(request: HttpRequest) -> list[Shown]:
    """Return what the request has shown so far."""
    return [row for row in request.__dict__.get(ATTRIBUTE, {}).values() if row.people]
