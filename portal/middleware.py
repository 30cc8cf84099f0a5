"""Which headers guard every answer, and in which language is it written?"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.utils import translation
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

    GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "frame-src": "'self'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
}


class ClientAddress:
    """Who asks, when reverse proxies stand in front.

    Each proxy writes the address it saw at the right end of ``X-Forwarded-For``; what stands left
    of those the client may have made up.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seen = request.headers.get("X-Forwarded-For", "").split(",")
        number = settings.PROXIES_IN_FRONT
        if number and len(seen) >= number:
            address = seen[-number].strip()
            if is_ip_address(address):
                request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def is_ip_address(text: str) -> bool:
    """Say whether a text is an address the read log can keep."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


class PlainQuery:
    """Leave NUL characters out of a query string: no text of ours holds one, PostgreSQL refuses it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "").replace("\0", "")
        return self.get_response(request)


class PlainForm:
    """Refuse an address or a form with a NUL character: nobody types one, PostgreSQL refuses it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        sent = chain.from_iterable(values for _name, values in request.POST.lists())
        if "\0" in request.path or any("\0" in value for value in (*request.POST, *sent)):
            raise BadRequest(_("What was sent holds a character that no text has (NUL)."))


class SecurityHeaders:
    """Send a content policy without inline script or style, and its companions.

    A view whose answer is shown beside a form (evidence, a slip) is marked with Django's
    ``xframe_options_sameorigin``; its answer may then stand in a frame of our own pages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_policy(response))
        if response.cookies and "no-store" not in headers.get("Cache-Control", ""):
            # A cookie handed out by a shared cache would be everybody's, its CSRF token known.
            headers["Cache-Control"] = "private, no-store"
        headers.setdefault("Cache-Control", "private, no-store")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        return response


def content_policy(response: HttpResponseBase) -> str:
    """Write the policy of one answer."""
    policy = dict(CONTENT_POLICY)
    if response.headers.get("X-Frame-Options", "").upper() == "SAMEORIGIN":
        policy["frame-ancestors"] = "'self'"
    if response.headers.get("Content-Type", "").startswith("application/pdf"):
        # A browser's own reader is a plugin to itself: the page's policy would empty it.
        policy = {"frame-ancestors": policy["frame-ancestors"], "base-uri": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class Language:
    """Vietnamese, unless the person chose English; what the browser prefers is not asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = chosen_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def chosen_language(request: HttpRequest) -> str:
    """Read the choice from the account, before login from this browser's cookie."""
    if request.user.is_authenticated:
        chosen = getattr(request.user, "language", "")
    else:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
