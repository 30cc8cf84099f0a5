"""Which technical level does a facility hold, from when, and by what?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Facility
from facilities.services import (
    Decision,
    classify,
)
from tests.conftest import SINCE
from tests.facilities.test_facility_at_a_glance import TODAY, hospital_in_order, told

__all__ = ["hospital_in_order", "told"]
pytestmark = pytest.mark.usefixtures("shipped_lists")


@pytest.mark.parametrize(
    ("form", "value", "points"),
    [("BVDK", "advanced", 69), ("BVDK", "basic", 70), ("TYT", "basic", None)],
)
def test_a_level_that_the_points_or_the_form_do_not_make_is_refused(
    hospital_in_order: Facility, form: str, value: str, points: int | None
) -> None:
    Facility.objects.update(form=form)
    with pytest.raises(ValidationError) as refused:
        classify(
            facility=hospital_in_order.organisation,
            kind="level",
            value=value,
            points=None if points is None else Decimal(points),
            valid_from=TODAY,
            decision=Decision(),
        )
    assert refused.value.error_dict["value"][0].code == "level_differs"
    hospital_in_order.refresh_from_db()
    assert hospital_in_order.level == ""
    assert not hospital_in_order.organisation.facilityclassification_rows.exists()


def test_a_level_is_never_overwritten(hospital_in_order: Facility) -> None:
    place = hospital_in_order.organisation
    for value, points, on in (("basic", 65, SINCE), ("advanced", 72, TODAY)):
        classify(
            facility=place,
            kind="level",
            value=value,
            points=Decimal(points),
            valid_from=on,
            decision=Decision("1/QĐ"),
        )
    hospital_in_order.refresh_from_db()
    assert hospital_in_order.level == "advanced"
    days = place.facilityclassification_rows.order_by("valid_from")
    assert [row.valid_until for row in days] == [TODAY - timedelta(days=1), None]
