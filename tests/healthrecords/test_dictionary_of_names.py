"""The dictionary knows every name from the moment that somebody bears it, whatever wrote the row."""

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from healthrecords.models import Citizen, KnownName, NameWord
from healthrecords.models.names import NAMES_LOCK
from healthrecords.services.known_names import count_names
from portal.database.uuid7 import uuid7
from portal.intake.copying import Load, copy_in
from portal.name_words import words_of
from portal.names import name_norm

AT = datetime(2026, 11, 5, 1, 30, tzinfo=UTC)


def named(name: str, **more: Any) -> Citizen:
    return Citizen(name=name, birth_date=date(1990, 1, 1), sex="female", **more)


def known() -> set[str]:
    return set(KnownName.objects.values_list("name_norm", flat=True))


def spoken() -> dict[str, int]:
    return dict(NameWord.objects.values_list("word", "people"))


def test_a_typed_name_is_known_at_once(db: None) -> None:
    named("H'Bia Êban").save()
    row = KnownName.objects.get()
    assert (row.name_norm, row.words) == ("h'bia eban", ["h", "bia", "eban"])
    assert set(spoken()) == {"h", "bia", "eban"}


def test_names_written_in_bulk_are_known_once_each(db: None) -> None:
    Citizen.objects.bulk_create([named("Lò Thị Mai"), named("Lò Thị Mai"), named("Lò Văn Pó")])
    assert sorted(KnownName.objects.values_list("name_norm", flat=True)) == [
        "lo thi mai",
        "lo van po",
    ]
    assert sorted(spoken()) == ["lo", "mai", "po", "thi", "van"]


def test_copied_names_are_known(db: None) -> None:
    with transaction.atomic():
        copy_in(Load.of(Citizen, [named("Giàng A Páo", id=uuid7(), origin="file")]))
    assert known() == {"giang a pao"}


def test_a_changed_name_is_known_and_the_old_one_goes_when_nobody_bears_it(db: None) -> None:
    named("Trần Thị Hao").save()
    Citizen.objects.update(name="Trần Thị Hoa")
    assert known() == {"tran thi hao", "tran thi hoa"}
    assert count_names() == 1
    assert known() == {"tran thi hoa"}
    assert spoken() == {"tran": 1, "thi": 1, "hoa": 1}


def test_who_was_merged_or_withdrawn_is_not_counted_but_the_name_stays(db: None) -> None:
    kept, merged, withdrawn = named("Lý Thị Sa"), named("Lý Thị Xa"), named("Lý Thị Va")
    Citizen.objects.bulk_create([kept, merged, withdrawn])
    Citizen.objects.filter(pk=merged.pk).update(merged_into=kept)
    Citizen.objects.filter(pk=withdrawn.pk).update(withdrawn_at=AT)
    assert count_names() == 3
    people = dict(KnownName.objects.values_list("name_norm", "people"))
    assert people == {"ly thi sa": 1, "ly thi xa": 0, "ly thi va": 0}
    Citizen.objects.filter(pk=merged.pk).update(merged_into=None)
    count_names()
    assert KnownName.objects.get(name_norm="ly thi xa").people == 1


def test_a_name_that_two_learnt_side_by_side_is_left_once(db: None) -> None:
    named("Vàng Thị Dợ").save()
    KnownName.objects.create(name_norm="vang thi do")
    NameWord.objects.create(word="vang")
    assert count_names() == 1
    assert spoken() == {"vang": 1, "thi": 1, "do": 1}
    assert NameWord.objects.filter(word="vang").count() == 1


def test_counting_finds_names_written_without_triggers(db: None) -> None:
    named("Sùng A Chu").save()
    KnownName.objects.all().delete()
    NameWord.objects.all().delete()
    assert count_names() == 1
    assert spoken() == {"sung": 1, "a": 1, "chu": 1}


@pytest.mark.django_db(transaction=True)
def test_no_name_is_taken_out_while_somebody_writes_one() -> None:
    named("Trần Thị Hao").save()
    Citizen.objects.update(name="Trần Thị Hoa")
    given = connection.get_connection_params()
    keep = ("host", "port", "dbname", "user", "password")
    with psycopg.connect(**{name: given[name] for name in keep if given.get(name)}) as other:
        other.execute("SELECT pg_advisory_xact_lock_shared(%s)", [NAMES_LOCK])
        assert count_names() == 2
    assert count_names() == 1


@pytest.mark.django_db
@settings(deadline=None, max_examples=200)
@given(
    st.text(alphabet=st.sampled_from("abđéèẽêh'’-.,()/ \u00b7\u2013Y\u0301\u4e2d1_"), max_size=24)
)
def test_words_are_parted_alike_in_python_and_in_sql(text: str) -> None:
    folded = name_norm(text)
    assert words_in_sql(folded) == words_of(folded)


def words_in_sql(folded: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.mach_name_words(%s)", [folded])
        return list(cursor.fetchone()[0])
