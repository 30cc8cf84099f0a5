"""Which words does a folded name consist of, the same in Python and in SQL?"""

from __future__ import annotations

import re

__all__ = ["NAME_WORDS_SQL", "words_of"]

# What stands between words. H'Bia is two words, as is Bon-Krong: people type either of them alone.
_BETWEEN = "!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~\u00b7\u2013\u2014\u2026\u201c\u201d"
_ANY = re.compile(f"[{re.escape(_BETWEEN)}]")
_APART = str.maketrans(dict.fromkeys(_BETWEEN, " "))
_ESCAPED = "".join(f"\\{ord(character):04X}" for character in _BETWEEN)

# Built-ins with their schema only, as portal.names has them; a migration copies this text.
NAME_WORDS_SQL = f"""\
CREATE OR REPLACE FUNCTION public.mach_name_words(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.array_remove(pg_catalog.string_to_array(
    pg_catalog.translate(folded, U&'{_ESCAPED}', '{" " * len(_BETWEEN)}'), ' '), '')
$$;"""


def words_of(folded: str) -> list[str]:
    """Return the words of a name that ``portal.names.name_norm`` has folded."""
    if not _ANY.search(folded):
        return folded.split()
    return folded.translate(_APART).split()
