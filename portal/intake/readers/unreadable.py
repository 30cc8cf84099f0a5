"""Why can a file not be read at all?"""

from __future__ import annotations

from typing import Any


class UnreadableError(Exception):
    """The file as a whole cannot be read; the code is told to the sender as a sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
