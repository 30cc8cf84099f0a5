"""Two rows of one practitioner in a real browser: asked for by one official, joined and parted by another."""

from typing import Any

import pytest

from portal.accounts.roles import Role
from practitioners.models import DiscrepancyCase, Practitioner, PractitionerJoining
from tests.conftest import make_user
from tests.practitioners.joining.rows import case_of, full_person
from tests.practitioners.law import load_law

Pair = tuple[Practitioner, Practitioner]


@pytest.fixture
def colleague(department: Any) -> Any:
    return make_user("khoi", "Trần Minh Khôi", Role.LICENSING_OFFICER, department)


@pytest.fixture
def pair(hospital: Any, station: Any, department: Any, licensing_officer: Any) -> Pair:
    """Lò Văn Thoan of the hospital, and of the station, each with a licence."""
    load_law()
    return (
        full_person("Lò Văn Thoan", hospital, licensing_officer, department, 1),
        full_person("Lò Văn Thoan", station, licensing_officer, department, 2),
    )


@pytest.fixture
def case(pair: Pair, department: Any, licensing_officer: Any) -> DiscrepancyCase:
    return case_of(*pair, department, licensing_officer)


def test_one_official_asks_another_joins_and_both_part_the_two_rows_again(
    visit: Any,
    axe: Any,
    pair: Pair,
    case: DiscrepancyCase,
    licensing_officer: Any,
    colleague: Any,
) -> None:
    first = visit(f"/vu-viec/{case.pk}/", licensing_officer)
    first.locator(f"a[href$='{case.pk}/gop/']").click()
    assert axe(first) == []
    # What is in the way is said before anything is written: no licence was chosen yet.
    first.locator("#id_reason").fill("Một người, hai dòng trong sổ.")
    first.locator("input[name=take_phone][value='1']").check()
    first.locator("button[name=_ask]").click()
    assert first.locator(".errornote").count() == 1
    assert first.locator("#id_reason").input_value() == "Một người, hai dòng trong sổ."
    assert first.locator("input[name=take_phone][value='1']").is_checked()
    first.locator("input[name^=choice_practitioners_practicelicense][value=survivor]").check()
    first.locator("button[name=_ask]").click()
    row = PractitionerJoining.objects.get()
    assert row.state == "asked"
    assert first.locator("button[name=_carry_out]").count() == 0
    assert axe(first) == []
    second = visit("/", colleague)
    second.locator(f"a[href$='{case.pk}/gop/']").first.click()
    assert axe(second) == []
    second.locator("button[name=_carry_out]").click()
    assert second.locator("ul.messagelist").count() == 1
    assert Practitioner.objects.get(pk=pair[1].pk).replaced_by == pair[0]
    assert axe(second) == []
    second.locator("#id_reason").fill("Hai người khác nhau.")
    second.locator("button[name=_ask_to_part]").click()
    assert second.locator("button[name=_part]").count() == 0
    # The first official parts them, without scripts.
    plain = visit(f"/vu-viec/{case.pk}/gop/", licensing_officer, scripts=False)
    plain.locator("button[name=_part]").click()
    row.refresh_from_db()
    assert row.state == "parted"
    assert Practitioner.objects.get(pk=pair[1].pk).replaced_by is None


@pytest.mark.parametrize("width", [1366, 1024, 390, 320])
def test_the_page_of_two_rows_never_scrolls_sideways(
    visit: Any, sideways: Any, case: DiscrepancyCase, licensing_officer: Any, width: int
) -> None:
    assert sideways(visit(f"/vu-viec/{case.pk}/gop/", licensing_officer, width=width)) <= 0
