"""Which changed rows touch a visit that is signed? The sender is told who will have to sign again."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthrecords.models import VisitSeal
from portal.intake.models import Batch, StagedRow
from portal.intake.noting import note
from portal.intake.problems import WARNING, Problem

TOLD_AT_MOST = 2_000
SAYS = _(
    "This visit was signed by %(name)s on %(day)s (version %(number)s); writing it opens an amendment."
)
REMEDY = _("%(name)s finds it among the visits to sign, and signs it again.")


def tell(batch: Batch) -> None:
    """Note with each changed row that its visit is signed, and by whom."""
    changed = StagedRow.objects.filter(batch=batch, decision=StagedRow.Decision.CHANGED)
    seals = VisitSeal.objects.filter(visit__in=changed.values("target_id"))
    held = {
        seal.visit_id: seal
        for seal in seals.select_related("version__signature")[:TOLD_AT_MOST].iterator()
    }
    for row in changed.filter(target_id__in=list(held)).order_by("number"):
        if row.target_id is None:
            continue
        version = held[row.target_id].version
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
