"""What stops a registered person on a day, whatever licence they hold: a ban, or that they died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from practitioners.models import PracticeBan
from practitioners.querysets import holding_on

if TYPE_CHECKING:
    from practitioners.models import Practitioner


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban that holds: the number of its decision, its first day, its last one where it has one."""

    number: str
    first: date
    last: date | None

    @classmethod
    def read(cls, said: dict[str, str | None]) -> Self:
        """Read what came along with a registration (``bans_on``)."""
        last = said["last"]
        return cls(said["number"] or "", _day(said["first"]), _day(last) if last else None)


def _day(text: str | None) -> date:
    return date.fromisoformat(text or "")


def bans_of(practitioner: Practitioner, day: date) -> list[Ban]:
    """Return the bans of somebody that hold on a day, the latest first."""
    rows = practitioner.bans.filter(holding_on(day))
    return [Ban(row.decision_no, row.valid_from, row.valid_until) for row in rows]


def bans_on(day: date) -> ArraySubquery:
    """Return, to be read along with a registration, the bans that hold on a day, each for ``Ban.read``."""
    rows = PracticeBan.objects.filter(holding_on(day), practitioner=OuterRef("practitioner"))
    said = JSONObject(number="decision_no", first="valid_from", last="valid_until")
    return ArraySubquery(rows.order_by("-valid_from", "id").values(said=said))


def barred_on(day: date) -> Exists:
    """Return, to be read along with a registration as ``is_barred``, whether a ban holds on a day."""
    bans = PracticeBan.objects.filter(holding_on(day), practitioner=OuterRef("practitioner"))
    return Exists(bans)


def stopped(row: Any, on: date) -> str:
    """Say what stops the person of a registration (Law 15/2023/QH15, article 20); nothing where nothing does."""
    died_on = row.practitioner.died_on
    if died_on is not None and died_on < on:
        return _("Has died")
    return _("Barred from practising") if row.is_barred else ""
