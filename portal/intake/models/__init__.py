"""A file somebody sent: the file, its batch, its rows before they are records, what is wrong, the answer."""

from portal.intake.models.answer import Answer, SendingKey
from portal.intake.models.batch import Batch, StoredFile
from portal.intake.models.staging import Finding, StagedRow

__all__ = ["Answer", "Batch", "Finding", "SendingKey", "StagedRow", "StoredFile"]
