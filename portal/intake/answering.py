"""How does a sender's marked workbook come about: asked for once, made by a worker, kept, given out?"""

from __future__ import annotations

import hashlib
import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.database.context import acting
from portal.intake import storage
from portal.intake.answering_names import SUFFIX
from portal.intake.answering_source import READER
from portal.intake.answering_workbook import Book, Writer
from portal.intake.declaration import kind_of
from portal.intake.models import Answer, Batch
from portal.intake.readers.process import reading
from portal.intake.readers.unreadable import UnreadableError

FOLDER = "answers"
BLOCK = 1024 * 1024


def file_shown(batch: Batch, *, open_: bool) -> bool:
    """Say which of the two files this is: without protected rows they are one and the same."""
    return open_ or not batch.has_sensitive


def answer_of(batch: Batch, *, open_: bool) -> Answer | None:
    """Return the answer to the latest reading of a batch, as far as one was asked for."""
    return Answer.objects.filter(
        batch=batch, is_open=file_shown(batch, open_=open_), of_reading=batch.checked_at
    ).first()


@transaction.atomic
def ask_answer(*, batch: Batch, open_: bool, at: datetime) -> tuple[Answer, bool]:
    """Ask for the answer of a batch; says too whether the caller is to enqueue its making."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if not batch.is_open:
        raise ValidationError(
            _("The sending “%(name)s” is now: %(state)s. Open its page again."),
            code="batch_moved_on",
            params={"name": batch.file_name, "state": batch.get_state_display()},
        )
    answer, is_new = Answer.objects.get_or_create(
        batch=batch,
        is_open=file_shown(batch, open_=open_),
        defaults={"of_reading": batch.checked_at, "asked_at": at},
    )
    if not is_new and (
        answer.of_reading != batch.checked_at or answer.state == Answer.State.FAILED
    ):
        answer.state, answer.of_reading, answer.asked_at = "preparing", batch.checked_at, at
        answer.rows_done, is_new = 0, True
    if is_new:
        answer.rows_expected = batch.rows_read
        answer.save()
    return answer, is_new


def make_answer(answer_id: UUID, *, at: datetime) -> Answer:
    """Write the workbook of an answer; safe to run twice, begins anew after a crash."""
    answer = Answer.objects.select_related("batch__file").get(pk=answer_id)
    if answer.state != Answer.State.PREPARING:
        return answer
    work = _folder("arriving", f"answer-{answer.pk}")
    try:
        with acting(batch=str(answer.batch_id)), translation.override(settings.LANGUAGE_CODE):
            _keep(answer, _written(answer, work), at)
    except UnreadableError:
        _fail(answer)
    except (InterfaceError, OperationalError):
        raise  # the database went away: the job is taken up again
    except Exception:
        _fail(answer)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return answer


def _written(answer: Answer, work: Path) -> Path:
    def progress(rows: int) -> None:
        Answer.objects.filter(pk=answer.pk).update(rows_done=rows)

    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    target = work / "answer.xlsx"
    writer = Writer(answer.batch, answer.is_open, Book(target, work), progress)
    if not kind_of(answer.batch.kind).is_tabular:
        writer.write(())
        return target
    with reading(storage.place_of(answer.batch.file.path), READER) as events:
        writer.write(events)
    return target


def _keep(answer: Answer, written: Path, at: datetime) -> None:
    """Move the file under its hash; what it replaces goes."""
    digest = hashlib.sha256()
    with written.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    name, earlier = digest.hexdigest(), answer.path
    written.chmod(0o600)
    size = written.stat().st_size
    written.replace(_folder(FOLDER, name[:2]) / name)
    answer.state, answer.made_at, answer.size = Answer.State.READY, at, size
    answer.sha256, answer.path = name, f"{storage.FOLDER}/{FOLDER}/{name[:2]}/{name}"
    answer.rows_done = answer.rows_expected
    answer.save()
    if earlier and earlier != answer.path:
        storage.place_of(earlier).unlink(missing_ok=True)


def _fail(answer: Answer) -> None:
    Answer.objects.filter(pk=answer.pk).update(state=Answer.State.FAILED)
    answer.state = Answer.State.FAILED


def _folder(*parts: str) -> Path:
    folder = storage.place_of(storage.FOLDER)
    for part in ("", *parts):
        folder /= part
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def name_of(batch: Batch) -> str:
    """Return the name under which an answer is given out: the sender's own, with a mark."""
    stem = Path(batch.file_name).stem
    return f"{stem.removesuffix(SUFFIX)}{SUFFIX}.xlsx"
