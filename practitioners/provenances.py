"""Where does a value of a profile come from, who verified it and when, and is it still fresh?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.codelists.lookup import Entry
from portal.dates import months_later
from portal.provenance import Provenance, Sureness
from practitioners.models import ProfileSource

LIST = "profile_freshness"
Key = tuple[str, UUID | None]


class Sources:
    """The latest word on each field of one person, as it stood on a day."""

    def __init__(
        self,
        rows: Iterable[ProfileSource],
        on: date,
        names: Mapping[UUID, str],
        freshness: Iterable[Entry],
    ) -> None:
        self.on, self.names = on, names
        self.months = {
            entry.code: int(entry.attributes.get("months", 0) or 0) for entry in freshness
        }
        self.latest: dict[Key, ProfileSource] = {}
        said = [row for row in rows if timezone.localdate(row.verified_at or row.said_at) <= on]
        for row in sorted(said, key=lambda row: row.verified_at or row.said_at):
            self.latest[row.field, row.row_id] = row

    def of(self, field: str, value: str, row_id: UUID | None = None) -> Provenance | None:
        """Say where the present value comes from; nothing where no word says it."""
        row = self.latest.get((field, row_id))
        if row is None or row.value != value:
            return None
        day = timezone.localdate(row.verified_at or row.said_at)
        stale_on = self.stale_on(field, day)
        words = str(row.get_source_display())
        if row.verified_at is not None:
            who = self.names.get(row.verified_by_id, "") if row.verified_by_id else ""
            words = _("%(source)s, verified by %(name)s") % {"source": words, "name": who or "–"}
        if stale_on is not None and stale_on <= self.on:
            words = _("%(said)s, to be confirmed again since %(day)s") % {
                "said": words,
                "day": f"{stale_on:%d/%m/%Y}",
            }
            return Provenance(Sureness.STALE, words, day)
        kind = Sureness.VERIFIED if row.verified_at is not None else Sureness.DECLARED
        return Provenance(kind, words, day)

    def stale_on(self, field: str, confirmed: date) -> date | None:
        """Return the day on which a word about a field goes stale; None where it never does."""
        months = self.months.get(field, 0)
        return months_later(confirmed, months) if months else None
