"""Today's areas are all there, old codes lead to them and back, names are found without marks."""

import csv
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from portal.database.context import acting
from portal.places.loader import LoadedAreas, load_areas
from portal.places.lookup import find_communes, former_codes, resolve_commune
from portal.places.models import Area, AreaSuccession, FormerArea

REFERENCE = Path(os.environ.get("REFERENCE_DIR") or "/nonexistent")
needs_reference = pytest.mark.skipif(
    not (REFERENCE / "communes_3321.csv").exists(), reason="needs REFERENCE_DIR (areas)"
)


def reference(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


@pytest.fixture(scope="module")
def areas(django_db_setup: None, django_db_blocker: Any) -> Iterator[LoadedAreas]:
    """Load once for this module, inside a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), acting(command="pytest"):
        begun = time.perf_counter()
        loaded = load_areas()
        print(f"\nbench load_areas_s {time.perf_counter() - begun:.1f} s")  # noqa: T201
        assert time.perf_counter() - begun < 10
        yield loaded
        transaction.set_rollback(True)


def test_all_provinces_and_communes_are_loaded_with_their_law(areas: LoadedAreas, db: None) -> None:
    assert Area.objects.provinces().count() == 34
    assert Area.objects.communes().count() == 3_321
    assert not Area.objects.exclude(legal_basis__contains="Quyết định 19/2025/QĐ-TTg").exists()
    assert not Area.objects.communes().exclude(legal_basis__contains="Nghị quyết").exists()


def test_a_second_loading_writes_nothing(areas: LoadedAreas, db: None) -> None:
    history = AreaSuccession._meta.apps.get_model("places", "AreaHistory").objects.count()
    assert load_areas().total == 0
    assert AreaSuccession._meta.apps.get_model("places", "AreaHistory").objects.count() == history


def test_a_renamed_area_is_set_right_and_keeps_its_key(areas: LoadedAreas, db: None) -> None:
    area = Area.objects.communes().get(code="03166")
    Area.objects.filter(pk=area.pk).update(name="Xã Tên Sai")
    assert load_areas().changed == 1
    assert Area.objects.get(pk=area.pk).name == "Xã Mường Chà"


def test_every_old_commune_became_something_and_every_new_one_was_something(
    areas: LoadedAreas, db: None
) -> None:
    assert not FormerArea.objects.filter(successions=None).exists()
    assert not Area.objects.communes().filter(successions=None).exists()


@needs_reference
def test_codes_equal_the_official_ones(areas: LoadedAreas, db: None) -> None:
    provinces = {row["code"] for row in reference("provinces_34.csv")}
    communes = {(row["code"], row["province_code"]) for row in reference("communes_3321.csv")}
    assert set(Area.objects.provinces().values_list("code", flat=True)) == provinces
    assert set(Area.objects.communes().values_list("code", "parent__code")) == communes


@needs_reference
def test_the_way_from_old_to_new_agrees_with_the_reference(areas: LoadedAreas, db: None) -> None:
    theirs = {
        row["old_code"]: set(row["new_codes"].split())
        for row in reference("commune_old_to_new.csv")
        if row["new_codes"]
    }
    ours: dict[str, set[str]] = {}
    for old, new in AreaSuccession.objects.values_list("former__code", "area__code"):
        ours.setdefault(old, set()).add(new)
    shared = theirs.keys() & ours.keys()
    differing = sorted(code for code in shared if theirs[code] != ours[code])
    agreement = 1 - len(differing) / len(shared)
    print(f"\nbench old_to_new_agreement {agreement:.4f} share of {len(shared)}")  # noqa: T201
    for code in differing:
        print(f"  {code}: ours {sorted(ours[code])}, reference {sorted(theirs[code])}")  # noqa: T201
    print(f"  only in the reference: {sorted(theirs.keys() - ours.keys())}")  # noqa: T201
    assert len(shared) >= 0.998 * len(theirs)
    assert agreement >= 0.995
    # Where the two differ, they never contradict each other: one knows a part more.
    assert all(theirs[code] & ours[code] for code in differing)


def test_an_old_code_leads_to_todays_commune_and_back(areas: LoadedAreas, db: None) -> None:
    (hong_ha,) = resolve_commune("00001")
    assert (hong_ha.code, hong_ha.name) == ("00097", "Phường Hồng Hà")
    assert "00001" in former_codes(hong_ha)
    assert resolve_commune("99999") == []


def test_a_split_commune_leads_to_all_its_parts(areas: LoadedAreas, db: None) -> None:
    assert [area.code for area in resolve_commune("00055")] == ["00004", "00070"]


def test_a_code_that_lives_on_is_read_by_its_day(areas: LoadedAreas, db: None) -> None:
    # 00070 was Phường Hàng Đào... and is Phường Hoàn Kiếm today; before, parts went elsewhere too.
    today = resolve_commune("00070")
    before = resolve_commune("00070", date(2025, 6, 30))
    assert [area.code for area in today] == ["00070"]
    assert {area.code for area in before} == {"00070", "00082"}


def test_an_island_district_without_communes_is_found(areas: LoadedAreas, db: None) -> None:
    (island,) = resolve_commune("318")
    assert island.name == "Đặc khu Bạch Long Vĩ"


@pytest.mark.parametrize(
    ("typed", "commune", "formerly"),
    [
        ("muong cha dien bien", "Xã Mường Chà", ""),
        ("Mường Chà, Điện Biên", "Xã Mường Chà", ""),
        ("xa muong cha", "Xã Mường Chà", ""),
        ("phuc xa ha noi", "Phường Hồng Hà", "Phường Phúc Xá"),
        ("con dao", "Đặc khu Côn Đảo", ""),
        ("03166", "Xã Mường Chà", ""),
        ("phuong 14 quan binh thanh", "Phường Bình Thạnh", "Phường 14"),
    ],
)
def test_a_commune_is_found_by_words_without_marks_and_by_its_old_name(
    areas: LoadedAreas, db: None, typed: str, commune: str, formerly: str
) -> None:
    first = find_communes(typed)[0]
    assert (first.area.name, first.formerly) == (commune, formerly)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("dran", "24934"),
        ("xa dran, lam dong", "24934"),
        ("D’Ran", "24934"),
        ("d'ran", "24934"),
        ("ea hleo", "24184"),
        ("mdrak", "24412"),
    ],
)
def test_an_apostrophe_inside_a_name_may_be_left_out(
    areas: LoadedAreas, db: None, typed: str, code: str
) -> None:
    assert find_communes(typed)[0].area.code == code


def test_nothing_typed_and_nonsense_find_nothing(areas: LoadedAreas, db: None) -> None:
    assert find_communes("  ") == []
    assert find_communes("qwrtpsdf") == []
