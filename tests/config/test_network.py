"""No test reaches beyond this machine, not even by asking for a name."""

from __future__ import annotations

import socket

import pytest

from tests.network import BeyondLoopback


def test_another_machine_cannot_be_reached():
    with socket.socket() as outside, pytest.raises(BeyondLoopback, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


def test_another_machines_name_cannot_be_asked_for():
    with pytest.raises(BeyondLoopback, match="example"):
        socket.getaddrinfo("example.org", 443)


def test_nothing_can_be_sent_to_another_machine():
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outside,
        pytest.raises(BeyondLoopback, match=r"192\.0\.2\.1"),
    ):
        outside.sendto(b"x", ("192.0.2.1", 53))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
