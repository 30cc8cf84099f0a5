"""A real Chromium, a person logged in, and axe: for every browser test of the house.

``browser`` is one Chromium for the session; ``visit`` opens a page of the live server as a person,
at a width, with scripts or without; ``axe`` lists what WCAG 2.1 AA finds wrong with a page.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.servers.basehttp import WSGIRequestHandler

from tests.network import CHROMIUM_ARGUMENTS
from tests.portal.bare_frame import bare_frame

__all__ = ["bare_frame"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")
# gunicorn sends an answer's head and body without waiting for each other; so does the tests' server.
WSGIRequestHandler.disable_nagle_algorithm = True
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start one Chromium, as tests of an ordinary user or of root."""
    if not CHROMIUM:
        pytest.skip("No Chromium here: install the distribution's chromium to run browser tests.")
    sync_api = pytest.importorskip("playwright.sync_api")
    # Playwright keeps an event loop in this thread, where Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", *CHROMIUM_ARGUMENTS]
        )
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Open an address as a person; what the page complains of on its console fails the test."""
    contexts, complaints = [], []
    cache.clear()

    def open_page(address: str, user: Any = None, *, width: int = 1366, **options: Any) -> Any:
        options = {"scripts": True, "dark": False, **options}
        context = browser.new_context(
            viewport={"width": width, "height": 768 if width > 767 else 844},
            locale="en-US",
            java_script_enabled=options["scripts"],
            color_scheme="dark" if options["dark"] else "light",
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.goto(live_server.url + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A refused form or a missing page is a status, not a fault of the page.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


def session_cookie(user: Any, url: str) -> dict[str, str]:
    """Log a person in without the login page."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """Return a function that lists what axe finds wrong with a page."""
    from axe_playwright_python.sync_playwright import Axe

    engine = Axe()

    def violations(page: Any) -> list[str]:
        # Without preload: axe would read our sheets again, as inline styles the policy refuses.
        options = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}
        found = engine.run(page, options=options)
        return [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]

    return violations


@pytest.fixture
def sideways() -> Callable[[Any], int]:
    """Return a function that measures by how many pixels a page scrolls sideways."""

    def overflow(page: Any) -> int:
        width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return width

    return overflow
