"""Django's permission questions answered from assignments."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model
from typing_extensions import override

from portal.scope import scope_of


class AssignmentBackend(ModelBackend):
    """Logs in by password; ``places.<capability>`` holds somewhere, or at one organisation.

    Django's own permission rows of users and groups give nothing here.
    """

    @override
    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        app, _, capability = perm.partition(".")
        if app != "places" or not user_obj.is_active or user_obj.is_anonymous:
            return False
        scope = scope_of(user_obj, capability)
        if obj is None:
            return bool(scope)
        return getattr(obj, "organisation_id", obj.pk) in scope

    @override
    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        return set()

    @override
    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False
