"""Nobody deals with a dossier about themselves, or one they handed in for another."""

import pytest
from django.core.exceptions import ValidationError

from portal.database.keys import uuid7
from portal.dossiers import services
from portal.dossiers.models import Decision, Dossier
from practitioners.models import PracticeLicense, Practitioner
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import BORN, ISSUED, RENEW, TODAY, file
from tests.dossiers.licences.test_new_licence import NEW

ADJUST = {**RENEW, "scope": "Ngoại khoa"}


@pytest.fixture
def is_holder(holder, director):
    """Let the director be the nurse of the licence."""
    holder.practitioner.accounts.create(user=director, valid_from=ISSUED)
    return director


def own(deed, **said):
    with pytest.raises(ValidationError) as refused:
        deed(at=at(TODAY), **said)
    assert refused.value.code == "dossier_own"
    return "".join(refused.value.messages)


def ready(officer, dossier):
    services.accept(actor=officer, dossier=dossier, at=at(TODAY))
    services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
    return services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(TODAY))


def test_nobody_takes_a_step_in_or_signs_their_own_licence(filing, is_holder, officer):
    """They are named, told to hand it to a colleague, and can do just that."""
    dossier = file(filing("adjust", "add", values=ADJUST))
    assert "Trần Thị Lan" in own(services.accept, actor=is_holder, dossier=dossier)
    own(services.hand_to, actor=is_holder, dossier=dossier, official=is_holder)
    own(services.waive, actor=is_holder, dossier=dossier, code="diploma", because="x")
    services.hand_to(actor=is_holder, dossier=dossier, official=officer, at=at(TODAY))
    dossier = ready(officer, dossier)
    own(services.send_back, actor=is_holder, dossier=dossier, reason="x")
    own(services.decide, actor=is_holder, dossier=dossier)
    dossier.refresh_from_db()
    assert dossier.state == "signature"
    assert not Decision.objects.exists()
    assert PracticeLicense.objects.get().scope == "Thực hiện kỹ thuật điều dưỡng"


def test_who_has_no_licence_yet_is_known_by_name_and_birth(filing, authority, director):
    person = Practitioner.objects.create(name="Cà Thị Pâng", birth_date=BORN, sex="female")
    person.accounts.create(user=director, valid_from=ISSUED)
    dossier = file(filing("new", "first", applicant_name="Cà Thị Pâng", values=NEW))
    own(services.accept, actor=director, dossier=dossier)
    dossier.refresh_from_db()
    assert (dossier.subject, dossier.state) == (None, "received")


def test_nobody_opens_or_ends_a_procedure_about_themselves(filing, is_holder, officer):
    said = filing(
        "revoke", "own_request", birth_date=None, phone="", values={**RENEW, "reasons": "x"}
    )
    own(services.open_by_authority, actor=is_holder, filing=said, client_key=uuid7())
    assert not Dossier.objects.exists()
    opened = services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(TODAY)
    ).dossier
    own(services.withdraw, actor=is_holder, dossier=opened, reason="x")
    opened.refresh_from_db()
    assert opened.state == "appraisal"


def test_a_namesake_of_the_licensee_may_open_what_nobody_handed_in(filing, holder, officer):
    said = filing(
        "revoke", "own_request", birth_date=None, phone="", values={**RENEW, "reasons": "x"}
    )
    officer.full_name = said.applicant_name
    opened = services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(TODAY)
    ).dossier
    assert (opened.state, opened.opened_by) == ("appraisal", "authority")


def test_who_handed_a_dossier_in_does_not_sign_it(filing, holder, officer, director):
    said = filing("adjust", "add", values=ADJUST, submitter_name="trần thị Lan")
    dossier = ready(officer, file(said))
    own(services.decide, actor=director, dossier=dossier)
    assert not Decision.objects.exists()


def test_who_applied_by_themselves_does_not_sign_it(filing, officer, director):
    """Where nobody handed it in for another, the applicant did: known by name without an account."""
    dossier = file(filing("new", "first", applicant_name="TRẦN Thị Lan", values=NEW))
    assert dossier.submitter_name == ""
    own(services.accept, actor=director, dossier=dossier)
    dossier.refresh_from_db()
    assert dossier.state == "received"
