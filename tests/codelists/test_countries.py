"""A nationality is one country, however it was written."""

from datetime import date

import pytest

from portal.codelists.countries import country_on
from portal.codelists.loader import SHIPPED, shipped_versions
from portal.codelists.services import keep_list, publish_version
from portal.codelists.tables import read_table

ON = date(2026, 11, 5)


@pytest.fixture
def countries(db: None) -> None:
    shipped = next(v for v in shipped_versions(SHIPPED) if v.key == "nationalities")
    table = read_table(shipped.path.read_bytes(), shipped.path.name)
    code_list = keep_list(key=shipped.key, title=shipped.title)
    publish_version(code_list=code_list, rows=table.rows, edition=shipped.edition)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("VN", "VN"),
        ("vn", "VN"),
        ("000", "VN"),
        ("Việt Nam", "VN"),
        ("viet nam", "VN"),
        ("Úc", "AU"),
        ("Campuchia", "KH"),
        ("999", None),
        ("Sao Hỏa", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_code_police_code_and_names(
    countries: None, said: str, code: str | None
) -> None:
    found = country_on(said, ON)
    assert (found.code if found else None) == code


def test_without_the_list_nothing_is_known(db: None) -> None:
    assert country_on("VN", ON) is None
