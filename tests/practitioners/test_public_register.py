"""The public register follows the register, is found, followed and fetched as a whole."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.names import name_norm
from portal.places.models import Organisation
from practitioners.models import (
    LicenseEvent,
    PracticeBan,
    Practitioner,
    RegisterChange,
    RegisterEntry,
    RegisterName,
    RegisterStale,
    Sanction,
    WorkingSlot,
)
from practitioners.public.addresses import license_url
from practitioners.public.facts import facts_of
from practitioners.public.finding import PAGE, Found, Question, find
from practitioners.public.publishing import (
    forget_unborne,
    publish_everybody,
    publish_turned,
    publish_waiting,
)
from practitioners.public.snapshot import changes_of, take_snapshot
from tests.practitioners.conftest import make_list
from tests.practitioners.registered import make_registered

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
ON = date(2026, 11, 5)


@pytest.fixture(autouse=True)
def _fresh(db: None) -> None:
    cache.clear()


@pytest.fixture
def doctor(hospital: Organisation) -> Practitioner:
    """Quàng Thị Hạc, at the provincial hospital from Monday to Friday; published."""
    person = make_registered("Quàng Thị Hạc", hospital)
    publish_waiting(at=AT)
    return person


def entry_of(person: Practitioner) -> RegisterEntry:
    return RegisterEntry.objects.get(practitioner=person)


def kinds() -> list[str]:
    return list(RegisterChange.objects.values_list("kind", flat=True))


def test_whatever_is_written_is_published_once_with_what_it_became(doctor: Practitioner) -> None:
    assert not RegisterStale.objects.exists()
    license = doctor.licenses.get()
    LicenseEvent.objects.bulk_create(
        [
            LicenseEvent(
                license=license,
                kind="suspended",
                decision_no="9/QĐ-SYT",
                decided_on=ON,
                valid_from=ON,
                valid_until=ON + timedelta(days=60),
            )
        ]
    )
    WorkingSlot.objects.filter(practitioner=doctor, weekday=6).update(valid_until=ON)
    assert publish_waiting(at=AT) == 1
    public = entry_of(doctor).public
    assert (public["state"], public["may_practise"]) == ("suspended", False)
    assert public["acts"][0]["decision"] == "9/QĐ-SYT"
    assert kinds() == ["added", "changed"]
    assert publish_waiting(at=AT) == 0


def test_what_the_public_may_not_know_changes_nothing(doctor: Practitioner) -> None:
    doctor.phone, doctor.birth_date = "0912000999", date(1981, 1, 1)
    doctor.save()
    assert RegisterStale.objects.count() == 1
    assert publish_waiting(at=AT) == 0
    assert kinds() == ["added"]


def test_who_is_unverified_is_withdrawn_and_comes_back(doctor: Practitioner) -> None:
    verified_at = doctor.verified_at
    Practitioner.objects.filter(pk=doctor.pk).update(verified_at=None)
    publish_waiting(at=AT)
    assert find(Question("quang thi hac")).people == []
    assert entry_of(doctor).public == {"id": str(doctor.pk)}
    Practitioner.objects.filter(pk=doctor.pk).update(verified_at=verified_at)
    publish_waiting(at=AT)
    assert find(Question("quang thi hac")).people == [doctor.pk]
    assert kinds() == ["added", "withdrawn", "added"]


def test_a_term_that_ends_by_time_alone_is_told_on_the_day(doctor: Practitioner) -> None:
    assert entry_of(doctor).turns_on == date(2029, 3, 11)
    before = datetime(2029, 3, 10, 16, 59, tzinfo=UTC)  # 23:59 in Vietnam
    assert publish_turned(at=before) == 0
    assert publish_turned(at=before + timedelta(minutes=2)) == 1
    assert entry_of(doctor).public["state"] == "expired"


def test_what_begins_later_is_told_when_it_begins(doctor: Practitioner) -> None:
    PracticeBan.objects.create(
        practitioner=doctor,
        ground_code="court",
        decision_no="3/2026/HS-ST",
        decided_on=ON,
        valid_from=date(2026, 12, 1),
    )
    publish_waiting(at=AT)
    assert entry_of(doctor).public["may_practise"] is True
    assert entry_of(doctor).turns_on == date(2026, 12, 1)
    assert publish_turned(at=datetime(2026, 12, 1, 1, tzinfo=UTC)) == 1
    public = entry_of(doctor).public
    assert (public["state"], public["may_practise"]) == ("active", False)
    assert "court" not in json.dumps(public)


def test_a_sanction_is_public_in_the_decided_words_and_no_longer_than_decided(
    doctor: Practitioner,
) -> None:
    for text, until in (("Hành nghề quá giờ đã đăng ký.", date(2026, 12, 31)), ("", None)):
        Sanction.objects.create(
            practitioner=doctor,
            kind="fine",
            decision_no="7/QĐ",
            decided_on=ON,
            ground="ghi chú nội bộ",
            valid_from=ON,
            published_text=text,
            published_until=until,
        )
    shown = facts_of([doctor.pk], ON)[doctor.pk].penalties
    assert [row.text for row in shown] == ["Hành nghề quá giờ đã đăng ký."]
    assert not facts_of([doctor.pk], date(2027, 1, 1))[doctor.pk].penalties
    publish_waiting(at=AT)
    assert "nội bộ" not in json.dumps(entry_of(doctor).public, ensure_ascii=False)
    assert entry_of(doctor).turns_on == date(2027, 1, 1)


def test_a_repair_publishes_the_same(doctor: Practitioner) -> None:
    assert publish_everybody(at=AT) == 0
    RegisterEntry.objects.all().delete()
    assert publish_everybody(at=AT) == 1


def test_the_publishing_of_many_takes_the_queries_of_one(
    hospital: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_registered("Lò Văn Một", hospital)
    with CaptureQueriesContext(connection) as one:
        publish_waiting(at=AT)
    for number in range(12):
        make_registered(f"Lò Văn {number}", hospital)
    with django_assert_max_num_queries(len(one)):
        assert publish_waiting(at=AT) == 12


# Finding


@pytest.fixture
def names(hospital: Organisation, station: Organisation) -> dict[str, Practitioner]:
    """A handful of names that meet each other's words."""
    people = {
        "Nguyễn Văn Hùng": (hospital, "doctor"),
        "Nguyễn Văn Hùng Anh": (station, "nurse"),
        "Hùng Nguyễn": (station, "doctor"),
        "Trần Đăng Khoa": (hospital, "doctor"),
        "Đặng Văn Khoát": (station, "nurse"),
        "H'Bia Niê": (hospital, "midwife"),
    }
    found = {
        name: make_registered(name, place, title=title) for name, (place, title) in people.items()
    }
    publish_waiting(at=AT)
    return found


def named(found: Found, names: dict[str, Practitioner]) -> list[str]:
    by_id = {person.pk: name for name, person in names.items()}
    return [by_id[key] for key in found.people]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            Question("nguyen van hung"),
            ["Nguyễn Văn Hùng", "Nguyễn Văn Hùng Anh"],
        ),
        (Question("NGUYỄN  văn HÙNG anh"), ["Nguyễn Văn Hùng Anh"]),
        (
            Question("hung nguyen"),
            ["Hùng Nguyễn", "Nguyễn Văn Hùng", "Nguyễn Văn Hùng Anh"],
        ),
        (Question("khoa"), ["Trần Đăng Khoa"]),
        (Question("dang khoa"), ["Trần Đăng Khoa", "Đặng Văn Khoát"]),
        (Question("bia"), ["H'Bia Niê"]),
        (Question("hung", title="nurse"), ["Nguyễn Văn Hùng Anh"]),
        (Question("hung", place="tram y te muong cha"), ["Hùng Nguyễn", "Nguyễn Văn Hùng Anh"]),
        (Question(place="benh vien", title="midwife"), ["H'Bia Niê"]),
        (Question("khong ai ca"), []),
        (Question("hung", place="khong co noi nay"), []),
    ],
)
def test_people_are_found_by_words(
    names: dict[str, Practitioner], question: Question, expected: list[str]
) -> None:
    found = find(question)
    assert named(found, names) == expected
    assert not found.is_guess


def test_marks_sent_apart_find_the_same(names: dict[str, Practitioner]) -> None:
    assert named(find(Question(normalize("NFD", "Trần Đăng Khoa"))), names) == ["Trần Đăng Khoa"]


@pytest.mark.parametrize("typed", ["tran dang kho", "trann dang khoa", "traanf ddawng khoa"])
def test_a_slip_or_keys_left_by_the_input_method_are_forgiven_and_said(
    names: dict[str, Practitioner], typed: str
) -> None:
    found = find(Question(typed))
    assert "Trần Đăng Khoa" in named(found, names)


def test_two_slips_are_another_name(names: dict[str, Practitioner]) -> None:
    assert find(Question("tram danh khoa")).people == []


def test_a_number_finds_its_holder_however_it_is_written(names: dict[str, Practitioner]) -> None:
    holder = names["H'Bia Niê"]
    license = holder.licenses.get()
    for typed in (
        license.number_raw,
        f"{license.serial}/db-gphn",
        f" {license.serial:07d} / ĐB - GPHN",
        str(license.serial),
    ):
        assert find(Question(typed)).people == [holder.pk], typed
    assert find(Question("011078002915")).people == []


def test_a_former_number_still_leads_to_its_holder(doctor: Practitioner) -> None:
    license = doctor.licenses.get()
    license.superseded_on = ON
    license.save()
    answer = Client().get(license_url(license))
    assert answer["Location"] == reverse("practitioners:lookup-person", args=[doctor.pk])


@pytest.mark.parametrize("slug", ["9-XX-GPHN", "khong-phai-so", "1-ĐB-CCHND", "0-0-0"])
def test_an_unknown_code_is_no_page(doctor: Practitioner, slug: str) -> None:
    answer = Client().get(reverse("practitioners:lookup-number", args=[slug]))
    assert answer.status_code == 404


def test_pages_follow_each_other_without_gap_or_repetition(hospital: Organisation) -> None:
    for number in range(PAGE * 2 + 3):
        make_registered("Vàng A Dơ" if number % 2 else "Dơ Thị Vàng", hospital)
    publish_waiting(at=AT)
    pages = [find(Question("vang"), page) for page in (1, 2, 3)]
    everybody = [key for page in pages for key in page.people]
    assert len(set(everybody)) == len(everybody) == PAGE * 2 + 3
    assert [page.has_more for page in pages] == [True, True, False]


def test_names_nobody_bears_are_forgotten(doctor: Practitioner) -> None:
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    publish_waiting(at=AT)
    assert forget_unborne() == 1
    assert [row.name_norm for row in RegisterName.objects.all()] == [name_norm(doctor.name)]


# Pages


def test_the_register_of_another_day(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    body = Client().get(address, {"ngay": "01/08/2025", "format": "json"}).json()
    assert (body["on"], body["state"]) == ("2025-08-01", "active")
    assert [place["name"] for place in body["facilities"]] == ["Bệnh viện Đa khoa tỉnh Điện Biên"]
    assert (
        Client().get(address, {"ngay": "01/06/2025", "format": "json"}).json()["facilities"] == []
    )


@pytest.mark.parametrize(
    ("day", "said"),
    [("31/02/2026", "31/02/2026"), ("2025", "2025"), ("01/01/2090", "01/01/2090")],
)
def test_a_day_that_cannot_be_is_said_and_today_is_shown(
    doctor: Practitioner, day: str, said: str
) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    answer = Client().get(address, {"ngay": day})
    assert answer.status_code == 200
    assert answer.context["day_error"]
    assert said in answer.context["day_error"]
    assert answer.context["is_today"]


def test_an_unchanged_answer_is_not_sent_again(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    english = Client()
    english.cookies["django_language"] = "en"
    assert english.get(address)["ETag"] != changed["ETag"]


def test_a_page_for_everybody_sets_no_cookie(doctor: Practitioner) -> None:
    for name in ("lookup", "open-data", "open-data-feed", "open-data-key"):
        answer = Client().get(reverse(f"practitioners:{name}"))
        assert not answer.cookies, name
        assert "public" in answer["Cache-Control"], name


def test_machines_read_the_person_as_schema_org_says(doctor: Practitioner) -> None:
    address = reverse("practitioners:lookup-person", args=[doctor.pk])
    answer = Client().get(address, {"format": "jsonld"})
    assert answer["Content-Type"] == "application/ld+json"
    body = json.loads(answer.content)
    assert (body["@type"], body["name"]) == ("Person", "Quàng Thị Hạc")
    assert body["hasCredential"]["expires"] == "2029-03-10"
    hours = body["worksFor"][0]["openingHoursSpecification"]
    assert hours[0] == {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": "https://schema.org/Monday",
        "opens": "07:30",
        "closes": "11:30",
    }


def test_a_facility_shows_who_practises_there_and_when(
    doctor: Practitioner, hospital: Organisation, department: Organisation
) -> None:
    text = Client().get(reverse("practitioners:lookup-place", args=[hospital.pk])).content.decode()
    assert "Quàng Thị Hạc" in text
    assert "07:30–11:30" in text
    for no_place in (department.pk, uuid4()):
        address = reverse("practitioners:lookup-place", args=[no_place])
        assert Client().get(address).status_code == 404


def test_a_page_takes_as_many_queries_for_one_as_for_twenty(hospital: Organisation) -> None:
    make_registered("Sùng A Lử", hospital)
    publish_waiting(at=AT)
    address = reverse("practitioners:lookup") + "?q=sung"
    Client().get(address)
    with CaptureQueriesContext(connection) as one:
        Client().get(address)
    for _number in range(19):
        make_registered("Sùng A Lử", hospital)
    publish_waiting(at=AT)
    with CaptureQueriesContext(connection) as many:
        text = Client().get(address).content.decode()
    assert text.count("Sùng A Lử") == 20
    assert len(many) == len(one)


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


def test_the_titles_are_those_of_the_list(doctor: Practitioner) -> None:
    make_list("professional_titles", "Chức danh", {"doctor": "Bác sỹ"})
    publish_everybody(at=AT)
    assert entry_of(doctor).public["title"] == "Bác sỹ"
