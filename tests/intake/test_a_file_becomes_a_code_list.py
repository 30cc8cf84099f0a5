"""An administrator sends a list's file: compared code by code, published whole, undone while unused."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from portal.accounts.models import User
from portal.codelists.lookup import code_on
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import Row
from portal.intake import services
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.services.states import handler_of
from portal.places.models import Organisation
from tests.intake.sending import NOW, confirm, counts, errors, found, send, workbook

NAMES = ("DANH_MUC", "HIEU_LUC_TU", "CAN_CU", "MA", "TEN", "DEN_NGAY", "TU_KHOA", "THUOC_TINH")


@pytest.fixture
def colours(db: None) -> CodeList:
    code_list = CodeList.objects.create(key="colours", title="Màu")
    publish_version(
        code_list=code_list,
        rows=[
            Row("01", "Đỏ", attributes={"warm": "1", "synonyms": "điều;son"}),
            Row("02", "Xanh"),
            Row("03", "Vàng"),
        ],
        edition=Edition(valid_from=date(2025, 1, 1), legal_basis="Thông tư cũ"),
    )
    return code_list


def code(number: str, title: str, **more: Any) -> dict[str, Any]:
    return {
        "DANH_MUC": "colours",
        "HIEU_LUC_TU": "01/07/2026",
        "CAN_CU": "Thông tư 06/2026/TT-BYT",
        "MA": number,
        "TEN": title,
        **more,
    }


RED = code("01", "Đỏ", TU_KHOA="điều;son", THUOC_TINH="warm=1")


@pytest.fixture
def sent(administrator: User, ministry: Organisation, colours: CodeList) -> Any:
    def _sent(*rows: Mapping[str, Any], write: bool = True) -> Batch:
        batch = send(
            workbook(rows, headings=NAMES, sheet="BangMa"),
            by=administrator,
            organisation=ministry,
            kind="codes",
            name="danh-muc.xlsx",
        )
        return confirm(batch, administrator) if write and services.writable(batch) else batch

    return _sent


def test_a_list_is_compared_code_by_code_and_published_whole(sent: Any, colours: CodeList) -> None:
    batch = sent(RED, code("02", "Xanh lá"), code("09", "Tím"), write=False)
    assert counts(batch) == {"new": 1, "changed": 2}
    said = {f.code: f.params["codes"] for f in Finding.objects.filter(batch=batch)}
    assert said == {"codes_new": "09", "codes_retitled": "02", "codes_gone": "03"}
    changes = StagedRow.objects.filter(batch=batch, decision="changed").order_by("number")
    assert [row.changes for row in changes] == [
        [["HIEU_LUC_TU", "2025-01-01", "2026-07-01"]],
        [["TEN", "Xanh", "Xanh lá"]],
    ]
    assert colours.versions.count() == 1
    confirm(batch, User.objects.get(username="quantri"))
    new = colours.versions.get(valid_from=date(2026, 7, 1))
    assert (new.legal_basis, new.origin) == ("Thông tư 06/2026/TT-BYT", "uploaded")
    assert colours.versions.get(valid_from=date(2025, 1, 1)).valid_until == date(2026, 6, 30)
    red = code_on("colours", "01", date(2026, 8, 1))
    assert red is not None
    assert red.attributes == {"warm": "1", "synonyms": "điều;son"}
    assert code_on("colours", "03", date(2026, 6, 30)) is not None
    assert code_on("colours", "03", date(2026, 7, 1)) is None


def test_the_same_file_twice_changes_nothing(sent: Any, colours: CodeList) -> None:
    rows = (RED, code("02", "Xanh lá"))
    sent(*rows)
    again = sent(*rows)
    assert counts(again) == {"unchanged": 2}
    assert errors(again) == []
    assert colours.versions.count() == 2


def test_codes_that_only_end_are_published_too(sent: Any, colours: CodeList) -> None:
    sent(RED, code("02", "Xanh"))
    assert Code.objects.of("colours", date(2026, 7, 1)).count() == 2
    assert Code.objects.of("colours", date(2026, 6, 30)).count() == 3


def test_one_wrong_row_keeps_the_whole_list_back(sent: Any, colours: CodeList) -> None:
    batch = sent(RED, code("02", ""), code("03", "Vàng"), code("03", "Vàng chanh"))
    assert counts(batch) == {"wrong": 4}
    assert {c for _cell, c in errors(batch)} == {"cell_blank", "key_twice", "list_incomplete"}
    assert colours.versions.count() == 1


def test_a_day_that_is_taken_and_two_days_in_one_list_are_refused(
    sent: Any, colours: CodeList
) -> None:
    taken = sent(code("01", "Đỏ", HIEU_LUC_TU="01/01/2025"))
    assert errors(taken) == [("BangMa!B2", "version_day_taken")]
    two = sent(RED, code("02", "Xanh", HIEU_LUC_TU="01/08/2026"))
    assert ("BangMa!B3", "version_of_two_days") in errors(two)
    assert CodeListVersion.objects.filter(code_list__key="colours").count() == 1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"DANH_MUC": "sounds"}, "list_unknown"),
        ({"DEN_NGAY": "30/06/2026"}, "period_reversed"),
        ({"THUOC_TINH": "ấm"}, "attribute_unreadable"),
    ],
)
def test_what_no_list_can_hold_is_refused_at_its_cell(
    sent: Any, cells: dict[str, str], expected: str
) -> None:
    batch = sent({**RED, **cells})
    assert expected in {c for _cell, c in errors(batch)}
    assert CodeListVersion.objects.filter(code_list__key="colours").count() == 1


def test_a_row_repeated_word_for_word_is_taken_once(sent: Any, colours: CodeList) -> None:
    batch = sent(RED, RED)
    assert [c for _cell, c, _s in found(batch)] == ["codes_gone", "row_repeated"]
    assert Code.objects.of("colours", date(2026, 7, 1)).count() == 1


def test_an_unused_version_is_undone_and_the_one_before_holds_on(
    sent: Any, colours: CodeList, administrator: User
) -> None:
    batch = sent(RED, code("02", "Xanh lá"))
    services.ask_to_undo(actor=administrator, batch=batch, reason="Sai danh mục.")
    services.undo_batch(batch.pk, at=NOW)
    version = colours.versions.get()
    assert (version.valid_from, version.valid_until) == (date(2025, 1, 1), None)
    assert counts(sent(RED, code("02", "Xanh lá"))) == {"changed": 2}
    assert colours.versions.count() == 2


def test_a_later_version_stands_in_the_way_of_an_undo(sent: Any, administrator: User) -> None:
    first = sent(RED)
    sent(code("01", "Đỏ tươi", HIEU_LUC_TU="01/09/2026"))
    obstacles = handler_of(first).consequences().obstacles
    assert len(obstacles) == 1
    assert "01/09/2026" in str(obstacles[0])


def test_a_full_list_of_diseases_comes_with_limits_that_can_be_read(
    sent: Any, colours: CodeList
) -> None:
    CodeList.objects.get_or_create(key="icd10", defaults={"title": "ICD-10"})
    loaded = Code.objects.filter(
        version__code_list__key="icd10", version__valid_from=date(2026, 7, 1)
    )
    wrong = code("O80", "Đẻ thường", DANH_MUC="icd10", THUOC_TINH="sex=Nữ | age_min_days=9 tuổi")
    batch = sent(wrong)
    assert [name for _cell, name in errors(batch)] == ["limit_unreadable"] * 2
    assert not loaded.exists()
    good = code("O80", "Đẻ thường", DANH_MUC="icd10", THUOC_TINH="sex=F | age_min_days=3287")
    sent(good)
    assert loaded.get().attributes == {"sex": "F", "age_min_days": "3287"}
