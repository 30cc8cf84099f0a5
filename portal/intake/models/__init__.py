"""A stored file, the batch made of it, its rows as staged, and what was found wrong."""

from portal.intake.models.batch import Batch, StoredFile
from portal.intake.models.mapping import ColumnMapping
from portal.intake.models.staging import Finding, StagedRow

__all__ = ["Batch", "ColumnMapping", "Finding", "StagedRow", "StoredFile"]
