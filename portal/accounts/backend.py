"""Django's permission questions answered from assignments."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model
from typing_extensions import override

from portal.scope import scope_of


class AssignmentBackend(ModelBackend):
    """Passwords as Django checks them; ``places.<capability>`` holds somewhere, or at one place."""

    @override
    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        app, _, capability = perm.partition(".")
        if app != "places" or not user_obj.is_active or user_obj.is_anonymous:
            return False
        scope = scope_of(user_obj, capability)
        if obj is None:
            return bool(scope)
        return getattr(obj, "organisation_id", obj.pk) in scope
