"""The shipped lists, loaded once per test that asks."""

import pytest

from portal.codelists.loader import load_lists


@pytest.fixture
def shipped_lists(db: None) -> None:
    load_lists()
