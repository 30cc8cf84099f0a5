"""A state directory of its own for each test of the launcher, with nothing left running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from config.cluster import binaries, server
from config.state import PROJECT

DATABASE_WORDS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DEBUG", "MACH_DEMO", "MACH_FAST")


@pytest.fixture
def state(monkeypatch):
    """An empty state directory, and an environment that names no database."""
    for name in DATABASE_WORDS:
        monkeypatch.delenv(name, raising=False)
    path = Path(tempfile.mkdtemp(prefix="mach-state-"))
    monkeypatch.setenv("MACH_STATE", str(path))
    yield path
    for fast in (True, False):
        server.stop(path, fast=fast)
    binaries.find_bindir.cache_clear()
    shutil.rmtree(path)


@pytest.fixture
def shell(state):
    """Run the launcher's command line in a process of its own."""

    def run(*words, prefix=()):
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "config.cluster", *words],
            cwd=PROJECT,
            env={**os.environ, "MACH_STATE": str(state), "MACH_FAST": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


def admin(found, **words):
    """Log in as the role that may do everything on a server of ours."""
    login = {"host": server.HOST, "port": found.port, "user": server.ADMIN, "dbname": "postgres"}
    return psycopg.connect(
        **(login | {"password": found.admin_password} | words), autocommit=True, connect_timeout=5
    )
