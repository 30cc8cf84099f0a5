"""Where may the person of this request do a thing, or which right is missing?"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.places.capabilities import CAPABILITIES
from portal.scope import Scope, scope_of


def scope_for(request: HttpRequest, capability: str) -> Scope:
    """Return where the user holds a capability; without any the page is refused, saying which."""
    scope = scope_of(request.user, capability)
    if not scope:
        raise PermissionDenied(
            _("This page needs the right to %(right)s. Ask the system administrator.")
            % {"right": dict(CAPABILITIES)[capability]}
        )
    return scope
