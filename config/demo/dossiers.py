"""Which dossiers of procedures lie at the demo's department, and how far is each?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from config.demo.papers import printed
from config.demo.people import NAMESPACE
from config.demo.places import SINCE, Places
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.dossiers import definitions, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Need
from portal.dossiers.models import Authority, Dossier
from portal.dossiers.services import Asked
from practitioners.models import PracticeLicense

BASIS = "Nghị định 148/2025/NĐ-CP, Điều 7"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Story:
    """One dossier of the demo: what was filed how many days ago, and how far it went."""

    key: str
    filing: Filing
    course: tuple[str, ...] = ()


def settle_dossiers(places: Places, users: Mapping[str, User], *, at: datetime) -> int:
    """File the demo's dossiers through the services, each to its state; those that are there stay."""
    _authority(places)
    officer = users[Role.LICENSING_OFFICER]
    written = 0
    for story in (*_new(places, at), *_on_licenses(places, at), *_facilities(places, at)):
        key = uuid5(NAMESPACE, f"dossier {story.key}")
        if not Dossier.objects.filter(client_key=key).exists():
            _tell(story, officer, key=key)
            written += 1
    return written


def _authority(places: Places) -> None:
    Authority.objects.get_or_create(
        organisation=places.department,
        valid_from=SINCE,
        defaults={
            "kind": "provincial_department",
            "letters": "ĐB",
            "signer_title": "Giám đốc Sở Y tế",
            "legal_basis": BASIS,
        },
    )


def _filing(places: Places, at: datetime, days: int, **said: Any) -> Filing:
    on = timezone.localdate(at) - days * DAY
    return Filing(authority=places.department, on=on, **said)


def _new(places: Places, at: datetime) -> list[Story]:
    """Return first licences: just filed, asked for more, overdue, for signature, granted, refused."""
    people = (
        ("Lò Thị Phương Mai", 2, "nurse", "Thực hiện kỹ thuật điều dưỡng", ()),
        ("Quàng Văn Đức", 12, "doctor", "Khám bệnh, chữa bệnh đa khoa", ("accept", "ask")),
        ("Sùng A Chống", 37, "midwife", "Thực hiện kỹ thuật hộ sinh", ("accept", "appraise")),
        ("Vàng Thị Dợ", 21, "nurse", "Thực hiện kỹ thuật điều dưỡng", ("accept", "appraise", "grant")),
        ("Bạc Cầm Hương", 26, "nurse", "Thực hiện kỹ thuật điều dưỡng",
         ("accept", "appraise", "grant", "sign")),
        ("Tòng Văn Hặc", 24, "assistant_doctor", "Khám bệnh, chữa bệnh thông thường",
         ("accept", "appraise", "refuse", "sign")),
    )  # fmt: skip
    return [
        Story(
            f"new {number}",
            _filing(
                places, at, days,
                procedure="practice_license.new", case="first", applicant_name=name,
                birth_date=date(1994 + number, 3, 11), phone=f"091255500{number}",
                values={
                    "sex": "female", "title": title, "scope": scope,
                    "diploma_level": "college", "diploma_field": "Điều dưỡng",
                    "school": "Trường Cao đẳng Y tế Điện Biên",
                    "diploma_number": f"2019/77{number}", "diploma_on": "2019-07-15",
                },
            ),
            course,
        )
        for number, (name, days, title, scope, course) in enumerate(people)
    ]  # fmt: skip


def _on_licenses(places: Places, at: datetime) -> list[Story]:
    """Return an adjustment that waits, and a suspension that a second person has to sign."""
    on = timezone.localdate(at)
    rows = PracticeLicense.objects.current().with_acts().filter(kind="gphn", valid_until__gt=on)
    rows = rows.exclude(practitioner__verified_at=None).select_related("practitioner")
    known = [row for row in rows.order_by("serial") if row.issued_on < on - 60 * DAY][1:3]
    if len(known) < 2:
        return []
    adjusted, suspended = known
    return [
        Story(
            "adjust",
            _filing(
                places, at, 6,
                procedure="practice_license.adjust", case="add",
                applicant_name=adjusted.practitioner.name,
                birth_date=adjusted.practitioner.birth_date, phone="0912555070",
                values={
                    "license_number": adjusted.number_raw,
                    "scope": f"{adjusted.scope}; siêu âm tổng quát",
                },
            ),
            ("accept", "appraise"),
        ),
        Story(
            "suspend",
            _filing(
                places, at, 3,
                procedure="practice_license.suspend", case="technical_error",
                applicant_name=suspended.practitioner.name,
                values={
                    "license_number": suspended.number_raw,
                    "valid_from": on.isoformat(),
                    "valid_until": (on + 92 * DAY).isoformat(),
                    "duty": "24 giờ đào tạo về an toàn người bệnh",
                    "reasons": "Hội đồng chuyên môn kết luận sai sót khi kê đơn ngày 12/10/2026.",
                },
            ),
            ("propose",),
        ),
    ]  # fmt: skip


def _facilities(places: Places, at: datetime) -> list[Story]:
    return [
        Story(
            "clinic",
            _filing(
                places, at, 15,
                procedure="operating_license.new", case="other",
                applicant_name="Phòng khám Chuyên khoa Nhi Ban Mai", phone="0912555080",
                submitter_name="Trần Thị Ban Mai",
                values={
                    "form": "PKCK", "place": "Số 12, tổ 3, phường Điện Biên Phủ",
                    "hours": "07:30 đến 17:00, thứ Hai đến thứ Bảy",
                    "responsible": "BS Trần Thị Ban Mai", "scope": "Khám bệnh, chữa bệnh nhi khoa",
                },
            ),
            ("accept", "appraise"),
        )
    ]  # fmt: skip


def _tell(story: Story, officer: User, *, key: UUID) -> None:
    """File a dossier and lead it as far as its story goes, a day for each step."""
    filing = story.filing
    at = timezone.make_aware(datetime.combine(filing.on, datetime.min.time())) + timedelta(hours=9)
    for rule in definitions.documents_on(filing.procedure, filing.case, filing.on):
        if rule.need != Need.MAY and rule.code != "work_permit":
            services.keep_file(
                client_key=key,
                document_code=rule.code,
                content=_paper(rule.title),
                name=f"{rule.title}.pdf",
                at=at,
            )
    if story.course[:1] == ("propose",):
        opened = services.open_by_authority(actor=officer, filing=filing, client_key=key, at=at)
        services.propose(actor=officer, dossier=opened.dossier, proposal="grant", at=at + DAY)
        return
    dossier = services.file_dossier(filing=filing, client_key=key, at=at).dossier
    for number, deed in enumerate(story.course, start=1):
        DEEDS[deed](dossier, officer, at + number * DAY)


@cache
def _paper(title: str) -> bytes:
    return printed(title.upper(), {"kind": "Loại giấy"}, {"kind": title})


def _accept(dossier: Dossier, officer: User, at: datetime) -> None:
    services.accept(actor=officer, dossier=dossier, at=at)


def _appraise(dossier: Dossier, officer: User, at: datetime) -> None:
    services.appraise(actor=officer, dossier=dossier, at=at)


def _ask(dossier: Dossier, officer: User, at: datetime) -> None:
    asked = [
        Asked(code="practice", why="Giấy xác nhận thiếu chữ ký của người hướng dẫn thực hành.")
    ]
    services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at)


def _grant(dossier: Dossier, officer: User, at: datetime) -> None:
    services.propose(actor=officer, dossier=dossier, proposal="grant", at=at)


def _refuse(dossier: Dossier, officer: User, at: datetime) -> None:
    reason = "Giấy xác nhận thực hành chỉ có 6 tháng, chức danh y sỹ cần 9 tháng (Nghị định 96/2023/NĐ-CP)."
    services.propose(actor=officer, dossier=dossier, proposal="refuse", reason=reason, at=at)


def _sign(dossier: Dossier, officer: User, at: datetime) -> None:
    services.decide(actor=officer, dossier=dossier, at=at)


DEEDS: Mapping[str, Callable[[Dossier, User, datetime], None]] = {
    "accept": _accept,
    "appraise": _appraise,
    "ask": _ask,
    "grant": _grant,
    "refuse": _refuse,
    "sign": _sign,
}
