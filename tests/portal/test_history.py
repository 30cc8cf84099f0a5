"""Nobody writes without a name, and nobody rewrites what was written."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from portal.database.context import _acting, acting
from portal.database.privileges import append_only
from portal.places.models import Area, Organisation
from tests.conftest import SINCE


def test_a_change_leaves_one_history_row_with_its_context(ministry: Organisation) -> None:
    with acting(user="someone"):
        Organisation.objects.filter(pk=ministry.pk).update(name="Bộ Y tế Việt Nam")
    history = apps.get_model("places", "OrganisationHistory")
    last = history.objects.filter(pgh_obj_id=ministry.pk).order_by("pgh_id").last()
    assert last.name == "Bộ Y tế Việt Nam"
    assert last.pgh_context.metadata == {"command": "pytest", "user": "someone"}


@pytest.mark.django_db(transaction=True)
def test_a_write_without_context_is_refused_and_changes_nothing() -> None:
    token = _acting.set(None)
    try:
        with pytest.raises(DatabaseError, match="history without context"):
            Area.objects.create(
                kind="province", code="99", name="Không ai ghi", unit="tỉnh", valid_from=SINCE
            )
    finally:
        _acting.reset(token)
    assert not Area.objects.filter(code="99").exists()


def test_the_suite_runs_as_the_role_that_owns_nothing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == ("mach_app", "mach_app")


FORBIDDEN = [
    "UPDATE {table} SET {key} = {key}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_history_and_logs_cannot_be_rewritten(db: None, statement: str) -> None:
    for model in apps.get_models():
        if not append_only(model) or model._meta.proxy:
            continue
        sql = statement.format(table=model._meta.db_table, key=model._meta.pk.column)
        with (
            pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_what_mach_app_may_not_rewrite_is_exactly_the_append_only_tables(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind = 'r' AND NOT (has_table_privilege(oid, 'UPDATE')
            AND has_table_privilege(oid, 'DELETE'))"""
        )
        closed = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            """SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind = 'r' AND pg_get_userbyid(relowner) <> 'mach_owner'"""
        )
        (not_the_owners,) = cursor.fetchone()
    expected = {m._meta.db_table for m in apps.get_models() if append_only(m)}
    expected -= {"", "pghistory_events", "pghistory_middlewareevents"}
    assert closed == expected | {"django_migrations"}
    assert not_the_owners == 0


def test_the_switch_that_silences_history_has_no_effect(ministry: Organisation) -> None:
    history = apps.get_model("places", "OrganisationHistory")
    before = history.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{places_organisation:update_update}'")
    Organisation.objects.filter(pk=ministry.pk).update(name="Ghi lén")
    assert history.objects.count() == before + 1
