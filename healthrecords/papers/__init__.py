"""Papers that a station hands out, as PDF."""

from healthrecords.papers.slip import read_mark, slip_mark, visit_slip

__all__ = ["read_mark", "slip_mark", "visit_slip"]
