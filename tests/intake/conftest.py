"""What every test of uploads stands on: a private storage and the code lists of the product."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from portal.codelists.loader import load_lists


@pytest.fixture(autouse=True)
def _private_storage(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def lists(db: None) -> None:
    load_lists()
