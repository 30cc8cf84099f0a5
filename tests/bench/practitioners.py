"""How fast is the register of practitioners: looked up by anybody, opened, checked for overlaps?

The world is as many practitioners as the size says, at 70,000 facilities (fewer below a million),
in a database with few citizens; made once and kept.
"""

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from tempfile import TemporaryDirectory
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache as shared
from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from portal.accounts import services as accounts
from portal.accounts.roles import Role
from portal.database.context import acting
from portal.database.keys import uuid7
from portal.intake.models import Batch, StagedRow, StoredFile
from portal.places.models import Organisation
from practitioners.imports import overlaps
from practitioners.models import (
    Practitioner,
    RegisterChange,
    RegisterEntry,
    RegisterSnapshot,
    Registration,
    WorkingSlot,
)
from practitioners.province import Province, write_province
from practitioners.province.people import DAY_END, EVENING, MORNING, WEEK
from practitioners.public.publishing import (
    forget_unborne,
    publish_everybody,
    publish_reworded,
)
from practitioners.public.snapshot import changes_of, lines_of, take_snapshot
from tests.bench import database
from tests.bench.people import in_turn
from tests.bench.records import PLAIN_FILES
from tests.bench.registry import Figure, NotHere, bench, measured, median, note, times
from tests.queries import questions

FACILITIES, PER_FACILITY = 70_000, 14
# Beyond the licence numbers that the desk's profiles and the demo bear.
FIRST = 2_000_001
ROWS = 10_000
EVENINGS = (3, 5)
SHOWN_NAMES = (
    "nguyen van",
    "tran thi hoa",
    "hung",
    "le minh tuan",
    "van nguyen",
    "quang thi hac",
    "hoa",
    "nguyenx thij lan",
    "pham",
    "do thi huong",
)


@cache
def world() -> list[UUID]:
    """Return the facilities of the register; make everything on first asking."""
    people = database.people_in(settings.DATABASES["default"]["NAME"])
    count = min(FACILITIES, people // PER_FACILITY)
    facilities = list(
        Organisation.objects.filter(kind="clinic").order_by("id").values_list("id", flat=True)
    )
    if len(facilities) < count:
        facilities = _facilities(count)
    known = Practitioner.objects.count()
    if known < people:
        note(f"writing {people - known} practitioners at {count} facilities")
        begun = time.monotonic()
        with acting(command="bench"):
            write_province(
                Province(
                    people=people - known,
                    facilities=facilities,
                    on=date(2026, 11, 5),
                    seed=7 + known,  # what was begun goes on with other people
                    first=FIRST + known,
                    has_defects=False,
                    hours_of_one_in=10,
                )
            )
        note(f"written after {time.monotonic() - begun:.0f} s")
    if RegisterEntry.objects.count() < people:
        begun = time.monotonic()
        with acting(command="bench"):
            publish_everybody(at=timezone.now())
        note(f"published after {time.monotonic() - begun:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return facilities


def _facilities(count: int) -> list[UUID]:
    department = Organisation.objects.filter(kind="department").first()
    if department is None:
        message = "there is no department"
        raise NotHere(message)
    rows = []
    for number in range(count):
        row = Organisation(
            name=f"Phòng khám Đa khoa số {number}",
            kind="clinic",
            parent=department,
            valid_from=date(2025, 7, 1),
        )
        row.path = department.path + row.step
        rows.append(row)
    with acting(command="bench"):
        Organisation.objects.bulk_create(rows, batch_size=5_000)
    return [row.pk for row in rows]


def _page(address: str) -> float:
    """Return how long the server takes for a page of the register."""
    # Nobody is turned away for asking often while it is measured.
    shared.clear()
    begun = time.perf_counter()
    answer = Client(HTTP_HOST="127.0.0.1").get(address)
    spent = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, (answer.status_code, address)
    return spent


def plain(pages: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    """Measure pages without their files: no styles have been collected here."""
    with override_settings(STORAGES=settings.STORAGES | PLAIN_FILES):
        yield from pages()


@bench(
    "register_lookup",
    within=database.REGISTER,
    figures=(r"register_(number|place|person)(_worst)?_ms",),
)
def register_lookup() -> Iterator[Figure]:
    """Whole answers of the public pages: by name, number, facility, and one person's page."""
    yield from plain(lookups)


def lookups() -> Iterator[Figure]:
    world()
    some = list(
        RegisterEntry.objects.order_by("digest").values_list(
            "practitioner_id", "public__license_number"
        )[:30]
    )
    questions = {
        "register_lookup": [f"/tra-cuu/?q={name.replace(' ', '+')}" for name in SHOWN_NAMES],
        "register_number": [f"/tra-cuu/?q={number}" for _key, number in some],
        "register_place": [
            f"/tra-cuu/?facility=phong+kham+da+khoa+so+{place}" for place in range(17, 300, 13)
        ],
        "register_person": [f"/tra-cuu/{key}/" for key, _number in some],
    }
    for name, addresses in questions.items():
        for address in addresses[:3]:
            _page(address)
        spent = [_page(address) for address in addresses * 3]
        yield Figure(f"{name}_ms", median(spent), "ms")
        yield Figure(f"{name}_worst_ms", max(spent), "ms")


@bench(
    "register_night",
    short=False,
    within=database.REGISTER,
    figures=(r"register_(reworded|unborne|snapshot|feed)_s",),
)
def register_night() -> Iterator[Figure]:
    """What a night does with the whole register, the largest day of its feed, and the memory of both."""
    world()
    with (
        acting(command="bench"),
        TemporaryDirectory() as media,
        override_settings(MEDIA_ROOT=media),
    ):
        for name, deed in (
            ("register_reworded", lambda: publish_reworded(at=timezone.now())),
            ("register_unborne", forget_unborne),
            ("register_snapshot", lambda: take_snapshot(at=timezone.now())),
            ("register_feed", lambda: sum(map(len, lines_of(changes_of(_largest_day()))))),
        ):
            begun = time.monotonic()
            deed()
            yield Figure(f"{name}_s", time.monotonic() - begun, "s")
    RegisterSnapshot.objects.filter(on=timezone.localdate()).delete()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("register_night_mb", peak, "MB")


def _largest_day() -> date:
    days = RegisterChange.objects.annotate(day=TruncDate("at")).order_by().values("day")
    largest: date = days.annotate(count=Count("pk")).order_by("-count").values_list("day")[0][0]
    return largest


@bench("profile_page", within=database.REGISTER, figures=(r"staff_page\w*",))
def profile_page() -> Iterator[Figure]:
    """The facility's list of its people, and one person's profile, as its officer opens them."""
    yield from plain(staff_and_profile)


def staff_and_profile() -> Iterator[Figure]:
    facilities = world()
    place = Organisation.objects.get(pk=facilities[0])
    user = get_user_model().objects.filter(username="bench-staff").first()
    if user is None:
        user = get_user_model().objects.create_user("bench-staff", None, full_name="Người Đo")
        accounts.give_role(
            actor=None,
            user=user,
            role=Role.HOSPITAL_DATA_OFFICER,
            organisation=place,
            valid_from=place.valid_from,
            today=timezone.localdate(),
        )
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    person = Registration.objects.filter(facility=place).values_list("practitioner_id", flat=True)[
        0
    ]
    for name, address in (
        ("staff_page", "/ho-so-hanh-nghe/nguoi/"),
        ("profile_page", f"/nguoi-hanh-nghe/{person}/"),
    ):
        client.get(address)  # lists are read once by a process
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        assert answer.status_code == 200, (answer.status_code, address)
        yield Figure(f"{name}_queries", questions(asked), "queries")
        yield from measured(name, in_turn(client.get, [address]), repeats=15)


@bench("overlap_check_10k", within=database.REGISTER)
def overlap_check() -> Iterator[Figure]:
    """Ten thousand staged rows of one list against all registrations and hours, in SQL.

    The hours of everybody in the list are known, at each place of theirs.
    """
    facilities = world()
    place = Organisation.objects.get(pk=facilities[1])
    people = Practitioner.objects.order_by("birth_date", "id").values_list("id", "name")[:ROWS]
    known = _hours_known([key for key, _name in people])
    batch = _staged(place, people)
    note(f"{len(people)} people in the list, {known} hours of theirs in the register")
    spent = times(lambda: overlaps.find(batch), repeats=3, warm=1)
    yield Figure("overlap_check_10k_s", median(spent) / 1000, "s")


def _hours_known(people: list[UUID]) -> int:
    """Write the hours of those of these people who have none yet; return how many they have in all."""
    untold = Registration.objects.filter(practitioner__in=people, slots=None)
    with acting(command="bench"):
        WorkingSlot.objects.bulk_create(
            (
                WorkingSlot(
                    practitioner_id=row.practitioner_id,
                    facility_id=row.facility_id,
                    registration=row,
                    weekday=weekday,
                    starts=starts,
                    ends=ends,
                    valid_from=row.valid_from,
                    valid_until=row.valid_until,
                )
                for row in untold
                for weekdays, (starts, ends) in [
                    (WEEK, (MORNING, DAY_END)) if row.is_full_time else (EVENINGS, EVENING)
                ]
                for weekday in weekdays
            ),
            batch_size=5_000,
        )
    assert not untold.all().exists()
    return WorkingSlot.objects.filter(practitioner__in=people).count()


def _staged(place: Organisation, people: Iterable[tuple[UUID, str]]) -> Batch:
    user = get_user_model().objects.first()
    now = timezone.now()
    stored = StoredFile.objects.create(
        sha256=uuid7().hex * 2,
        size=1,
        path="bench",
        name="bench.csv",
        received_at=now,
        received_by=user,
    )
    batch = Batch.objects.create(
        kind="practitioners",
        file=stored,
        file_name="bench.csv",
        organisation=place,
        sent_by=user,
        received_at=now,
    )
    begins = (timezone.localdate() - timedelta(days=30)).isoformat()
    StagedRow.objects.bulk_create(
        (
            StagedRow(
                batch=batch,
                number=number,
                sheet="NhanVien",
                key=f"{number}",
                subject_id=person,
                values={
                    "@": {
                        "facility": str(place.pk),
                        "stays": "",
                        "license": "",
                        "slots": [[weekday, 450, 990] for weekday in range(2, 7)],
                        "profile": {
                            "name": name,
                            "registered_from": begins,
                            "position": "",
                            "full_time": "1",
                            "hours": "T2T3T4T5T6 0730-1630",
                        },
                    }
                },
            )
            for number, (person, name) in enumerate(people)
        ),
        batch_size=2_000,
    )
    return batch
