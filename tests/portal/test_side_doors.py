"""No temporary object stands between a write and its history."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from portal.places.models import Organisation


def test_a_temporary_table_cannot_be_made(db: None) -> None:
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("CREATE TEMPORARY TABLE places_organisationhistory (id uuid)")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id uuid)",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "SET ROLE mach_owner",
        "SET session_replication_role = replica",
        "ALTER FUNCTION public._pgh_attach_context() OWNER TO mach_app",
        "DROP TRIGGER x ON places_organisation",
        "CREATE TRIGGER x BEFORE UPDATE ON places_area FOR EACH ROW EXECUTE FUNCTION mach_uuid7()",
        "CREATE RULE x AS ON UPDATE TO places_organisation DO INSTEAD NOTHING",
        "COPY pghistory_context TO PROGRAM 'cat'",
    ],
)
def test_mach_app_makes_nothing_and_becomes_nobody(db: None, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be|not owner|does not exist"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_every_trigger_looks_for_its_tables_in_one_schema(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND prorettype = 'trigger'::regtype
            AND NOT coalesce(proconfig, '{}') @> '{"search_path=public, pg_temp"}'"""
        )
        open_ones = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            """SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND prosecdef"""
        )
        lent = cursor.fetchall()
    assert open_ones == []
    assert lent == []  # no function lends its owner's rights


def test_another_search_path_changes_nothing(ministry: Organisation) -> None:
    history = apps.get_model("places", "OrganisationHistory")
    before = history.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_catalog")
        cursor.execute("UPDATE public.places_organisation SET name = 'Ghi lén'")
        cursor.execute("SET LOCAL search_path = public")
    assert history.objects.count() == before + 1
