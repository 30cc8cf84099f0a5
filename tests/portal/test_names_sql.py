"""The database folds names exactly as Python does."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
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


@pytest.fixture
def _with_function():
    """The function as this version of the code writes it, whatever the migrations made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('public.mach_name_norm(text)')")
        if cursor.fetchone()[0] is None:
            cursor.execute(NAME_NORM_SQL)


@pytest.mark.usefixtures("_with_function")
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_sql_and_python_fold_alike(texts):
    assert folded_by_database(texts) == [name_norm(text) for text in texts]


@pytest.mark.usefixtures("_with_function")
def test_every_assigned_letter_of_the_first_planes_folds_alike():
    letters = [
        chr(code) for code in range(1, 0x3400) if chr(code).isprintable() or chr(code).isspace()
    ]
    assert folded_by_database([f"A{letter}b" for letter in letters]) == [
        name_norm(f"A{c}b") for c in letters
    ]


@pytest.mark.usefixtures("_with_function")
def test_nothing_folds_to_null_but_null():
    assert folded_by_database(["", " ", None]) == ["", "", None]
