"""Every request acts under its user's name, and what it shows is logged before it is sent."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from portal.audit.models import AccessLog
from portal.audit.reads import noted
from portal.database.context import Acting, Fact, acting


def address_of(request: HttpRequest) -> str | None:
    """Return the client's address as the reverse proxy or the socket gives it."""
    return request.META.get("REMOTE_ADDR") or None


class ActingMiddleware:
    """Sign the request's writes with its user and page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        facts: dict[str, Fact] = {
            "user": lambda: str(request.user.pk) if request.user.is_authenticated else None,
            "username": lambda: request.user.get_username() or None,
            "url": request.path[:400],
            "address": address_of(request),
        }
        with acting(**facts) as context:
            response = self.get_response(request)
            write_reads(request, response, context)
        return response


def write_reads(request: HttpRequest, response: HttpResponseBase, context: Acting) -> None:
    """Write one log row for each thing the request showed."""
    rows = noted(request)
    if not rows:
        return
    user = request.user
    known = user.is_authenticated
    place = getattr(user, "place_of_work", None)
    AccessLog.objects.bulk_create(
        AccessLog(
            at=timezone.now(),
            user_id=user.pk if known else None,
            username=user.get_username() if known else "",
            organisation_id=getattr(place, "pk", None),
            address=address_of(request),
            action=row.action,
            ground=row.ground,
            reason=row.reason,
            people=list(row.people),
            people_count=len(row.people),
            url=request.path[:400],
            context_id=context.id,
        )
        for row in rows
    )
