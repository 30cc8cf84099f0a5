"""The PostgreSQL of our own: started once, found again, and whole after every kind of crash."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import time
from pathlib import Path

import psycopg
import pytest

from config.cluster import binaries, server
from tests.config.conftest import admin

AS_ROOT = os.geteuid() == 0


def remember(found, text):
    with admin(found) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS remembered (text text)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [text])


def remembered(found):
    with admin(found) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM remembered")]


def wait_until_gone(pid, data):
    end = time.monotonic() + 20
    while server.is_ours(pid, data) and time.monotonic() < end:
        time.sleep(0.02)
    assert not server.is_ours(pid, data)


def test_a_second_call_finds_the_running_server(state):
    first = server.ensure(state, fast=True)
    assert server.ensure(state, fast=True) == first


def test_data_survive_a_stop_and_the_port_stays(state):
    first = server.ensure(state, fast=True)
    remember(first, "Đặng Thị Ánh")
    assert server.stop(state, fast=True) is True
    assert server.running(first.data) is None
    assert server.stop(state, fast=True) is False

    second = server.ensure(state, fast=True)
    assert second.pid != first.pid
    assert second.port == first.port
    assert remembered(second) == ["Đặng Thị Ánh"]


def test_another_port_is_taken_when_the_last_one_is_occupied(state):
    first = server.ensure(state, fast=True)
    server.stop(state, fast=True)
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind((server.HOST, first.port))
        stranger.listen()
        second = server.ensure(state, fast=True)
        assert second.port != first.port
        with admin(second) as connection:
            assert connection.execute("SHOW port").fetchone() == (str(second.port),)


def test_a_killed_server_recovers_with_its_committed_data(state):
    first = server.ensure(state)
    remember(first, "before the kill")
    os.kill(first.pid, signal.SIGKILL)
    wait_until_gone(first.pid, first.data)
    assert (first.data / "postmaster.pid").exists()

    second = server.ensure(state)
    assert second.pid != first.pid
    assert remembered(second) == ["before the kill"]


def test_a_killed_server_recovers_while_a_client_is_still_connected(state):
    first = server.ensure(state)
    with admin(first) as connection:
        connection.execute("CREATE TABLE remembered (text text)")
        os.kill(first.pid, signal.SIGKILL)
        wait_until_gone(first.pid, first.data)
        second = server.ensure(state)
        assert remembered(second) == []


def test_a_process_number_reused_after_a_reboot_is_not_taken_for_the_server(state):
    first = server.ensure(state, fast=True)
    lines = (first.data / "postmaster.pid").read_text("utf-8").splitlines()
    server.stop(state, fast=True)
    # The machine went down; the number in the file now belongs to this very test.
    lines[0] = str(os.getpid())
    (first.data / "postmaster.pid").write_text("\n".join(lines) + "\n", "utf-8")

    assert server.running(first.data) is None
    assert server.stop(state, fast=True) is False
    second = server.ensure(state, fast=True)
    assert second.pid != os.getpid()
    with admin(second) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_begun_anew(state):
    data = server.data_directory(state, fast=True)
    draft = data.with_name(f"{data.name}.new")
    draft.mkdir()
    (draft / "PG_VERSION").write_text("half", "utf-8")
    with admin(server.ensure(state, fast=True)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not draft.exists()


def test_processes_that_start_at_once_get_one_server(state, shell):
    started = [shell("start") for _ in range(3)]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    ports = {re.search(r"127\.0\.0\.1:(\d+)", text)[1] for text in said}
    assert ports == {str(server.ensure(state, fast=True).port)}


def test_the_command_line_tells_the_status_and_stops(state, shell):
    def ask(*words):
        process = shell(*words)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    assert ask("status")[0] == 3
    code, url = ask("url")
    assert code == 0
    with psycopg.connect(url.strip()) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("mach_app",)
    found = server.ensure(state, fast=True)
    code, said = ask("status")
    assert code == 0
    assert str(found.pid) in said
    assert ask("stop")[0] == 0
    assert server.running(found.data) is None


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's list of sockets")
def test_the_server_listens_on_loopback_and_nowhere_else(state):
    found = server.ensure(state, fast=True)
    heard = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text("ascii").splitlines()[1:]:
            local, _remote, status = line.split()[1:4]
            address, port = local.split(":")
            if status == "0A" and int(port, 16) == found.port:
                heard.add(address)
    assert heard == {"0100007F"}  # 127.0.0.1 as Linux writes it
    assert str(found.data) not in Path("/proc/net/unix").read_text("utf-8")
    with admin(found) as connection:
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_passwords_are_random_private_and_asked_for(state):
    found = server.ensure(state, fast=True)
    path = state / "passwords.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(found.data.stat().st_mode) == 0o700
    assert len(found.admin_password) >= 40
    assert not list(state.glob("*.secret"))
    for wrong in ("", "postgres", found.admin_password[:-1]):
        with pytest.raises(psycopg.OperationalError, match="password"):
            admin(found, password=wrong)


def test_the_database_is_utf8_and_knows_vietnamese_letters(state):
    with admin(server.ensure(state, fast=True)) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), lower('ĐẶNG ỨỲ'),"
            " (SELECT datcollate FROM pg_database WHERE datname = 'template1')"
        ).fetchone()
    assert row[0] == "UTF8"
    assert row[1] == "đặng ứỳ"
    assert row[2] in {"C", "C.UTF-8"}


def test_the_log_of_the_server_names_no_person(state):
    found = server.ensure(state)
    with admin(found) as connection:
        connection.execute("CREATE TABLE person (number text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('001199000017')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('001199000017')")
    server.stop(state)
    logged = "".join(path.read_text("utf-8") for path in (found.data / "log").iterdir())
    assert "duplicate key" in logged
    assert "001199000017" not in logged


def test_only_the_fast_profile_gives_up_durability(state):
    said = {}
    for fast in (True, False):
        with admin(server.ensure(state, fast=fast)) as connection:
            said[fast] = [
                connection.execute(f"SHOW {name}").fetchone()[0]
                for name in ("fsync", "synchronous_commit", "full_page_writes")
            ]
    assert said == {True: ["off"] * 3, False: ["on"] * 3}


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_starts_a_server(state, shell):
    if not shutil.which("unshare"):
        pytest.skip("needs unshare to become an ordinary user")
    process = shell("start", prefix=binaries.NAMESPACE)
    said, _ = process.communicate(timeout=120)
    if "unshare" in said:
        pytest.skip("user namespaces are refused here")
    assert process.returncode == 0, said
    with admin(server.ensure(state, fast=True)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(not AS_ROOT, reason="needs root, who may lend an account")
def test_root_without_user_namespaces_lends_an_account(state, monkeypatch):
    monkeypatch.setattr(binaries, "NAMESPACE", ("no-such-program",))
    bindir, _major = binaries.find_bindir()
    runner = binaries.find_runner(bindir, state)
    try:
        assert runner.uid not in {None, 0}
        first = server.ensure(state, fast=True)
        remember(first, "kept")
        assert Path(f"/proc/{first.pid}").stat().st_uid == runner.uid
        server.stop(state, fast=True)
        assert remembered(server.ensure(state, fast=True)) == ["kept"]
        assert state.stat().st_uid == 0
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
    finally:
        server.stop(state, fast=True)
        for home in binaries.ACCOUNT_HOMES.glob(f"*-{binaries.mark_of(state)}"):
            shutil.rmtree(home)


def test_the_distributions_postgresql_serves_where_no_wheel_is_installed(state, monkeypatch):
    if not list(binaries.distribution_bindirs()):
        pytest.skip("no PostgreSQL of the distribution is installed")
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr(binaries, "wheel_bindir", lambda: None)
    binaries.find_bindir.cache_clear()
    try:
        found = server.ensure(state, fast=True)
        with admin(found) as connection:
            version = connection.execute("SHOW server_version_num").fetchone()[0]
        assert int(version) // 10_000 == binaries.find_bindir()[1] >= binaries.OLDEST
        server.stop(state, fast=True)
    finally:
        binaries.find_bindir.cache_clear()


def test_data_without_their_passwords_are_not_begun_anew(state):
    server.ensure(state, fast=True)
    server.stop(state, fast=True)
    (state / "passwords.json").rename(state / "kept.json")
    with pytest.raises(binaries.ClusterError, match=r"passwords\.json"):
        server.ensure(state, fast=True)
    assert not (state / "passwords.json").exists()
    (state / "kept.json").rename(state / "passwords.json")
    server.ensure(state, fast=True)


def test_data_of_another_version_are_not_begun_anew(state, monkeypatch):
    (state / "postgres-9").mkdir()
    (state / "postgres-9" / "PG_VERSION").write_text("9", "utf-8")
    monkeypatch.delenv("PG_BINDIR", raising=False)
    with pytest.raises(binaries.ClusterError, match="PG_BINDIR"):
        server.ensure(state)
    assert not server.data_directory(state, fast=False).exists()


def test_a_machine_without_postgresql_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(binaries.ClusterError, match="DATABASE_URL"):
        binaries.find_bindir.__wrapped__()
