"""Who practises in the demo province, and what do the profiles on the review desk look like?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid5

from django.core.exceptions import ValidationError

from config.demo.papers import PAPERS, printed
from config.demo.people import NAMESPACE
from config.demo.places import Places
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.invented.names import Names
from portal.places.models import Organisation
from practitioners.models import CaseSide, ProfileSubmission, SubmissionItem
from practitioners.services import (
    keep_evidence,
    return_profile,
    state_side,
    submit_profile,
    verify_all_passing,
    verify_item,
)

COUNT, SEED = 120, 11
# Verified at a station; the hospital sends them as full time, too.
CLASHING = 1
# Verified at the hospital; a station sends them with an old card and a licence of another province.
TWICE = 3
SECOND_LICENSE = {
    "identifier_kind": "old_card",
    "identifier": "040217338",
    "license_number": "002418/SL-GPHN",
    "license_issued_by": "Sở Y tế tỉnh Sơn La",
    "license_issued_on": "15/04/2024",
    "license_valid_until": "15/04/2029",
    "full_time": "",
    "hours": "07:30-11:30, thứ Bảy",
}
# Of ten profiles seven are verified, two wait, one went back.
FATES = ("verified",) * 7 + ("waiting", "waiting", "returned")
WORK = (
    ("doctor", "Bác sỹ", "Khám bệnh, chữa bệnh đa khoa", "Y khoa", "university"),
    ("assistant_doctor", "Y sỹ", "Khám bệnh, chữa bệnh thông thường tại trạm y tế", "Y sỹ đa khoa", "college"),
    ("nurse", "Điều dưỡng", "Thực hiện kỹ thuật điều dưỡng", "Điều dưỡng", "college"),
    ("midwife", "Hộ sinh", "Thực hiện kỹ thuật hộ sinh", "Hộ sinh", "college"),
    ("medical_technologist", "Kỹ thuật y", "Thực hiện kỹ thuật xét nghiệm y học", "Kỹ thuật xét nghiệm y học", "university"),
)  # fmt: skip
SCHOOLS = ("Trường Đại học Y Dược Thái Nguyên", "Trường Đại học Y Hà Nội", "Trường Cao đẳng Y tế Điện Biên",
           "Trường Đại học Y Dược Hải Phòng", "Học viện Y Dược học cổ truyền Việt Nam")  # fmt: skip
LEVELS = {"university": "Đại học", "college": "Cao đẳng"}
RETURNED = (
    ("evidence_unreadable", "Bản chụp giấy phép bị mờ ở số và ngày cấp.", "license"),
    ("scope_differs", "Phạm vi ghi trong hồ sơ rộng hơn phạm vi in trên giấy phép.", "scope"),
    ("identity_differs", "Ngày sinh trong hồ sơ khác ngày sinh trên căn cước.", "person"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that is to be sent: from where, by whom, when, and what becomes of it."""

    number: int
    facility: Organisation
    sender: User
    values: Mapping[str, str]
    at: datetime
    fate: str


def settle_practitioners(places: Places, users: Mapping[str, User], *, at: datetime) -> int:
    """Send and decide the demo's profiles through the services; those that were sent stay."""
    rng = Random(SEED)  # noqa: S311
    names = Names()
    written = 0
    for number in range(COUNT):
        profile = _profile(number, places, users, _values(number, names, rng), at)
        if not ProfileSubmission.objects.filter(client_key=_key(number)).exists():
            _send(profile, users[Role.LICENSING_OFFICER])
            written += 1
    return written + _clash(places, users, at) + _second_license(places, users, at)


def _clash(places: Places, users: Mapping[str, User], at: datetime) -> int:
    """Let the hospital send somebody who is full time at a station: a case with a first statement."""
    sent = at - timedelta(days=1)
    begins = {"registered_from": f"{sent:%d/%m/%Y}"}
    sender = users[Role.HOSPITAL_DATA_OFFICER]
    if not _send_again(CLASHING, "profile that clashes", begins, places.hospital, (sender, sent)):
        return 0
    side = CaseSide.objects.filter(position=1, case__state="open").order_by("id").first()
    if side is not None:
        state_side(
            side_id=side.pk,
            stance=CaseSide.Stance.HOLDS,
            statement="Người này vẫn trực đủ tuần tại trạm, trạm chưa nhận đơn xin thôi việc.",
            actor=users[Role.STATION_HEAD],
            at=sent + timedelta(hours=3),
        )
    return 1


def _second_license(places: Places, users: Mapping[str, User], at: datetime) -> int:
    """Let a station send somebody of the register with another number and a second licence."""
    sent, sender = at - timedelta(hours=20), users[Role.STATION_HEAD]
    key = "profile with a second licence"
    return int(_send_again(TWICE, key, SECOND_LICENSE, places.station, (sender, sent)))


def _send_again(
    number: int,
    key: str,
    changes: Mapping[str, str],
    facility: Organisation,
    by: tuple[User, datetime],
) -> bool:
    """Send a person of the demo once more from another place; say whether it was not sent before."""
    sender, at = by
    names, rng = Names(), Random(SEED)  # noqa: S311
    known = [_values(each, names, rng) for each in range(number + 1)][number]
    values, form = {**known, **changes}, uuid5(NAMESPACE, key)
    if ProfileSubmission.objects.filter(client_key=form).exists():
        return False
    for name, heading, lines, proves in PAPERS:
        keep_evidence(
            content=printed(heading, lines, values),
            name=name,
            proves=proves,
            client_key=form,
            actor=sender,
            at=at,
        )
    submit_profile(facility=facility, values=values, client_key=form, actor=sender, at=at)
    return True


def _key(number: int) -> Any:
    return uuid5(NAMESPACE, f"profile {number}")


def _profile(
    number: int, places: Places, users: Mapping[str, User], values: dict[str, str], at: datetime
) -> Profile:
    """Say where a profile comes from and what becomes of it."""
    facility = (places.hospital, places.stations[number % len(places.stations)])[number % 3 > 0]
    if number % 20 == 0:
        facility = places.clinic
    sender = users[Role.HOSPITAL_DATA_OFFICER if facility == places.hospital else Role.STATION_HEAD]
    fate = FATES[number % len(FATES)]
    if fate == "waiting":
        values = _spoiled(number, values)
    sent = at - timedelta(days=2 + (COUNT - number) % 24, hours=number % 5)
    return Profile(number, facility, sender, values, sent, fate)


def _values(number: int, names: Names, rng: Random) -> dict[str, str]:
    title, title_text, scope, field, level = WORK[int(rng.random() * len(WORK))]
    sex = "female" if title == "midwife" or rng.random() < 0.55 else "male"
    born = date(
        1968 + int(rng.random() * 30), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28)
    )
    group = ("01", "03", "08", "03")[int(rng.random() * 4)]
    graduated = date(born.year + 24, 7, 15)
    is_new = rng.random() < 0.3
    issued = date(2024, 2, 1) if is_new else date(max(2012, born.year + 26), 6, 1)
    issued += timedelta(days=int(rng.random() * 330))
    return {
        "name": names.draw(rng, sex, group, born.year, 11),
        "birth_date": f"{born:%d/%m/%Y}",
        "sex": sex,
        "sex_text": "Nữ" if sex == "female" else "Nam",
        "nationality": "VN",
        "identifier_kind": "personal",
        "identifier": f"011{int(sex == 'female')}{born.year % 100:02d}{900_000 + number * 37:06d}",
        "phone": f"09{12_000_000 + number * 7_919:08d}",
        "qualification_level": level,
        "qualification_text": LEVELS.get(level, level),
        "qualification_field": field,
        "school": SCHOOLS[int(rng.random() * len(SCHOOLS))],
        "diploma_number": f"{graduated.year}/{1000 + number * 13}",
        "qualification_issued_on": f"{graduated:%d/%m/%Y}",
        "license_number": f"{1200 + number * 3:06d}/ĐB-{'GPHN' if is_new else 'CCHN'}",
        "title": title,
        "title_text": title_text,
        "license_issued_on": f"{issued:%d/%m/%Y}",
        "license_issued_by": "Sở Y tế tỉnh Điện Biên",
        "license_valid_until": f"{date(issued.year + 5, issued.month, min(issued.day, 28)):%d/%m/%Y}"
        if is_new
        else "",
        "scope": scope,
        "full_time": "1",
        "hours": "07:30-11:30, 13:30-17:00, thứ Hai đến thứ Sáu",
        "registered_from": f"{max(issued, date(2025, 7, 1)):%d/%m/%Y}",
    }


def _spoiled(number: int, values: dict[str, str]) -> dict[str, str]:
    """Give some of the waiting profiles something for the reviewer to find."""
    wrong: tuple[dict[str, str], ...] = (
        {},
        {"license_valid_until": "30/06/2026"},
        {"identifier": ""},
        {"birth_date": f"01/01/{int(values['birth_date'][-4:]) - 1}"},
    )
    return values | wrong[number // 10 % len(wrong)]


def _send(profile: Profile, officer: User) -> None:
    key = _key(profile.number)
    for name, heading, lines, proves in PAPERS:
        # A licence that went back for its copy comes with none.
        if profile.fate == "waiting" and profile.number % 4 == 0 and "identifier" in proves:
            continue
        keep_evidence(
            content=printed(heading, lines, profile.values),
            name=name,
            proves=proves,
            client_key=key,
            actor=profile.sender,
            at=profile.at,
        )
    submission = submit_profile(
        facility=profile.facility,
        values=profile.values,
        client_key=key,
        actor=profile.sender,
        at=profile.at,
    )
    decided = profile.at + timedelta(days=1, hours=2)
    if profile.fate == "verified":
        _verify(submission, officer, decided)
    elif profile.fate == "returned":
        code, reason, item = RETURNED[profile.number // 10 % len(RETURNED)]
        return_profile(
            submission_id=submission.pk,
            version=submission.version,
            reason_code=code,
            reason=reason,
            key=item,
            actor=officer,
            at=decided,
        )


def _verify(submission: ProfileSubmission, officer: User, at: datetime) -> None:
    """Verify as an officer does: all that pass at once, then what was only declared, one by one."""
    verified = verify_all_passing(
        submission_id=submission.pk, version=submission.version, actor=officer, at=at
    )
    waiting = verified.items.filter(decision=SubmissionItem.Decision.PENDING)
    for key in list(waiting.values_list("key", flat=True)):
        try:
            verified = verify_item(
                submission_id=submission.pk, key=key, version=verified.version, actor=officer, at=at
            )
        except ValidationError:
            # A check failed (someone of the same name and birth, say): it waits on the desk.
            return
