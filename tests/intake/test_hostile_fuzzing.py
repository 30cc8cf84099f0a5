"""Whatever is spoilt in a file: rows, or a refusal with a sentence; no hang, no hunger, no traceback.

INTAKE_FUZZ_SECONDS sets the time for each of the three parsers.
"""

import json
import multiprocessing
import os
import random
import resource
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from portal.intake import refusals
from portal.intake.declaration import kind_of
from portal.intake.readers import process
from portal.intake.readers.child import events_of, line, place_of
from portal.intake.readers.unreadable import UnreadableError
from tests.intake.mutating import spoilt
from tests.intake.parts import FILES, book_parts, row, sheet, zipped
from tests.intake.sending import envelope, record, visit, workbook
from tests.intake.test_hostile_workbooks import STYLES

SECONDS = float(os.environ.get("INTAKE_FUZZ_SECONDS", "6"))
SEED = int(os.environ.get("INTAKE_FUZZ_SEED", "20261105"))
MEGABYTES, SECONDS_EACH = 1_024, 20
TEXT = "MA_LK;HO_TEN;DIA_CHI\r\n" + '1;Lò Văn Ún;"Bản ""Hồi"";\nxã"\r\n' * 20


def seeds(parser: str) -> list[bytes]:
    """Good files from which bad ones are made."""
    if parser == "workbook":
        hand = book_parts(
            {"A": sheet(row(1, "MA_LK", "HO_TEN") + row(2, "1", "Ún")), "B": sheet("")},
            strings="<sst><si><t>a</t></si><si><r><t>b</t></r></si></sst>",
            styles=STYLES,
        )
        made = workbook([visit(MA_LK=str(number)) for number in range(30)])
        files = [
            (FILES / f"libreoffice.{suffix}").read_bytes() for suffix in ("xlsx", "xls", "ods")
        ]
        bundle = zipped({"a.xlsx": made, "b.csv": TEXT.encode()})
        return [made, made, zipped(hand), zipped(hand), *files, bundle]
    if parser == "delimited":
        return [TEXT.encode(how) for how in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")] + [
            b"sep=|\n" + TEXT.replace(";", "|").encode(),
            "MA_LK\tHO_TEN\n1\tLß V¨n ón\n".encode("latin-1"),
        ]
    return [
        envelope(record(), record(MA_LK="2")),
        envelope(record(), declaration='<?xml version="1.0" encoding="utf-8"?>'),
        envelope(*(record(MA_LK=str(number)) for number in range(5))),
    ]


def reader_of(parser: str) -> str:
    return kind_of("envelope").reader if parser == "envelope" else ""


def attempt(content: bytes, reader: str, path: Path) -> str:
    """Read as the child does; return a code, or what went wrong."""
    path.write_bytes(content)
    try:
        for event in events_of(path, reader):
            json.loads(line(event))
    except UnreadableError as error:
        said = refusals.REFUSALS.get(error.code)
        return error.code if said and str(said) % error.params else f"no sentence for {error.code}"
    except (MemoryError, RecursionError):
        return "file_too_heavy"
    except TimeoutError:
        return "!took too long"
    except Exception as error:  # noqa: BLE001
        return f"!{place_of(error)}"
    return "read"


def fuzz(parser: str, seed: int, seconds: float, folder: str, answers: Any) -> None:
    """Spoil and read in this process, under the limits of a child, until the time is over."""

    def alarm(*_given: Any) -> None:
        raise TimeoutError

    # A forked process stands on what its parent holds already.
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    size = pages * resource.getpagesize() + MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    signal.signal(signal.SIGALRM, alarm)
    # A parser that panics says so on stderr too; the child of a worker has none.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    draw, reader, files = random.Random(seed), reader_of(parser), seeds(parser)  # noqa: S311
    until, count, found = time.monotonic() + seconds, 0, {}
    path = Path(folder) / f"spoilt-{seed}"
    while time.monotonic() < until:
        content = spoilt(draw.choice(files), draw)
        signal.alarm(SECONDS_EACH)
        said = attempt(content, reader, path)
        signal.alarm(0)
        if said.startswith("!") and said not in found:
            (Path(folder) / f"bad-{seed}-{count}").write_bytes(content)
        found[said] = found.get(said, 0) + 1
        count += 1
    answers.send((count, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def fuzzed(parser: str, seconds: float, folder: Path) -> tuple[int, dict[str, int]]:
    """Fuzz for so long; a parser that ends its process goes on in another, with what its child says."""
    count, found, until, seed = 0, {}, time.monotonic() + seconds, SEED
    while not count or time.monotonic() < until:
        answer = fuzzed_once(parser, seed, max(1, until - time.monotonic()), folder)
        if answer is None:
            said = by_child(folder / f"spoilt-{seed}", reader_of(parser))
            count, found[said], seed = count + 1, found.get(said, 0) + 1, seed + 1
            continue
        count += answer[0]
        found |= {said: found.get(said, 0) + times for said, times in answer[1].items()}
        assert answer[2] < MEGABYTES
    return count, found


def fuzzed_once(parser: str, seed: int, seconds: float, folder: Path) -> Any:
    """Fuzz in a process of its own; None when it died."""
    context = multiprocessing.get_context("fork")
    mine, its = context.Pipe(duplex=False)
    worker = context.Process(target=fuzz, args=(parser, seed, seconds, str(folder), its))
    worker.start()
    its.close()
    try:
        assert mine.poll(seconds + 60), f"a file holds up the reader: {folder}/spoilt-{seed}"
        return mine.recv()
    except EOFError:
        return None
    finally:
        worker.join(5)
        worker.kill()


def by_child(path: Path, reader: str) -> str:
    """Say what a sender is told about a file that ended the parser: never that we failed."""
    try:
        with process.reading(path, reader) as events:
            list(events)
    except UnreadableError as error:
        return "!the reader failed" if error.code == "file_unreadable" else error.code
    return "read"


PARSERS = ("workbook", "delimited", "envelope")


@pytest.mark.every_time
@pytest.mark.parametrize("parser", PARSERS)
def test_spoilt_files_are_read_or_refused(parser: str, tmp_path: Path) -> None:
    count, found = fuzzed(parser, SECONDS, tmp_path)
    bad = {said: times for said, times in found.items() if said.startswith(("!", "no sentence"))}
    assert not bad, f"{bad} of {count}, kept in {tmp_path}"
    assert count > 20
    assert len(found) > 1


@pytest.mark.parametrize("parser", PARSERS)
def test_the_real_child_gives_rows_or_a_known_refusal(
    parser: str, tmp_path: Path, settings
) -> None:
    settings.INTAKE_SECONDS = SECONDS_EACH
    draw, files = random.Random(SEED), seeds(parser)  # noqa: S311
    for _time in range(4):
        path = tmp_path / "spoilt"
        path.write_bytes(spoilt(draw.choice(files), draw))
        try:
            with process.reading(path, reader_of(parser)) as events:
                list(events)
        except UnreadableError as error:
            assert error.code in refusals.REFUSALS  # noqa: PT017
            assert error.code != "file_unreadable"  # noqa: PT017  (a failure of the reader's own)


@pytest.mark.proof
@pytest.mark.parametrize("parser", PARSERS)
def test_spoilt_files_for_a_long_time(parser: str, tmp_path: Path) -> None:
    seconds = float(os.environ.get("INTAKE_FUZZ_SECONDS", "600"))
    count, found = fuzzed(parser, seconds, tmp_path)
    bad = {said: times for said, times in found.items() if said.startswith(("!", "no sentence"))}
    assert not bad, f"{bad} of {count}, kept in {tmp_path}"
