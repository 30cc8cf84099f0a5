"""What does a person read when a page cannot be shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from portal.site.site import PortalSite


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that what was sent cannot be read; what was wrong in it was no person's typing."""
    return render(request, "400.html", _framed(request), status=400)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Out of scope and unknown look the same."""
    return render(request, "404.html", _framed(request), status=404)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say which right is missing, where the refusing code said so."""
    context = {**_framed(request), "reason": str(exception)}
    return render(request, "403.html", context, status=403)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or a browser that keeps no cookies."""
    return render(request, "403_csrf.html", _framed(request), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Draw the page without the frame: the database may be what is missing."""
    return render(request, "500.html", status=500)


def _framed(request: HttpRequest) -> dict[str, Any]:
    """Return the frame without counts: a refusal costs little, and no count can break it."""
    site = cast("PortalSite", admin.site)
    return site.frame(request, is_counted=False) if hasattr(request, "user") else {}
