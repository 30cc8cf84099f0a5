"""Where figures come from: each source counts some measures for many senders in one statement."""

from reporting.sources.asked import Asked, Line, Lines, Value
from reporting.sources.registry import measures, source_named

__all__ = ["Asked", "Line", "Lines", "Value", "measures", "source_named"]
