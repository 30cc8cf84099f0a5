"""The public register follows the register: once, as it became, and without what is private."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from portal.places.models import Organisation
from practitioners.models import (
    LicenseEvent,
    PracticeBan,
    Practitioner,
    RegisterChange,
    RegisterEntry,
    RegisterStale,
    Sanction,
    WorkingSlot,
)
from practitioners.public.facts import facts_of, without_contacts
from practitioners.public.finding import Question, find
from practitioners.public.publishing import (
    publish_everybody,
    publish_reworded,
    publish_turned,
    publish_waiting,
)
from tests.practitioners.conftest import make_list
from tests.practitioners.public_register.conftest import AT, ON, entry_of, kinds
from tests.practitioners.registered import give_license, make_registered


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


def test_many_rows_about_one_person_are_one_publication(
    doctor: Practitioner,
) -> None:
    for hours in range(5):
        WorkingSlot.objects.filter(practitioner=doctor).update(address=f"Khoa {hours}")
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    assert RegisterStale.objects.count() == 6
    assert publish_waiting(at=AT + timedelta(minutes=1)) == 1
    assert not RegisterStale.objects.exists()


def test_every_change_is_told_later_than_the_one_before(doctor: Practitioner) -> None:
    for number in range(3):
        doctor.name = f"Quàng Thị Hạc {number}"
        doctor.save()
        publish_waiting(at=AT)
    moments = list(RegisterChange.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(set(moments))
    assert moments[0] == AT
    assert moments[-1] - AT < timedelta(seconds=1)


def test_a_clock_that_was_ahead_is_not_followed(doctor: Practitioner) -> None:
    doctor.name = "Quàng Thị Hạc An"
    doctor.save()
    publish_waiting(at=AT - timedelta(days=1))
    assert entry_of(doctor).changed_at == AT - timedelta(days=1)


def test_a_facility_or_title_that_is_called_otherwise_is_told(
    doctor: Practitioner, hospital: Organisation
) -> None:
    assert publish_reworded(at=AT) == 0
    hospital.name = "Bệnh viện Đa khoa Mường Thanh"
    hospital.save()
    assert not RegisterStale.objects.exists()
    assert publish_reworded(at=AT) == 1
    assert entry_of(doctor).public["facilities"][0]["name"] == hospital.name
    make_list("professional_titles", "Chức danh", {"doctor": "Bác sĩ"})
    assert publish_reworded(at=AT) == 1
    assert entry_of(doctor).public["title"] == "Bác sĩ"
    assert publish_reworded(at=AT) == 0


def test_who_has_died_may_not_practise_from_the_day_after(doctor: Practitioner) -> None:
    doctor.died_on = ON
    doctor.save()
    publish_waiting(at=AT)
    assert entry_of(doctor).public["may_practise"] is True
    assert entry_of(doctor).turns_on == ON + timedelta(days=1)
    assert publish_turned(at=AT + timedelta(days=1)) == 1
    assert entry_of(doctor).public["may_practise"] is False


def test_a_licence_that_replaces_another_later_is_told_on_its_day(doctor: Practitioner) -> None:
    day = date(2026, 12, 1)
    old = doctor.licenses.get()
    old.superseded_on = day
    old.save()
    give_license(doctor, serial=9_001, issued_on=day, valid_until=None)
    publish_waiting(at=AT)
    assert (entry_of(doctor).serial, entry_of(doctor).turns_on) == (old.serial, day)
    assert publish_turned(at=datetime(2026, 12, 1, 1, tzinfo=UTC)) == 1
    assert entry_of(doctor).serial == 9_001


def test_a_sanction_that_begins_later_is_told_when_it_begins(doctor: Practitioner) -> None:
    Sanction.objects.create(
        practitioner=doctor,
        kind="fine",
        decision_no="7/QĐ",
        decided_on=ON,
        valid_from=date(2026, 11, 20),
        published_text="Hành nghề quá giờ đã đăng ký.",
        published_until=date(2026, 12, 31),
    )
    publish_waiting(at=AT)
    assert entry_of(doctor).turns_on == date(2026, 11, 20)
    assert publish_turned(at=datetime(2026, 11, 20, 1, tzinfo=UTC)) == 1
    assert len(entry_of(doctor).public["sanctions"]) == 1


def test_a_sanction_that_is_over_is_not_shown_as_in_force(doctor: Practitioner) -> None:
    Sanction.objects.create(
        practitioner=doctor,
        kind="remedy",
        decision_no="7/QĐ",
        decided_on=ON,
        valid_from=ON,
        valid_until=ON + timedelta(days=9),
        published_text="Học lại quy chế kê đơn.",
        published_until=date(2026, 12, 31),
    )
    publish_waiting(at=AT)
    assert entry_of(doctor).turns_on == ON + timedelta(days=10)
    assert facts_of([doctor.pk], ON + timedelta(days=9))[doctor.pk].penalties
    assert not facts_of([doctor.pk], ON + timedelta(days=10))[doctor.pk].penalties


@pytest.mark.parametrize(
    ("typed", "published"),
    [
        ("T2T3T4T5T6 0730-1630", "T2T3T4T5T6 0730-1630"),
        ("Sáng 07:30-11:30, gọi 0912 000 552", "Sáng 07:30-11:30, gọi …"),
        ("LH 0912000552 hoặc hac@example.vn", "LH … hoặc …"),
        ("+84 912 000 552", "…"),
        ("CCCD 011078002915", "CCCD …"),
        ("QĐ 118/QĐ-SYT ngày 20/12/2025", "QĐ 118/QĐ-SYT ngày 20/12/2025"),
    ],
)
def test_contacts_written_into_a_free_field_are_not_published(typed: str, published: str) -> None:
    assert without_contacts(typed) == published


def test_the_titles_are_those_of_the_list(doctor: Practitioner) -> None:
    make_list("professional_titles", "Chức danh", {"doctor": "Bác sỹ"})
    publish_everybody(at=AT)
    assert entry_of(doctor).public["title"] == "Bác sỹ"
