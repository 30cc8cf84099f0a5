"""The declaration of a kind makes its template, its page and its checks, and they agree."""

import pytest
from django.test import Client
from django.urls import reverse

from facilities.apps import FacilitiesConfig
from portal.accounts.models import User
from portal.intake.declaration import Column, Kind, Table, kinds, register
from portal.intake.handler import Handler

pytestmark = pytest.mark.usefixtures("lists")


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
