"""How is a sentence said in Vietnamese before Django's settings are there?"""

from __future__ import annotations

import gettext as catalogues
from functools import cache

from config.state import PROJECT


@cache
def catalogue() -> catalogues.NullTranslations:
    """Read the project's Vietnamese catalogue; without one the English sentence serves."""
    return catalogues.translation("django", PROJECT / "locale", ["vi"], fallback=True)


def gettext(message: str) -> str:
    """Translate one sentence."""
    return catalogue().gettext(message) if message else message
