"""(a) A list with ten rows asks the database no more often than a list with two."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts import services
from portal.accounts.models import User
from portal.accounts.roles import Role
from tests.conftest import SINCE, TODAY
from tests.walking.world import ROWS, World

MODELS = sorted((model._meta.label_lower for model in admin.site._registry), key=str)


@pytest.fixture
def everybody(world: World) -> User:
    """Holds every role at the root: no list is closed or empty for them."""
    user = User.objects.create_user("tat.ca", "mat-khau-kiem-thu", full_name="Người Đủ Quyền")
    for role in Role:
        services.give_role(
            actor=None,
            user=user,
            role=role,
            organisation=world.ministry,
            valid_from=SINCE,
            today=TODAY,
        )
    return user


@pytest.mark.parametrize("label", MODELS)
def test_the_queries_of_a_list_do_not_grow_with_its_rows(
    label: str, world: World, everybody: User
) -> None:
    assert label in ROWS, f"Write rows of {label} in tests/walking/rows."
    client = Client()
    client.force_login(everybody)
    page = reverse(f"admin:{label.replace('.', '_')}_changelist")
    list(ROWS[label](world, 2))
    assert client.get(page).status_code == 200  # content types and the like are read once
    few = _queries(client, page)
    list(ROWS[label](world, 8))
    many = _queries(client, page)
    assert len(many) == len(few), "\n".join(many)


@pytest.mark.parametrize("label", MODELS)
def test_the_queries_of_an_export_do_not_grow_with_its_rows(
    label: str, world: World, everybody: User
) -> None:
    client = Client()
    client.force_login(everybody)
    page = reverse(f"admin:{label.replace('.', '_')}_export") + "?tep=csv"
    list(ROWS[label](world, 2))
    _queries(client, page)
    few = _queries(client, page)
    list(ROWS[label](world, 8))
    many = _queries(client, page)
    assert len(many) == len(few), "\n".join(many)


def _queries(client: Client, page: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer: Any = client.get(page)
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answer.status_code == 200
    return [query["sql"] for query in captured.captured_queries]
