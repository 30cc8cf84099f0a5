"""What did the demo's practitioners learn, and what does the public register show of them?"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from config.demo.papers import printed
from portal.accounts.models import User
from portal.accounts.roles import Role
from practitioners.models import Practitioner, RegisterEntry, TrainingActivity
from practitioners.public.publishing import publish_waiting
from practitioners.public.snapshot import take_snapshot
from practitioners.services import TrainingEntry, declare_training, record_training

SEED = 12
COURSES = (
    ("Cập nhật chẩn đoán và điều trị tăng huyết áp", "Bệnh viện Đa khoa tỉnh Điện Biên", 16),
    ("Cấp cứu ban đầu tại trạm y tế", "Sở Y tế tỉnh Điện Biên", 24),
    ("Kiểm soát nhiễm khuẩn trong cơ sở khám bệnh, chữa bệnh", "Trường Cao đẳng Y tế Điện Biên", 12),
    ("Quản lý bệnh không lây nhiễm tại y tế cơ sở", "Trường Đại học Y Dược Thái Nguyên", 40),
    ("An toàn tiêm chủng", "Trung tâm Kiểm soát bệnh tật tỉnh Điện Biên", 8),
)  # fmt: skip
WAITS = ("Siêu âm ổ bụng cơ bản", "Trường Đại học Y Hà Nội", 60)


def settle_training(users: Mapping[str, User], *, at: datetime) -> None:
    """Give verified practitioners some hours, let one declaration wait, and publish the register."""
    if not TrainingActivity.objects.exists():
        doctor = users[Role.STATION_CLINICIAN]
        rng = Random(SEED)  # noqa: S311
        people = Practitioner.objects.verified().order_by("name_sort", "id")
        for person in people:
            _teach(person, users[Role.STATION_HEAD], rng, at)
        account = doctor.practitioner_accounts.select_related("practitioner").first()
        if account is not None:
            _declare(account.practitioner, doctor, at)
    if not RegisterEntry.objects.exists():
        publish_waiting(at=at)
        take_snapshot(at=at)


def _teach(person: Practitioner, actor: User, rng: Random, at: datetime) -> None:
    for title, organiser, lessons in COURSES:
        if rng.random() < 0.45:
            ended = at.date() - timedelta(days=30 + int(rng.random() * 700))
            entry = _entry(title, organiser, lessons, ended)
            record_training(practitioner=person, entry=entry, actor=actor, at=at)


def _declare(person: Practitioner, doctor: User, at: datetime) -> None:
    title, organiser, lessons = WAITS
    ended = at.date() - timedelta(days=12)
    lines = {"name": "Họ và tên", "title": "Nội dung", "lessons": "Số tiết học"}
    values = {"name": person.name, "title": title, "lessons": str(lessons)}
    declare_training(
        practitioner=person,
        entry=_entry(title, organiser, lessons, ended),
        content=printed("GIẤY CHỨNG NHẬN", lines, values),
        name="giay-chung-nhan.pdf",
        actor=doctor,
        at=at,
    )


def _entry(title: str, organiser: str, lessons: int, ended: date) -> TrainingEntry:
    return TrainingEntry(
        title=title,
        organiser=organiser,
        form="short_course",
        amount=Decimal(lessons),
        started_on=ended - timedelta(days=4),
        ended_on=ended,
    )
