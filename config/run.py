"""How is everything started by one command, watched, and stopped by Ctrl-C?"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from config import catalogues, prepare, signing_service
from config.children import Child, stop_all
from config.cluster import ClusterError, connection_settings, server
from config.state import PROJECT, secret_key, state_directory, write_private
from config.wording import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.cluster import ConnectionSettings

FIRST_PORT = 8000
ANSWER_SECONDS = 60.0
STOP_SECONDS = 6.0
WATCH_SECONDS = 0.5


class RunError(Exception):
    """The house cannot be opened; the message says why."""


def say(text: str = "") -> None:
    """Write for the person at the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Refuse a second run beside a running one; its address is said."""
    with (state / "run.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                _("Mạch is running already: %(address)s") % {"address": read_run(state)["address"]}
            ) from None
        yield


def read_run(state: Path) -> dict[str, str]:
    """Return what the last run noted about itself."""
    try:
        noted: dict[str, str] = json.loads((state / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        noted = {}
    return {"address": "", "cluster": ""} | noted


def own_cluster_runs(state: Path) -> bool:
    """Say whether our own PostgreSQL is up; false where another server is given."""
    if os.environ.get("DATABASE_URL"):
        return False
    return server.running(server.data_directory(state, fast=False)) is not None


def open_socket() -> socket.socket:
    """Listen at PORT, or at the first free port from 8000 on; the web server inherits it."""
    host = os.environ.get("HOST", "127.0.0.1")
    asked = os.environ.get("PORT")
    ports = [int(asked)] if asked else [*range(FIRST_PORT, FIRST_PORT + 100), 0]
    for port in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(512)
        except OSError:
            listener.close()
            continue
        return listener
    raise RunError(
        _("Port %(port)s is in use. Choose another: PORT=8080 make run.") % {"port": asked}
    )


def environment(state: Path) -> dict[str, str]:
    """Return the environment of all our programs."""
    words = dict(os.environ) | {"MACH_STATE": str(state), "PYTHONUNBUFFERED": "1"}
    words.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not (words.get("SECRET_KEY") or words.get("SECRET_KEY_FILE")):
        words["SECRET_KEY"] = secret_key(state)
    return words


def serving(words: dict[str, str], way: ConnectionSettings) -> dict[str, str]:
    """Return the environment of a program that serves: it never learns who owns the tables."""
    return words | {"DATABASE_URL": way.url(), "DATABASE_OWNER_URL": ""}


def free_port() -> int:
    """Return a port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stand_in(web: str) -> dict[str, str]:
    """Return how the programs reach the simulator of the population database, among demo people only."""
    if os.environ.get("POPULATION_URL") or prepare.read_done().demo != "done":
        return {}
    return {
        "POPULATION_URL": f"http://127.0.0.1:{free_port()}",
        "POPULATION_KEY": secrets.token_urlsafe(24),
        "POPULATION_CALLBACK_URL": f"{web}/api/v1/population/answers/",
        "POPULATION_CALLBACK_SECRET": secrets.token_urlsafe(24),
    }


def simulator(state: Path, words: dict[str, str]) -> Child:
    """Describe the simulator: slow, failing now and then, answering later and twice, as the real one may."""
    port = words["POPULATION_URL"].rpartition(":")[2]
    argv = [
        sys.executable, "-m", "portal.verification.simulator", "--port", port,
        "--people", str(state / "population.jsonl"), "--delay", "0.3", "--error-every", "9",
        "--later-every", "5", "--later-after", "2", "--per-minute", "60", "--twice",
    ]  # fmt: skip
    name = _("The simulator of the population database")
    # It has no business with the database or the secrets of the house.
    own = {k: v for k, v in words.items() if not k.startswith(("DATABASE_", "SECRET_"))}
    return Child(name, argv, own, state / "log" / "population.log")


def programs(state: Path, words: dict[str, str], listener: socket.socket) -> list[Child]:
    """Describe the web server and the worker."""
    logs = state / "log"
    logs.mkdir(exist_ok=True)
    memory = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108
    number = listener.fileno()
    web = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{number}",
        "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload",
        "--graceful-timeout", "5", "--timeout", "60", "--no-control-socket", *memory,
    ]  # fmt: skip
    worker = [sys.executable, str(PROJECT / "manage.py"), "procrastinate", "worker"]
    return [
        Child(_("The web server"), web, words, logs / "web.log", files=(number,)),
        Child(_("The worker"), worker, words, logs / "worker.log", nice=10),
    ]


def healthy(host: str, port: int) -> bool:
    """Ask the web server whether everything behind it works."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(state: Path, address: str) -> None:
    """Print the address and one login per role."""
    say()
    say(_("Mạch is running: %(address)s") % {"address": address})
    path = state / "demo_logins.json"
    if path.exists():
        heads = {
            "role": _("Role"), "username": _("User name"),
            "password": _("Password"), "place": _("Place"),
        }  # fmt: skip
        rows = [heads, *json.loads(path.read_text("utf-8"))]
        wide = {key: max(len(str(row.get(key, ""))) for row in rows) for key in heads}
        say()
        for row in rows:
            cells = (f"{row.get(key, '')!s:<{wide[key]}}" for key in heads)
            say("  " + "  ".join(cells).rstrip())
    say()
    say(_("Press Ctrl-C to stop."))


class House:
    """The running whole: web server, worker, and PostgreSQL when it is our own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.closing = threading.Event()
        self.children: list[Child] = []
        self.owns_cluster = False
        self.around: dict[str, str] = {}  # what the programs are told of each other

    def open(self) -> None:
        """Start everything; return when the web server answers."""
        begun = time.monotonic()
        before = own_cluster_runs(self.state)
        # A run that was killed left its PostgreSQL to us.
        self.owns_cluster = not os.environ.get("DATABASE_URL") and (
            not before or read_run(self.state)["cluster"] == "ours"
        )
        words = environment(self.state)
        way = connection_settings()
        self.note("")
        self.prepare(way, words)
        if self.closing.is_set():
            return
        with open_socket() as listener:
            host, port = listener.getsockname()[:2]
            address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
            self.around = {"PUBLIC_ADDRESS": os.environ.get("PUBLIC_ADDRESS") or address}
            self.around |= stand_in(address)
            if prepare.read_done().demo == "done":
                self.around |= signing_service.how_to_reach(free_port(), self.state)
            words |= self.around
            self.children = programs(self.state, serving(words, way), listener)
            if "POPULATION_CALLBACK_URL" in self.around:
                self.children.append(simulator(self.state, serving(words, way)))
            if "SIGNING_SERVICE" in self.around:
                self.children.append(signing_service.simulator(self.state, words))
            for child in self.children:
                child.start()
            self.note(address)
            self.await_answer("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104
            if not self.closing.is_set():
                welcome(self.state, address)
                say(_("Started in %(seconds)s s.") % {"seconds": f"{time.monotonic() - begun:.1f}"})
            self.watch()

    def prepare(self, way: ConnectionSettings, words: dict[str, str]) -> None:
        """Do in one child process what is still to be done before serving."""
        steps = prepare.needed(way)
        if not steps:
            return
        owner = words | {"DATABASE_URL": way.url(), "DATABASE_OWNER_URL": way.url(owner=True)}
        argv = [sys.executable, "-m", "config.prepare", *steps]
        child = Child(_("The preparation"), argv, owner)
        self.children = [child]
        child.start()
        while (code := child.died()) is None:
            if self.closing.wait(0.05):
                return
        if code:
            raise RunError(
                _("The preparation failed; nothing was started. The reason stands above.")
            )

    def note(self, address: str) -> None:
        """Leave word for a second run, and for the next one if this one is killed."""
        noted = {"address": address, "cluster": "ours" if self.owns_cluster else ""}
        write_private(self.state / "run.json", json.dumps(noted))

    def await_answer(self, host: str, port: int) -> None:
        """Wait until everything works; say it when that takes too long."""
        end = time.monotonic() + ANSWER_SECONDS
        while not healthy(host, port):
            self.raise_fallen()
            if time.monotonic() > end:
                say(_("Something does not work yet; /healthz says what."))
                return
            if self.closing.wait(0.1):
                return

    def raise_fallen(self) -> None:
        """Start a program again that fell; give up on one that falls again and again."""
        for child in self.children:
            code = child.died()
            if code is None:
                continue
            say(_("%(program)s stopped (code %(code)s).") % {"program": child.name, "code": code})
            if child.is_hopeless():
                raise RunError(
                    _("%(program)s does not stay up. The end of %(log)s:")
                    % {"program": child.name, "log": child.log}
                    + f"\n{child.last_lines()}"
                )
            child.make_stop(0)  # what it had started may still hold the port
            child.start()
            say(_("%(program)s was started again.") % {"program": child.name})

    def watch(self) -> None:
        """Keep everything up until somebody asks to stop."""
        while not self.closing.wait(WATCH_SECONDS):
            self.raise_fallen()
            if self.owns_cluster and not own_cluster_runs(self.state):
                say(_("PostgreSQL stopped; it is started again."))
                self.follow(connection_settings())

    def follow(self, way: ConnectionSettings) -> None:
        """Send the programs after a PostgreSQL that had to change its port."""
        words = serving(environment(self.state) | self.around, way)
        moved = [
            child
            for child in self.children
            if "DATABASE_URL" in child.environment and child.environment != words
        ]
        stop_all(moved, STOP_SECONDS)
        for child in moved:
            child.environment = words
            child.start()

    def close(self) -> None:
        """Stop everything that was started here."""
        say(_("Stopping ..."))
        stop_all(self.children, STOP_SECONDS)
        if self.owns_cluster:
            server.stop(self.state)
        (self.state / "run.json").unlink(missing_ok=True)
        say(_("Everything has stopped."))


def main() -> int:
    """Open the house and keep it open until Ctrl-C."""
    os.environ.setdefault("MACH_DEMO", "1")
    os.chdir(PROJECT)
    state = state_directory()
    house = House(state)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: house.closing.set())
    try:
        with alone(state):
            catalogues.compile_all()
            try:
                house.open()
            finally:
                house.close()
    except (RunError, ClusterError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
