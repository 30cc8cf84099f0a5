"""What hinders the undoing of a file of visits? Named with the first visits that it stands at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.intake.models import Batch

FILES_AT_MOST, VISITS_NAMED = 20, 3
WRITTEN = """staged.batch_id = %(batch)s AND staged.written_at IS NOT NULL
  AND staged.target_id IS NOT NULL"""
LATER = f"""
SELECT later.file_name, later.received_at, count(*) FROM intake_stagedrow staged
JOIN healthrecords_visit visit ON visit.id = staged.target_id
JOIN intake_batch later ON later.id = visit.batch_id
WHERE {WRITTEN} AND visit.batch_id <> %(batch)s
GROUP BY later.id, later.file_name, later.received_at ORDER BY later.received_at LIMIT {FILES_AT_MOST}
"""
SIGNED = f"""
SELECT version.visit_id AS id, max(version.signed_at) AS last FROM intake_stagedrow staged
JOIN healthrecords_visitversion version ON version.visit_id = staged.target_id
WHERE {WRITTEN} AND version.signed_at > staged.written_at GROUP BY version.visit_id
"""
# A visit that is withdrawn shows its medicines on no page: they are taken back before, or never.
GIVEN = f"""
SELECT given.visit_id AS id, max(given.given_at) AS last FROM intake_stagedrow staged
JOIN healthrecords_dispensing given ON given.visit_id = staged.target_id
WHERE {WRITTEN} AND staged.before IS NULL AND given.taken_back_at IS NULL GROUP BY given.visit_id
"""
# A paper of a withdrawn visit would still be carried about, and a referral open the record elsewhere.
ISSUED = f"""
SELECT paper.visit_id AS id, max(paper.issued_at) AS last FROM intake_stagedrow staged
JOIN healthrecords_document paper ON paper.visit_id = staged.target_id
WHERE {WRITTEN} AND staged.before IS NULL AND paper.cancelled_at IS NULL
  AND paper.origin = 'typed' GROUP BY paper.visit_id
"""
# What the receiving facility wrote back is no word of the file: it would go with the paper. One that
# stood before the file stands after it.
ANSWERED = f"""
SELECT paper.visit_id AS id, max(referral.answered_at) AS last FROM intake_stagedrow staged
JOIN healthrecords_document paper ON paper.visit_id = staged.target_id
JOIN healthrecords_referral referral ON referral.document_id = paper.id
WHERE {WRITTEN} AND paper.origin = 'file' AND paper.batch_id = %(batch)s
  AND paper.cancelled_at IS NULL AND referral.answered_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM jsonb_to_recordset(staged.before -> 'papers') AS was (id uuid, cancelled_at timestamptz)
    WHERE was.id = paper.id AND was.cancelled_at IS NULL
  )
GROUP BY paper.visit_id
"""
# What somebody found or did and wrote down here is no word of the file: it would go with the visit.
TYPED = f"""
SELECT typed.visit_id AS id, max(typed.recorded_at) AS last FROM intake_stagedrow staged
JOIN (
  SELECT visit_id, recorded_at FROM healthrecords_diagnosticreport
  WHERE origin <> 'file' AND status <> 'entered_in_error' AND withdrawn_at IS NULL
    AND superseded_by_id IS NULL
  UNION ALL
  SELECT visit_id, recorded_at FROM healthrecords_procedure
  WHERE origin <> 'file' AND status <> 'entered_in_error' AND withdrawn_at IS NULL
) typed ON typed.visit_id = staged.target_id
WHERE {WRITTEN} AND staged.before IS NULL GROUP BY typed.visit_id
"""
# Visits of a protected class are counted; whose they are is not said.
VISITS = f"""
SELECT count(*) OVER (), max(found.last) OVER (), citizen.id, citizen.name, visit.started_at,
  visit.sensitivity <> '' AS is_hidden
FROM ({{found}}) found JOIN healthrecords_visit visit ON visit.id = found.id
JOIN healthrecords_citizen citizen ON citizen.id = visit.citizen_id
ORDER BY is_hidden, found.last DESC, visit.id LIMIT {VISITS_NAMED}
"""


@dataclass(frozen=True, slots=True)
class _Met:
    """The visits at which one sort of obstacle stands: how many, the last time, the first few by name."""

    count: int
    last: datetime
    named: Sequence[tuple[UUID, str, datetime]]

    def said(self, sentence: str) -> str:
        """Return the sentence with the visits that may be named."""
        words = {"count": self.count, "day": _clock(self.last)}
        if not self.named:
            return sentence % words
        visits = ", ".join(
            f"{name} {timezone.localtime(began):%d/%m/%Y}" for _person, name, began in self.named
        )
        which = (
            _("Visits: %(visits)s and others.")
            if len(self.named) < self.count
            else _("Visits: %(visits)s.")
        )
        return f"{sentence % words} {which % {'visits': visits}}"


def obstacles(batch: Batch) -> tuple[list[str], list[UUID]]:
    """Return what stands in the way of undoing, as sentences, and the people whom they name."""
    with connection.cursor() as cursor:
        cursor.execute(LATER, {"batch": batch.pk})
        said = [_later(*line) for line in cursor.fetchall()]
        people: list[UUID] = []
        for found, sentence in SORTS:
            met = _met(cursor, found, batch)
            if met is not None:
                said.append(met.said(sentence(met.count)))
                people += [person for person, _name, _began in met.named]
    return said, list(dict.fromkeys(people))


def _met(cursor: Any, found: str, batch: Batch) -> _Met | None:
    cursor.execute(VISITS.format(found=found), {"batch": batch.pk})
    lines = cursor.fetchall()
    if not lines:
        return None
    count, last = lines[0][:2]
    named = [(person, name, began) for _n, _l, person, name, began, hidden in lines if not hidden]
    return _Met(count, last, named)


def _clock(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M")


def _later(name: str, received: datetime, visits: int) -> str:
    return ngettext(
        "The file “%(name)s” of %(day)s changed %(count)d of these visits later; undo that one first.",
        "The file “%(name)s” of %(day)s changed %(count)d of these visits later; undo that one first.",
        visits,
    ) % {"name": name, "day": _clock(received), "count": visits}


def _signed(visits: int) -> str:
    return ngettext(
        "%(count)d of these visits was signed after this file, the last one on %(day)s; what is signed is amended, not undone.",
        "%(count)d of these visits were signed after this file, the last one on %(day)s; what is signed is amended, not undone.",
        visits,
    )


def _given(visits: int) -> str:
    return ngettext(
        "Medicines out of the stock were given at %(count)d of these visits, the last ones on %(day)s; take them back there first.",
        "Medicines out of the stock were given at %(count)d of these visits, the last ones on %(day)s; take them back there first.",
        visits,
    )


def _issued(visits: int) -> str:
    return ngettext(
        "Papers were issued at %(count)d of these visits, the last one on %(day)s; cancel them there first.",
        "Papers were issued at %(count)d of these visits, the last one on %(day)s; cancel them there first.",
        visits,
    )


def _answered(visits: int) -> str:
    return ngettext(
        "The referral of %(count)d of these visits was answered by the facility it went to, the last one on %(day)s; send a corrected file instead.",
        "Referrals of %(count)d of these visits were answered by the facilities they went to, the last one on %(day)s; send a corrected file instead.",
        visits,
    )


def _typed(visits: int) -> str:
    return ngettext(
        "Results or procedures were typed at %(count)d of these visits, the last one on %(day)s; mark them as mistakes there first, or keep the visits.",
        "Results or procedures were typed at %(count)d of these visits, the last one on %(day)s; mark them as mistakes there first, or keep the visits.",
        visits,
    )


SORTS: Sequence[tuple[str, Callable[[int], str]]] = (
    (SIGNED, _signed),
    (GIVEN, _given),
    (ISSUED, _issued),
    (ANSWERED, _answered),
    (TYPED, _typed),
)
