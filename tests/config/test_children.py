"""The programs behind one command: watched, started again, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.children import FALLS, Child, stop_all
from config.state import PROJECT

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of this")


@pytest.fixture
def child(tmp_path):
    made = []

    def make(code, **words):
        log = tmp_path / f"{len(made)}.log"
        made.append(Child("program", [sys.executable, "-c", code], dict(os.environ), log, **words))
        return made[-1]

    yield make
    stop_all(made, 0)


def wait_for(question, seconds=10):
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def lives(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False


def test_a_program_that_ends_is_seen_with_its_last_words(child):
    program = child("print('no room'); raise SystemExit(3)")
    program.start()
    assert wait_for(lambda: program.died() == 3)
    assert program.last_lines() == "no room"


def test_a_program_that_falls_again_and_again_is_given_up(child):
    program = child("")
    assert [program.is_hopeless() for _ in range(FALLS)] == [False] * (FALLS - 1) + [True]


def test_programs_are_stopped_together_the_stubborn_by_force(child):
    willing = child("import time; print('up', flush=True); time.sleep(60)")
    stubborn = child(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up', flush=True); time.sleep(60)"
    )
    for program in (willing, stubborn):
        program.start()
    assert wait_for(lambda: "up" in willing.last_lines() and "up" in stubborn.last_lines())
    begun = time.monotonic()
    stop_all([willing, stubborn], 1)
    assert time.monotonic() - begun < 5
    assert willing.died() == -signal.SIGTERM
    assert stubborn.died() == -signal.SIGKILL


@LINUX
def test_what_a_program_started_ends_with_it(child):
    program = child(
        "import subprocess, sys, time;"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(c.pid, flush=True); time.sleep(60)"
    )
    program.start()
    assert wait_for(program.last_lines)
    grandchild = int(program.last_lines())
    assert lives(grandchild)
    stop_all([program], 5)
    assert wait_for(lambda: not lives(grandchild))


@LINUX
def test_a_killed_supervisor_leaves_no_program_behind(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from config.children import Child\n"
        "child = Child('x', [sys.executable, '-c', 'import time; time.sleep(60)'], dict(os.environ),"
        " Path(sys.argv[1]))\n"
        "child.start(); print(child.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        pid = int(supervisor.stdout.readline())
        assert lives(pid)
        supervisor.kill()
    assert wait_for(lambda: not lives(pid))
