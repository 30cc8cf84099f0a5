"""Where is the database, and as whom does this process log in?

Three ways, the first that fits:

- DATABASE_URL and DATABASE_OWNER_URL: both roles are given (production). An empty
  DATABASE_OWNER_URL means a process that serves and never migrates.
- DATABASE_URL alone names a role that may create roles and databases: mach_owner, mach_app and the
  database are made there. One state directory per server: it holds the passwords.
- neither: a PostgreSQL of our own under the state directory, for trial, development and tests.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config.cluster import roles, server
from config.cluster.errors import ClusterError
from config.state import passwords, state_directory
from config.wording import gettext as _

__all__ = ["ClusterError", "ConnectionSettings", "connection_settings", "wants_fast"]

NAME = "mach"
ROLES = (roles.OWNER, roles.APP)
IDENTITY = ("host", "port", "dbname", "user", "password")


@dataclass(frozen=True)
class ConnectionSettings:
    """What the settings need to know; `options` are further libpq words (sslmode ...)."""

    host: str
    port: int
    name: str
    app_user: str
    app_password: str
    owner_user: str = ""  # empty: this process does not know the owner's credentials
    owner_password: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def login(self, *, owner: bool = False) -> tuple[str, str]:
        """Return user and password of the serving or of the owning role."""
        if owner:
            return self.owner_user, self.owner_password
        return self.app_user, self.app_password

    def url(self, *, owner: bool = False) -> str:
        """Write the settings as the URL another process can be given."""
        user, password = self.login(owner=owner)
        words = dict(self.options) | ({"host": self.host} if "/" in self.host else {})
        place = "" if "/" in self.host else self.host
        return (
            f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{place}:{self.port}"
            f"/{quote(self.name, safe='')}{'?' + urlencode(words) if words else ''}"
        )


def is_set(variable: str) -> bool:
    """Say whether an environment variable is switched on."""
    return os.environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}


def wants_fast() -> bool:
    """Say whether this process runs tests, whose data may be lost in a power cut."""
    return is_set("MACH_FAST") or "PYTEST_VERSION" in os.environ


def parse(url: str, variable: str) -> dict[str, str]:
    """Split a database URL into libpq's words."""
    try:
        words = {key: str(value) for key, value in conninfo_to_dict(url).items() if value}
    except (psycopg.Error, ValueError) as error:
        raise ClusterError(
            _("%(variable)s is not a PostgreSQL address (postgresql://user:password@host/name).")
            % {"variable": variable}
        ) from error
    if not words.get("dbname"):
        raise ClusterError(_("%(variable)s does not name a database.") % {"variable": variable})
    return words


def given(app_url: str, owner_url: str) -> ConnectionSettings:
    """Take both roles from the environment as they are."""
    app = parse(app_url, "DATABASE_URL")
    owner = parse(owner_url, "DATABASE_OWNER_URL") if owner_url else {}
    return ConnectionSettings(
        app.get("host", ""),
        int(app.get("port", 5432)),
        app["dbname"],
        app.get("user", ""),
        app.get("password", ""),
        owner.get("user", ""),
        owner.get("password", ""),
        {key: value for key, value in app.items() if key not in IDENTITY},
    )


def prepared(target: roles.Target) -> ConnectionSettings:
    """Make sure of roles and database on a server where we may create them."""
    secrets = passwords(state_directory(), *ROLES)
    roles.prepare(target, secrets)
    return ConnectionSettings(
        target.server.get("host", ""),
        int(target.server.get("port", 5432)),
        target.name,
        roles.APP,
        secrets[roles.APP],
        roles.OWNER,
        secrets[roles.OWNER],
        {key: value for key, value in target.server.items() if key not in IDENTITY},
    )


def own_settings(*, fast: bool) -> ConnectionSettings:
    """Start our own PostgreSQL when it is not running, and return the way into it."""
    found = server.ensure(state_directory(), fast=fast)
    words = {
        "host": server.HOST,
        "port": str(found.port),
        "user": server.ADMIN,
        "password": found.admin_password,
    }
    return prepared(roles.Target(NAME, words))


def connection_settings() -> ConnectionSettings:
    """Return the way into the database of this process; see the module for the three ways."""
    url = os.environ.get("DATABASE_URL", "")
    if url and "DATABASE_OWNER_URL" in os.environ:
        return given(url, os.environ["DATABASE_OWNER_URL"])
    if url:
        words = parse(url, "DATABASE_URL")
        return prepared(roles.Target(words.pop("dbname"), words))
    if not (is_set("DEBUG") or is_set("MACH_DEMO") or wants_fast()):
        raise ClusterError(
            _(
                "DATABASE_URL is not set. In production give DATABASE_URL and DATABASE_OWNER_URL; "
                "for a trial set MACH_DEMO=1, and Mạch starts a PostgreSQL of its own."
            )
        )
    return own_settings(fast=wants_fast())
