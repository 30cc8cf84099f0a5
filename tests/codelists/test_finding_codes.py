"""A clerk finds a code by its number, its beginning, or words without marks, fast."""

import statistics
import time
from datetime import date
from typing import Any

import pytest

from portal.codelists.icd import icd_code, icd_structure
from portal.codelists.lookup import find_codes, lists_held, lists_on, titles_on
from portal.codelists.models import Code
from portal.codelists.sensitivity import sensitivity_of

TODAY = date(2026, 11, 5)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("I10", "I10"),
        ("j069", "J06.9"),
        ("J06.9", "J06.9"),
        ("j06", "J06"),
        ("tang huyet ap", "I10"),
        ("huyết áp tăng", "I10"),
        ("viem hong cap", "J02"),
        ("sot xuat h", "A97"),
        ("đau đầu", "R51"),
        ("dau dau", "R51"),
        ("hắc lào", "B35"),
        ("viem hogn", "J02"),
    ],
)
def test_what_a_clerk_types_finds_the_code_first(
    shipped_lists: None, typed: str, first: str
) -> None:
    assert find_codes("icd10", typed, on=TODAY)[0].code == first


def test_the_whole_code_comes_before_its_subdivisions(shipped_lists: None) -> None:
    codes = [entry.code for entry in find_codes("icd10", "J0", on=TODAY, limit=50)]
    assert codes == sorted(codes, key=lambda code: (len(code), code))
    assert all(code.startswith("J0") for code in codes)


def test_nonsense_finds_nothing_and_empty_text_asks_nothing(shipped_lists: None) -> None:
    assert find_codes("icd10", "qwrtpsdf", on=TODAY) == []
    assert find_codes("icd10", "  ", on=TODAY) == []
    assert find_codes("no-such-list", "ho", on=TODAY) == []


def test_before_the_list_held_nothing_is_found(shipped_lists: None) -> None:
    assert find_codes("icd10", "I10", on=date(2019, 1, 1)) == []


def test_within_one_deed_several_lists_are_asked_for_once(
    shipped_lists: None, django_assert_num_queries: Any
) -> None:
    keys = ("professional_titles", "staff_positions", "no-such-list")
    apart = lists_on(keys, TODAY)
    assert apart["professional_titles"]
    with lists_held(), django_assert_num_queries(1):
        assert titles_on("staff_positions", TODAY)
        assert lists_on(keys, TODAY) == apart
        assert lists_on(keys, date(2019, 1, 1)) == {key: [] for key in keys}


def test_a_search_takes_less_than_twenty_milliseconds_of_the_processor(shipped_lists: None) -> None:
    """By the clock it is a figure of the bench (``find_codes_ms``)."""
    find_codes("icd10", "I10", on=TODAY)
    times = []
    for typed in ("I1", "tang huyet ap", "viem", "sot xuat", "dau dau", "ho", "viem hogn") * 5:
        begun = time.process_time()
        find_codes("icd10", typed, on=TODAY)
        times.append((time.process_time() - begun) * 1000)
    assert statistics.median(times) < 20


def test_every_shipped_icd_code_is_known_by_structure(shipped_lists: None) -> None:
    codes = Code.objects.of("icd10", TODAY).values_list("code", flat=True)
    unknown = [code for code in codes if icd_structure(code) is None]
    # Codes that WHO added or Vietnam uses after the 2019 edition stand in the list alone.
    assert unknown == [] or all(code.startswith(("A92", "A97", "U0")) for code in unknown)


@pytest.mark.parametrize(
    ("text", "code"),
    [("i10", "I10"), ("J069", "J06.9"), ("A18.0†", "A18.0"), (" m49.0* ", "M49.0")],
)
def test_a_code_is_written_one_way(text: str, code: str) -> None:
    assert icd_code(text) == code


@pytest.mark.parametrize("text", ["A00", "Z99.9", "a009", "S72.00", "M49.0*"])
def test_a_code_outside_our_list_is_known_by_structure(text: str) -> None:
    assert icd_structure(text) is not None


@pytest.mark.parametrize("text", ["", "A", "A0", "ZZ9", "A00-A09", "I", "X99.99.9", "B99.77"])
def test_what_is_no_code_is_not_known(text: str) -> None:
    assert icd_structure(text) is None


@pytest.mark.parametrize(
    ("codes", "tables", "expected"),
    [
        (["B20"], [], "hiv"),
        (["B24.0"], [], "hiv"),
        (["Z21"], [], "hiv"),
        (["A15.3"], [], "tb"),
        (["F32"], [], "mental"),
        (["o049"], [], "reproductive"),
        (["A54.0"], [], "reproductive"),
        (["A15", "B20"], [], "hiv"),
        (["I10", "J06.9"], [], ""),
        (["O80"], [], ""),
        ([], ["XML6"], "hiv"),
        ([], ["xml15"], "tb"),
        ([], ["XML1", "XML2"], ""),
        ([""], [], ""),
    ],
)
def test_codes_and_tables_give_their_class(
    shipped_lists: None, codes: list[str], tables: list[str], expected: str
) -> None:
    assert sensitivity_of(codes, tables, on=TODAY) == expected


def test_a_row_older_than_the_rules_is_protected_too(shipped_lists: None) -> None:
    assert sensitivity_of(["B20"], on=date(2000, 1, 1)) == "hiv"
