"""Does any test reach beyond this machine? A pytest plugin: it is refused."""

from __future__ import annotations

import ipaddress
import sys

# Chromium is a program of its own: it is told the same.
CHROMIUM_ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
LOCAL_NAMES = {"", "localhost", "ip6-localhost"}


class BeyondLoopback(RuntimeError):  # noqa: N818 - a fact about the test, not an error of ours
    """A test tried to reach another machine."""


def is_local(host: object) -> bool:
    """Say whether a host, as the socket module is given it, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or not isinstance(name, str) or name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse(event: str, args: tuple[object, ...]) -> None:
    """Refuse looking up, connecting and sending; Unix sockets have no host and pass."""
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = args[0]
    else:
        return
    if not is_local(host):
        message = f"A test reached for {host} ({event})."
        raise BeyondLoopback(message)


def pytest_configure() -> None:
    """Watch from the first test to the end of the process; an audit hook cannot be taken back."""
    if not getattr(sys, "_mach_network_guard", False):
        sys._mach_network_guard = True
        sys.addaudithook(refuse)
