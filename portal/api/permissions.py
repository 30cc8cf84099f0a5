"""Who may call an address."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from typing_extensions import override


class HasCapability(BasePermission):
    """Allow an action when the user holds somewhere the capability the view names for it."""

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        capability = getattr(view, "capability_for", lambda: None)()
        return capability is not None and request.user.has_capability(capability)
