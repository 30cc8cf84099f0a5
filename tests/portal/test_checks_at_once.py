"""The checks of a row are asked of the database at once; a broken one still speaks for itself."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.database.keys import uuid7
from portal.verification.models import Inquiry

AT = datetime(2026, 11, 5, 2, 30, tzinfo=UTC)


def inquiry(**changed: str) -> Inquiry:
    said = {"purpose": "test", "personal_number": "011078002915", "name": "Lò Văn Thoan"}
    return Inquiry(subject_id=uuid7(), asked_at=AT, birth="1978", **{**said, **changed})


@pytest.mark.django_db
def test_a_sound_row_asks_once_for_all_its_checks() -> None:
    with CaptureQueriesContext(connection) as asked:
        inquiry().validate_constraints()
    assert len(asked) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("left_out", [None, {"name"}, {"state"}])
def test_a_broken_check_is_named_and_one_that_is_left_out_is_not(
    left_out: set[str] | None,
) -> None:
    row = inquiry(state="answered")
    if left_out == {"state"}:
        row.validate_constraints(exclude=left_out)
        return
    with pytest.raises(ValidationError) as refused:
        row.validate_constraints(exclude=left_out)
    assert "inquiry_result_fits_state" in str(refused.value)
