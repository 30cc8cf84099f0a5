"""Reference lists that the tests of facilities stand on."""

import pytest

from facilities.models import Medicine
from facilities.rules import CONDITIONS, DUTIES, INSPECTIONS, LEVELS, SUPPLIES, TOPICS
from portal.codelists.loader import shipped_versions
from portal.codelists.services import keep_list, publish_version
from portal.codelists.tables import read_table

NEEDED = frozenset(
    {CONDITIONS, DUTIES, INSPECTIONS, LEVELS, SUPPLIES, TOPICS, "facility_forms", "departments"}
)


def publish_needed() -> None:
    """Publish the lists of facilities that the project ships."""
    for shipped in shipped_versions():
        if shipped.key in NEEDED:
            code_list = keep_list(key=shipped.key, title=shipped.title, standard="")
            table = read_table(shipped.path.read_bytes(), shipped.path.name)
            publish_version(code_list=code_list, edition=shipped.edition, rows=table.rows)


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
