"""May the person of this request see this part of the frame?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest


def may(request: HttpRequest, capability: str) -> bool:
    """Ask the user's assignments; an empty capability asks only for a login."""
    user = request.user
    if not user.is_authenticated:
        return False
    if not capability:
        return True
    ask = getattr(user, "has_capability", None)
    return bool(ask is not None and ask(capability))
