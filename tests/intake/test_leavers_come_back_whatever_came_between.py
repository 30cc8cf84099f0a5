"""A report of who stopped, then edits, then undo: what is left is what the edits alone would have left."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import User
from portal.places.models import Organisation
from practitioners.hours import read_hours
from practitioners.models import Practitioner, Registration
from practitioners.services import end_registration, set_hours
from tests.intake.sending import NOW
from tests.intake.test_a_report_of_leavers_is_undone import (
    TODAY,
    assigned,
    elsewhere,
    state,
)
from tests.intake.test_a_sending_is_undone import undo
from tests.intake.test_form_01_is_four_lists import leaver
from tests.intake.test_staff_lists_become_profiles import sent, verified

__all__ = ["sent", "verified"]
pytestmark = pytest.mark.usefixtures("lists")


def _colleague(row: Registration) -> Registration:
    return Registration.objects.exclude(practitioner=row.practitioner_id).get()


EDITS: dict[str, Callable[[Registration, Organisation], object]] = {
    "a phone number": lambda row, _other: Practitioner.objects.filter(
        pk=row.practitioner_id
    ).update(phone="0912345678"),
    "a colleague's technique": lambda row, _other: assigned(_colleague(row), TODAY),
    "a colleague leaves": lambda row, _other: end_registration(
        actor=None,
        registration=_colleague(row),
        last_day=TODAY,
        at=NOW,
    ),
    "evenings elsewhere": elsewhere("T7 0800-1000", is_full_time=False),
}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ago=st.integers(-40, 300),
    position=st.sampled_from(["", "1", "2", "3"]),
    hours=st.sampled_from(["", "T2T3T4T5T6 0730-1630", "T2T4 2000-0600", "T3 0700-1100"]),
    then=st.sampled_from(["", "T2 0700-1100", "T5 2200-0500"]),
    in_days=st.integers(-60, 60),
    technique=st.booleans(),
    had_left=st.none() | st.integers(0, 90),
    edits=st.lists(st.sampled_from(sorted(EDITS)), unique=True),
)
def test_report_then_edits_then_undo_leave_what_the_edits_alone_would(
    sent: Any,
    verified: Practitioner,
    hospital: Organisation,
    station: Organisation,
    data_officer: User,
    ago: int,
    position: str,
    hours: str,
    then: str,
    in_days: int,
    technique: bool,
    had_left: int | None,
    edits: list[str],
) -> None:
    with transaction.atomic():
        row = Registration.objects.get(practitioner=verified, facility=hospital)
        Registration.objects.filter(pk=row.pk).update(position=position)
        colleague = Practitioner.objects.create(
            name="Quàng Thị Mới", birth_date=date(1990, 5, 1), sex="female"
        )
        elsewhere()(Registration(practitioner=colleague), station)
        for text, day in ((hours, row.valid_from), (then, TODAY + timedelta(days=in_days))):
            spans = read_hours(text) or ()
            if spans:
                set_hours(actor=None, registration=row, spans=spans, from_day=day)
        if technique:
            assigned(row)
        if had_left is not None:
            last = TODAY - timedelta(days=had_left)
            end_registration(actor=None, registration=row, last_day=last, because="Nghỉ", at=NOW)
        kept = transaction.savepoint()
        for edit in edits:
            EDITS[edit](row, station)
        wanted = _without_keys(state())
        transaction.savepoint_rollback(kept)
        day = TODAY - timedelta(days=ago)
        batch = sent(leaver(DEN_NGAY=f"{day:%d/%m/%Y}"), kind="form01_report")
        for edit in edits:
            EDITS[edit](row, station)
        if batch.state == "written":
            batch = undo(batch, data_officer)
            assert batch.state == "undone"
        assert _without_keys(state()) == wanted
        transaction.set_rollback(True)


def _without_keys(rows: dict[str, list[Any]]) -> dict[str, list[str]]:
    """Compare rows by what they say: an edit made twice makes its keys anew."""
    return {
        table: sorted(
            str(
                {k: v for k, v in row.items() if k not in {"id", "registration_id", "continues_id"}}
            )
            for row in some
        )
        for table, some in rows.items()
    }
