"""How good are the demo's data, and how did they get there over twelve weeks?"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from healthrecords.models import Citizen
from portal.codelists.models import CodeList
from portal.codelists.population import COUNT, LIST
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.places.models import Area
from reporting.models import QualityScore
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure

# How far behind today's score each earlier week was, the last week first.
BEHIND = ("1.4", "2.0", "3.1", "2.8", "4.6", "5.2", "6.9", "7.4", "8.8", "10.1", "11.7")

FAR_SHORT = 6  # one commune of so many has a record for two of three residents alone
PACES = tuple(map(Decimal, ("1", "0.4", "1.7", "-0.8", "2.3", "0.7", "1.2")))


def settle_quality(*, at: datetime) -> None:
    """Measure the demo; let its places have come a way to where they are."""
    load_rules()
    day = timezone.localdate(at)
    count_residents(day)
    measure(at=at)
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


def count_residents(day: date) -> None:
    """Load a list of residents in which most communes have nearly as many records, some far fewer."""
    kept = CodeList.objects.filter(key=LIST).first()
    communes = Area.objects.communes().filter(pk__in=Citizen.objects.values("area"))
    people = Citizen.objects.filter(merged_into=None, withdrawn_at=None, died_on=None)
    counts = dict(people.order_by().values_list("area").annotate(n=Count("pk")))
    rows = [
        Row(
            area.code, area.name, attributes={COUNT: f"{_residents(counts.get(area.pk, 0), place)}"}
        )
        for place, area in enumerate(communes.order_by("code"))
    ]
    if kept is not None and rows and not kept.versions.exists():
        said = Edition(
            valid_from=day.replace(month=1, day=1),
            legal_basis="Số liệu mẫu, không phải số thật",
            note="Số liệu mẫu",
        )
        publish_version(code_list=kept, rows=rows, edition=said)


def _residents(records: int, place: int) -> int:
    return records + max(records // (2 if place % FAR_SHORT == 0 else 25), 1)


def _pace(row: QualityScore) -> Decimal:
    """Return how fast one facility came its way: most a little better each week, some worse."""
    if row.unit != QualityScore.Unit.FACILITY or row.organisation_id is None:
        return Decimal(1)
    return PACES[row.organisation_id.int % len(PACES)]


def _held(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), Decimal(100))
