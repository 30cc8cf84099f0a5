"""The frame without what the apps hang into it: for tests under the small portal's addresses."""

import pytest
from django.core.cache import cache

from portal.site import finder, home, menu


@pytest.fixture
def bare_frame(monkeypatch):
    """Empty the registries but for the frame's own two menu items."""
    cache.clear()
    monkeypatch.setattr(menu, "_items", [i for i in menu._items if i.url_name[:6] == "admin:"][:2])
    for module, name in (
        (menu, "_public_links"),
        (home, "_cards"),
        (home, "_doors"),
        (finder, "_answers"),
    ):
        monkeypatch.setattr(module, name, [])
