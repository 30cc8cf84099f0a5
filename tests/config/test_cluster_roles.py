"""The two database roles: who they are, what they may, and where they come from."""

from __future__ import annotations

from urllib.parse import quote

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.cluster import ClusterError, connection_settings, roles, server
from tests.config.conftest import admin


@pytest.fixture
def elsewhere(state, monkeypatch, tmp_path):
    """A server that is not ours: reached by DATABASE_URL as a role that may create roles."""
    found = server.ensure(state, fast=True)
    monkeypatch.setenv("MACH_STATE", str(tmp_path / "state"))

    def give(name, user=server.ADMIN, password=found.admin_password):
        url = f"postgresql://{user}:{password}@{server.HOST}:{found.port}/{quote(name)}"
        monkeypatch.setenv("DATABASE_URL", url)
        return found

    return give


def enter(way, *, owner=False):
    return psycopg.connect(way.url(owner=owner), autocommit=True)


def test_our_own_server_has_both_roles_and_the_database(state):
    way = connection_settings()
    assert (way.name, way.app_user, way.owner_user) == ("mach", "mach_app", "mach_owner")
    with enter(way) as app, enter(way, owner=True) as owner:
        owner.execute("CREATE TABLE kept (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE own (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DROP TABLE kept")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE DATABASE mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SET ROLE mach_owner")
        owner.execute("CREATE DATABASE test_mach")


def test_a_given_server_gets_roles_and_database(elsewhere):
    elsewhere("tỉnh điện biên")
    way = connection_settings()
    assert way.name == "tỉnh điện biên"
    assert connection_settings() == way
    with enter(way) as app:
        assert app.execute(
            "SELECT current_user, pg_get_userbyid(datdba), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone() == ("mach_app", "mach_owner", "UTF8")


def test_a_role_with_another_password_is_given_ours(elsewhere):
    found = elsewhere("mach")
    with admin(found) as connection:
        connection.execute("CREATE ROLE mach_app LOGIN CREATEDB PASSWORD 'other'")
    with enter(connection_settings()) as app:
        assert app.execute(
            "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False,)


def test_an_existing_database_is_handed_over_to_the_owner(elsewhere):
    found = elsewhere("province")
    with admin(found) as connection:
        connection.execute("CREATE DATABASE province")
    with enter(connection_settings(), owner=True) as owner:
        owner.execute("CREATE TABLE made_by_owner (id int)")


def test_a_role_that_may_create_roles_and_databases_is_enough(elsewhere):
    found = elsewhere("mach")
    with admin(found) as connection:
        connection.execute("CREATE ROLE deploy LOGIN CREATEDB CREATEROLE PASSWORD 'deploy'")
    elsewhere("mach", "deploy", "deploy")
    with enter(connection_settings(), owner=True) as owner:
        owner.execute("CREATE TABLE made_by_owner (id int)")


def test_a_role_that_may_not_create_roles_is_told_so(elsewhere):
    found = elsewhere("mach")
    with admin(found) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    elsewhere("mach", "guest", "guest")
    with pytest.raises(ClusterError, match="permission denied"):
        connection_settings()


def test_an_unreachable_server_is_named_as_such(elsewhere, monkeypatch):
    elsewhere("mach")
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:x@127.0.0.1:1/mach")
    with pytest.raises(ClusterError, match="DATABASE_URL"):
        connection_settings()


def test_both_addresses_given_are_taken_as_they_are(state, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:p%40ss@db.local:6543/mach?sslmode=require")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://own:secret@db.local:6543/mach")
    way = connection_settings()
    assert (way.host, way.port, way.name) == ("db.local", 6543, "mach")
    assert (way.app_user, way.app_password) == ("app", "p@ss")
    assert (way.owner_user, way.owner_password) == ("own", "secret")
    assert way.options == {"sslmode": "require"}
    assert not list(state.iterdir())


def test_a_serving_process_needs_no_owner(state, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:x@127.0.0.1/mach")
    monkeypatch.setenv("DATABASE_OWNER_URL", "")
    way = connection_settings()
    assert (way.owner_user, way.owner_password) == ("", "")


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1", "mysql://127.0.0.1/mach", "mach"])
def test_an_address_that_is_none_is_refused(state, monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ClusterError, match="DATABASE_URL"):
        connection_settings()


def test_a_production_without_an_address_is_refused(state, monkeypatch):
    monkeypatch.delenv("PYTEST_VERSION")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_OWNER_URL"):
        connection_settings()
    assert not list(state.iterdir())


def test_the_address_written_for_another_process_opens_the_same_database(elsewhere):
    found = elsewhere("mach")
    way = connection_settings()
    target = roles.Target(way.name, {"host": way.host, "port": str(found.port)})
    assert roles.opens(target, way.app_user, way.app_password)
    assert not roles.opens(target, way.app_user, way.owner_password)
