"""A quantity by the piece is what doses and days make, or somebody wrote why it is not."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from healthrecords.models import Citizen, Visit
from tests.healthrecords.test_weighing_medicines import medicine, said_of


@pytest.mark.parametrize(
    ("said", "quantity", "is_asked"),
    [
        ({"days": 14}, 56, True),
        ({"days": 14}, 14, False),
        ({"days": 14, "evening": Decimal(1)}, 14, True),
        ({"days": 5, "morning": Decimal("0.5")}, 3, False),  # two and a half made whole
        ({"days": 5, "morning": Decimal("0.5")}, 5, False),  # the rest of each thrown away
        ({"days": 3, "morning": None, "each": Decimal(1), "every_hours": 8}, 9, False),
        ({"days": 3, "morning": None, "each": Decimal(1), "every_hours": 8}, 6, True),
        ({"days": 3, "as_needed": True, "at_most": Decimal(4)}, 6, False),
        ({"days": 14, "unit": "lọ"}, 1, False),  # drops of a bottle
        ({"days": None}, 10, False),
        ({"days": 14, "reason": "còn thuốc ở nhà"}, 10, False),
    ],
)
def test_a_quantity_that_doses_and_days_do_not_make_is_asked_about(
    citizen: Citizen, said: dict[str, Any], quantity: int, is_asked: bool
) -> None:
    given = medicine("Paracetamol 500 mg", **said, quantity=Decimal(quantity))
    assert said_of(citizen, given) == ({0: ["confirm_medicine"]} if is_asked else {})


def test_a_prescription_that_contradicts_itself_is_stored_only_with_its_reason(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    given = medicine("Paracetamol 500 mg", days=14, quantity=Decimal(56))
    with pytest.raises(ValidationError) as refused:
        record(citizen, medicines=[given])
    (message,) = refused.value.message_dict["medicines-0-name"]
    assert "14 viên" in message
    assert "56 viên" in message
    assert not Visit.objects.exists()
    kept = record(citizen, medicines=[replace(given, reason="cấp cho bốn đợt")])
    row = kept.medication_rows.get()
    assert (row.quantity, row.warnings["reason"]) == (56, "cấp cho bốn đợt")
