"""What did a colleague propose that waits for a second official, on the first page after logging in?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.scope import scope_of
from portal.site.home import Chip, WorkList, WorkRow
from practitioners.models import BanProposal, DutyProof

if TYPE_CHECKING:
    from django.http import HttpRequest

DECIDE = "decide_licenses"
COUNTED_AT_MOST = 1_000


def bans_card(request: HttpRequest) -> WorkList | None:
    """List the bans a colleague proposed, which this person may confirm."""
    rows = _waiting(request, BanProposal).select_related("practitioner", "proposed_by", "ends")
    bans = list(rows[: WorkList.shown_at_most])
    if not bans:
        return None
    return WorkList(
        title=_("Proposed bans to confirm"),
        rows=[_row("xac_nhan_cam", row, row.practitioner, _why_barred(row)) for row in bans],
        **counted(rows, len(bans)),
    )


def duties_card(request: HttpRequest) -> WorkList | None:
    """List the duties of suspensions a colleague recorded as done, which this person may confirm."""
    rows = _waiting(request, DutyProof).select_related("license__practitioner", "proposed_by")
    proofs = list(rows[: WorkList.shown_at_most])
    if not proofs:
        return None
    return WorkList(
        title=_("Duties of suspensions to confirm as done"),
        rows=[
            _row(
                "xac_nhan_nghia_vu",
                row,
                row.license.practitioner,
                f"{row.paper_no}, {row.proposed_by.full_name}",
            )
            for row in proofs
        ],
        **counted(rows, len(proofs)),
    )


def counted(rows: Any, shown: int) -> dict[str, Any]:
    """Return how many rows a full list has, counted no further than somebody reads."""
    if shown < WorkList.shown_at_most:
        return {}
    number = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    return {"total": min(number, COUNTED_AT_MOST), "is_cut": number > COUNTED_AT_MOST}


def _waiting(request: HttpRequest, model: Any) -> Any:
    """Return what others proposed and nobody answered, the oldest first."""
    rows = model.objects.within(scope_of(request.user, DECIDE)).filter(state=model.State.OPEN)
    return rows.exclude(proposed_by=request.user.pk).order_by("proposed_at", "id")


def _row(deed: str, proposal: Any, person: Any, why: str) -> WorkRow:
    page = reverse(f"admin:practitioners_practitioner_{deed}", args=[person.pk])
    return WorkRow(
        due=Chip("warn", "lock", _("second official")),
        what=person.name,
        url=f"{page}?de-xuat={proposal.pk}",
        why=why,
        deed=_("Confirm"),
    )


def _why_barred(row: BanProposal) -> str:
    ends = _("end of the ban %(number)s") % {"number": row.ends.decision_no} if row.ends else ""
    return ", ".join(filter(None, [ends, row.decision_no, row.proposed_by.full_name]))
