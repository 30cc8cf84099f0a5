"""Which lists does the project ship, and are they in the database as shipped?"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.codelists.models import CodeListVersion
from portal.codelists.services import Edition, keep_list, mend_version, publish_version
from portal.codelists.tables import read_table

SHIPPED = Path(__file__).resolve().parent / "data"
CATALOGUE = "lists.toml"


@dataclass(frozen=True, slots=True)
class ShippedVersion:
    """One dated file of a list, as the catalogue describes it."""

    key: str
    title: str
    standard: str
    path: Path
    edition: Edition


@dataclass(frozen=True, slots=True)
class AwaitedList:
    """A list whose codes do not come with the product: of the law, or of each department."""

    key: str
    title: str
    standard: str


@dataclass(slots=True)
class Loaded:
    """What a loading did."""

    new: int = 0
    mended: int = 0
    unchanged: int = 0


def shipped_versions(directory: Path = SHIPPED) -> Iterator[ShippedVersion]:
    """Read the catalogue of a directory: each list and dated file, oldest first."""
    for entry in sorted(
        _catalogue(directory)["lists"], key=lambda entry: (entry["id"], entry["valid_from"])
    ):
        yield ShippedVersion(
            key=entry["id"],
            title=entry["title_vi"],
            standard=entry.get("standard", ""),
            path=directory / entry["file"],
            edition=_edition(entry),
        )


def awaited_lists(directory: Path = SHIPPED) -> Iterator[AwaitedList]:
    """Read which lists have their place but no codes: an official uploads them."""
    for entry in _catalogue(directory).get("awaited", ()):
        yield AwaitedList(entry["id"], entry["title_vi"], entry["standard"])


def _catalogue(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / CATALOGUE).read_text(encoding="utf-8"))


def _edition(entry: dict[str, Any]) -> Edition:
    return Edition(
        valid_from=entry["valid_from"],
        valid_until=entry.get("valid_until"),
        lawful_until=entry.get("lawful_until"),
        legal_basis=entry["legal_basis"] or entry["standard"],
        source=entry["source"],
        is_verified=entry["verified"],
        note=entry.get("note", ""),
        origin=CodeListVersion.Origin.SHIPPED,
    )


@transaction.atomic
def load_lists(directory: Path = SHIPPED) -> Loaded:
    """Load every list of a directory; what is already there by digest is left alone.

    A list that each department fills itself comes with its name alone.
    """
    loaded = Loaded()
    for shipped in shipped_versions(directory):
        _load(shipped, loaded)
    for awaited in awaited_lists(directory):
        keep_list(key=awaited.key, title=awaited.title, standard=awaited.standard)
    return loaded


def _load(shipped: ShippedVersion, loaded: Loaded) -> None:
    content = shipped.path.read_bytes()
    edition = replace(shipped.edition, digest=_digest(content, shipped.edition))
    code_list = keep_list(key=shipped.key, title=shipped.title, standard=shipped.standard)
    present = code_list.versions.filter(valid_from=edition.valid_from).first()
    uploaded = CodeListVersion.Origin.UPLOADED
    if present is not None and (present.digest == edition.digest or present.origin == uploaded):
        # What an official uploaded for the same day stands above what came with the product.
        loaded.unchanged += 1
        return
    table = read_table(content, shipped.path.name, key=shipped.key)
    if table.problems:
        problem = table.problems[0]
        raise ValidationError(
            _("%(file)s, row %(row)s, column %(column)s: %(message)s"),
            code=problem.code,
            params={
                "file": shipped.path.name,
                "row": problem.row,
                "column": problem.column,
                "message": problem.message,
            },
        )
    if present is None:
        publish_version(code_list=code_list, rows=table.rows, edition=edition)
        loaded.new += 1
    else:
        mend_version(version=present, rows=table.rows, edition=edition)
        loaded.mended += 1


def _digest(content: bytes, edition: Edition) -> str:
    """Name a version by its file and by what the catalogue says of it."""
    return sha256(content + repr(edition).encode()).hexdigest()
