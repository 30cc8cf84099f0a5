"""How good are the demo's data, and how did they get there over twelve weeks?"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from reporting.models import QualityScore
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure

# How far behind today's score each earlier week was, the last week first.
BEHIND = ("1.4", "2.0", "3.1", "2.8", "4.6", "5.2", "6.9", "7.4", "8.8", "10.1", "11.7")

PACES = tuple(map(Decimal, ("1", "0.4", "1.7", "-0.8", "2.3", "0.7", "1.2")))


def settle_quality(*, at: datetime) -> None:
    """Measure the demo; let its places have come a way to where they are."""
    load_rules()
    measure(at=at)
    day = timezone.localdate(at)
    if QualityScore.objects.filter(day__lt=day).exists():
        return
    earlier = []
    for row in QualityScore.objects.filter(day=day, value__isnull=False):
        now = row.value or Decimal(0)
        pace = _pace(row)
        for back, behind in enumerate((Decimal(one) * pace for one in BEHIND), start=1):
            parts = {
                name: None if value is None else _held(value - behind)
                for name, value in row.by_criterion.items()
            }
            earlier.append(
                QualityScore(
                    unit=row.unit,
                    organisation=row.organisation,
                    area=row.area,
                    day=day - timedelta(weeks=back),
                    value=_held(now - behind),
                    holds_gates=row.holds_gates,
                    evaluated=row.evaluated,
                    worst=row.worst,
                    rules=row.rules,
                    **parts,
                )
            )
    QualityScore.objects.bulk_create(earlier)


def _pace(row: QualityScore) -> Decimal:
    """Return how fast one facility came its way: most a little better each week, some worse."""
    if row.unit != QualityScore.Unit.FACILITY or row.organisation_id is None:
        return Decimal(1)
    return PACES[row.organisation_id.int % len(PACES)]


def _held(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), Decimal(100))
