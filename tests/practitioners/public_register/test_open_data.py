"""The register as a signed file and the changes of each day."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.test import Client
from django.urls import reverse

from practitioners.models import (
    Practitioner,
    RegisterChange,
    RegisterEntry,
)
from practitioners.pages import open_data, public
from practitioners.public import snapshot
from practitioners.public.publishing import (
    publish_waiting,
)
from practitioners.public.snapshot import changes_of, lines_of, take_snapshot
from tests.practitioners.public_register.conftest import AT, ON
from tests.practitioners.registered import make_registered

# Followed and fetched


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_the_snapshot_holds_everybody_and_its_signature_is_checked_by_its_key(
    doctor: Practitioner, kept: Path
) -> None:
    unverified = make_registered("Người Chưa Xác Thực")
    Practitioner.objects.filter(pk=unverified.pk).update(verified_at=None)
    publish_waiting(at=AT)
    row = take_snapshot(at=AT)
    client = Client()
    content = b"".join(
        client.get(reverse("practitioners:open-data-snapshot", args=[row.on])).streaming_content
    )
    head, *lines = gzip.decompress(content).decode().splitlines()
    assert json.loads(head)["entries"] == len(lines) == row.entries == 1
    assert json.loads(lines[0])["name"] == "Quàng Thị Hạc"
    signature = client.get(reverse("practitioners:open-data-signature", args=[row.on])).content
    key: Any = load_pem_public_key(client.get(reverse("practitioners:open-data-key")).content)
    key.verify(signature, content)
    with pytest.raises(InvalidSignature):
        key.verify(signature, content + b"x")


def test_the_same_register_is_the_same_bytes(doctor: Practitioner, kept: Path) -> None:
    first = take_snapshot(at=AT)
    assert take_snapshot(at=AT + timedelta(hours=1)).sha256 == first.sha256
    assert len(list(kept.rglob("*.gz"))) == 1


def test_who_follows_the_changes_has_the_register(doctor: Practitioner, kept: Path) -> None:
    take_snapshot(at=AT)
    mirror: dict[str, Any] = {}
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    other = make_registered("Mùa A Chống")
    publish_waiting(at=AT + timedelta(days=1))
    Practitioner.objects.filter(pk=other.pk).update(verified_at=None)
    publish_waiting(at=AT + timedelta(days=1, hours=1))
    for day in (ON, ON + timedelta(days=1)):
        answer = Client().get(reverse("practitioners:open-data-changes", args=[day]))
        sent = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
        told = changes_of(day).values_list("practitioner_id", flat=True)
        assert [row["id"] for row in sent] == list(map(str, told))
        for row in sent:
            mirror[row["id"]] = row["entry"]
            if row["kind"] == "withdrawn":
                del mirror[row["id"]]
    listed = RegisterEntry.objects.filter(is_listed=True)
    assert mirror == {str(row.practitioner_id): row.public for row in listed}


def test_a_large_day_is_sent_piece_by_piece_and_whole(
    doctor: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        make_registered(f"Lò Văn {number}")
    publish_waiting(at=AT)  # six changes of one moment: the pieces part them by their keys
    monkeypatch.setattr(snapshot, "AT_ONCE", 3)
    pieces = list(lines_of(changes_of(ON)))
    assert [len(piece.splitlines()) for piece in pieces] == [3, 3, 1]
    sent = [json.loads(line)["id"] for line in b"".join(pieces).splitlines()]
    assert sent == [str(row.practitioner_id) for row in RegisterChange.objects.order_by("at", "id")]
    assert len(set(sent)) == 7


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the day of the changes, wherever a page asks."""
    monkeypatch.setattr(open_data.timezone, "localdate", lambda *_at: ON)


def changes_page(**headers: str) -> Any:
    address = reverse("practitioners:open-data-changes", args=[ON])
    return Client().get(address, headers=headers)


def test_who_has_the_changes_of_a_day_is_not_sent_them_again_until_there_are_more(
    doctor: Practitioner,
) -> None:
    first = changes_page()
    assert b"".join(first.streaming_content)
    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        assert changes_page(**headers).status_code == 304, headers
    make_registered("Mùa A Chống")
    publish_waiting(at=AT + timedelta(minutes=1))
    again = changes_page(**{"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert len(b"".join(again.streaming_content).splitlines()) == 2


@pytest.mark.parametrize(("days", "fresh"), [(0, 300), (1, 300), (2, 86_400)])
def test_a_day_is_kept_for_long_only_when_nothing_of_it_can_still_be_told(
    doctor: Practitioner, monkeypatch: pytest.MonkeyPatch, days: int, fresh: int
) -> None:
    now = ON + timedelta(days=days)
    monkeypatch.setattr(open_data.timezone, "localdate", lambda *_at: now)
    assert f"max-age={fresh}" in changes_page()["Cache-Control"]


def test_the_snapshot_and_its_signature_are_not_sent_again_to_who_has_them(
    doctor: Practitioner, kept: Path
) -> None:
    row = take_snapshot(at=AT)
    for name in ("open-data-snapshot", "open-data-signature"):
        address = reverse(f"practitioners:{name}", args=[row.on])
        first = Client().get(address)
        assert b"".join(first)
        assert "public" in first["Cache-Control"]
        again = Client().get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_file_counts_as_many_questions(
    doctor: Practitioner, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = take_snapshot(at=AT)
    monkeypatch.setattr(public, "PER_MINUTE", 2 * public.FILE)
    now = public.timezone.now()
    monkeypatch.setattr(public.timezone, "now", lambda: now)
    address = reverse("practitioners:open-data-snapshot", args=[row.on])
    answers = [Client().get(address) for _n in range(3)]
    for answer in answers:
        assert b"".join(answer)
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_what_is_published_later_is_told_later_and_is_not_in_the_snapshot(
    doctor: Practitioner, kept: Path
) -> None:
    """A run that waited for the snapshot bears an earlier time; a follower must not miss it."""
    row = take_snapshot(at=AT)
    make_registered("Mùa A Chống")
    publish_waiting(at=AT - timedelta(minutes=5))
    last = RegisterChange.objects.order_by("at", "id").last()
    assert last is not None
    assert row.last_change_at is not None
    assert last.at > row.last_change_at


def test_the_days_are_counted_whole_and_anew_when_something_is_published(
    doctor: Practitioner, today: None
) -> None:
    page = reverse("practitioners:open-data")
    assert [row["changes"] for row in Client().get(page).context["days"]] == [1]
    make_registered("Mùa A Chống")
    publish_waiting(at=AT + timedelta(minutes=1))
    assert [row["changes"] for row in Client().get(page).context["days"]] == [2]


def test_a_day_to_come_has_no_changes_and_a_day_that_is_none_no_address() -> None:
    client = Client()
    assert client.get("/tra-cuu/du-lieu/thay-doi/2090-01-01.jsonl").status_code == 404
    assert client.get("/tra-cuu/du-lieu/thay-doi/2026-02-31.jsonl").status_code != 200
    assert client.get("/tra-cuu/du-lieu/so-2026-01-01.jsonl.gz").status_code == 404
