"""Where may the person of this request do at least one of several things?"""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.places.capabilities import CAPABILITIES
from portal.scope import EVERYWHERE, Scope, scope_of


def scope_for_any(request: HttpRequest, capabilities: Iterable[str]) -> Scope:
    """Return where the user holds one of the capabilities; without any the page is refused."""
    wanted = list(capabilities)
    scopes = [scope_of(request.user, capability) for capability in wanted]
    if any(scope.everything for scope in scopes):
        return EVERYWHERE
    ids = frozenset[object]().union(*(scope.ids for scope in scopes))
    if not ids:
        named = dict(CAPABILITIES)
        raise PermissionDenied(
            _("This page needs the right to %(right)s. Ask the system administrator.")
            % {"right": str(named[wanted[0]])}
        )
    return Scope(ids=ids)  # type: ignore[arg-type]
