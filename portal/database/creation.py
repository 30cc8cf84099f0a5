"""Test databases are made and dropped by the owner; the suite itself runs as mach_app."""

from typing import Any

from django.db.backends.postgresql import creation
from typing_extensions import override


class DatabaseCreation(creation.DatabaseCreation):
    """Makes, clones and drops test databases as the owner."""

    connection: Any

    @override
    def create_test_db(self, *args: Any, **kwargs: Any) -> str:
        with self.connection.as_owner():
            name: str = super().create_test_db(*args, **kwargs)  # type: ignore[deprecated]
            return name

    @override
    def clone_test_db(self, *args: Any, **kwargs: Any) -> None:
        with self.connection.as_owner():
            super().clone_test_db(*args, **kwargs)

    @override
    def destroy_test_db(self, *args: Any, **kwargs: Any) -> None:
        with self.connection.as_owner():
            super().destroy_test_db(*args, **kwargs)
