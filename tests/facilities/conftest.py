"""Reference lists that the tests of facilities stand on."""

import pytest

from facilities.models import Medicine
from facilities.rules import CONDITIONS, DUTIES, INSPECTIONS, LEVELS, SUPPLIES, TOPICS
from tests.shipped import publish

NEEDED = frozenset(
    {CONDITIONS, DUTIES, INSPECTIONS, LEVELS, SUPPLIES, TOPICS, "facility_forms", "departments"}
)


def publish_needed() -> None:
    """Publish the lists of facilities that the project ships."""
    publish(NEEDED)


@pytest.fixture
def shipped_lists(db: None) -> None:
    """Load the lists of facilities that the project ships."""
    publish_needed()


@pytest.fixture
def paracetamol(db: None) -> Medicine:
    return Medicine.objects.create(
        code="para-500-a",
        list_code="paracetamol-500-tab",
        name="Paracetamol 500 mg",
        unit="viên",
        registration_number="893100493025",
    )
