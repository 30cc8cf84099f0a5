"""Which rules does the project ship, and are they in the database as shipped?"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from portal.audit.changes import changed_by_people
from reporting.models import QualityPolicy, QualityRule

SHIPPED = Path(__file__).resolve().parent / "data" / "rules.toml"


@dataclass(slots=True)
class Loaded:
    """What a loading did to the rules."""

    new: int = 0
    mended: int = 0
    unchanged: int = 0


@transaction.atomic
def load_rules(path: Path = SHIPPED) -> Loaded:
    """Bring the rules and their weights to what is shipped; what someone changed stays as it is.

    Field by field: who changed the weight of a rule still gets its new wording, and a rule that
    waited for a part of the system is measured once that part is there.
    """
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {row.code: row for row in QualityRule.objects.order_by("valid_from")}
    theirs, loaded = changed_by_people(QualityRule), Loaded()
    for row in said["rules"]:
        fields = {**said["defaults"], **row}
        rule = QualityRule(**{**fields, "weight": Decimal(str(fields["weight"]))})
        present = known.get(rule.code)
        if present is None:
            rule.save(force_insert=True)
            loaded.new += 1
        elif _mended(present, rule, theirs.get(present.pk, frozenset())):
            loaded.mended += 1
        else:
            loaded.unchanged += 1
    _load_policy(said["policy"])
    return loaded


def _load_policy(said: dict[str, Any]) -> None:
    """Bring the weights to what is shipped, unless others were decided on."""
    is_number = {
        field.name
        for field in QualityPolicy._meta.concrete_fields
        if isinstance(field, models.DecimalField)
    }
    shipped = QualityPolicy(
        **{name: Decimal(value) if name in is_number else value for name, value in said.items()}
    )
    present = QualityPolicy.objects.filter(valid_from=shipped.valid_from).first()
    if present is not None:
        theirs = changed_by_people(QualityPolicy).get(present.pk, frozenset())
        _mended(present, shipped, theirs)
    elif not QualityPolicy.objects.exists():
        shipped.save(force_insert=True)


def _mended(present: models.Model, shipped: models.Model, theirs: frozenset[str]) -> bool:
    """Write the fields that differ from what is shipped and that nobody changed; say if there were any.

    The last day of validity is not shipped: it is decided on where the rules are used.
    """
    names = [
        field.name
        for field in present._meta.concrete_fields
        if not field.primary_key
        and field.name not in {"valid_until", *theirs}
        and getattr(present, field.name) != getattr(shipped, field.name)
    ]
    for name in names:
        setattr(present, name, getattr(shipped, name))
    if names:
        present.save(update_fields=names)
    return bool(names)
