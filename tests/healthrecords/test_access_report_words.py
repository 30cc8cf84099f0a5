"""Whatever page shows a person and for whatever ground, the access report has words for both."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from healthrecords.access_report import GROUNDS, part_named
from tests.walking.world import addresses

ROOT = Path(settings.BASE_DIR)
# Where reads of citizens are noted; the grounds of practitioners and dossiers are of other people.
LOOKED_THROUGH = ("healthrecords", "reporting", "portal/intake", "portal/admin", "portal/api")
SHOWS_PEOPLE = ("admin:healthrecords_", "intake:", "reporting:", "api-citizen", "api-visit")


def grounds() -> Iterator[tuple[str, str]]:
    """Yield every ground that is written in a call of ``note``, with its file."""
    for folder in LOOKED_THROUGH:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                if getattr(node.func, "id", "") != "note":
                    continue
                for word in node.keywords:
                    if word.arg == "ground" and isinstance(word.value, ast.Constant):
                        yield path.relative_to(ROOT).as_posix(), str(word.value.value)


def test_the_grounds_are_found_in_the_code() -> None:
    assert {"queue", "to_sign", "epidemic", "file"} <= {ground for _path, ground in grounds()}


@pytest.mark.parametrize(("path", "ground"), sorted(set(grounds())))
def test_every_ground_of_a_read_is_told_in_words(path: str, ground: str) -> None:
    assert ground in GROUNDS, path


def test_every_page_that_shows_people_is_named() -> None:
    nameless = [
        name
        for name in sorted({address.name for address in addresses()})
        if name.startswith(SHOWS_PEOPLE) and str(part_named(name)) == "another page"
    ]
    assert nameless == []
