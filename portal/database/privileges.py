"""What mach_app may do to each table: too closed when forgotten, never too open."""

from django.apps import apps
from django.conf import settings
from django.db import models

from portal.database.base import DatabaseWrapper

APP_ROLE = "mach_app"
FUNCTION_ALWAYS_WRITES_HISTORY = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name)
RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


def append_only(model: type[models.Model]) -> bool:
    """Say whether rows of ``model`` are written once and never again (history, logs, seals)."""
    return bool(getattr(model, "append_only", False)) or model._meta.label == "pghistory.Context"


def app_role() -> str:
    """Return the role that serves."""
    return str(settings.DATABASES["default"]["USER"])


def prepare(connection: DatabaseWrapper) -> None:
    """Give mach_app SELECT and INSERT on whatever the owner is about to create."""
    role = connection.ops.quote_name(app_role())
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        # A database brought up from before PostgreSQL 15 lets everybody create things there.
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for objects, rights in (("TABLES", "SELECT, INSERT"), ("SEQUENCES", "USAGE")):
            cursor.execute(
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {objects} TO {role}"
            )


def grant(connection: DatabaseWrapper) -> None:
    """Set the rights of every table, then take away the switch that silences history."""
    role = connection.ops.quote_name(app_role())
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in tables or model._meta.proxy:
                continue
            rights = "SELECT, INSERT" + ("" if append_only(model) else ", UPDATE, DELETE")
            name = connection.ops.quote_name(table)
            cursor.execute(f"REVOKE ALL ON {name} FROM {role}")
            cursor.execute(f"GRANT {rights} ON {name} TO {role}")
        for cache in settings.CACHES.values():
            if cache.get("LOCATION") in tables:
                name = connection.ops.quote_name(str(cache["LOCATION"]))
                cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role}")
        cursor.execute(f"REVOKE ALL ON django_migrations FROM {role}")
        cursor.execute(f"GRANT SELECT ON django_migrations TO {role}")
        cursor.execute(
            "SELECT 1 FROM pg_catalog.pg_proc WHERE proname = '_pgtrigger_should_ignore'"
        )
        if cursor.fetchone():
            cursor.execute(FUNCTION_ALWAYS_WRITES_HISTORY)
        close_side_doors(connection)


def close_side_doors(connection: DatabaseWrapper) -> None:
    """Keep a temporary table from standing before the one that a trigger names.

    Names without a schema are looked up among temporary tables first: a temporary table named
    like a history table would swallow what the trigger writes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.current_database()")
        (database,) = cursor.fetchone()
        name = connection.ops.quote_name(database)
        cursor.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
        cursor.execute(
            """SELECT p.oid::pg_catalog.regprocedure::text FROM pg_catalog.pg_proc p
            WHERE p.pronamespace = 'public'::pg_catalog.regnamespace
            AND p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype
            AND pg_catalog.pg_get_userbyid(p.proowner) = current_user"""
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")
