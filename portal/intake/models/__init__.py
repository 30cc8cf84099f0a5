"""A stored file, the batch made of it, its rows as staged, and what was found wrong."""

from portal.intake.models.batch import Batch, Progress, StoredFile
from portal.intake.models.staging import Finding, StagedRow

__all__ = ["Batch", "Finding", "Progress", "StagedRow", "StoredFile"]
