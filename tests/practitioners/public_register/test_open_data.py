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
    RegisterEntry,
)
from practitioners.public.publishing import (
    publish_waiting,
)
from practitioners.public.snapshot import changes_of, take_snapshot
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
        assert [row["id"] for row in sent] == [row["id"] for row in changes_of(day)]
        for row in sent:
            mirror[row["id"]] = row["entry"]
            if row["kind"] == "withdrawn":
                del mirror[row["id"]]
    listed = RegisterEntry.objects.filter(is_listed=True)
    assert mirror == {str(row.practitioner_id): row.public for row in listed}


def test_a_day_to_come_has_no_changes_and_a_day_that_is_none_no_address() -> None:
    client = Client()
    assert client.get("/tra-cuu/du-lieu/thay-doi/2090-01-01.jsonl").status_code == 404
    assert client.get("/tra-cuu/du-lieu/thay-doi/2026-02-31.jsonl").status_code != 200
    assert client.get("/tra-cuu/du-lieu/so-2026-01-01.jsonl.gz").status_code == 404
