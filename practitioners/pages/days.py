"""A day as part of an address: 2026-11-27."""

from datetime import date


class DayConverter:
    """Reads a whole day; what is no day of the calendar is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Read a day, or raise ValueError, which means: no such address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Write a day."""
        return value.isoformat()
