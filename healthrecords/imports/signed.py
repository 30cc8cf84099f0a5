"""Which changed rows touch a visit that is signed? The sender is told who will have to sign again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.documents import TABLES
from healthrecords.models import Visit, VisitSeal
from portal.intake.comparing import Staged
from portal.intake.models import Batch, StagedRow
from portal.intake.noting import note
from portal.intake.problems import WARNING, Problem

TOLD_AT_MOST = 2_000
SAYS = _(
    "This visit was signed by %(name)s on %(day)s (version %(number)s); writing it opens an amendment."
)
REMEDY = _("%(name)s finds it among the visits to sign, and signs it again.")
PAPERS = frozenset(TABLES.values())


def _is_of_papers(row: Staged | StagedRow, sensitivity: str) -> bool:
    """Say whether a row changes papers alone, of a visit that keeps its class."""
    named = {name for name, _old, _new in row.changes}
    return bool(named) and named <= PAPERS and row.sensitivity == sensitivity


def with_papers_alone(rows: Sequence[Staged], known: Mapping[UUID, Visit]) -> set[UUID]:
    """Return the signed visits of which rows change the papers alone: what was signed stands."""
    targets = {row.target_id: row for row in rows if row.target_id is not None}
    wanted = [key for key, row in targets.items() if _is_of_papers(row, known[key].sensitivity)]
    seals = VisitSeal.objects.filter(visit__in=wanted, amendment=None)
    return set(seals.values_list("visit_id", flat=True))


def tell(batch: Batch) -> None:
    """Note with each changed row that its visit is signed, and by whom; papers come beside what is signed."""
    changed = StagedRow.objects.filter(batch=batch, decision=StagedRow.Decision.CHANGED)
    seals = VisitSeal.objects.filter(visit__in=changed.values("target_id"))
    held = {
        seal.visit_id: seal
        for seal in seals.select_related("version__signature", "visit")[:TOLD_AT_MOST].iterator()
    }
    for row in changed.filter(target_id__in=list(held)).order_by("number"):
        if row.target_id is None:
            continue
        seal = held[row.target_id]
        version = seal.version
        if _is_of_papers(row, seal.visit.sensitivity):
            continue
        params = {
            "name": version.signature.signer_name,
            "day": f"{timezone.localdate(version.signed_at):%d/%m/%Y}",
            "number": version.number,
        }
        note(
            batch,
            row,
            Problem("visit_signed", SAYS, REMEDY, params, WARNING, column="MA_LK"),
        )
