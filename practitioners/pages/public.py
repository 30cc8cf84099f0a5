"""What every page without a login keeps to: how often one may ask, how long an answer is good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from hashlib import sha256
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.middleware import address_of
from portal.dates import PartialDate
from portal.site.home import Chip
from portal.site.pages import page, theme_of
from practitioners.due import state_chip
from practitioners.public.facts import Facts

View = Callable[..., HttpResponseBase]
PER_MINUTE = 60
FILE = 10  # questions that a file of the register counts as
FRESH = 300  # seconds an answer may be kept by a browser or a proxy
# A page drawn by another release is another page.
DRAWN_BY = "2"


def public(cost: int = 1) -> Callable[[View], View]:
    """Make a page anybody may read: counted per network, in the language the reader chose.

    What costs the server more than a page counts as so many questions.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page_of(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.GET.get("lang") in dict(settings.LANGUAGES):
                return _in_language(request, request.GET["lang"])
            if not is_allowed(request, cost):
                return too_many(request)
            return view(request, *args, **kwargs)

        return require_safe(page_of)

    return decorate


def _in_language(request: HttpRequest, language: str) -> HttpResponse:
    """Keep the reader's choice in their browser; a link does what elsewhere a form does.

    A form would carry a token of the reader's own, and no proxy could keep the page.
    """
    query = request.GET.copy()
    del query["lang"]
    answer = HttpResponseRedirect(request.path + (f"?{query.urlencode()}" if query else ""))
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return answer


def chip_of(facts: Facts) -> Chip:
    """Return the state of a licence as a chip."""
    return state_chip(facts.standing)


def is_allowed(request: HttpRequest, cost: int = 1) -> bool:
    """Let one network ask sixty times a minute: enough for a ward, too slow for a copy.

    Each question takes a place with the cache's atomic ``add``: its ``incr`` reads, then writes,
    and questions sent at once would count as one.
    """
    key = f"lookup:{network_of(address_of(request) or '')}:{timezone.now():%H%M}"
    places = [f"{key}:{place}" for place in range(PER_MINUTE)]
    taken = cache.get_many(places)
    got = (place for place in places if place not in taken and cache.add(place, 1, 120))
    return len(list(islice(got, cost))) == cost


def network_of(address: str) -> str:
    """Return the address, or the /64 of an IPv6 one: one subscriber has all the addresses in it."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((known.packed, 64), strict=False))


def too_many(request: HttpRequest) -> HttpResponse:
    """Ask for a minute's patience."""
    context = {"title": _("Too many questions"), "today": timezone.localdate()}
    answer = page(request, "practitioners/lookup_pause.html", context, status=429)
    answer.headers["Retry-After"] = "60"
    return answer


def answered(
    request: HttpRequest, content: str, draw: Callable[[], HttpResponse], fresh: int = 0
) -> HttpResponse:
    """Draw an answer that anybody may keep, unless the asker has it already.

    ``content`` tells two answers apart before they are drawn. What is drawn for a person who is
    logged in stays with them. Without ``fresh`` (seconds) it may be kept for five minutes, and never
    past midnight: "today" is said in it.
    """
    if request.user.is_authenticated:
        answer = draw()
        patch_cache_control(answer, private=True, no_store=True)
        patch_vary_headers(answer, ["Cookie"])
        return answer
    parts = (DRAWN_BY, get_language() or "", theme_of(request), request.get_full_path(), content)
    etag = quote_etag(sha256("\0".join(parts).encode()).hexdigest()[:32])
    same = get_conditional_response(request, etag=etag)
    answer = same if same is not None else draw()
    answer["ETag"] = etag
    patch_vary_headers(answer, ["Cookie"])
    patch_cache_control(answer, public=True, max_age=fresh or min(FRESH, _left_of_today()))
    return answer


def _left_of_today() -> int:
    """Return how many seconds it is to midnight in Vietnam, at least one."""
    now = timezone.localtime()
    return max(86_400 - now.hour * 3_600 - now.minute * 60 - now.second, 1)


def day_asked(request: HttpRequest, today: date) -> tuple[date, str]:
    """Read ``?ngay=``: the day the register is asked for, or today and why the day cannot be."""
    text = request.GET.get("ngay", "").strip()
    if not text:
        return today, ""
    try:
        day = PartialDate.parse(text, on=today).as_date()
    except ValidationError as refused:
        return today, " ".join(refused.messages)
    if day is None:
        return today, _("%(value)s is no whole date; write day, month and year.") % {"value": text}
    if day > today:
        return today, _("%(value)s has not come yet; the register knows days up to today.") % {
            "value": f"{day:%d/%m/%Y}"
        }
    return day, ""


def words(request: HttpRequest, name: str) -> str:
    """Return what was typed, tidied and cut."""
    return " ".join(request.GET.get(name, "").split())[:120]


def at_day(query: dict[str, Any], on: date, today: date) -> dict[str, Any]:
    """Add the day to a query where it is not today."""
    return query if on == today else {**query, "ngay": f"{on:%d/%m/%Y}"}
