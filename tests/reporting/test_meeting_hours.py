"""The same hours at two facilities are found as minutes of the week, however each list writes them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal.codelists.loader import load_lists
from portal.places.models import Organisation
from portal.scope import EVERYWHERE
from practitioners.defects import defects_of
from practitioners.models import Practitioner, Registration, WorkingSlot
from reporting.models import QualityIssue, QualityMeasurement
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure

SINCE = date(2025, 1, 1)


@pytest.fixture
def person(db: None, department: Organisation) -> Practitioner:
    load_lists()
    load_rules()
    return Practitioner.objects.create(
        name="Quàng Thị Hạc", birth_date=date(1985, 2, 3), sex="female", keeper=department
    )


def post(person: Practitioner, place: Organisation, hours: str, **said: object) -> Registration:
    return Registration.objects.create(
        practitioner=person, facility=place, hours=hours, is_full_time=False,
        **{"valid_from": SINCE, **said},
    )  # fmt: skip


def slot(of: Registration, weekday: int, starts: int, ends: int, **said: object) -> WorkingSlot:
    return WorkingSlot.objects.create(
        practitioner=of.practitioner, facility=of.facility, registration=of, weekday=weekday,
        starts=starts, ends=ends, **{"valid_from": SINCE, **said},
    )  # fmt: skip


def found() -> tuple[set[object], int, int]:
    """Return the posts found, of how many, and how many people the register's own page lists."""
    measure(at=timezone.now())
    rows = QualityMeasurement.objects.standing(timezone.localdate()).filter(rule__code="U09")
    issues = QualityIssue.objects.open().filter(rule__code="U09")
    listed = defects_of("hours_overlap", timezone.localdate(), EVERYWHERE)
    judged = sum(rows.values_list("evaluated", flat=True))
    return set(issues.values_list("object_id", flat=True)), judged, len(listed)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("T2T3T4T5T6 0730-1630", "thứ Ba: 13h30 - 17h"),
        ("T2T3T4T5T6 0730-1630", "16:29-20:00 hàng ngày"),
        ("CN 2200-0600", "T2 0500-0700"),  # the night of Sunday ends on Monday
        ("T7 2200-0600", "CN 0000-0100"),
    ],
)
def test_weeks_that_meet_as_lists_write_them_are_found_at_both_facilities(
    person: Practitioner, hospital: Organisation, station: Organisation, here: str, there: str
) -> None:
    both = {post(person, hospital, here).pk, post(person, station, there).pk}
    assert found() == (both, 2, 1)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("T2T3T4T5T6 0730-1630", "T2-T6 1630-2000"),  # the end does not count
        ("T2T3T4T5T6 0730-1630", "T7, CN 0730-1630"),
        ("CN 2200-0600", "CN 0000-0600"),  # the morning before, not the one after
    ],
)
def test_weeks_that_only_touch_are_judged_and_pass(
    person: Practitioner, hospital: Organisation, station: Organisation, here: str, there: str
) -> None:
    post(person, hospital, here)
    post(person, station, there)
    assert found() == (set(), 2, 0)


def test_hours_that_cannot_be_read_and_one_place_alone_are_not_judged(
    person: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    post(person, hospital, "T2T3T4T5T6 0730-1630", position="4")
    post(person, hospital, "T2T3 0730-1630", position="5")
    assert found() == (set(), 0, 0)
    post(person, station, "theo lịch phân công")
    assert found() == (set(), 0, 0)


def test_hours_by_weekday_stand_above_the_text_beside_them(
    person: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    first = post(person, hospital, "T2T3T4T5T6 0730-1630")
    slot(first, 7, 450, 690)
    second = post(person, station, "T3 0800-1000")
    assert found() == (set(), 2, 0)
    slot(first, 3, 540, 600)
    assert found() == ({first.pk, second.pk}, 2, 1)
    # What no longer holds today is compared with nothing.
    yesterday = timezone.localdate() - timedelta(days=1)
    Registration.objects.filter(pk=second.pk).update(valid_until=yesterday)
    assert found() == (set(), 0, 0)


def test_the_finding_opens_the_post_at_its_hours(
    person: Practitioner, hospital: Organisation, station: Organisation
) -> None:
    from reporting.quality.worklist import lines_of

    first = post(person, hospital, "T2 0730-1630")
    post(person, station, "T2 0730-1630")
    found()
    issue = QualityIssue.objects.open().get(rule__code="U09", object_id=first.pk)
    [line] = lines_of([issue])
    assert line.url.endswith(f"/{first.pk}/change/#id_hours")
    assert line.about == hospital.name
