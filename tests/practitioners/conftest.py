"""People, papers and profiles the tests of practitioners stand on."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.database.keys import uuid7
from portal.places import services as places
from portal.places.models import Organisation
from practitioners import services
from practitioners.models import Practitioner, ProfileSubmission
from tests.conftest import SINCE, make_user
from tests.practitioners.law import day, decided, give_license, load_law, make_person, register

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
# What a suspension or a revocation is decided by.
DECIDED = {"decision_no": "118/QĐ-SYT", "decided_on": date(2025, 12, 20)}
PAPERS = ("person", "identifier", "qualification", "license", "scope", "training")

PROFILE = {
    "name": "Lò Văn Thoan",
    "birth_date": "22/04/1978",
    "sex": "male",
    "nationality": "VN",
    "identifier_kind": "personal",
    "identifier": "011078002915",
    "qualification_level": "university",
    "qualification_field": "Y khoa",
    "school": "Trường Đại học Y Thái Bình",
    "diploma_number": "B 123456",
    "qualification_issued_on": "20/06/2003",
    "license_number": "001287/ĐB-GPHN",
    "title": "doctor",
    "license_issued_on": "10/03/2024",
    "license_issued_by": "Sở Y tế tỉnh Điện Biên",
    "license_valid_until": "10/03/2029",
    "scope": "Nội khoa",
    "position_text": "Bác sỹ điều trị",
    "full_time": "1",
    "hours": "T2 đến T6, 07:30 đến 16:30",
    "registered_from": "01/04/2024",
}


@pytest.fixture(autouse=True)
def _private_store(tmp_path: Path) -> Any:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


def make_list(key: str, title: str, codes: dict[str, str], **attributes: Any) -> None:
    """Put a code list in force."""
    version = CodeListVersion.objects.create(
        code_list=CodeList.objects.create(key=key, title=title),
        valid_from=date(2024, 1, 1),
        legal_basis="Luật 15/2023/QH15",
    )
    Code.objects.bulk_create(
        Code(version=version, code=code, title=text, position=place, attributes=attributes)
        for place, (code, text) in enumerate(codes.items())
    )


@pytest.fixture
def lists(db: None) -> None:
    """The code lists a profile is written in."""
    make_list(
        "professional_titles",
        "Chức danh chuyên môn",
        {"doctor": "Bác sỹ", "nurse": "Điều dưỡng", "assistant_doctor": "Y sỹ"},
    )
    make_list("nationalities", "Quốc tịch", {"VN": "Việt Nam"}, police_code="000")
    make_list(
        "staff_positions",
        "Vị trí",
        {"1": "Người chịu trách nhiệm chuyên môn kỹ thuật", "2": "Trưởng khoa, phòng"},
    )
    make_list(
        "practice_terms",
        "Thời hạn",
        {"publish_registration": "Công bố danh sách"},
        count="5",
        unit="working_days",
    )


@pytest.fixture
def sender(hospital: Organisation) -> User:
    """Sends in the profiles of the provincial hospital."""
    return make_user("nga", "Quàng Thị Nga", Role.HOSPITAL_DATA_OFFICER, hospital)


@pytest.fixture
def station_head(station: Organisation) -> User:
    """Sends in the profiles of the station of Mường Chà."""
    return make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station)


@pytest.fixture
def second_officer(department: Organisation) -> User:
    """The colleague at the next desk."""
    return make_user("khoi", "Trần Minh Khôi", Role.LICENSING_OFFICER, department)


@pytest.fixture
def foreign_officer(ministry: Organisation) -> User:
    """Reviews in another province."""
    son_la = places.create_organisation(
        name="Sở Y tế tỉnh Sơn La", kind="department", parent=ministry, valid_from=SINCE
    )
    return make_user("ha", "Cầm Thị Hà", Role.LICENSING_OFFICER, son_la)


Send = Callable[..., ProfileSubmission]


@pytest.fixture
def send(hospital: Organisation, sender: User, lists: None) -> Send:
    """Send in a profile; by default a doctor's, with a paper for every item that wants one."""

    def _send(
        *,
        facility: Organisation = hospital,
        actor: User = sender,
        papers: tuple[str, ...] = PAPERS,
        at: datetime = AT,
        supersedes: ProfileSubmission | None = None,
        **changes: str,
    ) -> ProfileSubmission:
        key = uuid7()
        if papers:
            services.keep_evidence(
                content=PDF,
                name="giay-phep.pdf",
                proves=papers,
                client_key=key,
                actor=actor,
                at=at,
            )
        return services.submit_profile(
            facility=facility,
            values={**PROFILE, **changes},
            client_key=key,
            actor=actor,
            at=at,
            supersedes=supersedes,
        )

    return _send


@pytest.fixture
def verified(send: Send, licensing_officer: User) -> Practitioner:
    """Lò Văn Thoan, verified at the provincial hospital."""
    submission = services.verify_all_passing(
        submission_id=send().pk, version=1, actor=licensing_officer, at=AT
    )
    assert submission.practitioner is not None
    return submission.practitioner


@pytest.fixture
def doctor(hospital: Organisation) -> Practitioner:
    """A doctor with two papers, a suspension in the past and one post at the hospital."""
    load_law()
    person = make_person()
    license = give_license(person)
    services.suspend_license(
        actor=None,
        license=license,
        decision=decided("01/02/2025"),
        measure=services.Measure("ethics", "Sai sót ghi hồ sơ", day("31/03/2025")),
        at=AT,
    )
    paper = services.Paper(
        number=license.number_raw,
        title="doctor",
        issued_on=day("01/06/2025"),
        expires_on=day("10/03/2029"),
        scope="Nội khoa; siêu âm",
        scope_codes=["102", "118"],
    )
    services.amend_license(
        actor=None,
        license=license,
        paper=paper,
        decision=decided("01/06/2025", "77/QĐ-SYT"),
        at=AT,
        act="adjusted",
    )
    register(person, hospital, position="1", position_text="Phụ trách chuyên môn")
    return person


@pytest.fixture
def officer(department: Organisation) -> Client:
    user = make_user("hoa", "Bùi Thị Hòa", Role.LICENSING_OFFICER, department)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager(hospital: Organisation) -> Client:
    user = make_user("nga", "Quàng Thị Nga", Role.HOSPITAL_DATA_OFFICER, hospital)
    client = Client()
    client.force_login(user)
    return client
