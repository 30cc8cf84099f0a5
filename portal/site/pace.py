"""How often may one network ask a page that needs no login?"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone


def allowed(request: HttpRequest, name: str, per_minute: int) -> bool:
    """Take one place of this minute for the network that asks; say whether there was one.

    Places are taken with the cache's atomic ``add``: its ``incr`` reads, then writes, and questions
    sent at once would count as one.
    """
    network = network_of(request.META.get("REMOTE_ADDR") or "")
    key = f"pace:{name}:{network}:{timezone.now():%H%M}"
    places = [f"{key}:{place}" for place in range(per_minute)]
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
