"""What every test of uploads stands on: a private storage and the code lists of the product."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from portal.codelists.loader import load_lists
from portal.codelists.models import CodeList, CodeListVersion
from portal.database.context import acting
from portal.places import services as places
from portal.places.models import Area, Organisation
from practitioners.models import PracticeLicense, Practitioner, PractitionerIdentifier
from tests.conftest import SINCE
from tests.intake.envelopes import DOCTOR, NURSE


@pytest.fixture(autouse=True)
def _private_storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(scope="package")
def _lists_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The code lists of the product, loaded once for these tests and taken away after them."""
    with django_db_blocker.unblock(), acting(command="pytest"):
        load_lists()
    yield
    with django_db_blocker.unblock(), acting(command="pytest"):
        CodeListVersion.objects.all().delete()
        CodeList.objects.all().delete()


@pytest.fixture
def lists(_lists_once: None, db: None) -> None:
    """A test that commits empties the tables after itself: load what it took."""
    if not CodeList.objects.exists():
        load_lists()


@pytest.fixture
def registers(db: None) -> Practitioner:
    """The doctor and nurse whom the envelopes of these tests name, one person with both numbers."""
    person = Practitioner.objects.create(
        name="Lường Văn Ký", birth_date=date(1980, 5, 12), sex="male"
    )
    serial, rest = DOCTOR.split("/")
    issuer, kind = rest.split("-")
    PracticeLicense.objects.create(
        practitioner=person,
        number_raw=DOCTOR,
        serial=int(serial),
        issuer_code=issuer,
        kind=kind.lower(),
        title="1",
        issued_on=SINCE,
    )
    PractitionerIdentifier.objects.create(
        practitioner=person, kind="insurance", value=NURSE, is_verified=True
    )
    return person


@pytest.fixture
def upper(department: Organisation, communes: list[Area]) -> Organisation:
    """The hospital of the province, where people are sent on."""
    place = places.create_organisation(
        name="Bệnh viện tỉnh",
        kind="hospital",
        parent=department,
        area=communes[0],
        valid_from=SINCE,
    )
    places.give_code(organisation=place, scheme="insurance", value="11077", valid_from=SINCE)
    return place
