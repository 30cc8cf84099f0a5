"""How long a record is kept (TT33/2025/TT-BYT), what holds it, and how it is put up for disposal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from healthrecords.models import (
    Citizen,
    DisposalItem,
    DisposalList,
    LegalHold,
    Procedure,
    Visit,
)
from healthrecords.services.retention import (
    decide_disposal,
    keeping,
    kept_until,
    lift_hold,
    place_hold,
    propose_disposal,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.test_broken_glass import code_of
from tests.healthrecords.test_timeline import from_file


@pytest.fixture
def head(station: Organisation) -> User:
    return make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, station)


@pytest.fixture
def dead(citizen: Citizen) -> Citizen:
    """Somebody whose ten years after death are over."""
    citizen.died_on = date(2015, 12, 1)
    citizen.save(update_fields=["died_on"])
    return citizen


def visit_on(citizen: Citizen, place: Organisation, year: int, *codes: str, **said: Any) -> Visit:
    at = datetime(year, 3, 1, 2, tzinfo=UTC)
    return from_file(citizen, place, *codes, started_at=at, ended_at=at, **said)


def test_a_living_persons_record_has_no_end(citizen: Citizen) -> None:
    kept = kept_until(citizen, ON)
    assert (kept.code, kept.until) == ("alive", None)
    assert keeping(citizen, ON) is not None


def test_a_record_is_kept_ten_years_after_death(dead: Citizen) -> None:
    assert kept_until(dead, ON).until == date(2025, 12, 1)
    assert keeping(dead, date(2025, 12, 1)) is not None
    assert keeping(dead, date(2025, 12, 2)) is None


@pytest.mark.parametrize(
    ("codes", "said", "until", "retention_class"),
    [
        (("I10",), {}, date(2025, 12, 1), "personal_record"),
        (("F20.0",), {}, date(2032, 3, 1), "visit.mental"),
        (("I10",), {"sensitivity": "mental"}, date(2032, 3, 1), "visit.mental"),
        (("S06.0", "V29.9"), {}, date(2032, 3, 1), "visit.accident"),
        (("S06.0",), {"injury_kind": "1"}, date(2032, 3, 1), "visit.accident"),  # traffic
        (("S61.0",), {"injury_kind": "2"}, date(2032, 3, 1), "visit.accident"),  # work
        (("T30.0",), {"injury_kind": "4"}, date(2025, 12, 1), "personal_record"),  # a burn at home
        (("S06.0",), {}, date(2025, 12, 1), "personal_record"),
        (("Z94.0",), {}, date(2032, 3, 1), "visit.transplant"),
        (("Z41.1",), {}, date(2032, 3, 1), "visit.cosmetic"),
        (
            ("Z41.2",),
            {},
            date(2025, 12, 1),
            "personal_record",
        ),  # circumcision is no cosmetic surgery
        (("Z31.2",), {}, None, "visit.assisted_birth"),
        (("I21.9",), {"outcome": "5"}, date(2042, 3, 1), "visit.death"),
        (("F20.0",), {"outcome": "8"}, date(2042, 3, 1), "visit.death"),
    ],
)
def test_the_longest_class_holds(
    dead: Citizen,
    hospital: Organisation,
    codes: tuple[str, ...],
    said: dict[str, str],
    until: date | None,
    retention_class: str,
) -> None:
    visit_on(dead, hospital, 2012, *codes, **said)
    kept = kept_until(dead, ON)
    assert (kept.until, kept.retention_class) == (until, retention_class)
    assert "33/2025" in kept.legal_basis


@pytest.mark.parametrize(
    ("status", "until"),
    [
        ("finished", date(2032, 3, 1)),
        ("withdrawn", date(2025, 12, 1)),
        ("cancelled", date(2025, 12, 1)),
    ],
)
def test_a_visit_that_did_not_take_place_keeps_no_record_alive(
    dead: Citizen, hospital: Organisation, status: str, until: date
) -> None:
    visit = visit_on(dead, hospital, 2012, "F20.0")
    Visit.objects.filter(pk=visit.pk).update(status=status)
    assert kept_until(dead, ON).until == until
    assert (keeping(dead, ON) is None) is (status != "finished")


@pytest.mark.parametrize(
    ("title", "until", "retention_class"),
    [
        ("Phẫu thuật ghép thận từ người cho sống", date(2032, 3, 1), "visit.transplant"),
        ("Phẫu thuật thẩm mỹ nâng mũi", date(2032, 3, 1), "visit.cosmetic"),
        ("Chuyển phôi sau thụ tinh trong ống nghiệm", None, "visit.assisted_birth"),
        ("Mổ ruột thừa", date(2025, 12, 1), "personal_record"),
    ],
)
def test_what_was_done_tells_the_class_where_no_code_does(
    dead: Citizen,
    hospital: Organisation,
    clerk: User,
    title: str,
    until: date | None,
    retention_class: str,
) -> None:
    visit = visit_on(dead, hospital, 2012, "I10")
    row = Procedure.objects.create(
        visit=visit,
        citizen=dead,
        facility=hospital,
        title=title,
        performed_at=visit.started_at,
        recorded_at=visit.started_at,
    )
    kept = kept_until(dead, ON)
    assert (kept.until, kept.retention_class) == (until, retention_class)
    Procedure.objects.filter(pk=row.pk).update(
        status="entered_in_error", voided_at=visit.started_at, voided_by=clerk, void_reason="nhầm"
    )
    assert kept_until(dead, ON).retention_class == "personal_record"


class TestHolds:
    """A hold keeps a record whatever its term says."""

    def place(self, head: User, citizen: Citizen, station: Organisation, **said: str) -> LegalHold:
        return place_hold(
            actor=head,
            citizen=citizen,
            facility=station,
            placed_on=ON,
            at=AT,
            **{"reason": "tranh chấp", "basis": "Công văn 12/TA", **said},
        )

    def test_it_keeps_and_lets_go(self, dead: Citizen, head: User, station: Organisation) -> None:
        hold = self.place(head, dead, station)
        kept = keeping(dead, ON)
        assert kept is not None
        assert kept.code == "held"
        lift_hold(actor=head, hold=hold, lifted_on=ON, reason="án đã có hiệu lực")
        assert keeping(dead, ON) is None

    def test_it_needs_its_reason_and_paper(
        self, dead: Citizen, head: User, station: Organisation
    ) -> None:
        assert code_of(lambda: self.place(head, dead, station, basis=" ")) == "blank"
        assert not LegalHold.objects.exists()

    def test_the_same_paper_holds_once(
        self, dead: Citizen, head: User, station: Organisation
    ) -> None:
        self.place(head, dead, station)
        assert code_of(lambda: self.place(head, dead, station)) == "held_before"
        assert LegalHold.objects.count() == 1

    def test_lifting_needs_a_reason_and_happens_once(
        self, dead: Citizen, head: User, station: Organisation
    ) -> None:
        hold = self.place(head, dead, station)
        act = lambda reason: lift_hold(  # noqa: E731
            actor=head, hold=hold, lifted_on=ON, reason=reason
        )
        assert code_of(lambda: act(" ")) == "lift_without_reason"
        act("xong")
        assert code_of(lambda: act("lần nữa")) == "lifted_before"

    def test_a_clerk_holds_nothing(self, dead: Citizen, clerk: User, station: Organisation) -> None:
        with pytest.raises(PermissionDenied):
            self.place(clerk, dead, station)
        assert not LegalHold.objects.exists()


class TestDisposal:
    """Proposed by one, decided by another, and nothing is deleted."""

    @pytest.fixture
    def proposal(self, dead: Citizen, head: User, station: Organisation) -> DisposalList:
        return propose_disposal(actor=head, facility=station, on=ON, reason="kiểm kê năm 2026")

    def decide(self, actor: User, proposal: DisposalList, **said: Any) -> DisposalList:
        return decide_disposal(
            actor=actor,
            proposal=proposal,
            decided_on=ON,
            **{
                "approve": True,
                "decision_number": "15/QĐ-TYT",
                "minutes": "Hội đồng ba người, hủy ngày 05/11/2026",
                **said,
            },
        )

    def test_it_lists_records_whose_terms_are_over(
        self, dead: Citizen, proposal: DisposalList
    ) -> None:
        item = proposal.items.get()
        assert (item.citizen, item.kept_until) == (dead, date(2025, 12, 1))
        assert item.retention_class == "personal_record"

    def test_nothing_over_is_no_list(
        self, citizen: Citizen, head: User, station: Organisation
    ) -> None:
        act = lambda: propose_disposal(  # noqa: E731
            actor=head, facility=station, on=ON, reason="x"
        )
        assert code_of(act) == "nothing_over"
        assert not DisposalList.objects.exists()

    def test_a_visit_kept_longer_keeps_the_record_off_the_list(
        self, dead: Citizen, head: User, station: Organisation, hospital: Organisation
    ) -> None:
        visit_on(dead, hospital, 2014, "F20.0")
        act = lambda: propose_disposal(  # noqa: E731
            actor=head, facility=station, on=ON, reason="x"
        )
        assert code_of(act) == "nothing_over"

    def test_who_proposed_does_not_decide(self, head: User, proposal: DisposalList) -> None:
        assert code_of(lambda: self.decide(head, proposal)) == "own_proposal"
        proposal.refresh_from_db()
        assert proposal.decided_on is None

    def test_an_approval_needs_number_and_minutes(
        self, auditor: User, proposal: DisposalList
    ) -> None:
        assert (
            code_of(lambda: self.decide(auditor, proposal, decision_number=""))
            == "decision_number_missing"
        )
        assert code_of(lambda: self.decide(auditor, proposal, minutes=" ")) == "minutes_missing"

    def test_approving_deletes_nothing(
        self, dead: Citizen, auditor: User, proposal: DisposalList
    ) -> None:
        decided = self.decide(auditor, proposal)
        assert decided.is_approved
        assert Citizen.objects.filter(pk=dead.pk).exists()
        assert code_of(lambda: self.decide(auditor, proposal)) == "decided_before"

    def test_what_is_held_by_then_is_taken_off(
        self,
        dead: Citizen,
        head: User,
        auditor: User,
        station: Organisation,
        proposal: DisposalList,
    ) -> None:
        place_hold(
            actor=head,
            citizen=dead,
            facility=station,
            reason="tranh chấp",
            basis="Công văn 12/TA",
            placed_on=ON,
            at=AT,
        )
        self.decide(auditor, proposal)
        assert "Công văn 12/TA" in DisposalItem.objects.get().kept_because

    def test_one_list_waits_at_a_time(
        self, head: User, station: Organisation, proposal: DisposalList
    ) -> None:
        act = lambda: propose_disposal(  # noqa: E731
            actor=head, facility=station, on=ON + timedelta(days=1), reason="x"
        )
        assert code_of(act) == "list_open"
        assert DisposalList.objects.count() == 1


def test_a_hold_is_not_lifted_from_a_day_to_come(
    dead: Citizen, head: User, station: Organisation
) -> None:
    to_come = timezone.localdate() + timedelta(days=30)
    said = {"actor": head, "citizen": dead, "facility": station, "reason": "vụ án", "basis": "QĐ 1"}
    assert code_of(lambda: place_hold(**said, placed_on=to_come, at=AT)) == "day_to_come"
    assert not LegalHold.objects.exists()
    hold = place_hold(**said, placed_on=ON, at=AT)
    lift = lambda: lift_hold(actor=head, hold=hold, lifted_on=to_come, reason="xong")  # noqa: E731
    assert code_of(lift) == "day_to_come"
    hold.refresh_from_db()
    assert hold.lifted_on is None


def test_a_disposal_is_not_decided_on_a_day_to_come(
    dead: Citizen, head: User, station: Organisation
) -> None:
    proposal = propose_disposal(actor=head, facility=station, on=ON, reason="kiểm kê")
    decide = lambda: decide_disposal(  # noqa: E731
        actor=make_user("duyet", "Lò Văn Duyệt", Role.STATION_HEAD, station),
        proposal=proposal,
        approve=True,
        decided_on=timezone.localdate() + timedelta(days=1),
        decision_number="12/QĐ",
        minutes="BB 3",
    )
    assert code_of(decide) == "day_to_come"
    proposal.refresh_from_db()
    assert proposal.decided_on is None
