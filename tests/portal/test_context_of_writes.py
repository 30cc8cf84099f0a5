"""Each write is signed by who acts at that moment, whatever fails around it."""

import threading

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal.database.context import _acting, acting
from portal.places.models import Area, Organisation
from tests.conftest import SINCE


def make_area(code: str) -> Area:
    return Area.objects.create(
        kind="province", code=code, name=f"Tỉnh {code}", unit="tỉnh", valid_from=SINCE
    )


def _two_of_one_code(code: str) -> None:
    make_area(code)
    make_area(code)


@transaction.atomic
def _one_signed_one_not() -> None:
    with acting(user="lan"):
        make_area("93")
    make_area("94")


def signer_of(area: Area) -> object:
    history = apps.get_model("places", "AreaHistory")
    return history.objects.get(pgh_obj_id=area.pk, pgh_label="insert").pgh_context.metadata


def test_an_error_inside_a_context_is_heard_as_what_it_was(ministry: Organisation) -> None:
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        acting(user="lan"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE places_organisation SET kind = 'nonsense'")
    ministry.refresh_from_db()
    assert ministry.kind == "ministry"


def test_after_an_undone_step_the_outer_actor_signs_again(db: None) -> None:
    with acting(user="outer"), transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic(), acting(user="inner"):
            _two_of_one_code("91")
        after = make_area("92")
    assert not Area.objects.filter(code="91").exists()
    assert signer_of(after) == {"command": "pytest", "user": "outer"}


@pytest.mark.django_db(transaction=True)
def test_who_has_stopped_acting_signs_nothing_later_in_the_same_transaction() -> None:
    token = _acting.set(None)
    try:
        with pytest.raises(DatabaseError, match="history without context"):
            _one_signed_one_not()
    finally:
        _acting.reset(token)
    assert not Area.objects.filter(code__in=["93", "94"]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_its_own_writes_nothing_without_its_own_context() -> None:
    heard: list[BaseException] = []

    def write() -> None:
        try:
            make_area("95")
        except DatabaseError as error:
            heard.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert len(heard) == 1
    assert "history without context" in str(heard[0])
    assert not Area.objects.filter(code="95").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "/* hidden */ UPDATE places_organisation SET name = 'x'",
        "WITH gone AS (DELETE FROM places_organisation RETURNING 1) SELECT * FROM gone",
    ],
)
def test_raw_sql_without_context_is_refused(ministry: Organisation, statement: str) -> None:
    token = _acting.set(None)
    try:
        with (
            pytest.raises(DatabaseError, match="history without context"),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    finally:
        _acting.reset(token)
    ministry.refresh_from_db()
    assert ministry.name == "Bộ Y tế"


@pytest.mark.django_db(transaction=True)
def test_what_runs_after_the_commit_is_still_signed() -> None:
    made: list[Area] = []
    with acting(user="lan"), transaction.atomic():
        transaction.on_commit(lambda: made.append(make_area("96")))
    assert signer_of(made[0]) == {"command": "pytest", "user": "lan"}
