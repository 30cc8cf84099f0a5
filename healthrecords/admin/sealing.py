"""What a visit's page shows of its signature: seal, open amendment, who may sign and why not."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest

from healthrecords.admin.opening import Opened
from healthrecords.differences import Difference, differences
from healthrecords.models import Visit, VisitSeal
from healthrecords.services import place_to_act
from healthrecords.services.amending import amendment_shown, unchanged
from healthrecords.services.later import is_later, signed_and_now
from healthrecords.services.seals import seal_of
from healthrecords.services.signing import require_signable, right_to_sign
from portal.scope import scope_of
from portal.signing.tasks import said_of


def sealing_of(request: HttpRequest, visit: Visit, opened: Opened) -> dict[str, Any]:
    """Return what a visit's page shows of its signature: seal, amendment, and who may sign."""
    seal = seal_of(visit)
    amendment = amendment_shown(visit, sees_sensitive=opened.sees_sensitive, at=opened.at)
    context: dict[str, Any] = {
        "seal": seal,
        "amendment": amendment,
        "may_sign": False,
        "may_amend": _may_amend(request, visit) and amendment is None,
        "right": None,
        "is_unchanged": False,
        "later": [],
    }
    if seal is not None and amendment is None:
        context["later"] = later_of(visit, seal, sees_sensitive=opened.sees_sensitive)
        if not context["later"]:
            return context
    if amendment is not None and seal is not None:
        context["is_unchanged"] = unchanged(visit)
    if visit.status != Visit.Status.FINISHED:
        return context
    if place_to_act(request.user, "sign_records") == visit.facility:
        context["right"] = right_to_sign(
            actor=request.user, visit=visit, at=opened.at, sees_sensitive=opened.sees_sensitive
        )
        try:
            require_signable(actor=request.user, visit=visit, at=opened.at)
        except (ValidationError, PermissionDenied) as refused:
            context["why_not"] = said_of(refused)
            context["may_say_emergency"] = context["right"].can_be_overridden
        else:
            context["may_sign"] = True
    return context


def later_of(visit: Visit, seal: VisitSeal, *, sees_sensitive: bool) -> list[Difference]:
    """Return what came, changed or went with a signed visit since, as this reader may see it."""
    if not is_later(seal, sees_sensitive=sees_sensitive):
        return []
    return differences(*signed_and_now(visit, seal, sees_sensitive=sees_sensitive))


def _may_amend(request: HttpRequest, visit: Visit) -> bool:
    """Say whether this person may open an amendment: where it was entered, once it is finished."""
    is_own = visit.origin == Visit.Origin.TYPED and visit.status == Visit.Status.FINISHED
    return is_own and visit.facility_id in scope_of(request.user, "enter_records")
