"""Which forms does the project ship, and are they in the database as shipped?"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction

from reporting.definitions.reading import parse
from reporting.models import ReportDefinition

SHIPPED = Path(__file__).resolve().parent / "data"
ABOUT = ("code", "form_number", "title", "periods", "versions")


@dataclass(slots=True)
class Loaded:
    """What a loading did."""

    new: int = 0
    mended: int = 0
    unchanged: int = 0


def shipped(directory: Path = SHIPPED) -> Iterator[dict[str, Any]]:
    """Yield the fields of each version of each form of a directory."""
    for path in sorted(directory.glob("*.toml")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        content = {key: value for key, value in said.items() if key not in ABOUT}
        for version in said["versions"]:
            fields = {
                "code": said["code"],
                "form_number": said["form_number"],
                "title": said["title"],
                "periods": said["periods"],
                "valid_from": version["valid_from"],
                "valid_until": version.get("valid_until"),
                "accepted_until": version.get("accepted_until"),
                "legal_basis": version["legal_basis"],
                "is_verified": version.get("verified", False),
                "note": " ".join(filter(None, (version.get("note"), said.get("note")))),
                "content": content,
            }
            yield {**fields, "digest": _digest(fields)}


@transaction.atomic
def load_definitions(directory: Path = SHIPPED) -> Loaded:
    """Load every form; what is there as shipped is left alone, what was mended is mended.

    Reports keep their figures and the digest of the version they were sent by.
    """
    loaded = Loaded()
    for fields in shipped(directory):
        parse(fields["code"], fields["content"])
        present = ReportDefinition.objects.filter(
            code=fields["code"], valid_from=fields["valid_from"]
        ).first()
        if present is None:
            ReportDefinition.objects.create(**fields)
            loaded.new += 1
        elif present.digest == fields["digest"]:
            loaded.unchanged += 1
        else:
            for name, value in fields.items():
                setattr(present, name, value)
            present.save()
            loaded.mended += 1
    return loaded


def _digest(fields: dict[str, Any]) -> str:
    said = json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(said.encode()).hexdigest()
