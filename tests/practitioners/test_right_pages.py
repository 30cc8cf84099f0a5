"""The profile of a day, the question of the right, the facility's week, what a departure breaks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.roles import Role
from portal.places.models import Organisation
from practitioners import services
from practitioners.departures import preview_departure
from practitioners.models import (
    PracticeLicense,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    Qualification,
    Registration,
    TrainingActivity,
)
from practitioners.whole import whole_of
from tests.conftest import make_user
from tests.practitioners.law import (
    AT,
    bar,
    day,
    decided,
    give_license,
    load_law,
    make_person,
    register,
)
from tests.practitioners.training import make_training_lists

pytestmark = pytest.mark.django_db


def told(asked: CaptureQueriesContext) -> str:
    return "\n".join(query["sql"][:160] for query in asked.captured_queries)


def text(client: Client, name: str, *args: Any, **data: str) -> str:
    answer = client.get(reverse(f"practitioners:{name}", args=args), data)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everything_of_a_person_is_read_as_the_rows_themselves(doctor: Practitioner) -> None:
    whole = whole_of(doctor)
    read, (license,) = PracticeLicense.objects.with_acts().get(), whole.licenses
    for column in PracticeLicense._meta.concrete_fields:
        assert getattr(license, column.attname) == getattr(read, column.attname)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for on in (day("15/02/2025"), day("01/07/2025")):
            assert license.state_on(on) == read.state_on(on)
            assert license.version_on(on) == read.version_on(on)
        (post,) = whole.registrations
        minutes = sorted(slot.minutes for slot in post.slots.all())
        assert minutes == [210] * 5 + [240] * 5
    assert not [query for query in asked if "practitioners_" in query["sql"]]


def test_the_profile_is_that_of_the_day(doctor: Practitioner, officer: Client) -> None:
    before, then, now = (
        text(officer, "person", doctor.pk, ngay=on)
        for on in ("15/01/2025", "15/02/2025", "05/11/2026")
    )
    assert "Còn hiệu lực" in before
    assert "Bị đình chỉ" not in before
    assert "Bị đình chỉ" in then
    assert "Sai sót ghi hồ sơ" in then
    assert "<dd>Nội khoa</dd>" in then
    assert "Nội khoa; siêu âm" in now
    assert "77/QĐ-SYT" in now


def test_papers_of_later_days_are_left_out_of_the_profile_of_a_day(
    doctor: Practitioner, officer: Client
) -> None:
    """The doctor's scope was widened by decision 77/QĐ-SYT after 15/02/2025."""
    url = reverse("practitioners:person", args=[doctor.pk])
    shown = {
        on: [paper.number for paper in officer.get(url, {"ngay": on}).context["licenses"][0].papers]
        for on in ("15/02/2025", "05/11/2026")
    }
    assert shown == {"15/02/2025": [1], "05/11/2026": [2, 1]}
    assert "77/QĐ-SYT" not in officer.get(url, {"ngay": "15/02/2025"}).content.decode()


def test_the_training_balance_is_that_of_the_day_and_of_the_paper_of_the_day(
    doctor: Practitioner, officer: Client
) -> None:
    make_training_lists()
    license = doctor.licenses.get()
    for on, hours in (("01/06/2024", 24), ("01/06/2026", 40)):
        doctor.trainings.create(title="Cập nhật", ended_on=day(on), hours=hours, state="confirmed")
    url = reverse("practitioners:person", args=[doctor.pk])
    then, now = (officer.get(url, {"ngay": on}) for on in ("15/02/2025", "05/11/2026"))
    earned = [answer.context["balance"].earned for answer in (then, now)]
    assert earned == [24, 64]
    assert then.context["balance"].period.last == license.versions.get(number=1).expires_on
    for answer, hours in ((then, "24"), (now, "64")):
        assert f"<b>{hours}</b> <span>trên 120 giờ tín chỉ" in answer.content.decode()
    assert "Với đà này" in now.content.decode()


def test_a_profile_costs_as_many_queries_however_much_there_is_of_it(
    doctor: Practitioner, officer: Client
) -> None:
    url = reverse("practitioners:person", args=[doctor.pk])
    officer.get(url)  # lists of the law are read once, then remembered
    with CaptureQueriesContext(connection) as few:
        officer.get(url)
    for number in range(30):
        on = day("01/01/2010") + timedelta(days=100 * number)
        Qualification.objects.create(practitioner=doctor, level="other", issued_on=on)
        TrainingActivity.objects.create(
            practitioner=doctor, title=f"Khóa {number}", ended_on=on, hours=4
        )
        PracticePeriod.objects.create(
            practitioner=doctor, place_text="Trạm", valid_from=on, valid_until=on
        )
        PractitionerIdentifier.objects.create(
            practitioner=doctor, kind="old_card", value=f"{100000000 + number}", valid_until=on
        )
    with CaptureQueriesContext(connection) as many:
        officer.get(url)
    assert len(many) <= len(few)
    assert len(few) <= 15, told(few)


def test_a_profile_out_of_scope_does_not_exist(doctor: Practitioner, station: Organisation) -> None:
    client = Client()
    client.force_login(make_user("tam", "Lò Thị Tâm", Role.STATION_HEAD, station))
    answer = client.get(reverse("practitioners:person", args=[doctor.pk]))
    assert answer.status_code == 404


def test_the_question_is_answered_with_each_step_and_its_article(
    doctor: Practitioner, hospital: Organisation, officer: Client
) -> None:
    asked = {
        "nguoi": str(doctor.pk),
        "co-so": str(hospital.pk),
        "ngay": "08/11/2026",
        "gio": "02:10",
    }
    page = text(officer, "right", **asked, **{"ky-thuat": "08.0001"})
    assert "không được hành nghề" in page
    assert "Thời điểm đó ngoài giờ hành nghề đã đăng ký." in page
    assert "Luật 15/2023/QH15, Điều 36 và Điều 37" in page
    assert "Kỹ thuật nằm ngoài phạm vi hành nghề" in page
    assert "T2–T6 07:30–11:30, 13:30–17:00" in page
    emergency = text(officer, "right", **asked, **{"cap-cuu": "Ngừng tuần hoàn"})
    assert "không được hành nghề" in emergency
    assert "được hành nghề vì cấp cứu" not in emergency, "nothing is recorded by asking"
    assert "Khi cấp cứu người này vẫn được làm" in emergency


def test_what_is_typed_wrongly_is_said_and_kept(doctor: Practitioner, officer: Client) -> None:
    page = text(
        officer,
        "right",
        nguoi=str(doctor.pk),
        ngay="31/02/2026",
        gio="sáng",
        **{"ky-thuat": "02.0085"},
    )
    assert "02.0085" in page
    assert "sáng" in page
    assert page.count("errorlist") >= 2
    assert "Chưa trả lời được" in page
    assert "Chưa lưu được" not in page
    assert '<a href="#id_day">Ngày</a>: ' in page
    assert '<a href="#id_clock">' in page


def test_a_person_is_found_by_licence_or_name(doctor: Practitioner, officer: Client) -> None:
    for query in ("001287/ĐB-GPHN", "thoan lo"):
        assert f"?nguoi={doctor.pk}" in text(officer, "right", q=query)
    assert "Không tìm thấy" in text(officer, "right", q="Nguyễn Thị Không")


def test_a_machine_gets_the_same_answer(
    doctor: Practitioner, hospital: Organisation, officer: Client
) -> None:
    asked = {"license": "1287/ĐB-GPHN", "facility": "11001", "at": "2026-11-08T02:10:00+07:00"}
    said = officer.get("/api/v1/right-to-practise/", asked).json()
    assert said["verdict"] == "no"
    (reason,) = said["reasons"]
    assert (reason["code"], reason["emergency_passes_over"]) == ("hours_outside", True)
    assert reason["article"].startswith("Luật 15/2023/QH15")
    said = officer.get("/api/v1/right-to-practise/", {**asked, "at": "2026-11-05T09:00:00+07:00"})
    assert said.json()["verdict"] == "yes"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"facility": "99999"}, "facility"),
        ({"at": "hôm qua"}, "at"),
        ({"license": "12"}, "license"),
    ],
)
def test_a_machine_is_told_what_cannot_be_read(
    wrong: dict[str, str], field: str, doctor: Practitioner, officer: Client
) -> None:
    asked = {"license": "1287/ĐB-GPHN", "facility": "11001", **wrong}
    answer = officer.get("/api/v1/right-to-practise/", asked)
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_the_week_of_a_facility_names_who_is_responsible(
    doctor: Practitioner, hospital: Organisation, manager: Client, officer: Client
) -> None:
    page, theirs = (text(client, "roster", hospital.pk) for client in (manager, officer))
    assert [f"?person={doctor.pk}#part-5" in page, "/gio/" in page, "/gio/" in theirs] == [1, 0, 1]
    assert "Người chịu trách nhiệm chuyên môn:" in page
    assert doctor.name in page
    assert "T2–T6 07:30–11:30, 13:30–17:00" in page
    before = text(manager, "roster", hospital.pk, ngay="01/01/2024")
    assert "chưa có người chịu trách nhiệm chuyên môn" in before
    assert doctor.name not in before


def test_the_roster_says_of_whoever_is_barred_that_they_are(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    bar(doctor, decided("01/10/2026"), services.Measure("barred", "", day("31/10/2026")))
    url = reverse("practitioners:roster", args=[hospital.pk])

    def chip(on: str) -> str:
        (line,) = manager.get(url, {"ngay": on}).context["lines"]
        return str(line.chip[2])

    assert chip("31/10/2026") == "Bị cấm hành nghề"
    assert chip("30/09/2026") == chip("01/11/2026") == "Còn hiệu lực"
    cells = manager.get(url, {"ngay": "31/10/2026"}).context["cells"]
    assert cells == []
    assert manager.get(url, {"ngay": "01/11/2026"}).context["cells"]


def test_the_roster_costs_as_many_queries_for_any_number_of_people(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    url = reverse("practitioners:roster", args=[hospital.pk])
    manager.get(url)  # lists of the law are read once, then remembered
    with CaptureQueriesContext(connection) as few:
        manager.get(url)
    for number in range(8):
        other = make_person(f"Giàng A {chr(65 + number)}")
        give_license(other, f"{2000 + number}/ĐB-GPHN")
        register(other, hospital)
    with CaptureQueriesContext(connection) as many:
        manager.get(url)
    assert len(many) <= len(few)
    assert len(few) <= 20, told(few)


def test_a_departure_says_what_breaks(doctor: Practitioner, hospital: Organisation) -> None:
    row = Registration.objects.get()
    other = make_person("Giàng A Páo")
    give_license(other, "002002/ĐB-GPHN", scope_codes=("118",))
    register(other, hospital, "T2-T6 07:30-11:30")
    services.assign_technique(
        actor=None,
        registration=row,
        assignment=services.Assignment("08.0001", "07/QĐ-BV", day("01/09/2026"), "Châm cứu"),
        at=AT,
    )
    breaks = preview_departure(row, day("30/11/2026"))
    assert list(breaks.scopes) == ["Nội khoa"]
    assert list(breaks.techniques) == ["08.0001 Châm cứu"]
    assert breaks.empty_hours == "T2–T6 13:30–17:00"
    assert breaks.is_responsible
    assert list(breaks.titles) == []


def test_a_departure_nobody_notices_is_harmless(hospital: Organisation) -> None:
    load_law()
    for name, number in (("Lò Văn Thoan", "1"), ("Giàng A Páo", "2")):
        person = make_person(name)
        give_license(person, f"00200{number}/ĐB-GPHN")
        register(person, hospital)
    row = Registration.objects.filter(practitioner__name="Lò Văn Thoan").get()
    assert preview_departure(row, day("30/11/2026")).is_harmless
    services.revoke_license(
        actor=None,
        license=PracticeLicense.objects.get(practitioner__name="Giàng A Páo"),
        decision=decided("01/10/2026"),
        measure=services.Measure("own_request"),
        at=AT,
    )
    assert not preview_departure(row, day("30/11/2026")).is_harmless


def test_the_facility_ends_a_registration_after_seeing_what_breaks(
    doctor: Practitioner, hospital: Organisation, manager: Client
) -> None:
    row = Registration.objects.get()
    url = reverse("practitioners:departure", args=[row.pk])
    assert "không còn ai chịu trách nhiệm chuyên môn" in manager.get(url).content.decode()
    answer = manager.post(url, {"last_day": "30/11/2026", "because": "Chuyển công tác"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.valid_until, row.ended_because) == (day("30/11/2026"), "Chuyển công tác")
    assert not row.slots.filter(valid_until=None).exists()


def test_who_only_looks_ends_nothing(doctor: Practitioner, officer: Client) -> None:
    row = Registration.objects.get()
    answer = officer.post(
        reverse("practitioners:departure", args=[row.pk]), {"last_day": "30/11/2026"}
    )
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.valid_until is None
