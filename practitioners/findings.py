"""What does one automatic check say of one item of a profile?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from practitioners.models import CheckStatus

PASS, ASK, FAIL = CheckStatus.PASS, CheckStatus.ASK, CheckStatus.FAIL
ORDER = {PASS: 0, ASK: 1, FAIL: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said about one item."""

    code: str
    item_key: str
    status: CheckStatus
    params: dict[str, Any] = field(default_factory=dict)
    # The row of the register that says otherwise, where one does; never stored with the check.
    against: Any = field(default=None, compare=False)
