"""Papers that a place of care hands out, as PDF."""

from healthrecords.papers.marks import read_mark, slip_mark

__all__ = ["read_mark", "slip_mark"]
