"""The declaration of a kind makes its template, its page and its checks, and they agree."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from facilities.apps import FacilitiesConfig
from healthrecords.imports.kinds import VISITS
from portal.accounts.models import User
from portal.intake.declaration import Column, Kind, Table, kinds, register
from portal.intake.handler import Handler
from portal.intake.templates_of_kinds import template_of
from portal.places.models import Organisation
from tests.intake.sending import NOW, counts, found, send

pytestmark = pytest.mark.usefixtures("lists")


def test_a_filled_in_template_is_read_without_a_word(
    data_officer: User, hospital: Organisation
) -> None:
    book = load_workbook(io.BytesIO(template_of(VISITS, on=NOW.date())))
    page = book["KhamBenh"]
    examples = {column.label: column.example for column in VISITS.main.columns}
    examples |= {"Nơi đăng ký ban đầu": None}
    for place, cell in enumerate(page[1], start=1):
        page.cell(row=2, column=place, value=examples[cell.value] or None)
    file = io.BytesIO()
    book.save(file)
    batch = send(file.getvalue(), by=data_officer, organisation=hospital)
    assert found(batch) == []
    assert counts(batch) == {"new": 1}
    assert batch.notes == []


def test_the_template_keeps_numbers_as_text_and_offers_the_lists(lists: None) -> None:
    page = load_workbook(io.BytesIO(template_of(VISITS, on=NOW.date())))["KhamBenh"]
    formats = {cell.value: page.column_dimensions[cell.column_letter] for cell in page[1]}
    assert formats["Số định danh"].number_format == "@"
    offered = {str(rule.sqref) for rule in page.data_validations.dataValidation}
    sex = next(cell.column_letter for cell in page[1] if cell.value == "Giới tính")
    assert any(area.startswith(f"{sex}2") for area in offered)


@pytest.mark.parametrize("kind", [kind.id for kind in kinds()])
def test_every_kind_has_a_page_that_names_its_columns(
    client: Client, data_officer: User, kind: str
) -> None:
    assert FacilitiesConfig.name  # its kind is registered as well
    client.force_login(data_officer)
    body = client.get(reverse("intake:columns", args=[kind])).content.decode()
    declared = next(k for k in kinds() if k.id == kind)
    for table in declared.tables:
        for column in table.columns:
            assert f"<code>{column.name}</code>" in body


def test_two_columns_with_one_heading_are_a_mistake_of_the_declaration() -> None:
    table = Table(
        name="X",
        title="X",
        columns=(Column(name="HO_TEN", label="Họ tên"), Column(name="TEN", label="ho ten")),
    )
    clash = Kind(id="clash", title="X", tables=(table,), key=("TEN",), handler=Handler)
    with pytest.raises(ValueError, match="share a heading"):
        register(clash)
    assert "clash" not in {kind.id for kind in kinds()}
