"""The public register: what anybody finds, and what nobody is shown."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from practitioners.models import LicenseEvent, Practitioner
from practitioners.pages import public as page
from practitioners.public.publishing import publish_waiting
from practitioners.public.snapshot import take_snapshot
from tests.practitioners.conftest import DECIDED, PROFILE, Send

SECRETS = [PROFILE["identifier"], "0912000552", "thoan@example.vn", PROFILE["diploma_number"]]


@pytest.fixture(autouse=True)
def _fresh_counts(db: None) -> None:
    cache.clear()


@pytest.fixture
def found(verified: Practitioner) -> Practitioner:
    verified.phone, verified.email = "0912000552", "thoan@example.vn"
    verified.save()
    publish_waiting(at=timezone.now())
    return verified


@contextmanager
def freeze_minute(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no minute pass between the questions of a test."""
    now = timezone.now()
    with monkeypatch.context() as frozen:
        frozen.setattr(page.timezone, "now", lambda: now)
        yield


def search(**query: str) -> str:
    answer = Client().get(reverse("practitioners:lookup"), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"q": "lo van thoan"},
        {"q": "LÒ VĂN"},
        {"q": "thoan lo"},
        {"q": "1287/ĐB-GPHN"},
        {"q": "001287 / đb - gphn"},
        {"facility": "benh vien da khoa tinh"},
        {"q": "thoan", "facility": "dien bien"},
    ],
)
def test_a_verified_practitioner_is_found(found: Practitioner, query: dict[str, str]) -> None:
    assert "Lò Văn Thoan" in search(**query)


@pytest.mark.parametrize(
    "query", [{"q": "lo van tuan"}, {"q": "1288/ĐB-GPHN"}, {"q": "thoan", "facility": "ha noi"}]
)
def test_nobody_is_found_and_the_page_helps(found: Practitioner, query: dict[str, str]) -> None:
    text = search(**query)
    assert "Lò Văn Thoan" not in text
    assert 'class="notice"' in text


def test_the_page_says_title_number_scope_facility_and_state_today(found: Practitioner) -> None:
    text = Client().get(reverse("practitioners:lookup-person", args=[found.pk])).content.decode()
    for fact in (
        "Lò Văn Thoan",
        "Bác sỹ",
        "001287/ĐB-GPHN",
        "Nội khoa",
        "Bệnh viện Đa khoa tỉnh Điện Biên",
        "10/03/2029",
    ):
        assert fact in text


def test_no_identity_number_and_no_contact_stands_in_any_public_page(found: Practitioner) -> None:
    pages = [
        reverse("practitioners:lookup") + "?q=lo+van+thoan",
        reverse("practitioners:lookup") + "?q=lo+van+thoan&format=json",
        reverse("practitioners:lookup-person", args=[found.pk]),
        reverse("practitioners:lookup-person", args=[found.pk]) + "?format=json",
        reverse("practitioners:lookup-person", args=[found.pk]) + "?format=jsonld",
        reverse("practitioners:lookup-code", args=[found.pk]),
        reverse("practitioners:lookup-place", args=[found.registrations.get().facility_id]),
        reverse("practitioners:lookup") + f"?q={PROFILE['identifier']}",
        reverse("practitioners:open-data-changes", args=[timezone.localdate()]),
        reverse("practitioners:open-data-feed"),
    ]
    for address in pages:
        answer = Client().get(address)
        assert answer.status_code == 200, address
        text = b"".join(answer).decode()
        shown = [secret for secret in SECRETS if secret in text.replace(f'value="{secret}"', "")]
        assert shown == [], address


def test_no_identity_number_and_no_contact_stands_in_the_snapshot(found: Practitioner) -> None:
    row = take_snapshot(at=timezone.now())
    with default_storage.open(row.path) as file:
        text = gzip.decompress(file.read()).decode()
    assert "Lò Văn Thoan" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_profile_still_waiting_or_returned_is_not_public(send: Send) -> None:
    send()
    publish_waiting(at=timezone.now())
    assert "Lò Văn Thoan" not in search(q="lo van thoan")


def test_an_unverified_person_is_not_there(found: Practitioner) -> None:
    Practitioner.objects.filter(pk=found.pk).update(verified_at=None)
    assert "Lò Văn Thoan" not in search(q="lo van thoan")
    answer = Client().get(reverse("practitioners:lookup-person", args=[found.pk]))
    assert answer.status_code == 404


def test_the_state_is_computed_for_the_day_of_looking(found: Practitioner) -> None:
    LicenseEvent.objects.create(
        license=found.licenses.get(), kind="suspended", valid_from=date(2026, 1, 1), **DECIDED
    )
    answer = Client().get(reverse("practitioners:lookup"), {"q": "thoan", "format": "json"})
    (entry,) = answer.json()["results"]
    assert entry["state"] == "suspended"
    assert entry["facilities"][0]["name"] == "Bệnh viện Đa khoa tỉnh Điện Biên"


def test_who_left_a_facility_is_not_shown_there(found: Practitioner) -> None:
    found.registrations.update(valid_until=date(2026, 1, 31))
    assert "Bệnh viện Đa khoa" not in search(q="thoan")


def test_an_anonymous_answer_may_be_kept_and_one_for_a_person_may_not(
    found: Practitioner, licensing_officer: User
) -> None:
    address = reverse("practitioners:lookup") + "?q=thoan"
    anonymous = Client().get(address)
    assert "public" in anonymous["Cache-Control"]
    assert "Cookie" in anonymous["Vary"]
    client = Client()
    client.force_login(licensing_officer)
    known = client.get(address)
    assert "no-store" in known["Cache-Control"]
    assert "public" not in known["Cache-Control"]


def test_one_address_may_ask_only_so_often(
    found: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PER_MINUTE", 2)
    client = Client()
    address = reverse("practitioners:lookup")
    with freeze_minute(monkeypatch):
        statuses = [client.get(address).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert client.get(address)["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::9", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::9", "2001:db8:1:3::9", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
    ],
)
def test_all_addresses_of_one_subscriber_count_together(one: str, other: str, same: bool) -> None:
    assert (page.network_of(one) == page.network_of(other)) is same


@pytest.mark.django_db(transaction=True)
def test_questions_sent_at_once_count_each(monkeypatch: pytest.MonkeyPatch, rf: Any) -> None:
    monkeypatch.setattr(page, "PER_MINUTE", 3)
    allowed: list[bool] = []
    gate = Barrier(6)

    def ask() -> None:
        try:
            gate.wait()
            allowed.append(page.is_allowed(rf.get("/")))
        finally:
            connection.close()

    with freeze_minute(monkeypatch):
        askers = [Thread(target=ask) for _n in range(6)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    assert sorted(allowed) == [False] * 3 + [True] * 3


def test_the_licence_of_another_day_is_expired(found: Practitioner) -> None:
    license = found.licenses.get()
    assert license.state_on(license.valid_until) == "active"
    assert license.state_on(license.valid_until + timedelta(days=1)) == "expired"
