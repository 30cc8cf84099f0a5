"""Form 01 is filed as what it is: the first list, the changed one, the added one, who stopped."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.intake.models import Finding
from portal.places.models import Organisation
from practitioners.hours import read_hours
from practitioners.models import (
    CaseSide,
    DiscrepancyCase,
    Practitioner,
    ProfileSubmission,
    Registration,
    WorkingSlot,
)
from practitioners.services import set_hours, state_side
from tests.intake.sending import NOW, counts
from tests.intake.test_a_sending_is_undone import undo
from tests.intake.test_staff_lists_become_profiles import FORM, sent, staff, verified

__all__ = ["sent", "verified"]
pytestmark = pytest.mark.usefixtures("lists")
TODAY = NOW.date()


@pytest.fixture
def here(verified: Practitioner, hospital: Organisation) -> Registration:
    """Lò Văn Thoan is registered at the hospital with his hours."""
    row = Registration.objects.get(practitioner=verified, facility=hospital)
    spans = read_hours("T2T3T4T5T6 0730-1630") or ()
    set_hours(actor=None, registration=row, spans=spans, from_day=row.valid_from)
    return row


def said(batch: Any) -> dict[str, Any]:
    return {row.code: row.params for row in Finding.objects.filter(batch=batch)}


def leaver(**changed: Any) -> dict[str, Any]:
    return {
        "HO_TEN": "Lò Văn Thoan",
        "MACCHN": "001287/ĐB-GPHN",
        "DEN_NGAY": f"{TODAY - timedelta(days=1):%d/%m/%Y}",
        "LY_DO": "Chuyển công tác",
        **changed,
    }


def test_a_changed_list_names_whom_it_leaves_out(sent: Any, here: Registration) -> None:
    newcomer = staff(HO_TEN="Quàng Thị Mới", MACCHN="004929/HNO-GPHN", SO_DINH_DANH="011180000123")
    batch = sent(newcomer | FORM | {"HO_TEN": "Quàng Thị Mới", "MACCHN": "004929/HNO-GPHN"},
                 kind="form01_changed", write=False)  # fmt: skip
    assert said(batch)["registered_left_out"] == {"count": 1, "names": "Lò Văn Thoan"}
    whole = sent(FORM, kind="form01_changed", write=False)
    assert "registered_left_out" not in said(whole)


@pytest.mark.parametrize("kind", ["form01", "form01_added"])
def test_a_first_or_added_list_says_who_is_registered_here_already(
    sent: Any, here: Registration, kind: str
) -> None:
    changed = {**FORM, "VI_TRI_CM": "Trưởng khoa"}
    batch = sent(changed, kind=kind, write=False)
    assert said(batch)["registered_already"] == {"name": "Lò Văn Thoan", "day": "01/04/2024"}
    assert counts(batch) == {"changed": 1}


def test_an_added_list_after_the_term_says_by_when_it_was_due(sent: Any) -> None:
    began = TODAY - timedelta(days=11)
    late = {**FORM, "TU_NGAY": f"{began:%d/%m/%Y}"}
    assert said(sent(late, kind="form01_added", write=False))["list_late"] == {
        "began": f"{began:%d/%m/%Y}",
        "due": f"{began + timedelta(days=10):%d/%m/%Y}",
        "article": "Nghị định 96/2023/NĐ-CP, Điều 29",
    }
    on_time = {**FORM, "TU_NGAY": f"{TODAY - timedelta(days=10):%d/%m/%Y}"}
    assert "list_late" not in said(sent(on_time, kind="form01_added", write=False))


def test_a_report_ends_the_registration_with_its_hours_and_says_why(
    sent: Any, here: Registration
) -> None:
    batch = sent(leaver(), kind="form01_report")
    here.refresh_from_db()
    assert batch.state == "written"
    assert here.valid_until == TODAY - timedelta(days=1)
    assert (here.ended_because, here.leaving_announced_on) == ("Chuyển công tác", TODAY)
    assert set(WorkingSlot.objects.values_list("valid_until", flat=True)) == {here.valid_until}
    assert counts(sent(leaver(), kind="form01_report", write=False)) == {"unchanged": 1}


def test_a_report_never_prolongs_or_reopens_a_stay_that_ended(
    sent: Any, here: Registration
) -> None:
    ended = TODAY - timedelta(days=10)
    Registration.objects.filter(pk=here.pk).update(valid_until=ended)
    batch = sent(leaver(), kind="form01_report")
    assert said(batch)["leaves_later_than_recorded"]["recorded"] == f"{ended:%d/%m/%Y}"
    assert counts(batch) == {"wrong": 1}
    here.refresh_from_db()
    assert (here.valid_until, here.leaving_announced_on) == (ended, None)


def test_a_report_of_somebody_with_two_posts_ends_neither_alone(
    sent: Any, here: Registration
) -> None:
    Registration.objects.create(
        practitioner=here.practitioner,
        facility=here.facility,
        position="4",
        valid_from=here.valid_from,
    )
    batch = sent(leaver(), kind="form01_report")
    assert said(batch)["leaves_several_posts"]["count"] == "2"
    assert counts(batch) == {"wrong": 1}
    assert set(Registration.objects.values_list("valid_until", flat=True)) == {None}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"MACCHN": "009999/ĐB-GPHN"}, "not_registered_here"),
        ({"HO_TEN": "Lò Văn Khác"}, "not_registered_here"),
        ({"DEN_NGAY": "31/03/2024"}, "leaves_before_it_began"),
    ],
)
def test_a_report_of_whom_nobody_knows_here_changes_nothing(
    sent: Any, here: Registration, changed: dict[str, Any], code: str
) -> None:
    batch = sent(leaver(**changed), kind="form01_report")
    assert code in said(batch)
    assert counts(batch) == {"wrong": 1}
    here.refresh_from_db()
    assert (here.valid_until, here.leaving_announced_on) == (None, None)


def test_a_report_after_three_working_days_is_told_the_term(sent: Any, here: Registration) -> None:
    batch = sent(leaver(DEN_NGAY="01/09/2026"), kind="form01_report", write=False)
    assert said(batch)["report_late"]["article"] == "Nghị định 96/2023/NĐ-CP, Điều 29"
    assert counts(batch) == {"changed": 1}


def test_a_list_that_clashes_with_another_place_opens_cases_that_name_the_file(
    sent: Any, verified: Practitioner, station: Organisation
) -> None:
    Registration.objects.create(
        practitioner=verified, facility=station, valid_from=date(2024, 4, 1), is_full_time=True
    )
    batch = sent(staff(THOIGIAN_TUAN="T2T3T4T5"))
    case = DiscrepancyCase.objects.get()
    assert (case.kind, case.origin, case.batch_id) == ("hours_overlap", "file", batch.pk)
    check = ProfileSubmission.objects.get().checks.get(code="full_time_elsewhere")
    assert check.params["case"] == str(case.pk)


@pytest.fixture
def disputed(sent: Any, verified: Practitioner, station: Organisation) -> Any:
    """A list that clashes with the station opened a case."""
    Registration.objects.create(
        practitioner=verified, facility=station, valid_from=date(2024, 4, 1), is_full_time=True
    )
    return sent(staff(THOIGIAN_TUAN="T2T3T4T5"))


def test_a_list_that_is_undone_closes_the_cases_it_opened(
    disputed: Any, data_officer: User
) -> None:
    undo(disputed, data_officer)
    case = DiscrepancyCase.objects.get()
    assert (case.state, case.decided_by) == ("dropped", data_officer)
    assert "nhan-vien.xlsx" in case.reason
    assert not ProfileSubmission.objects.exists()


def test_a_list_whose_case_was_answered_stands(
    disputed: Any, data_officer: User, station: Organisation
) -> None:
    side = DiscrepancyCase.objects.get().sides.order_by("position").first()
    assert side is not None
    state_side(
        side_id=side.pk,
        stance=CaseSide.Stance.HOLDS,
        statement="Đúng theo hợp đồng",
        actor=data_officer,
        at=NOW,
    )
    with pytest.raises(ValidationError) as refused:
        undo(disputed, data_officer)
    assert "Lò Văn Thoan" in " ".join(refused.value.messages)
    assert DiscrepancyCase.objects.get().state == "open"
    assert ProfileSubmission.objects.count() == 1
