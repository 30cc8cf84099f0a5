"""One command starts everything, keeps it up, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from config import run
from config.cluster import connection_settings, server
from config.cluster.server import await_ready
from config.prepare import Done, needed, wanted_done, wants_demo, write_done
from config.state import PROJECT

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into Linux's list of processes")


class Run:
    """`python -m config.run` in a process of its own."""

    def __init__(self, state, port):
        self.state, self.port = state, port
        environment = {k: v for k, v in os.environ.items() if k not in {"PYTEST_VERSION", "HOST"}}
        environment |= {"MACH_STATE": str(state), "PORT": str(port), "MACH_DEMO_DATA": "0"}
        environment |= {"MACH_DEMO": "1", "PYTHONIOENCODING": "utf-8"}
        environment.pop("SECRET_KEY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.said = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said += line

    def answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/login/")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def members(self):
        """Every process of this run, PostgreSQL's included, by what it was started with."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_text("utf-8", "replace")
                surroundings = (entry / "environ").read_text("utf-8", "replace")
            except OSError:
                continue
            if str(self.state) in command or f"MACH_STATE={self.state}\0" in surroundings:
                found[int(entry.name)] = command.replace("\0", " ")
        return found

    def one(self, word):
        return min(pid for pid, command in self.members().items() if word in command)

    def end(self, sign=signal.SIGINT):
        self.process.send_signal(sign)
        code = self.process.wait(30)
        self.reader.join(10)
        self.process.stdout.close()
        return code


def wait_for(question, seconds=60):
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(state):
    runs = []

    def begin(port):
        runs.append(Run(state, port))
        return runs[-1]

    yield begin
    for one in runs:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)


def refuses_a_second(first, start):
    second = start(first.port)
    assert second.process.wait(30) == 1
    second.reader.join(10)
    second.process.stdout.close()
    assert f"http://127.0.0.1:{first.port}" in second.said


def survives_falls(house, data):
    """The web server falls, then PostgreSQL: both come back without a hand."""
    os.kill(house.one("gunicorn"), signal.SIGKILL)
    assert wait_for(lambda: "-9" in house.said), house.said
    assert wait_for(house.answers), house.said
    killed = server.running(data)
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        os.kill(killed.pid, signal.SIGKILL)
        took_it = wait_for(lambda: takes(stranger, killed.port), 2)
        assert wait_for(lambda: (now := server.running(data)) and now.pid != killed.pid), house.said
        assert (await_ready(data).port != killed.port) is took_it
        assert wait_for(house.answers), house.said


def takes(stranger, port):
    """Take the port the fallen PostgreSQL had, if this is quicker than its return."""
    try:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
    except OSError:
        return False
    return True


def stops_wholly(house, data, sign):
    begun = time.monotonic()
    assert house.end(sign) == 0, house.said
    assert time.monotonic() - begun < 15
    assert wait_for(lambda: not house.members(), 5), house.members()
    assert server.running(data) is None


@LINUX
def test_everything_starts_survives_and_stops(state, start):
    port = free_port()
    data = server.data_directory(state, fast=False)
    begun = time.monotonic()
    first = start(port)
    assert wait_for(first.answers, 120), first.said
    prepared = time.monotonic() - begun
    assert wait_for(lambda: any("procrastinate" in text for text in first.members().values()))
    refuses_a_second(first, start)
    survives_falls(first, data)
    stops_wholly(first, data, signal.SIGINT)

    begun = time.monotonic()
    second = start(port)
    assert wait_for(second.answers), second.said
    # All is prepared already; on an idle machine it answers after 2 s.
    assert time.monotonic() - begun < max(10, prepared / 2)
    second.end(signal.SIGKILL)
    assert wait_for(lambda: not any("gunicorn" in text for text in second.members().values()), 15)

    # The killed run's PostgreSQL passes to the next one, which stops it at its end.
    third = start(port)
    assert wait_for(third.answers), third.said
    stops_wholly(third, data, signal.SIGTERM)


def test_a_taken_port_is_passed_over_unless_it_was_asked_for(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        monkeypatch.delenv("PORT", raising=False)
        monkeypatch.setattr(run, "FIRST_PORT", taken)
        with run.open_socket() as listener:
            assert listener.getsockname()[1] != taken
        monkeypatch.setenv("PORT", str(taken))
        with pytest.raises(run.RunError, match=str(taken)):
            run.open_socket()


def test_the_screen_shows_the_address_and_one_login_per_role(tmp_path, capsys):
    logins = [
        {"role": "Nhân viên nhập liệu", "username": "duyen", "password": "mot", "place": "Trạm A"},
        {"role": "Bác sĩ", "username": "hung", "password": "hai-ba", "place": "Trạm B"},
    ]
    (tmp_path / "demo_logins.json").write_text(json.dumps(logins), "utf-8")
    run.welcome(tmp_path, "http://127.0.0.1:8000")
    lines = capsys.readouterr().out.splitlines()
    assert any("http://127.0.0.1:8000" in line for line in lines)
    duyen, hung = (next(line for line in lines if name in line) for name in ("duyen", "hung"))
    assert duyen.index("mot") == hung.index("hai-ba")
    assert duyen.index("Trạm A") == hung.index("Trạm B")


def test_a_secret_key_is_made_once_and_not_where_one_is_given(state, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = run.environment(state)["SECRET_KEY"]
    assert len(made) >= 40
    assert run.environment(state)["SECRET_KEY"] == made
    monkeypatch.setenv("SECRET_KEY", "given")
    assert run.environment(state)["SECRET_KEY"] == "given"


@pytest.mark.parametrize(
    ("demo", "applied", "asked", "wanted"),
    [
        ("", 0, None, "wanted"),  # a new database
        ("", 90, None, ""),  # somebody's records
        ("wanted", 90, None, "wanted"),  # the loading was interrupted
        ("done", 90, None, "done"),
        ("", 90, "1", "wanted"),
        ("", 0, "0", ""),
    ],
)
def test_the_demo_goes_into_a_new_database_only(monkeypatch, demo, applied, asked, wanted):
    monkeypatch.delenv("MACH_DEMO_DATA", raising=False)
    if asked:
        monkeypatch.setenv("MACH_DEMO_DATA", asked)
    assert wants_demo(Done(demo=demo), applied) == wanted


def test_what_is_done_is_not_done_again_until_something_changes(state, monkeypatch):
    monkeypatch.setenv("MACH_FAST", "1")
    monkeypatch.delenv("MACH_DEMO_DATA", raising=False)
    way = connection_settings()
    steps = ["migrate", "collectstatic", "load_reference_lists", "load_demo"]
    assert needed(way) == steps

    done = wanted_done()
    database = json.loads((state / "prepared.json").read_text("utf-8"))["database"]
    done.database, done.demo = database, "done"
    write_done(done)
    assert needed(way) == []

    write_done(Done(**(vars(done) | {"migrations": "of yesterday"})))
    assert needed(way) == ["migrate"]
    write_done(Done(**(vars(done) | {"database": "mach 1"})))
    assert needed(way) == ["migrate", "load_reference_lists", "load_demo"]
