"""The pages of a kind say what its checks do, because they are made from them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.imports.kinds import VISITS
from portal.accounts.models import User
from portal.intake.declaration import kind_of, kinds
from portal.intake.findings_of_kinds import sayings_of
from portal.intake.kind_views import rules_of
from portal.intake.refusals import REFUSALS
from tests.intake.test_wrong_cells_are_named import WARNED, WRONG

pytestmark = pytest.mark.usefixtures("lists")


def test_whatever_a_check_was_seen_to_say_is_documented() -> None:
    documented = {saying.code for saying in sayings_of(VISITS)}
    assert {code for _name, _value, code in (*WRONG, *WARNED)} <= documented


def test_every_saying_has_its_own_words_and_its_remedy() -> None:
    for kind in kinds():
        sayings = sayings_of(kind)
        assert len(sayings) > 20
        for saying in sayings:
            why, _remedy = saying.words
            assert "%(" not in "".join(saying.words), saying
            assert re.search(r"[.”?]$", why), saying
    by_code = {}
    for saying in sayings_of(VISITS):
        by_code.setdefault(saying.code, []).append(saying)
    assert len(by_code["personal_number_province"]) == 1
    assert {s.words[1] for s in by_code["icd_unknown"]} != {""}
    assert len(by_code["icd_unknown"]) == 2


def test_a_saying_about_a_column_that_a_kind_has_not_is_not_its_own() -> None:
    facilities = {saying.code for saying in sayings_of(kind_of("facilities"))}
    assert "code_two_names" in facilities
    assert "blood_pressure_reversed" not in facilities


@pytest.mark.parametrize("kind", [kind.id for kind in kinds()])
def test_the_page_of_a_kind_is_open_to_everybody_inside_and_tells_all(
    client: Client, clerk: User, kind: str
) -> None:
    address = reverse("intake:columns", args=[kind])
    assert client.get(address).status_code == 302
    client.force_login(clerk)
    assert address in client.get(reverse("intake:kinds")).content.decode()
    body = client.get(address).content.decode()
    declared = kind_of(kind)
    assert f"import_file TEP{declared.suffixes[0]} --kind {kind}" in body
    for code in (*REFUSALS, *(saying.code for saying in sayings_of(declared))):
        assert f"<code>{code}</code>" in body


def test_a_column_links_to_its_list_with_the_law(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    body = client.get(reverse("intake:columns", args=["visits"])).content.decode()
    address = reverse("intake:codes", args=["treatment_outcomes"])
    assert f'href="{address}"' in body
    listed = client.get(address).content.decode()
    assert "Tử vong" in listed
    assert "130/QĐ-BYT" in listed
    found = client.get(reverse("intake:codes", args=["icd10"]), {"q": "tang huyet ap"})
    assert "<code>I10</code>" in found.content.decode()
    assert client.get(reverse("intake:codes", args=["station_medicines"])).status_code == 404
    assert client.get(reverse("intake:codes", args=["no-such-list"])).status_code == 404


def test_the_rules_of_a_column_are_said_in_words() -> None:
    said = {column.name: " ".join(rules_of(column)) for column in VISITS.main.columns}
    assert "9" in said["SO_CCCD"]
    assert "12" in said["SO_CCCD"]
    assert "NGAY_RA" in said["MA_BENH_CHINH"]
    assert said["LY_DO_VV"] == ""
