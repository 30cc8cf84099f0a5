"""Statements of unknown size join by hashing, in a transaction or not, and nothing after them does."""

import pytest
from django.db import DataError, connection, transaction

from portal.database.planning import by_hashing


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_nestloop')")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_it_holds_while_the_statements_run_and_not_afterwards() -> None:
    with connection.cursor() as cursor:
        with by_hashing(cursor):
            assert setting() == "off"
            assert setting() == "off"  # not for the first statement alone
        assert setting() == "on"
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_an_error_ends_it() -> None:
    with connection.cursor() as cursor:
        with pytest.raises(ZeroDivisionError), by_hashing(cursor):
            raise ZeroDivisionError
        assert setting() == "on"


@pytest.mark.django_db
def test_an_error_within_an_open_transaction_ends_it_too() -> None:
    with connection.cursor() as cursor:
        with pytest.raises(ZeroDivisionError), by_hashing(cursor):
            raise ZeroDivisionError
        assert setting() == "on"
        with pytest.raises(DataError), transaction.atomic(), by_hashing(cursor):
            cursor.execute("SELECT 1 / 0")
        assert setting() == "on"


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_open_goes_on_as_it_was() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        with by_hashing(cursor):
            assert setting() == "off"
        assert setting() == "off"
        cursor.execute("SET LOCAL enable_nestloop = on")
        with by_hashing(cursor):
            assert setting() == "off"
        assert setting() == "on"
        assert connection.in_atomic_block
    assert setting() == "on"
