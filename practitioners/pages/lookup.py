"""Anyone looks up who may practise: name, licence number or facility, verified profiles only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.middleware import address_of
from portal.names import name_norm
from portal.site.home import Chip
from portal.site.pages import page
from practitioners.approved import license_key
from practitioners.models import PracticeLicense, Practitioner, Registration
from practitioners.rules import Rules, rules_on
from practitioners.wording import titles_on

SHOWN = 20
PER_MINUTE = 60
FRESH = 300  # seconds an answer may be kept by a browser or a proxy
State = PracticeLicense.State
CHIPS = {
    State.ACTIVE: ("ok", "ok"),
    State.NOT_YET: ("", "clock"),
    State.EXPIRED: ("bad", "bad"),
    State.SUSPENDED: ("bad", "bad"),
    State.REVOKED: ("bad", "bad"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the public may know of a practitioner on a day; never a number of the person."""

    id: UUID
    name: str
    title: str
    number: str
    scope: str
    issued_on: date
    issued_by: str
    valid_until: date | None
    is_legacy: bool
    state: str
    chip: Chip
    places: Sequence[Registration]
    verified_at: Any

    def public(self) -> dict[str, Any]:
        """Return the entry for machines."""
        return {
            "id": str(self.id),
            "name": self.name,
            "title": self.title,
            "license_number": self.number,
            "scope": self.scope,
            "issued_on": self.issued_on.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "state": self.state,
            "facilities": [
                {"name": row.facility.name, "position": row.position_text, "hours": row.hours}
                for row in self.places
            ],
        }


@require_safe
def lookup(request: HttpRequest) -> HttpResponse:
    """Search the register; the answer says what to write when nothing is found."""
    if not _allowed(request):
        return _too_many(request)
    text = " ".join(request.GET.get("q", "").split())[:120]
    place = " ".join(request.GET.get("facility", "").split())[:120]
    today = timezone.localdate()
    found, more = _search(text, place, today) if text or place else ([], False)
    if request.GET.get("format") == "json":
        answer: HttpResponse = JsonResponse(
            {"on": today.isoformat(), "results": [e.public() for e in found], "more": more}
        )
    else:
        context = {
            "title": _("Look up a practitioner"),
            "query": text,
            "place": place,
            "found": found,
            "more": more,
            "asked": bool(text or place),
            "today": today,
        }
        answer = page(request, "practitioners/lookup.html", context)
    return _cached(request, answer)


@require_safe
def lookup_person(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Show one practitioner as the register has them today; fit for printing."""
    if not _allowed(request):
        return _too_many(request)
    today = timezone.localdate()
    person = _register(today).filter(pk=practitioner_id).first()
    entry = _entry(person, titles_on(today), rules_on(today)) if person else None
    if entry is None:
        raise Http404(_("The register has no such practitioner."))
    context = {"title": entry.name, "entry": entry, "today": today}
    return _cached(request, page(request, "practitioners/lookup_person.html", context))


def _search(text: str, place: str, today: date) -> tuple[list[Entry], bool]:
    rows = _register(today)
    key = license_key(text) if "/" in text else None
    if key is not None:
        held = PracticeLicense.objects.current().numbered(key)
        rows = rows.filter(pk__in=held.values("practitioner"))
    elif text:
        rows = rows.named(text)
    if place:
        registered = Registration.objects.holding(today)
        for word in name_norm(place).split()[:8]:
            registered = registered.filter(facility__name_norm__contains=word)
        rows = rows.filter(pk__in=registered.values("practitioner"))
    people = list(rows.order_by("name_sort", "birth_date", "id")[: SHOWN + 1])
    titles, rules = titles_on(today), rules_on(today)
    entries = [_entry(person, titles, rules) for person in people[:SHOWN]]
    return [entry for entry in entries if entry is not None], len(people) > SHOWN


def _register(today: date) -> Any:
    licenses: Any = PracticeLicense.objects.current().with_acts()
    places: Any = Registration.objects.holding(today).select_related("facility")
    return (
        Practitioner.objects.verified()
        .filter(licenses__superseded_on=None, licenses__isnull=False)
        .prefetch_related(
            Prefetch("licenses", queryset=licenses, to_attr="current_licenses"),
            Prefetch("registrations", queryset=places, to_attr="places_now"),
        )
        .distinct()
    )


def _entry(person: Any, titles: Any, rules: Rules) -> Entry | None:
    if not person.current_licenses:
        return None
    license = person.current_licenses[0]
    state = license.state_on(rules.on, rules)
    return Entry(
        id=person.pk,
        name=person.name,
        title=titles.get(("professional_titles", license.title), license.title),
        number=license.number_raw,
        scope=license.scope,
        issued_on=license.issued_on,
        issued_by=license.issued_by,
        valid_until=license.valid_until,
        is_legacy=license.is_legacy,
        state=str(state),
        chip=Chip(*CHIPS.get(state, ("", "none")), State(state).label),
        places=person.places_now,
        verified_at=person.verified_at,
    )


def _allowed(request: HttpRequest) -> bool:
    """Let one network ask sixty times a minute: enough for a ward, too slow for a copy.

    Each question takes a place with the cache's atomic ``add``: its ``incr`` reads, then writes,
    and questions sent at once would count as one.
    """
    key = f"lookup:{network_of(address_of(request) or '')}:{timezone.now():%H%M}"
    places = [f"{key}:{place}" for place in range(PER_MINUTE)]
    taken = cache.get_many(places)
    return any(cache.add(place, 1, 120) for place in places if place not in taken)


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


def _too_many(request: HttpRequest) -> HttpResponse:
    context = {"title": _("Too many questions"), "today": timezone.localdate()}
    answer = page(request, "practitioners/lookup_pause.html", context, status=429)
    answer.headers["Retry-After"] = "60"
    return answer


def _cached(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Let anybody keep an anonymous answer for a while; one drawn for a person stays with them."""
    patch_vary_headers(answer, ["Cookie"])
    if request.user.is_authenticated:
        patch_cache_control(answer, private=True, no_store=True)
    else:
        patch_cache_control(answer, public=True, max_age=FRESH)
    return answer
