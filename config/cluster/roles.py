"""Do the two database roles and the database exist, and do our passwords open them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.cluster.binaries import OLDEST
from config.cluster.errors import ClusterError
from config.wording import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]

OWNER = "mach_owner"  # owns the tables and migrates; creates test databases
APP = "mach_app"  # serves web and worker, owns nothing
PREPARING = 7_006_041  # the advisory lock of whoever prepares roles: any constant number
CHARACTER_TYPES = ("C.utf8", "C.UTF-8", "en_US.utf8", "en_US.UTF-8")


@dataclass(frozen=True)
class Target:
    """The database to prepare: how its server is reached, and its name."""

    name: str
    server: Mapping[str, str]  # libpq's words, of a role that may create roles and databases


def opens(target: Target, role: str, password: str) -> bool:
    """Say whether this role gets into the database with this password."""
    words = {**target.server, "user": role, "password": password, "dbname": target.name}
    try:
        psycopg.connect(make_conninfo(**words), connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def prepare(target: Target, passwords: Mapping[str, str]) -> None:
    """Create the roles and the database where they are missing; costs two logins when all stands."""
    if all(opens(target, role, passwords[role]) for role in (OWNER, APP)):
        return
    with connect(target) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
        set_role(connection, OWNER, passwords[OWNER], may="CREATEDB")
        set_role(connection, APP, passwords[APP], may="NOCREATEDB")
        make_database(connection, target.name)


def connect(target: Target) -> Connection:
    """Log in as the role that prepares; the database itself may not exist yet."""
    problem: psycopg.Error | None = None
    for name in ("postgres", target.name, "template1"):
        try:
            words = make_conninfo(**{**target.server, "dbname": name})
            connection = psycopg.connect(words, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            problem = problem or error
            continue
        if connection.info.server_version < OLDEST * 10_000:
            connection.close()
            raise ClusterError(
                _("The PostgreSQL server is older than %(oldest)s. Use a newer one.")
                % {"oldest": OLDEST}
            )
        return connection
    raise ClusterError(
        _("The PostgreSQL server of DATABASE_URL cannot be reached: %(reason)s")
        % {"reason": str(problem).strip()}
    )


def set_role(connection: Connection, role: str, password: str, *, may: str) -> None:
    """Create the role or give it the password we hold."""
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "CREATE" if found is None else "ALTER"
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(role), sql.SQL(may), sql.Literal(password)
        )
    )


def make_database(connection: Connection, name: str) -> None:
    """Create the database for its owner, or hand an existing one over to it."""
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if row and row[0] == OWNER:
        return
    # Who is no superuser must belong to a role before giving it a database.
    member = connection.execute("SELECT pg_has_role(%s, 'MEMBER')", [OWNER]).fetchone()
    superuser = connection.info.parameter_status("is_superuser") == "on"
    if not superuser and not (member and member[0]):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    words = {"name": sql.Identifier(name), "owner": sql.Identifier(OWNER)}
    if row:
        connection.execute(sql.SQL("ALTER DATABASE {name} OWNER TO {owner}").format(**words))
        return
    connection.execute(
        sql.SQL(
            "CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 "
            "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE {ctype}"
        ).format(**words, ctype=sql.Literal(character_type(connection)))
    )


def character_type(connection: Connection) -> str:
    """Choose a character type that knows Unicode letters and that this server has."""
    rows = connection.execute(
        "SELECT collctype FROM pg_collation WHERE collprovider = 'c' AND collname = ANY(%s)",
        [list(CHARACTER_TYPES)],
    ).fetchall()
    known = {row[0] for row in rows}
    return next((name for name in CHARACTER_TYPES if name in known), "C")
