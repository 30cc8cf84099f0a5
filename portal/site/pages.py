"""Which pages does the frame itself have: box, keys, lists, language, errors?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.site import finder
from portal.site.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

THEME_COOKIE = "theme"
YEAR = 365 * 24 * 3600


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> TemplateResponse:
    """Draw a page of our own inside the portal's frame."""
    framed = {**admin.site.each_context(request), **(context or {})}
    return TemplateResponse(request, template, framed, status=status)


def wants_part(request: HttpRequest) -> bool:
    """Say whether a script of ours asks for what stands inside the frame alone."""
    return request.headers.get("X-Part") == "main"


def page_or_part(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> TemplateResponse:
    """Draw a page whose template extends ``frame``: whole, or without the frame that stands already.

    A part is a page of its own to a cache, and its address is the whole page's.
    """
    if not wants_part(request):
        framed = page(request, template, {"frame": "admin/base_site.html", **context}, status)
        framed.headers["Vary"] = "X-Part"
        return framed
    part = {"frame": "portal/part.html", "site_title": admin.site.site_title, **context}
    answer = TemplateResponse(request, template, part, status=status)
    answer.headers["Vary"] = "X-Part"
    answer.headers.setdefault("Content-Location", request.get_full_path())
    return answer


@require_safe
def finder_page(request: HttpRequest) -> HttpResponse:
    """Answer the search-or-scan box."""
    found = finder.find(request, request.GET.get("q", ""))
    if found.go:
        return HttpResponseRedirect(found.go)
    return page(request, "portal/finder.html", {"title": _("Search"), "found": found})


@never_cache
@require_safe
def finder_suggestions(request: HttpRequest) -> JsonResponse:
    """Answer while somebody types into the box; the same people, the same scope, the same read log."""
    rows = finder.suggestions(request, request.GET.get("q", ""))
    results = [
        {
            "text": str(row.title),
            "note": ", ".join(str(part) for part in (row.about, row.place) if part),
            "mark": str(row.state.text) if row.state else "",
            "url": str(row.url),
        }
        for row in rows
    ]
    return JsonResponse({"results": results})


@require_safe
def keys_page(request: HttpRequest) -> HttpResponse:
    """List every key and what it does."""
    return page(request, "portal/keys.html", {"title": _("Keys"), "keys": KEYS})


@never_cache
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the person's own choice of language: with the account, or in this browser."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    user = request.user
    if user.is_authenticated and hasattr(user, "language"):
        user.language = language
        user.save(update_fields=["language"])
    return _remembering(settings.LANGUAGE_COOKIE_NAME, language, request)


@never_cache
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in this browser; the page is drawn so from the first byte."""
    theme = "dark" if request.POST.get("theme") == "dark" else "light"
    return _remembering(THEME_COOKIE, theme, request)


def theme_of(request: HttpRequest) -> str:
    """Read the look this browser was left in; empty follows the system."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in {"light", "dark"} else ""


def _remembering(name: str, value: str, request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next", "/")
    hosts, https = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=hosts, require_https=https):
        back = "/"
    response = HttpResponseRedirect(back)
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure)
    return response
