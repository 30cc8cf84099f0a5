"""Which values a column may hold, said to the database as well."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q


def known(model: str, field: str, values: Sequence[str]) -> models.CheckConstraint:
    """Return the rule that a column holds one of its choices; "" among them allows it to be open."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": list(values)}), name=f"{model}_{field}_known"
    )
