"""The world of the walking tests, and whatever the apps put into it."""

import importlib
import pkgutil
from collections.abc import Iterator
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

    def __init__(self, user: User | None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            with transaction.atomic():
                answer = getattr(self.client, method.lower())(path, **options)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                raise _Undo(answer, body)
        except _Undo as done:
            done.answer.body = done.body.decode(errors="replace")
            return done.answer


class _Undo(Exception):  # noqa: N818
    def __init__(self, answer: Any, body: bytes) -> None:
        self.answer, self.body = answer, body


@pytest.fixture
def walker(world: World) -> Iterator[Any]:
    yield lambda role: Walker(world.users.get(role))
