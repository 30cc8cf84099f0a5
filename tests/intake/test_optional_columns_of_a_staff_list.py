"""Other facilities, assigned techniques with their paper, the last day: kept, used, never in the way."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Finding, StagedRow
from portal.places.models import Organisation
from practitioners.models import (
    DiscrepancyCase,
    ExtraTechnique,
    Practitioner,
    ProfileSource,
    ProfileSubmission,
    Registration,
)
from practitioners.services import (
    Post,
    Stay,
    decide_case,
    register_person,
    state_side,
    verify_item,
)
from tests.intake.sending import NOW, counts
from tests.intake.test_staff_lists_become_profiles import codes, sent, staff, verified

__all__ = ["sent", "verified"]
pytestmark = pytest.mark.usefixtures("lists")

ASSIGNED = {"DVKT_KHAC": "18.0001;02.0085.1778", "VB_PHANCONG": "20260901_07/QĐ-BV"}


def staff_of_part_time(**changed: Any) -> Mapping[str, Any]:
    return staff(THOIGIAN_DK="2", **changed)


def decide(officer: User) -> ProfileSubmission:
    """Verify a profile item by item, as an official does who compared them."""
    profile = ProfileSubmission.objects.waiting().get()
    for item in list(profile.items.filter(decision="pending")):
        profile = verify_item(
            submission_id=profile.pk,
            key=item.key,
            version=ProfileSubmission.objects.get(pk=profile.pk).version,
            actor=officer,
            at=timezone.now(),
        )
    return profile


def params(batch: Any, code: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = Finding.objects.filter(batch=batch).get(code=code).params
    return found


def test_assigned_techniques_and_the_last_day_enter_the_register_when_verified(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    """Circular 38/2024/TT-BYT, article 9: a technique assigned beyond the scope, with its decision."""
    batch = sent(staff(**ASSIGNED, DEN_NGAY="20281231"))
    assert counts(batch) == {"changed": 1}
    decide(licensing_officer)
    (row,) = Registration.objects.filter(valid_until=date(2028, 12, 31))
    extras = row.techniques.order_by("code").values_list(
        "code", "decision_no", "decided_on", "valid_from", "valid_until"
    )
    day, last = date(2026, 9, 1), date(2028, 12, 31)
    assert [extra[:3] for extra in extras] == [
        ("02.0085", "07/QĐ-BV", day),
        ("18.0001", "07/QĐ-BV", day),
    ]
    assert {extra[4] for extra in extras} == {last}
    assert row.valid_until == last


def test_the_same_list_again_and_one_that_names_fewer_change_nothing(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    sent(staff(**ASSIGNED, DEN_NGAY="20281231"))
    decide(licensing_officer)
    before = sorted(Registration.objects.values_list("pk", "valid_until"))
    fewer = staff(DVKT_KHAC="18.0001", VB_PHANCONG="20260901_07/QĐ-BV")
    for row in (staff(**ASSIGNED, DEN_NGAY="20281231"), staff(), fewer):
        assert counts(sent(row)) == {"unchanged": 1}, row
    assert sorted(Registration.objects.values_list("pk", "valid_until")) == before
    assert Registration.objects.order_by("-valid_from")[0].techniques.count() == 2


def test_another_paper_for_a_technique_takes_the_place_of_the_one_before(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    sent(staff(**ASSIGNED))
    decide(licensing_officer)
    sent(staff(DVKT_KHAC="18.0001", VB_PHANCONG="20261001_11/QĐ-BV"))
    decide(licensing_officer)
    row = Registration.objects.get()
    papers = row.techniques.filter(code="18.0001").order_by("valid_from")
    assert list(papers.values_list("decision_no", "valid_until")) == [
        ("07/QĐ-BV", date(2026, 9, 30)),
        ("11/QĐ-BV", None),
    ]
    assert row.techniques.get(code="02.0085").valid_until is None


HANDED_OVER = {"CSKCB_CGKT": "01929", "QD_CGKT": "20260115_12/QĐ-BVBM"}


def handed_over(code: str) -> tuple[Any, ...]:
    extra = ExtraTechnique.objects.get(code=code)
    return extra.transferred_by, extra.transfer_no, extra.transferred_on


def test_who_handed_a_technique_over_and_by_which_decision_enters_the_register_with_its_source(
    sent: Any, verified: Practitioner, licensing_officer: User, data_officer: User
) -> None:
    """The columns CSKCB_CGKT and QD_CGKT of the insurer's list; told later, they join what stands."""
    sent(staff(**ASSIGNED))
    decide(licensing_officer)
    assert handed_over("18.0001") == ("", "", None)
    batch = sent(staff(**ASSIGNED, **HANDED_OVER))
    assert counts(batch) == {"changed": 1}
    decide(licensing_officer)
    told = ("01929", "12/QĐ-BVBM", date(2026, 1, 15))
    assert handed_over("18.0001") == handed_over("02.0085") == told
    assert ExtraTechnique.objects.count() == 2
    words = ProfileSource.objects.filter(practitioner=verified)
    assert words.filter(field="transferred_by", said_by=data_officer, value="01929").exists()
    extra = ExtraTechnique.objects.get(code="18.0001")
    said = words.filter(row_id=extra.pk, field="extratechnique.transfer_no").get()
    assert (said.value, said.said_by) == ("12/QĐ-BVBM", licensing_officer)
    for row in (staff(**ASSIGNED, **HANDED_OVER), staff(**ASSIGNED)):
        assert counts(sent(row)) == {"unchanged": 1}, row
    assert handed_over("18.0001") == told


def test_of_techniques_only_some_of_which_were_handed_over_each_keeps_its_own(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    one = {"CSKCB_CGKT": "01929;-", "QD_CGKT": "20260115_12/QĐ-BVBM;-"}
    sent(staff(**ASSIGNED, **one))
    decide(licensing_officer)
    assert handed_over("18.0001") == ("01929", "12/QĐ-BVBM", date(2026, 1, 15))
    assert handed_over("02.0085") == ("", "", None)
    assert counts(sent(staff(**ASSIGNED, **one))) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({"CSKCB_CGKT": "tuyến trên;01929", "QD_CGKT": "-;20260115_12/QĐ"}, "-;01929"),
        ({"CSKCB_CGKT": ";01929", "QD_CGKT": "không rõ;20260115_12/QĐ"}, "-;01929"),
        ({"CSKCB_CGKT": "01929;tuyến trên", "QD_CGKT": "20260115_12/QĐ;"}, "01929;-"),
    ],
    ids=["the first unread", "the first blank", "the last unread"],
)
def test_who_handed_one_technique_over_is_not_written_beside_the_other(
    sent: Any, cells: dict[str, str], kept: str
) -> None:
    """What is blank or cannot be read keeps its place among the techniques."""
    sent(staff(**ASSIGNED, **cells))
    assert ProfileSubmission.objects.get().values["transferred_by"] == kept


def test_where_one_paper_cannot_be_read_no_technique_gets_that_of_another(sent: Any) -> None:
    batch = sent(staff(DVKT_KHAC="18.0001;02.0085", VB_PHANCONG="có QĐ;20260901_07/QĐ-BV"))
    assert {"assignment_unread", "assignment_missing"} <= codes(batch)
    assert not {"techniques", "assignment"} & ProfileSubmission.objects.get().values.keys()


def test_a_list_that_is_undone_hands_nothing_over(
    sent: Any, verified: Practitioner, data_officer: User
) -> None:
    batch = sent(staff(**ASSIGNED, **HANDED_OVER))
    assert ProfileSubmission.objects.get().values["transferred_by"] == "01929"
    services.ask_to_undo(actor=data_officer, batch=batch, reason="Nhầm danh sách.")
    services.undo_batch(batch.pk, at=NOW)
    assert not ProfileSubmission.objects.exists()
    assert not ExtraTechnique.objects.exists()


RUBBISH: tuple[tuple[dict[str, str], str], ...] = (
    ({"CSKCB_KHAC": "Phòng khám tư"}, "facility_code_unread"),
    ({"DVKT_KHAC": "siêu âm", "VB_PHANCONG": "20260901_07/QĐ-BV"}, "technique_unread"),
    ({"DVKT_KHAC": "18.0001", "VB_PHANCONG": "có quyết định"}, "assignment_unread"),
    ({"DVKT_KHAC": "18.0001", "VB_PHANCONG": "20261301_07"}, "assignment_unread"),
    ({"DVKT_KHAC": "18.0001"}, "assignment_missing"),
    ({"DVKT_KHAC": "18.0001", "VB_PHANCONG": "29990101_7/QĐ"}, "assignment_to_come"),
    (
        {"DVKT_KHAC": "18.0001;18.0002;18.0003", "VB_PHANCONG": "20260901_7/QĐ;20260902_8/QĐ"},
        "assignment_of_which",
    ),
    ({"CSKCB_CGKT": "11001", "QD_CGKT": "20260115_12/QĐ"}, "transfer_without_technique"),
    ({"CSKCB_CGKT": "bệnh viện tuyến trên"}, "facility_code_unread"),
    ({"QD_CGKT": "có quyết định"}, "assignment_unread"),
    ({"DEN_NGAY": "31/02/2029"}, "no_such_day"),
    ({"DEN_NGAY": "còn làm"}, "date_unreadable"),
    ({"DEN_NGAY": "#N/A"}, "cell_formula_broken"),
    ({"DEN_NGAY": "20240101"}, "until_before_from"),
    ({"CSKCB_KHAC": "#REF!"}, "cell_formula_broken"),
    ({"CSKCB_KHAC": "11001"}, "other_facility_is_own"),
)


@pytest.mark.parametrize(
    ("cells", "code"), RUBBISH, ids=[f"{code} {n}" for n, (_c, code) in enumerate(RUBBISH)]
)
def test_rubbish_in_an_optional_column_is_said_and_the_row_is_taken(
    sent: Any, cells: dict[str, str], code: str
) -> None:
    batch = sent(staff(**cells))
    assert counts(batch) == {"new": 1}
    finding = Finding.objects.filter(
        batch=batch, code__startswith=code.split("_unreadable", maxsplit=1)[0]
    )
    assert {one.severity for one in finding} == {"warning"}, codes(batch)
    said = ProfileSubmission.objects.get().values
    left_out = {"techniques", "assignment", "transferred_by", "transfer", "registered_until"}
    assert not left_out & said.keys()


@pytest.mark.parametrize("text", ["Không", "0", "-", "x", "N/A", "không có"])
def test_words_for_nothing_are_nothing(sent: Any, text: str) -> None:
    blank = {"CSKCB_CGKT": text, "QD_CGKT": text}
    batch = sent(staff(CSKCB_KHAC=text, DVKT_KHAC=text, VB_PHANCONG=text, **blank))
    assert codes(batch) == {"level_missing"}


def test_another_facility_of_this_register_is_compared_by_its_hours(
    sent: Any, verified: Practitioner, station: Organisation
) -> None:
    """Law 15/2023/QH15, article 36(1); where it has not registered the person, both are asked."""
    station.identifiers.create(scheme="insurance", value="11047", valid_from=date(2020, 1, 1))
    batch = sent(staff_of_part_time(HO_TEN="Lò Văn Thoan", CSKCB_KHAC="11047"), write=False)
    said = params(batch, "works_there_unregistered")
    assert (said["name"], said["place"]) == ("Lò Văn Thoan", station.name)
    register_person(
        actor=None,
        practitioner=verified,
        facility=station,
        post=Post(is_full_time=False),
        stay=Stay(date(2023, 1, 1)),
        at=NOW,
        spans=(),
    )
    again = sent(staff_of_part_time(CSKCB_KHAC="11047", VI_TRI=""), write=False)
    assert "works_there_unregistered" not in codes(again)
    assert "works_elsewhere" in codes(again)


def test_a_facility_of_another_deployment_opens_one_case_with_both_sides(
    sent: Any,
    verified: Practitioner,
    hospital: Organisation,
    department: Organisation,
    licensing_officer: User,
    data_officer: User,
) -> None:
    """Inside one deployment the database refuses an overlap; between deployments both are heard."""
    batch = sent(staff(CSKCB_KHAC="01234"))
    assert params(batch, "works_in_other_deployment")["value"] == "01234"
    case = DiscrepancyCase.objects.get()
    assert (case.kind, case.origin, case.practitioner) == ("hours_overlap", "file", verified)
    outside, own, person = case.sides.order_by("position")
    assert (outside.organisation, outside.claim) == (department, {"other_facilities": "01234"})
    assert (own.organisation, own.claim["other_facilities"]) == (hospital, "01234")
    assert person.is_of_person
    profile = ProfileSubmission.objects.get()
    assert profile.checks.get(code="works_in_other_deployment").status == "fail"

    for side, actor in ((outside, licensing_officer), (own, data_officer)):
        state_side(
            side_id=side.pk, stance="explains", statement="Chỉ làm thứ 7.", actor=actor, at=NOW
        )
    decide_case(
        case_id=case.pk,
        outcome="both_stand",
        reason="Giờ không trùng.",
        actor=licensing_officer,
        at=timezone.now(),
    )
    profile.refresh_from_db()
    assert profile.checks.get(code="case_for").status == "pass"
    decide(licensing_officer)
    assert Registration.objects.latest("valid_from").other_facilities == "01234"
    assert counts(sent(staff(CSKCB_KHAC="01234"))) == {"unchanged": 1}
    assert DiscrepancyCase.objects.count() == 1


def test_somebody_new_who_works_in_another_deployment_has_a_case_that_goes_on(
    sent: Any, licensing_officer: User, data_officer: User
) -> None:
    rows = [
        staff(CSKCB_KHAC="01234", TRINH_DO="Đại học"),
        staff(
            HO_TEN="Cà Thị Hoa",
            SO_DINH_DANH="011190000002",
            GIOI_TINH="2",
            MACCHN="002001/ĐB-GPHN",
            CSKCB_KHAC="1234",
            TRINH_DO="Đại học",
        ),
    ]
    sent(*rows)
    cases = list(DiscrepancyCase.objects.order_by("name"))
    assert [case.practitioner for case in cases] == [None, None]
    for case in cases:
        for side in case.sides.exclude(organisation=None):
            state_side(
                side_id=side.pk,
                stance="explains",
                statement="Không trùng.",
                actor=data_officer,
                at=NOW,
            )
        decide_case(
            case_id=case.pk,
            outcome="both_stand",
            reason="Giờ không trùng.",
            actor=licensing_officer,
            at=timezone.now(),
        )
    for profile in ProfileSubmission.objects.waiting():
        assert profile.checks.get(code="case_for").status == "pass"
    assert StagedRow.objects.filter(written_at__isnull=False).count() == 2


def test_an_end_that_comes_nearer_ends_hours_and_techniques_with_it(
    sent: Any, verified: Practitioner, licensing_officer: User
) -> None:
    sent(staff(**ASSIGNED, DEN_NGAY="20281231", THOIGIAN_NGAY="0730-1130"))
    decide(licensing_officer)
    sent(staff(**ASSIGNED, DEN_NGAY="20271231", THOIGIAN_NGAY="0730-1130"))
    decide(licensing_officer)
    row = Registration.objects.order_by("-valid_from")[0]
    last = date(2027, 12, 31)
    assert row.valid_until == last
    assert set(row.slots.values_list("valid_until", flat=True)) == {last}
    assert set(row.techniques.values_list("valid_until", flat=True)) == {last}
    sent(staff(**ASSIGNED, DEN_NGAY="20281231", THOIGIAN_NGAY="0730-1130"))
    decide(licensing_officer)
    row.refresh_from_db()
    assert row.valid_until == date(2028, 12, 31)
    assert row.slots.filter(valid_until=date(2028, 12, 31)).count() == 5
