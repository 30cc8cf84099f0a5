"""A place that had another under it once and has none any more is scored by itself again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.places import services as places
from portal.places.models import Organisation
from reporting.models import QualityScore
from reporting.quality.loading import load_rules
from reporting.quality.overview import Overview, policy_on
from tests.conftest import SINCE


@pytest.mark.parametrize(("stays", "unit", "value"), [(True, "below", 60), (False, "facility", 80)])
def test_the_score_shown_is_that_of_the_place_as_it_is(
    station: Organisation, other_station: Organisation, stays: bool, unit: str, value: int
) -> None:
    load_rules()
    today = timezone.localdate()
    point = places.create_organisation(
        name="Điểm trạm Huổi Lóng", kind="point", parent=station, valid_from=SINCE
    )
    for one, ago, score in (("below", 9, 60), ("facility", 9, 70), ("facility", 1, 80)):
        QualityScore.objects.create(
            unit=one, organisation=station, day=today - timedelta(days=ago), value=score,
            evaluated=10,
        )  # fmt: skip
    if not stays:
        places.place_under(
            organisation=point, parent=other_station, on=today, today=today, decision="5/QĐ-SYT"
        )
    policy = policy_on(today)
    assert policy is not None
    shown = Overview(station, today, policy)
    assert (shown.unit, shown.score and shown.score.value) == (unit, Decimal(value))
