"""A doctor whom everybody may look up."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache

from portal.places.models import Organisation
from practitioners.models import (
    Practitioner,
    RegisterChange,
    RegisterEntry,
)
from practitioners.public.publishing import (
    publish_waiting,
)
from tests.practitioners.registered import make_registered

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)

ON = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _fresh(db: None) -> None:
    cache.clear()


@pytest.fixture
def doctor(hospital: Organisation) -> Practitioner:
    """Quàng Thị Hạc, at the provincial hospital from Monday to Friday; published."""
    person = make_registered("Quàng Thị Hạc", hospital)
    publish_waiting(at=AT)
    return person


def entry_of(person: Practitioner) -> RegisterEntry:
    return RegisterEntry.objects.get(practitioner=person)


def kinds() -> list[str]:
    return list(RegisterChange.objects.values_list("kind", flat=True))
