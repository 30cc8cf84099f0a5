"""A paper of a protected record stays closed when an amendment takes the class off its visit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Citizen, Document, SignedPaper, Visit
from healthrecords.papers.current import paper_in_force
from healthrecords.papers.marks import Mark
from healthrecords.services import documents
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from tests.healthrecords.amending import LATER, amended, take_class_off
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_papers import SICK, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("papers_of_their_own")]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def paper(to_sign: Callable[..., Visit], clinician: User) -> Document:
    """A paper of leave for B20, of a visit that was signed with it and then amended to I10."""
    visit = to_sign("B20")
    document = issue(visit, clinician, diagnosis="B20 Bệnh HIV")
    take_class_off(clinician, visit)
    document.refresh_from_db()
    assert document.sensitivity == "hiv"
    return document


def address(name: str, paper: Document, *more: Any) -> str:
    return reverse(f"admin:healthrecords_visit_{name}", args=[paper.visit_id, *more])


def leave(paper: Document) -> str:
    return address("paper", paper, "sick_leave")


def test_the_draft_shown_during_the_amendment_is_closed_without_the_right(
    paper: Document, clerk: User, clinician: User
) -> None:
    assert logged_in(clerk).get(leave(paper)).status_code == 404
    assert logged_in(clinician).get(leave(paper)).status_code == 200


def test_the_signed_paper_is_closed_without_the_right_and_no_page_links_it(
    paper: Document, clerk: User, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=paper.visit, at=LATER)
    desk, doctor = logged_in(clerk), logged_in(clinician)
    signed = address("version_paper", paper, 2, "sick_leave")
    for closed in (leave(paper), signed, address("document", paper, paper.pk)):
        assert desk.get(closed).status_code == 404, closed
        assert doctor.get(closed).status_code == 200, closed
    for name, more in (("change", ()), ("versions", ()), ("version", (2,))):
        page = address(name, paper, *more)
        linked = leave(paper) if name == "change" else signed
        assert linked not in desk.get(page).content.decode(), page
        assert linked in doctor.get(page).content.decode(), page


def test_the_other_papers_of_the_visit_stay_open(
    paper: Document, clerk: User, clinician: User
) -> None:
    sign_visit(actor=clinician, visit=paper.visit, at=LATER)
    desk = logged_in(clerk)
    for kind in ("visit", "prescription"):
        assert desk.get(address("paper", paper, kind)).status_code == 200
        assert desk.get(address("version_paper", paper, 2, kind)).status_code == 200
        assert desk.get(address("version_paper", paper, 1, kind)).status_code == 404


def test_a_record_that_became_protected_later_closes_its_signed_paper(
    to_sign: Callable[..., Visit], clinician: User, clerk: User
) -> None:
    document = issue(to_sign(), clinician)
    sign_visit(actor=clinician, visit=document.visit, at=AT)
    signed = address("version_paper", document, 1, "sick_leave")
    assert logged_in(clerk).get(signed).status_code == 200
    Document.objects.filter(pk=document.pk).update(sensitivity="mental")
    for closed in (signed, leave(document)):
        assert logged_in(clerk).get(closed).status_code == 404


def test_a_new_paper_in_place_of_the_protected_one_is_open(
    paper: Document, clerk: User, clinician: User
) -> None:
    documents.cancel(actor=clinician, document=paper, reason="Ghi nhầm bệnh", at=LATER)
    issue(paper.visit, clinician)
    sign_visit(actor=clinician, visit=paper.visit, at=LATER)
    assert logged_in(clerk).get(leave(paper)).status_code == 200


class TestWhatIsIssuedAfterASignature:
    """A paper is printed from what had been issued when it was signed, and from nothing since."""

    @pytest.fixture
    def signed(
        self, record: Callable[..., Visit], citizen: Citizen, clinician: User, clerk: User
    ) -> Document:
        """An open paper of leave that was signed with its visit."""
        services.open_access(user=clinician, citizen=citizen, at=AT)
        document = issue(record(citizen), clerk)
        sign_visit(actor=clinician, visit=document.visit, at=AT)
        return document

    @staticmethod
    def protected(signed: Document, actor: User, at: Any = LATER) -> Document:
        said = {**SICK, "treatment": "Tenofovir"}
        services.open_access(user=actor, citizen=signed.citizen, at=at)
        made = documents.issue(
            actor=actor, visit=signed.visit, kind="sick_leave", content=said,
            client_key=uuid7(), at=at,
        ).row  # fmt: skip
        assert made.sensitivity == "hiv"
        return made

    def test_a_protected_paper_issued_later_closes_no_earlier_version(
        self, signed: Document, clinician: User, clerk: User
    ) -> None:
        desk = logged_in(clerk)
        first = address("version_paper", signed, 1, "sick_leave")
        assert desk.get(first).status_code == 200
        self.protected(signed, clinician)
        assert desk.get(first).status_code == 200
        assert first in desk.get(address("version", signed, 1)).content.decode()
        assert desk.get(leave(signed)).status_code == 404  # its draft would tell

    def test_signed_in_addition_it_closes_its_own_version_alone(
        self, signed: Document, clinician: User, clerk: User
    ) -> None:
        self.protected(signed, clinician)
        sign_visit(actor=clinician, visit=signed.visit, at=LATER)
        desk, doctor = logged_in(clerk), logged_in(clinician)
        first, second = (address("version_paper", signed, n, "sick_leave") for n in (1, 2))
        assert [desk.get(one).status_code for one in (first, second)] == [200, 404]
        assert [doctor.get(one).status_code for one in (first, second)] == [200, 200]
        assert desk.get(leave(signed)).status_code == 404

    def test_signed_by_an_amendment_it_closes_its_own_version_alone(
        self, signed: Document, clinician: User, clerk: User
    ) -> None:
        documents.cancel(actor=clerk, document=signed, reason="ghi nhầm ngày nghỉ", at=LATER)
        amended(clinician, signed.visit, advice="Ăn nhạt")
        self.protected(signed, clinician)
        sign_visit(actor=clinician, visit=signed.visit, at=LATER)
        desk = logged_in(clerk)
        first, second = (address("version_paper", signed, n, "sick_leave") for n in (1, 2))
        assert [desk.get(one).status_code for one in (first, second)] == [200, 404]

    def test_cancelled_it_leaves_the_first_paper_open_and_in_force(
        self, signed: Document, clinician: User, clerk: User
    ) -> None:
        later = self.protected(signed, clinician)
        documents.cancel(actor=clinician, document=later, reason="ghi nhầm thuốc", at=LATER)
        answer = logged_in(clerk).get(leave(signed))
        assert answer.status_code == 200
        assert "-v1.pdf" in answer["Content-Disposition"]

    def test_issued_in_the_moment_of_the_signature_it_counts_as_printed(
        self, signed: Document, clinician: User, clerk: User
    ) -> None:
        made = self.protected(signed, clinician)
        Document.objects.filter(pk=made.pk).update(issued_at=AT)
        first = address("version_paper", signed, 1, "sick_leave")
        assert logged_in(clerk).get(first).status_code == 404


class TestWhoSignsWithoutTheRight:
    def test_prints_no_paper_of_a_record_they_do_not_see_and_what_was_signed_stays(
        self, paper: Document, clinician: User, blind: None
    ) -> None:
        sign_visit(actor=clinician, visit=paper.visit, at=LATER)
        made = SignedPaper.objects.filter(version__number=2).values_list("kind", flat=True)
        assert set(made) == {"visit", "prescription"}
        kept = paper_in_force(paper.visit, "sick_leave")
        assert kept is not None
        assert kept.version.number == 1
        answer = logged_in(clinician).get(leave(paper))
        assert "-v1.pdf" in answer["Content-Disposition"]
        mark = Mark("sick_leave", paper.visit_id, 1)
        assert "còn hiệu lực" in text_of(Client().get(mark.address))
