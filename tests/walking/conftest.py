"""The world of the walking tests, and whatever the apps put into it."""

import importlib
import pkgutil
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from portal.accounts.models import User
from portal.places.models import Organisation
from tests.walking import rows
from tests.walking.world import World, fill, make_world

for _module in pkgutil.iter_modules(rows.__path__):
    importlib.import_module(f"{rows.__name__}.{_module.name}")


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def bare_world(
    ministry: Organisation, department: Organisation, station: Organisation, hospital: Organisation
) -> World:
    return make_world(ministry, department, station, hospital)


@pytest.fixture
def world(bare_world: World) -> World:
    return fill(bare_world)


class Walker:
    """One person's browser; what a request writes is undone."""

    def __init__(self, who: str, user: User | None) -> None:
        self.who = who
        self.client = Client(raise_request_exception=False)
        if user is not None:
            self.client.force_login(user)
        self.cookies = deepcopy(self.client.cookies)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        self.client.cookies = deepcopy(self.cookies)  # whoever logged out is here again
        with transaction.atomic():
            answer = getattr(self.client, method.lower())(path, **options)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            answer.raw = body
            answer.body = body.decode(errors="replace")
            transaction.set_rollback(True)
        return answer


@pytest.fixture
def walker(world: World) -> Callable[[str], Walker]:
    return lambda role: Walker(role, world.users.get(role))
