"""Anyone in charge asks: of their own people, or of whoever shows a licence; the answer is plain."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.places import services as places
from portal.places.models import Organisation
from practitioners import services
from practitioners.looks import looks_of
from practitioners.models import EmergencyOverride, PracticeLicense, Practitioner
from tests.conftest import SINCE, make_user
from tests.practitioners.law import AT, decided, give_license, load_law, make_person, register

pytestmark = pytest.mark.django_db
ASKED = {"ngay": "05/11/2026", "gio": "09:00"}
API = "/api/v1/right-to-practise/"


@pytest.fixture
def stranger(station: Organisation, hospital: Organisation) -> Practitioner:
    """A doctor of the station; the hospital has a list of its own people."""
    load_law()
    register(make_person("Giàng A Páo"), hospital)
    person = make_person()
    give_license(person)
    register(person, station)
    return person


@pytest.fixture
def manager(hospital: Organisation) -> Client:
    client = Client()
    client.force_login(make_user("nga", "Quàng Thị Nga", Role.HOSPITAL_DATA_OFFICER, hospital))
    return client


def text(client: Client, **data: str) -> str:
    answer = client.get(reverse("practitioners:right"), data)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_shows_a_licence_is_found_by_its_exact_number(
    stranger: Practitioner, manager: Client
) -> None:
    page = text(manager, q="1287/ĐB-GPHN")
    assert stranger.name in page
    assert "?so=001287" in page
    assert str(stranger.pk) not in page
    assert "22/04/1978" not in page
    for other in ("001288/ĐB-GPHN", "Lò Văn Thoan"):
        page = text(manager, q=other)
        assert "?so=" not in page
        assert "?nguoi=" not in page


def test_of_a_stranger_only_who_it_is_and_the_answer_is_shown_and_the_look_is_kept(
    stranger: Practitioner, manager: Client, station: Organisation, hospital: Organisation
) -> None:
    page = text(manager, so="001287/ĐB-GPHN", **ASKED, **{"co-so": str(hospital.pk)})
    assert stranger.name in page
    assert "Người này chưa đăng ký hành nghề tại cơ sở này" in page
    for hidden in (station.name, "22/04/1978", str(stranger.pk), "10/03/2029"):
        assert hidden not in page
    look = AccessLog.objects.get(people__contains=[stranger.pk])
    assert (look.people, look.action, look.ground) == (
        [stranger.pk], "opened", "right_by_number"
    )  # fmt: skip
    assert [one.part for one in looks_of(stranger)] == ["việc hỏi quyền hành nghề"]


def test_a_stranger_is_no_address_by_the_key_of_the_row(
    stranger: Practitioner, manager: Client
) -> None:
    assert stranger.name not in text(manager, nguoi=str(stranger.pk), **ASKED)
    answer = manager.get(API, {"practitioner": str(stranger.pk), "facility": "11001"})
    assert answer.status_code == 404


def test_a_machine_asks_of_a_stranger_for_its_own_facilities_alone(
    stranger: Practitioner, manager: Client, station: Organisation, hospital: Organisation
) -> None:
    asked = {"license": "001287/ĐB-GPHN", "at": "2026-11-05T09:00:00+07:00"}
    said = manager.get(API, {**asked, "facility": str(hospital.pk)}).json()
    assert said["verdict"] == "no"
    assert said["practitioner"] == {"id": None, "name": stranger.name}
    assert (said["license"], said["registration"]) == (None, None)
    refused = manager.get(API, {**asked, "facility": str(station.pk)})
    assert refused.status_code == 400
    assert stranger.name not in refused.content.decode()


def test_what_is_not_proven_is_no_yes_and_says_what_is_missing(
    stranger: Practitioner, hospital: Organisation, manager: Client
) -> None:
    """Giàng A Páo has no licence in the register."""
    other = Practitioner.objects.get(name="Giàng A Páo")
    asked = {"nguoi": str(other.pk), "co-so": str(hospital.pk), **ASKED}
    page = text(manager, **asked, **{"ky-thuat": "02.0085"})
    assert "chưa chứng minh được" in page
    assert "Đây không phải là câu trả lời “được”" in page
    assert "Sổ đăng ký chưa có giấy phép hành nghề của người này." in page
    assert page.count("chưa biết") >= 2, "of the technique nothing is known either"
    said = manager.get(
        API,
        {
            "practitioner": str(other.pk),
            "facility": str(hospital.pk),
            "at": "2026-11-05T09:00:00+07:00",
        },
    ).json()
    assert said["verdict"] == "not_proven"
    assert said["missing"] == ["Sổ đăng ký chưa có giấy phép hành nghề của người này."]


def test_an_emergency_makes_no_yes_by_asking(
    stranger: Practitioner, hospital: Organisation, manager: Client
) -> None:
    """It counts once it is recorded with the care (Law 15/2023/QH15, article 36(3))."""
    give_license(Practitioner.objects.get(name="Giàng A Páo"), "002002/ĐB-GPHN")
    at_night = datetime.combine(AT.date(), datetime.min.time(), AT.tzinfo)
    asked = {"license": "002002/ĐB-GPHN", "facility": str(hospital.pk), "emergency": "Ngừng tim"}
    said = manager.get(API, {**asked, "at": at_night.isoformat()}).json()
    assert (said["verdict"], said["emergency_would_allow"]) == ("no", True)
    assert not EmergencyOverride.objects.exists()
    services.revoke_license(
        actor=None,
        license=PracticeLicense.objects.get(serial=2002),
        decision=decided("01/10/2026"),
        measure=services.Measure("own_request"),
        at=AT,
    )
    said = manager.get(API, {**asked, "at": at_night.isoformat()}).json()
    assert (said["verdict"], said["emergency_would_allow"]) == ("no", False)


def test_any_facility_is_found_by_name_or_code_however_many_one_is_in_charge_of(
    stranger: Practitioner,
    station: Organisation,
    other_station: Organisation,
    hospital: Organisation,
    department: Organisation,
) -> None:
    """Whoever is in charge of a province is offered where the person is registered, and finds the rest."""
    for number in range(1, 22):
        places.create_organisation(
            name=f"Trạm Y tế {number}", kind="station", parent=department, valid_from=SINCE
        )
    officer = Client()
    officer.force_login(make_user("son", "Vũ Sơn", Role.LICENSING_OFFICER, department))
    url, who = reverse("practitioners:right"), {"nguoi": str(stranger.pk), **ASKED}
    for typed in (hospital.name, "dien bien da khoa", "11001"):
        answer = officer.get(url, {**who, "noi-khac": typed})
        assert answer.context["facility"] == hospital
        assert answer.context["answer"].reasons == ("registration_missing",)
    many = officer.get(url, {**who, "co-so": str(station.pk), "noi-khac": "trạm y tế xã"})
    assert "answer" not in many.context
    assert set(many.context["offered"]) == {station, other_station}
    assert 'name="da-tim" value="trạm y tế xã"' in many.content.decode()
    picked = {"co-so": str(other_station.pk), "noi-khac": "trạm y tế xã", "da-tim": "trạm y tế xã"}
    chosen = officer.get(url, {**who, **picked})
    assert chosen.context["facility"] == other_station
    none = officer.get(url, {**who, "noi-khac": "Bệnh viện Không Có"}).content.decode()
    assert "Không có cơ sở nào" in none
    assert 'value="Bệnh viện Không Có"' in none


def test_facilities_of_one_name_are_told_apart_and_none_is_chosen_beforehand(
    stranger: Practitioner,
    station: Organisation,
    other_station: Organisation,
    department: Organisation,
    officer: Client,
) -> None:
    """By area, with the insurance code; the first is not asked about because it is the first."""
    assert station.area is not None
    assert other_station.area is not None
    Organisation.objects.filter(pk__in=[station.pk, other_station.pk]).update(name="Trạm Y tế xã")
    url = reverse("practitioners:right")
    who = {"nguoi": str(stranger.pk), **ASKED, "noi-khac": "trạm y tế xã"}
    several = officer.get(url, who)
    offered = several.context["offered"]
    assert [row.area.name for row in offered] == sorted(
        [station.area.name, other_station.area.name]
    )
    page = several.content.decode()
    for row in offered:
        codes = row.identifiers.filter(scheme="insurance").values_list("value", flat=True)
        told = ", ".join([row.name, *codes, row.area.name])
        assert f'<option value="{row.pk}">{told}</option>' in page
    assert '<option value="">' in page
    again = officer.get(url, {**who, "co-so": "", "da-tim": "trạm y tế xã"})
    assert "answer" not in again.context


def test_more_facilities_than_the_list_holds_are_said(
    stranger: Practitioner, department: Organisation, officer: Client
) -> None:
    for number in range(21):
        places.create_organisation(
            name=f"Phòng khám {number}", kind="clinic", parent=department, valid_from=SINCE
        )
    who = {"nguoi": str(stranger.pk), **ASKED, "noi-khac": "phòng khám"}
    answer = officer.get(reverse("practitioners:right"), who)
    assert len(answer.context["offered"]) == 20
    assert "hơn 20 cơ sở" in answer.content.decode()


def test_of_a_stranger_only_one_s_own_facilities_are_asked_about_and_no_key_is_shown(
    stranger: Practitioner, manager: Client, station: Organisation
) -> None:
    for asked in ({"co-so": str(station.pk)}, {"noi-khac": station.name}):
        page = manager.get(
            reverse("practitioners:right"), {"so": "001287/ĐB-GPHN", **ASKED, **asked}
        )
        assert "answer" not in page.context
        assert page.context["form"].errors
        assert str(station.pk) not in str(page.context["form"].errors)
        assert station not in page.context["offered"]
