"""Where the database is: from the environment."""

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach the database in each of its two roles."""

    host: str
    port: int
    name: str
    app_user: str
    app_password: str
    owner_user: str
    owner_password: str


def connection_settings() -> ConnectionSettings:
    """Read both roles from the environment."""
    app, owner = urlsplit(os.environ["DATABASE_URL"]), urlsplit(os.environ["DATABASE_OWNER_URL"])
    return ConnectionSettings(
        host=app.hostname or "",
        port=app.port or 5432,
        name=app.path.lstrip("/"),
        app_user=unquote(app.username or ""),
        app_password=unquote(app.password or ""),
        owner_user=unquote(owner.username or ""),
        owner_password=unquote(owner.password or ""),
    )
