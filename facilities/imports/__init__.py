"""Files that bring facilities."""

from facilities.imports.facilities import FACILITIES

__all__ = ["FACILITIES"]
