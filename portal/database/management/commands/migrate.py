"""Migrate as the owner, then set what mach_app may do."""

from contextlib import nullcontext
from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connections
from typing_extensions import override

from portal.database import privileges
from portal.database.base import DatabaseWrapper
from portal.database.context import acting
from portal.database.state_rendering import rendering_what_changed


class Command(migrate.Command):
    @override
    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        assert isinstance(connection, DatabaseWrapper)  # noqa: S101  (the engine of the house)
        owner = connection.settings_dict.get("OWNER", {}).get("USER")
        already = connection.settings_dict["USER"] == owner
        with acting(command="migrate"), nullcontext() if already else connection.as_owner():
            privileges.prepare(connection)
            with rendering_what_changed():
                result = super().handle(*args, **options)
            call_command("createcachetable", database=options["database"], verbosity=0)
            privileges.grant(connection)
        return result
