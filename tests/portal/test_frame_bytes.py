"""A weak line is enough: the first page under 120 KB compressed, later ones under 30 KB."""

import gzip
import re

import pytest
from django.contrib.staticfiles import storage as staticfiles
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.cache import cache
from django.core.management import call_command
from django.templatetags.static import static

from portal.codelists.models import Holiday
from portal.site.storage import PortalStaticFilesStorage

FIRST, LATER = 120_000, 30_000
ASKED = re.compile(r'(?:href|src)="(/static/[^"#]+)(?:#[^"]*)?"')
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.portal.frame_urls"),
    pytest.mark.usefixtures("bare_frame"),
]


@pytest.fixture
def collected(settings, tmp_path, monkeypatch):
    """Collect the static files as production does, into a directory of this test."""
    settings.STATIC_ROOT = tmp_path
    settings.DEBUG = False
    backends = {**settings.STORAGES}
    backends["staticfiles"] = {"BACKEND": "portal.site.storage.PortalStaticFilesStorage"}
    settings.STORAGES = backends
    store = PortalStaticFilesStorage(location=str(tmp_path))
    monkeypatch.setattr(staticfiles, "staticfiles_storage", store)
    monkeypatch.setattr(collectstatic, "staticfiles_storage", store)
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def sizes(response, root):
    """Return the compressed size of a page, and of each file it asks for."""
    files = {name.removeprefix("/static/") for name in ASKED.findall(response.text)}
    compressed = {name: len(gzip.compress((root / name).read_bytes())) for name in files}
    return len(gzip.compress(response.content)), compressed


def test_the_sheets_leave_as_one(collected):
    sheet = (collected / static("portal/portal.css").removeprefix("/static/")).read_text("utf-8")
    assert "@import" not in sheet
    assert "/*" not in sheet
    assert "--focus" in sheet
    assert "@media print" in sheet


def test_first_and_later_pages_are_light(collected, client, administrator):
    cache.clear()
    client.force_login(administrator)
    for at in range(60):
        Holiday.objects.create(
            day=f"2026-{1 + at // 28:02d}-{1 + at % 28:02d}",
            name=f"Ngày nghỉ thứ {at}",
            kind=Holiday.Kind.values[0],
        )
    known = set()
    for address in ("/", "/codelists/holiday/", "/places/area/add/", "/tim/?q=x", "/danh-muc/"):
        page, files = sizes(client.get(address), collected)
        later = page + sum(size for name, size in files.items() if name not in known)
        assert page + sum(files.values()) < FIRST, (address, page, files)
        assert later < (LATER if known else FIRST), (address, page, files)
        known |= set(files)


def test_the_first_visit_is_far_below_its_bar(collected, client):
    page, files = sizes(client.get("/login/"), collected)
    assert page + sum(files.values()) < LATER


def test_a_page_asks_no_other_origin(client, administrator):
    client.force_login(administrator)
    for address in ("/", "/codelists/holiday/", "/places/area/add/"):
        page = client.get(address).text
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]+"', page) == []
