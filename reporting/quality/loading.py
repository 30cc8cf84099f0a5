"""Which rules does the project ship, and are they in the database as shipped?"""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from reporting.models import QualityPolicy, QualityRule

SHIPPED = Path(__file__).with_name("rules.toml")


@transaction.atomic
def load_rules(path: Path = SHIPPED) -> int:
    """Write the rules and weights that are missing; what someone mended stays as it is.

    A rule that waited for a part of the system is measured once that part is there.
    """
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    known = set(QualityRule.objects.values_list("code", flat=True))
    rows = [_rule({**said["defaults"], **row}) for row in said["rules"] if row["code"] not in known]
    QualityRule.objects.bulk_create(rows)
    measured = [row["code"] for row in said["rules"] if "not_measured_because" not in row]
    waiting = QualityRule.objects.filter(code__in=measured)
    waiting.filter(not_measured_because__in=said["lapsed_reasons"]).update(not_measured_because="")
    if not QualityPolicy.objects.exists():
        policy: dict[str, Any] = said["policy"]
        numbers = {
            name: Decimal(text)
            for name, text in policy.items()
            if isinstance(text, str) and name != "legal_basis"
        }
        QualityPolicy.objects.create(**{**policy, **numbers})
    return len(rows)


def _rule(said: dict[str, Any]) -> QualityRule:
    return QualityRule(**{**said, "weight": Decimal(str(said["weight"]))})
