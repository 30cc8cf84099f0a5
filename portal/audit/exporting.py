"""How is a long export kept in the read log: its beginning, whom it showed, how it ended?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from portal.audit.middleware import address_of
from portal.audit.models import AccessLog
from portal.database.context import acting


@dataclass(slots=True)
class ExportLog:
    """One export by one person; its rows are written before the bytes they speak of are sent.

    The first row is written with the request, one follows for each stretch of people, and the last
    one says how many rows left the house, even if the line broke.
    """

    facts: dict[str, Any]
    rows: int = 0

    @classmethod
    def begun(cls, request: HttpRequest, *, ground: str, reason: str = "") -> "ExportLog":
        """Note that an export begins; what follows is told by ``showed`` and ``ended``."""
        user = request.user
        place = getattr(user, "place_of_work", None)
        log = cls(
            {
                "user_id": user.pk,
                "username": user.get_username(),
                "organisation_id": getattr(place, "pk", None),
                "address": address_of(request),
                "ground": ground,
                "reason": reason,
                "url": request.get_full_path()[:400],
            }
        )
        log._write(AccessLog.Action.EXPORTED, [], 0)
        return log

    def showed(self, people: Iterable[UUID], rows: int) -> None:
        """Note whom the next stretch shows."""
        self.rows += rows
        known = list(dict.fromkeys(people))
        if known:
            self._write(AccessLog.Action.EXPORTED, known, len(known))

    def ended(self) -> None:
        """Note the end, and how many rows were given."""
        self._write(AccessLog.Action.EXPORT_ENDED, [], self.rows)

    def _write(self, action: str, people: list[UUID], count: int) -> None:
        with acting(user=str(self.facts["user_id"]), url=self.facts["url"]) as context:
            AccessLog.objects.create(
                **self.facts,
                at=timezone.now(),
                action=action,
                people=people,
                people_count=count,
                context_id=context.id,
            )
