"""What is handed to COPY stands in the table as it was said, whatever signs it holds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from healthrecords.models import NameWord, Visit
from portal.database.uuid7 import uuid7
from portal.intake.copied_text import NULL, OPTIONS, PART, QUOTE, as_text
from portal.intake.copying import Load, copy_in

SIGNS = st.sampled_from(["\\", "N", "\n", "\r", "\t", '"', "'", ".", " ", "ế", PART, NULL, QUOTE])
TEXTS = st.text(SIGNS, max_size=8) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20
)


@pytest.mark.django_db
@given(st.lists(TEXTS, min_size=1, max_size=8))
@example(["\\N", "\\.", "", NULL, QUOTE, PART, "a\\\nb", "\r\n", " "])
def test_every_text_arrives_as_it_was_said(texts: list[str]) -> None:
    words = [NameWord(word=text) for text in texts]
    copy_in(Load.of(NameWord, words))
    found = NameWord.objects.filter(pk__in=[word.pk for word in words])
    assert {one.pk: one.word for one in found} == {word.pk: word.word for word in words}


def copied(types: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return rows as they come out of a table that they were copied into."""
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f"CREATE TEMPORARY TABLE copied ({types})")
        with cursor.copy(f"COPY copied FROM STDIN {OPTIONS}") as copy:
            copy.write(as_text(rows))
        cursor.execute("SELECT * FROM copied")
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_value_arrives_as_it_was_meant() -> None:
    now = timezone.now()
    row = (
        uuid7(), True, False, -7, 0.1, date(1, 2, 3), now, None,
        ["a", 'b"\\c', "d,e", "", "{}\n"], [], Visit.Status.FINISHED,
    )  # fmt: skip
    types = (
        "a uuid, b bool, c bool, d int, e float8, f date, g timestamptz, h text, i text[], j text[],"
        " k text"
    )
    (found,) = copied(types, [row])
    assert found == row
    assert isinstance(found[6], datetime)


def test_a_value_whose_text_is_not_known_is_refused() -> None:
    with pytest.raises(TypeError, match="dict"):
        as_text([[{}]])
