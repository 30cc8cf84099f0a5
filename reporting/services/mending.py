"""Who mends which record: taken by one person, given back; closed only by a measuring."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from reporting.models import QualityIssue


@transaction.atomic
def take(*, issues: Iterable[QualityIssue], actor: Any, at: datetime) -> int:
    """Let the actor mend issues that nobody has taken; return how many."""
    keys = [issue.pk for issue in issues]
    free = QualityIssue.objects.open().filter(pk__in=keys, taken_by=None)
    return free.update(taken_by=actor.pk, taken_at=at)


@transaction.atomic
def give_back(*, issues: Iterable[QualityIssue], actor: Any) -> int:
    """Let others mend what the actor had taken; what others took is left alone."""
    keys = [issue.pk for issue in issues]
    mine = QualityIssue.objects.open().filter(pk__in=keys, taken_by=actor.pk)
    return mine.update(taken_by=None, taken_at=None)
