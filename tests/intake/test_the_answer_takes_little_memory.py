"""A long file is answered without ever being held: memory stays where it was."""

import threading
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.db import connection

from portal.accounts.models import User
from portal.intake import answering
from portal.intake.models import Batch, Finding
from portal.places.models import Organisation
from tests.intake.sending import GOOD, NOW, send

STATUS = Path("/proc/self/status")
pytestmark = [
    pytest.mark.usefixtures("lists"),
    pytest.mark.skipif(not STATUS.exists(), reason="memory is read from /proc"),
]
MEGABYTES = 60  # what the answer of any file may add to a worker


def resident(name: str) -> int:
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) // 1024


def long_file(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet("KhamBenh")
    for at, name in enumerate(GOOD):
        page.write_string(0, at, name)
    for row in range(1, rows + 1):
        for at, value in enumerate(GOOD.values()):
            page.write_string(row, at, str(value) if at else f"K{row}")
    book.close()


@pytest.mark.parametrize(
    "rows",
    [
        20_000,
        pytest.param(100_000, marks=pytest.mark.proof),
        pytest.param(500_000, marks=pytest.mark.proof),
    ],
)
def test_the_answer_of_a_long_file_is_written_in_constant_memory(
    rows: int, data_officer: User, hospital: Organisation, tmp_path: Path, settings: Any
) -> None:
    settings.INTAKE_MEGABYTES = 4_096
    path = tmp_path / "dai.xlsx"
    long_file(path, rows)
    batch = send(path.read_bytes(), by=data_officer, organisation=hospital, read=False)
    found(batch, rows)
    asked, _is_new = answering.ask_answer(batch=batch, open_=True, at=NOW)
    before, peak = resident("VmRSS"), Peak()
    with peak:
        answer = answering.make_answer(asked.pk, at=NOW)
    assert answer.state == "ready"
    assert peak.megabytes - before < MEGABYTES, f"{peak.megabytes - before} MB more"


class Peak:
    """The largest resident memory of this process while it is entered."""

    def __enter__(self) -> "Peak":
        self.megabytes, self._over = resident("VmRSS"), threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.megabytes = max(self.megabytes, resident("VmRSS"))

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()


def found(batch: Batch, rows: int) -> None:
    """Write down that every third row has a wrong pulse and every tenth a remark."""
    places = {name: chr(65 + at) for at, name in enumerate(GOOD)}
    heading = {"sheet": "KhamBenh", "number": 1, "columns": places}
    Batch.objects.filter(pk=batch.pk).update(
        state="checked", checked_at=NOW, rows_read=rows, headings=[heading]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO intake_stagedrow (id, batch_id, sheet, number, sensitivity, key,
                 subject_key, "values", tables, decision, candidates, changes, ruling, makes_subject)
               SELECT public.mach_uuid7(), %(batch)s, 'KhamBenh', n + 1, '', '', '', '{}', '{}',
                 'wrong', '[]', '[]', '', false FROM generate_series(1, %(rows)s, 3) AS n""",
            {"batch": batch.pk, "rows": rows},
        )
        cursor.execute(
            """INSERT INTO intake_finding (id, batch_id, row_id, sheet, number, sensitivity, cell,
                 "column", value, code, severity, message, remedy, params, cause)
               SELECT public.mach_uuid7(), batch_id, id, sheet, number, '', 'KhamBenh!S' || number,
                 'MACH', '780', 'measure_impossible', 'error', 'The value is impossible.',
                 'Look it up.', '{}', '' FROM intake_stagedrow WHERE batch_id = %(batch)s""",
            {"batch": batch.pk},
        )
    assert Finding.objects.filter(batch=batch).count() == len(range(1, rows + 1, 3))
