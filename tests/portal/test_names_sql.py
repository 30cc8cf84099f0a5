"""The database folds names exactly as Python does."""

import re

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.names import _FROM, NAME_NORM_SQL, name_norm

LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
# PostgreSQL stores no NUL, and letters newer than its Unicode version may decompose differently.
STORABLE = st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0")
TEXTS = st.text(STORABLE | st.sampled_from(LETTERS + LETTERS.upper() + _FROM), max_size=40)

pytestmark = pytest.mark.django_db


def folded_by_database(texts):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.mach_name_norm(value) FROM unnest(%s::text[]) WITH ORDINALITY AS given(value, place) "
            "ORDER BY place",
            [texts],
        )
        return [row[0] for row in cursor.fetchall()]


@settings(deadline=None, max_examples=200)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_sql_and_python_fold_alike(texts):
    assert folded_by_database(texts) == [name_norm(text) for text in texts]


def test_every_assigned_letter_of_the_first_planes_folds_alike():
    letters = [
        chr(code) for code in range(1, 0x3400) if chr(code).isprintable() or chr(code).isspace()
    ]
    assert folded_by_database([f"A{letter}b" for letter in letters]) == [
        name_norm(f"A{c}b") for c in letters
    ]


def test_nothing_folds_to_null_but_null():
    assert folded_by_database(["", " ", None]) == ["", "", None]


def test_the_migrated_function_is_the_one_written_here():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = 'public.mach_name_norm'::regproc")
        (source,) = cursor.fetchone()
    body = NAME_NORM_SQL.split("$$")[1]
    assert re.sub(r"\s+", "", source) == re.sub(r"\s+", "", body)
