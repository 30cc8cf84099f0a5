"""What did one of the demo's doctors learn, as an official read it from the papers?"""

from collections.abc import Mapping
from datetime import date, datetime

from config.demo.papers import printed
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.attachments.keeping import keep
from practitioners.models import Practitioner, Speciality
from practitioners.services import (
    Diploma,
    Period,
    attach_paper,
    record_diploma,
    record_period,
    record_speciality,
)

SCHOOL, TAKEN = "Trường Đại học Y Hà Nội", date(2019, 9, 16)
DIPLOMA = {
    "name": "Họ và tên",
    "qualification_text": "Trình độ",
    "school": "Nơi đào tạo",
    "diploma_number": "Số hiệu",
}


def settle_learnt(users: Mapping[str, User], *, at: datetime) -> None:
    """Enter a specialist's diploma with its copy, the speciality, and a time of practice before."""
    doctors = Practitioner.objects.verified().filter(licenses__title="doctor")
    doctor = doctors.order_by("name_sort", "id").first()
    if doctor is None or Speciality.objects.exists():
        return
    officer, number = users[Role.LICENSING_OFFICER], "CKI 2019/0417"
    diploma = record_diploma(
        actor=officer,
        practitioner=doctor,
        diploma=Diploma("specialist_1", "Nội khoa", SCHOOL, diploma_number=number, issued_on=TAKEN),
        at=at,
    )
    values = {
        "name": doctor.name,
        "qualification_text": "Chuyên khoa cấp I",
        "school": SCHOOL,
        "diploma_number": number,
    }
    copy = keep(content=printed("BẰNG CHUYÊN KHOA", DIPLOMA, values), name="bang.pdf", at=at)
    attach_paper(row=diploma, paper=copy, at=at)
    record_speciality(
        actor=officer, practitioner=doctor, text="Nội khoa", qualification_id=diploma.pk, at=at
    )
    record_period(
        actor=officer,
        practitioner=doctor,
        period=Period(
            "practice",
            "Bệnh viện Đa khoa huyện Tuần Giáo",
            date(2020, 1, 2),
            date(2023, 12, 29),
            "Bác sỹ khoa Nội",
            "11/GXN-BV",
        ),
        at=at,
    )
