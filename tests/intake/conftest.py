"""What every test of uploads stands on: a private storage and the code lists of the product."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from portal.codelists.loader import load_lists
from portal.codelists.models import CodeList, CodeListVersion
from portal.database.context import acting


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
