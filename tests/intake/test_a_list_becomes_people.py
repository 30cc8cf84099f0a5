"""A facility's list of people: who is new, who is known, what changes, and how it is undone."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import CareRelation, Citizen, CitizenIdentifier, TwinCase
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, StagedRow
from portal.intake.services.states import handler_of
from portal.names import sort_key
from portal.places.models import Area, AreaSuccession, FormerArea, Organisation
from tests.intake.sending import NOW, confirm, counts, errors, found, send, visit, workbook

pytestmark = pytest.mark.usefixtures("lists")

PERSON: Mapping[str, Any] = {
    "MA_BN": "BN000123",
    "HO_TEN": "LÒ VĂN ÚN",
    "SO_CCCD": "011071000123",
    "NGAY_SINH": "15/08/1971",
    "GIOI_TINH": "Nam",
    "MA_DANTOC": "Thái",
    "MA_NGHE_NGHIEP": "22",
    "MA_QUOCTICH": "Việt Nam",
    "DIEN_THOAI": "0912345678",
    "DIA_CHI": "Bản Hồi, xã Mường Chà",
    "MAXA_CU_TRU": "03181",
    "MA_THE_BHYT": "HT2111234567890",
    "MA_DKBD": "11001",
    "GT_THE_TU": "01/01/2026",
    "GT_THE_DEN": "31/12/2026",
}


def person(**changed: Any) -> dict[str, Any]:
    return {**PERSON, **changed}


def a_list(*rows: Mapping[str, Any]) -> bytes:
    return workbook(rows, headings=list(PERSON), sheet="NguoiDan")


@pytest.fixture
def sent(data_officer: User, hospital: Organisation) -> Any:
    """Send a list of people for the hospital, and write its good rows when asked."""

    def _sent(*rows: Mapping[str, Any], write: bool = True, content: bytes = b"") -> Batch:
        batch = send(
            content or a_list(*rows),
            by=data_officer,
            organisation=hospital,
            kind="citizens",
            name="nguoi-dan.xlsx",
        )
        return confirm(batch, data_officer) if write and services.writable(batch) else batch

    return _sent


@pytest.fixture
def typed(station: Organisation, communes: list[Area]) -> Citizen:
    """Lò Văn Ún as the station of Mường Chà typed him, his number checked against his card."""
    citizen = Citizen.objects.create(
        name="Lò Văn Ún",
        name_sort=sort_key("Lò Văn Ún"),
        birth_date=date(1971, 8, 15),
        sex="male",
        phone="0987000111",
        area=communes[0],
        home_station=station,
        registered_at=station,
    )
    CitizenIdentifier.objects.create(
        citizen=citizen, kind="personal", value="011071000123", is_verified=True
    )
    return citizen


def changes(batch: Batch) -> dict[str, list[Any]]:
    row = StagedRow.objects.get(batch=batch, decision="changed")
    return {name: [old, new] for name, old, new in row.changes}


def undone(batch: Batch, by: User) -> Batch:
    services.ask_to_undo(actor=by, batch=batch, reason="Gửi nhầm tệp.")
    return services.undo_batch(batch.pk, at=NOW)


def test_a_row_becomes_a_person_with_numbers_place_and_care(
    sent: Any, hospital: Organisation, station: Organisation, communes: list[Area]
) -> None:
    batch = sent(person())
    assert found(batch) == []
    assert counts(batch) == {"new": 1}
    citizen = Citizen.objects.get()
    assert (citizen.name, citizen.birth_date, citizen.sex) == (
        "Lò Văn Ún",
        date(1971, 8, 15),
        "male",
    )
    assert (citizen.ethnic_group, citizen.occupation, citizen.nationality) == ("03", "22", "VN")
    assert (citizen.phone, citizen.area, citizen.home_station) == (
        "0912345678",
        communes[0],
        station,
    )
    assert (citizen.origin, citizen.registered_at) == ("file", hospital)
    numbers = citizen.identifiers.values_list("kind", "value", "valid_until", "is_verified")
    assert set(numbers) == {
        ("personal", "011071000123", None, False),
        ("insurance_card", "HT2111234567890", date(2026, 12, 31), False),
        ("insurance_number", "1234567890", None, False),
    }
    care = CareRelation.objects.values_list("organisation", "ground")
    assert list(care) == [(hospital.pk, "insurance")]
    history = apps.get_model("healthrecords", "CitizenHistory").objects.get()
    assert history.pgh_context.metadata["batch"] == str(batch.pk)


@pytest.mark.parametrize(
    "rows",
    [
        [person(), person(MA_BN="BN2", SO_CCCD="", MA_THE_BHYT="", NGAY_SINH="1958")],
        [person(MA_BN="", SO_CCCD="", MA_THE_BHYT="")],
        [person(MA_BN="", SO_CCCD="", MA_THE_BHYT="", NGAY_SINH="1958", MAXA_CU_TRU="")],
        [person(MA_BN="", NGAY_SINH="05/1958", MA_QUOCTICH="", DIA_CHI="")],
    ],
    ids=["by code", "by all that is said", "by row", "by number"],
)
def test_the_same_file_twice_changes_nothing(sent: Any, rows: list[dict[str, Any]]) -> None:
    content = a_list(*rows)
    sent(content=content)
    people = Citizen.objects.count()
    assert people == len(rows)
    history = apps.get_model("healthrecords", "CitizenHistory").objects.count()
    again = sent(content=content)
    assert counts(again) == {"unchanged": len(rows)}
    assert Citizen.objects.count() == people
    assert apps.get_model("healthrecords", "CitizenHistory").objects.count() == history


def test_a_corrected_list_updates_field_by_field_and_blanks_take_nothing_away(sent: Any) -> None:
    sent(person())
    mended = sent(
        person(NGAY_SINH="15/08/1972", DIEN_THOAI="", DIA_CHI="Bản Mới", MA_DANTOC="Mông"),
        write=False,
    )
    assert changes(mended) == {
        "NGAY_SINH": ["1971-08-15", "1972-08-15"],
        "DIA_CHI": ["Bản Hồi, xã Mường Chà", "Bản Mới"],
        "MA_DANTOC": ["Thái", "H'Mông"],
    }
    assert Citizen.objects.get().address == "Bản Hồi, xã Mường Chà"


def test_a_corrected_list_is_written_when_it_is_confirmed(sent: Any, data_officer: User) -> None:
    sent(person())
    sent(person(NGAY_SINH="15/08/1972", DIEN_THOAI="", GT_THE_DEN="31/12/2027"))
    citizen = Citizen.objects.get()
    assert (citizen.birth_date, citizen.phone) == (date(1972, 8, 15), "0912345678")
    assert citizen.identifiers.get(kind="insurance_card").valid_until == date(2027, 12, 31)
    assert counts(sent(person(NGAY_SINH="15/08/1972", GT_THE_DEN="31/12/2027"))) == {"unchanged": 1}


def test_what_a_station_typed_is_shown_before_it_changes_and_its_verified_number_stays(
    sent: Any, typed: Citizen, hospital: Organisation
) -> None:
    preview = sent(person(), write=False)
    shown = changes(preview)
    assert shown["DIEN_THOAI"] == ["0987000111", "0912345678"]
    assert shown["NguoiDan"] == [None, hospital.name]
    assert "HO_TEN" not in shown
    assert "SO_CCCD" not in shown
    typed.refresh_from_db()
    assert typed.phone == "0987000111"
    sent(person())
    other = sent(person(SO_CCCD="011071000999"), write=False)
    assert changes(other)["SO_CCCD"] == ["011071000123", "011071000999"]
    confirm(other, User.objects.get(username="hoa"))
    verified = typed.identifiers.get(value="011071000123")
    assert (verified.is_verified, verified.ended_on) == (True, None)
    assert not typed.identifiers.get(value="011071000999").is_verified
    assert counts(sent(person(SO_CCCD="011071000999"))) == {"unchanged": 1}


def test_a_name_without_marks_and_a_birth_known_less_well_change_nothing(
    sent: Any, typed: Citizen
) -> None:
    preview = sent(person(HO_TEN="LO VAN UN", NGAY_SINH="1971", GIOI_TINH="3"), write=False)
    assert changes(preview).keys() & {"HO_TEN", "NGAY_SINH", "GIOI_TINH"} == set()


def test_a_number_under_another_name_and_a_likeness_wait_for_a_person(
    client: Client, sent: Any, typed: Citizen, data_officer: User
) -> None:
    batch = sent(
        person(HO_TEN="Vừ A Dính"),
        person(MA_BN="BN2", SO_CCCD="", MA_THE_BHYT=""),
        write=False,
    )
    assert counts(batch) == {"doubtful": 2}
    grounds = StagedRow.objects.order_by("number").values_list("candidates", flat=True)
    assert [[c["ground"] for c in found] for found in grounds] == [["number"], ["likeness"]]
    first, second = StagedRow.objects.order_by("number")
    services.rule_on_rows(actor=data_officer, batch=batch, rows=[first.pk], subject_id=None, at=NOW)
    services.rule_on_rows(
        actor=data_officer, batch=batch, rows=[second.pk], subject_id=typed.pk, at=NOW
    )
    assert counts(batch) == {"new": 1, "changed": 1}
    confirm(batch, data_officer)
    assert Citizen.objects.count() == 2
    case = TwinCase.objects.get()
    assert (case.older, case.ground, case.answer) == (typed, "number", "")
    typed.refresh_from_db()
    assert typed.phone == "0912345678"


def test_the_senders_code_bears_a_corrected_name_but_not_another_person(sent: Any) -> None:
    plain = {"SO_CCCD": "", "MA_THE_BHYT": ""}
    sent(person(**plain))
    assert counts(sent(person(**plain, HO_TEN="Lò Văn Ứng"), write=False)) == {"changed": 1}
    other = sent(person(**plain, HO_TEN="Vừ A Dính", NGAY_SINH="01/01/1990"), write=False)
    assert counts(other) == {"doubtful": 1}
    assert StagedRow.objects.get(batch=other).candidates[0]["ground"] == "code"


def test_one_person_twice_in_a_list_is_taken_once_and_named(sent: Any) -> None:
    batch = sent(person(), person(), person(MA_BN="BN9"), person(MA_BN="BN5", SO_CCCD=""))
    assert [(cell, code) for cell, code, _severity in found(batch)] == [
        ("NguoiDan!B3", "row_repeated"),
        ("NguoiDan!C4", "person_twice"),
        ("NguoiDan!C5", "cell_blank"),
    ]
    assert counts(batch) == {"new": 2, "unchanged": 1, "wrong": 1}
    assert Citizen.objects.count() == 2


def test_two_rows_that_mean_one_known_person_do_not_overwrite_each_other(
    sent: Any, typed: Citizen
) -> None:
    CitizenIdentifier.objects.create(citizen=typed, kind="insurance_number", value="1234567890")
    batch = sent(
        person(MA_THE_BHYT=""), person(MA_BN="B2", SO_CCCD="", DIEN_THOAI="0900000000"), write=False
    )
    assert counts(batch) == {"changed": 1, "wrong": 1}
    assert ("NguoiDan!C3", "person_twice") in errors(batch)


def test_the_commune_of_before_july_2025_is_that_of_today(sent: Any, communes: list[Area]) -> None:
    former = FormerArea.objects.create(
        code="03190", name="Xã Sa Lông", district_code="097", district_name="H", province_code="11"
    )
    AreaSuccession.objects.create(former=former, area=communes[0], on=date(2025, 7, 1))
    sent(person(MAXA_CU_TRU="03190"))
    assert Citizen.objects.get().area == communes[0]
    batch = sent(person(MAXA_CU_TRU="99999"), write=False)
    assert [code for _cell, code, _s in found(batch)] == ["commune_unknown"]
    assert counts(batch) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"NGAY_SINH": "05/11/2027"}, "born_later"),
        ({"NGAY_SINH": "1895"}, "born_too_early"),
        ({"HO_TEN": "12345"}, "name_without_letters"),
        ({"NGAY_SINH": "30/02/1990"}, "no_such_day"),
    ],
)
def test_what_no_person_can_be_is_refused_at_its_cell(
    sent: Any, cells: dict[str, str], code: str
) -> None:
    batch = sent(person(**cells))
    assert [c for _cell, c in errors(batch)] == [code]
    assert not Citizen.objects.exists()


def test_an_unknown_place_of_registration_is_a_warning(sent: Any) -> None:
    batch = sent(person(MA_DKBD="99999", GT_THE_DEN="31/12/2025"))
    codes = {code for _cell, code, severity in found(batch) if severity == "warning"}
    assert codes == {"registered_place_unknown", "card_reversed"}
    assert CareRelation.objects.get().ground == "visit"


def test_undoing_withdraws_the_new_and_gives_back_what_changed(
    sent: Any, typed: Citizen, data_officer: User, hospital: Organisation
) -> None:
    batch = sent(
        person(),
        person(MA_BN="BN2", HO_TEN="Quàng Thị Hai", SO_CCCD="011190000002", MA_THE_BHYT=""),
    )
    typed.refresh_from_db()
    assert typed.phone == "0912345678"
    told = handler_of(batch).consequences()
    assert [count for _words, count in (*told.touched, *told.kept)] == [1, 1, 0]
    Citizen.objects.filter(pk=typed.pk).update(address="Bản Sửa Tay")  # set right at a desk since
    undone(batch, data_officer)
    typed.refresh_from_db()
    assert (typed.phone, typed.address, typed.withdrawn_at) == ("0987000111", "Bản Sửa Tay", None)
    assert not typed.identifiers.filter(batch_id=batch.pk, ended_on=None).exists()
    assert typed.identifiers.get(is_verified=True).ended_on is None
    tomorrow = timezone.localdate(NOW) + timedelta(days=1)
    assert not CareRelation.objects.holding(tomorrow).filter(organisation=hospital).exists()
    other = Citizen.objects.exclude(pk=typed.pk).get()
    assert other.withdrawn_at is not None


def test_a_list_sent_again_after_an_undo_brings_the_same_people_back(
    sent: Any, data_officer: User
) -> None:
    content = a_list(person())
    undone(sent(content=content), data_officer)
    gone = Citizen.objects.get()
    assert gone.withdrawn_at is not None
    again = sent(content=content)
    citizen = Citizen.objects.get()
    assert (citizen.pk, citizen.withdrawn_at) == (gone.pk, None)
    assert citizen.identifiers.filter(ended_on=None).count() == 3
    # The card says until when.
    assert CareRelation.objects.get().until == date(2026, 12, 31)
    undone(again, data_officer)
    citizen.refresh_from_db()
    assert citizen.withdrawn_at is not None


def test_a_later_list_stands_in_the_way_and_people_with_visits_stay(
    sent: Any, data_officer: User, hospital: Organisation
) -> None:
    first = sent(person())
    later = sent(person(DIEN_THOAI="0900000000"))
    StagedRow.objects.filter(batch=first).update(written_at=NOW.replace(hour=1))
    obstacles = handler_of(first).consequences().obstacles
    assert len(obstacles) == 1
    assert "nguoi-dan.xlsx" in str(obstacles[0])
    with pytest.raises(Exception, match=r"nguoi-dan\.xlsx"):
        services.ask_to_undo(actor=data_officer, batch=first, reason="x")
    undone(later, data_officer)
    assert Citizen.objects.get().phone == "0912345678"
    confirm(send(workbook([visit()]), by=data_officer, organisation=hospital), data_officer)
    undone(first, data_officer)
    citizen = Citizen.objects.get()
    assert citizen.withdrawn_at is None
    assert citizen.identifiers.filter(ended_on=None).exists()


def test_the_preview_says_old_and_new_and_only_the_senders_people_see_it(
    client: Client,
    sent: Any,
    typed: Citizen,
    data_officer: User,
    clerk: User,
    neighbour: User,
    stranger: User,
) -> None:
    batch = sent(person(), write=False)
    address = reverse("intake:batch", args=[batch.pk])
    client.force_login(data_officer)
    body = client.get(address).content.decode()
    assert "0987000111" in body
    assert "0912345678" in body
    for user in (clerk, neighbour, stranger):
        client.force_login(user)
        assert client.get(address).status_code == 404
