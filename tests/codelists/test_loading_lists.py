"""Lists are loaded as shipped, replaced by dated versions, and nothing that held is lost."""

from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from portal.codelists.loader import SHIPPED, load_lists, shipped_versions
from portal.codelists.lookup import code_on, codes_on, version_on
from portal.codelists.models import Code, CodeList, CodeListVersion
from portal.codelists.services import Edition, compare, publish_version
from portal.codelists.tables import Row, read_table

CATALOGUE = """
[[lists]]
id = "colours"
title_en = "Colours"
title_vi = "Màu"
standard = "Mạch"
legal_basis = ""
valid_from = 2025-01-01
source = "made up"
verified = true
file = "colours.csv"
"""
COLOURS = (
    "code,title,parent,valid_from,valid_until\n1,Đỏ,,,\n2,Xanh,,2026-07-01,\n3,Vàng,,,2025-12-31\n"
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "lists.toml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "colours.csv").write_text(COLOURS, encoding="utf-8")
    return tmp_path


def test_every_shipped_list_is_loaded_and_a_second_run_changes_nothing(shipped_lists: None) -> None:
    shipped = list(shipped_versions())
    assert CodeListVersion.objects.count() == len(shipped) >= 25
    assert CodeList.objects.get(key="icd10").versions.get().codes.count() >= 400
    codes = set(Code.objects.values_list("pk", flat=True))
    again = load_lists()
    assert (again.new, again.mended, again.unchanged) == (0, 0, len(shipped))
    assert set(Code.objects.values_list("pk", flat=True)) == codes


def test_a_code_holds_only_in_its_own_days(db: None, directory: Path) -> None:
    load_lists(directory)
    spring, autumn = date(2025, 5, 1), date(2026, 9, 1)
    assert [entry.code for entry in codes_on("colours", spring)] == ["1", "3"]
    assert [entry.code for entry in codes_on("colours", autumn)] == ["1", "2"]
    assert list(Code.objects.of("colours", spring).values_list("code", flat=True)) == ["1", "3"]
    assert code_on("colours", "1", date(2024, 12, 31)) is None


def test_a_corrected_file_mends_its_version_and_keeps_its_key(db: None, directory: Path) -> None:
    load_lists(directory)
    version = version_on("colours", date(2025, 5, 1))
    (directory / "colours.csv").write_text(COLOURS.replace("Đỏ", "Đỏ tươi"), encoding="utf-8")
    assert load_lists(directory).mended == 1
    assert version_on("colours", date(2025, 5, 1)) == version
    found = code_on("colours", "1", date(2025, 5, 1))
    assert found is not None
    assert found.title == "Đỏ tươi"


def test_a_file_with_a_wrong_row_is_refused_and_changes_nothing(db: None, directory: Path) -> None:
    (directory / "colours.csv").write_text(COLOURS + "1,Đỏ nữa,,,\n", encoding="utf-8")
    with pytest.raises(ValidationError) as refused:
        load_lists(directory)
    assert refused.value.code == "code_twice"
    assert not CodeList.objects.exists()


def edition(day: date) -> Edition:
    return Edition(valid_from=day, legal_basis="Thông tư thử nghiệm")


def test_a_new_version_ends_the_one_before_the_day_before(db: None, directory: Path) -> None:
    load_lists(directory)
    colours = CodeList.objects.get(key="colours")
    rows = [Row("1", "Đỏ"), Row("2", "Xanh lá"), Row("9", "Tím")]
    difference = compare(code_list=colours, rows=rows, on=date(2026, 7, 1))
    assert (difference.new, difference.changed, difference.gone) == (("9",), ("2",), ("3",))
    publish_version(code_list=colours, rows=rows, edition=edition(date(2026, 7, 1)))
    old, new = colours.versions.order_by("valid_from")
    assert old.valid_until == date(2026, 6, 30)
    assert new.valid_until is None
    assert old.codes.count() == new.codes.count() == 3
    assert code_on("colours", "3", date(2025, 5, 1)) is not None


def test_a_version_between_two_others_ends_where_the_later_one_begins(
    db: None, directory: Path
) -> None:
    load_lists(directory)
    colours = CodeList.objects.get(key="colours")
    publish_version(code_list=colours, rows=[Row("1", "Đỏ")], edition=edition(date(2027, 1, 1)))
    middle = publish_version(
        code_list=colours, rows=[Row("1", "Đỏ")], edition=edition(date(2026, 1, 1))
    )
    assert middle.valid_until == date(2026, 12, 31)


def test_two_versions_of_one_day_are_refused(db: None, directory: Path) -> None:
    load_lists(directory)
    colours = CodeList.objects.get(key="colours")
    with pytest.raises(ValidationError) as refused:
        publish_version(code_list=colours, rows=[Row("1", "Đỏ")], edition=edition(date(2025, 1, 1)))
    assert refused.value.code == "version_day_taken"
    assert colours.versions.get().codes.count() == 3


def test_the_loader_never_touches_an_uploaded_version(db: None, directory: Path) -> None:
    colours = CodeList.objects.create(key="colours", title="Màu")
    publish_version(code_list=colours, rows=[Row("7", "Nâu")], edition=edition(date(2025, 1, 1)))
    assert load_lists(directory).unchanged == 1
    assert [code.code for code in Code.objects.all()] == ["7"]


@pytest.mark.parametrize(
    ("text", "row", "column", "code"),
    [
        ("ma,ten\n,Đỏ\n", 2, "code", "code_missing"),
        ("ma,ten\n1,\n", 2, "title", "title_missing"),
        ("ma,ten\n1,Đỏ\n1,Đỏ\n", 3, "code", "code_twice"),
        ("Mã;Tên;Từ ngày\n1;Đỏ;31/02/2026\n", 2, "valid_from", "day_unreadable"),
        ("ten\nĐỏ\n", 1, "", "column_missing"),
        ("", 0, "", "file_unreadable"),
        ("ma,ten\n", 0, "", "file_unreadable"),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_column(
    text: str, row: int, column: str, code: str
) -> None:
    problem = read_table(text.encode(), "danh-muc.csv").problems[0]
    assert (problem.row, problem.code) == (row, code)
    assert not column or problem.column == column
    assert str(problem.message).endswith(".")


def test_a_file_that_is_not_utf8_is_explained() -> None:
    problem = read_table("mã,tên\n1,Đỏ\n".encode("utf-16"), "danh-muc.csv").problems[0]
    assert problem.code == "file_unreadable"
    assert read_table(b"PK\x03\x04 broken", "danh-muc.xlsx").problems[0].code == "file_unreadable"


def test_the_shipped_directory_is_whole() -> None:
    copied = {version.path.name for version in shipped_versions()}
    assert copied == {path.name for path in SHIPPED.glob("*.csv")}
