"""What one official proposed is answered once, by another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from practitioners.models import BanProposal, DutyProof

Proposal = BanProposal | DutyProof


def require_open(row: Proposal, code: str) -> None:
    """Refuse to answer what somebody answered before, and say who did."""
    if row.state != row.State.OPEN:
        raise ValidationError(
            _("%(name)s answered this proposal before: %(state)s. Nothing of yours was kept."),
            code=code,
            params={"name": row.answered_by, "state": row.get_state_display()},
        )


def answer(row: Any, state: str, actor: Any, at: datetime) -> Any:
    """Write down who answered a proposal, how and when."""
    row.state, row.answered_by, row.answered_at = state, actor, at
    row.full_clean()
    row.save()
    return row
