"""Killed at any moment, worker or database, an import ends as if nothing had happened.

Driven from outside: a PostgreSQL of its own with everything durable, a real worker, kill -9. Only
states and tables are looked at.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

PROJECT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("INTAKE_KILL_SEED", "20261105"))
# What another run may number, draw or date otherwise.
LEFT_OUT = {"uuid", "timestamp with time zone", "ARRAY", "xid8"}
TABLES = """
    SELECT table_name, array_agg(column_name::text ORDER BY column_name)
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type <> ALL(%s)
      AND table_name <> 'intake_batchhistory'  -- how often a reading began may differ
      AND table_name <> 'intake_progress'  -- goes a moment after the batch is done
      AND (table_name LIKE 'healthrecords_%%' OR table_name LIKE 'intake_%%')
    GROUP BY 1 ORDER BY 1
"""
PATIENCE = 300
MISSED_AFTER = 3  # seconds, so that nobody waits a minute for a dead worker


class World:
    """A cluster of its own, prepared once; each run of an import gets a copy of a database."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder, self.rows = folder, rows
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DATABASE", "MACH_"))}  # fmt: skip
        self.environment = {
            **kept,
            "MACH_STATE": str(folder),
            "MACH_DEMO": "1",
            "DEBUG": "1",
            "SECRET_KEY": "only-for-the-proof-of-kills-0123456789abcdef",
            "STALLED_AFTER": str(MISSED_AFTER),
        }
        self.lasted: dict[str, float] = {}

    def start(self) -> None:
        """Start PostgreSQL, also after it was killed."""
        for _attempt in range(20):
            if self._cluster("start").returncode == 0:
                break
            time.sleep(0.5)
        self.address = self._cluster("url").stdout.strip()
        self.owner = self._cluster("url", "--owner").stdout.strip()

    def _cluster(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.cluster", *words],
            cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def stop(self) -> None:
        self._cluster("stop")

    def of(self, database: str) -> dict[str, str]:
        """The environment of a process that works on one database."""
        return {
            **self.environment,
            "DATABASE_URL": f"{self.address.rpartition('/')[0]}/{database}",
            "DATABASE_OWNER_URL": f"{self.owner.rpartition('/')[0]}/{database}",
        }

    def run(self, database: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=PROJECT, env=self.of(database), capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def deed(self, database: str, *words: str) -> str:
        return self.run(database, "-m", "tests.proof.intake_world", *words)

    def worker(self, database: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker"],
            cwd=PROJECT, env=self.of(database), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def query(self, database: str, sql: str, *params: object) -> list[tuple]:
        with psycopg.connect(
            self.of(database)["DATABASE_OWNER_URL"], autocommit=True
        ) as connection:
            return connection.execute(sql, params or None).fetchall()

    def copy(self, origin: str, name: str) -> None:
        """Make a database like another; both belong to the owner of the tables."""
        with psycopg.connect(self.of("postgres")["DATABASE_OWNER_URL"], autocommit=True) as c:
            # WITH (FORCE) would also want to end autovacuum, which is not ours; without it, it yields.
            c.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                " AND usename IS NOT NULL AND pid <> pg_backend_pid()",
                [name],
            )
            c.execute(f"DROP DATABASE IF EXISTS {name}")
            # Copied through the WAL, a sequence would fall back at a crash: PostgreSQL takes the values
            # that the original had logged ahead for logged in the copy too.
            c.execute(f"CREATE DATABASE {name} TEMPLATE {origin} STRATEGY file_copy")
            c.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO mach_app")

    def prepare(self) -> None:
        """Prepare ``received`` and ``confirmed``, and learn how an undisturbed import ends."""
        self.start()
        self.run("mach", "manage.py", "migrate", "--verbosity", "0")
        self.deed("mach", "furnish", str(self.rows))
        self.copy("mach", "received")
        self.copy("mach", "whole")
        worker = self.worker("whole")
        try:
            self.lasted["reading"] = self.reach("whole", "checked", since="reading")
            self.rest("whole")
            end(worker)
            self.deed("whole", "confirm")
            self.copy("whole", "confirmed")
            worker = self.worker("whole")
            self.lasted["confirmed"] = self.reach("whole", "written", since="confirmed")
        finally:
            end(worker)
        self.expected = self.fingerprint("whole")

    def state(self, database: str) -> tuple[str, str]:
        return self.query(database, "SELECT state, error_code FROM intake_batch")[0]

    def reach(self, database: str, wanted: str, since: str = "") -> float:
        """Wait for a state; return the seconds since another was first seen."""
        begun = time.monotonic()
        until = begun + PATIENCE
        while time.monotonic() < until:
            state, code = self.state(database)
            if state == wanted:
                return time.monotonic() - begun
            assert state != "refused", code
            busy = self.query(database, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")
            if since and not busy:
                begun = time.monotonic()
            time.sleep(0.05)
        pytest.fail(f"the batch stays {self.state(database)} and never becomes {wanted}")

    def rest(self, database: str) -> None:
        """Wait until no job is at work: one that was killed has to be missed before its like begins."""
        until = time.monotonic() + PATIENCE
        while self.query(database, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"):
            assert time.monotonic() < until, "a job never ends"
            time.sleep(0.02)

    def fingerprint(self, database: str) -> dict[str, tuple[int, str]]:
        """What every table of the records and of the intake holds, without ids and moments."""
        found = {}
        for table, columns in self.query(database, TABLES, list(LEFT_OUT)):
            text = " || '|' || ".join(f"coalesce(\"{column}\"::text, '~')" for column in columns)
            sql = f"SELECT count(*), md5(coalesce(string_agg(line, ';' ORDER BY line COLLATE \"C\"), '')) FROM (SELECT {text} AS line FROM {table}) lines"
            found[table] = self.query(database, sql)[0]
        return found

    def postgres(self) -> list[int]:
        """The postmaster and what it started."""
        data = next(path.parent for path in self.folder.glob("postgres-*/postmaster.pid"))
        first = int((data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


def end(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()


def killed(world: World, stage: str, victim: str, after: float) -> dict[str, tuple[int, str]]:
    """Run the import from a stage on, kill the victim after so many seconds, heal, and finish."""
    name = "run"
    world.copy("received" if stage == "reading" else "confirmed", name)
    worker = world.worker(name)
    try:
        until = time.monotonic() + PATIENCE
        busy = "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing' AND task_name LIKE '%_file'"
        while not world.query(name, busy) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(after)
        if victim == "postgres":
            for pid in world.postgres():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        end(worker)
        if victim == "postgres":
            world.start()
        worker = world.worker(name)  # starts while the dead one's job is still missed
        world.deed(name, "recover", *(["confirm"] if stage == "reading" else []))
        world.reach(name, "written")
    finally:
        end(worker)
    return world.fingerprint(name)


def moments(world: World, count: int) -> Iterator[tuple[str, str, float]]:
    """Draw stage, victim and second; every fourth hits the database."""
    draw = random.Random(SEED)  # noqa: S311  (the same moments every time)
    for number in range(count):
        stage = ("reading", "confirmed")[number % 2]
        victim = "postgres" if number % 4 == 2 or number % 4 == 1 else "worker"
        yield stage, victim, draw.uniform(0, 1.1 * world.lasted[stage])


def prove(rows: int, count: int) -> None:
    """Kill ``count`` times, one after the other."""
    # What kill -9 leaves behind is the same in memory and on a disk; a disk takes ten times as long.
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    folder = Path(tempfile.mkdtemp(prefix="mach-kills-", dir=memory if roomy else None))
    folder.chmod(0o755)  # PostgreSQL may run as somebody else
    world = World(folder, rows)
    try:
        world.prepare()
        assert world.expected["healthrecords_visit"][0] > rows * 0.9
        for stage, victim, after in moments(world, count):
            ended = killed(world, stage, victim, after)
            other = {
                t: (world.expected[t], ended[t]) for t in ended if ended[t] != world.expected[t]
            }
            assert not other, f"{victim} killed {after:.2f} s into {stage}: {other}"
    finally:
        world.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.every_time
@pytest.mark.skipif(
    os.environ.get("INTAKE_KILLS") == "0", reason="INTAKE_KILLS=0: one database's kills are enough"
)
def test_three_kills_change_nothing() -> None:
    prove(rows=600, count=3)


@pytest.mark.proof
def test_thirty_kills_change_nothing() -> None:
    prove(rows=4_000, count=int(os.environ.get("INTAKE_KILLS", "30")))
