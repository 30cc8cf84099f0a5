"""Empty the tables as the owner; mach_app may not truncate."""

from contextlib import nullcontext
from typing import Any

from django.core.management.commands import flush
from django.db import connections
from typing_extensions import override

from portal.database.base import DatabaseWrapper
from portal.database.context import acting


class Command(flush.Command):
    @override
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        assert isinstance(connection, DatabaseWrapper)  # noqa: S101  (the engine of the house)
        owner = connection.settings_dict.get("OWNER", {}).get("USER")
        already = connection.settings_dict["USER"] == owner
        with acting(command="flush"), nullcontext() if already else connection.as_owner():
            super().handle(**options)
