"""A licence that was suspended or revoked, or a ban, is not got round by asking for a new licence."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.dossiers import acts
from portal.dossiers.models import Decision, Dossier
from practitioners import services
from practitioners.models import PracticeBan, PracticeLicense
from practitioners.services import Measure
from practitioners.states import State
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import DAY, RENEW, TODAY, file, refused_code, state
from tests.dossiers.licences.test_new_licence import NEW

NUMBER = "011090004321"
DECIDED = services.Decision(TODAY - DAY, number="12/QĐ-SYT", decided_on=TODAY - DAY)


@pytest.fixture
def asks(filing, holder):
    """Return a filing of the holder of a licence, who is known by a personal number."""
    holder.practitioner.identifiers.create(kind="personal", value=NUMBER, is_verified=True)

    def make(case, act="new", on=TODAY, **values):
        return filing(act, case, on=on, identifier=NUMBER, values={**NEW, **values})

    return make


def suspend(license):
    services.suspend_license(
        actor=None,
        license=license,
        decision=DECIDED,
        measure=Measure(ground_code="ethics", ground="x", valid_until=date(2027, 5, 1)),
        at=at(TODAY),
    )


def revoke(license):
    services.revoke_license(
        actor=None,
        license=license,
        decision=DECIDED,
        measure=Measure(ground_code="own_request", ground="x"),
        at=at(TODAY),
    )


def bar(person, first=TODAY, last=None):
    return PracticeBan.objects.create(
        practitioner=person,
        ground_code="court",
        decision_no="7/2026/HS-ST",
        decided_on=first,
        valid_from=first,
        valid_until=last,
    )


CASES = [("new", "first"), ("new", "foreign"), ("new", "title"), ("new", "revoked")]


@pytest.mark.parametrize(("act", "case"), [*CASES, ("recognise", "recognise")])
def test_a_suspended_person_gets_no_fresh_licence_in_any_case(act, case, asks, holder):
    suspend(holder)
    foreign = {"foreign_number": "A-1", "foreign_country": "Lào"} if act == "recognise" else {}
    assert refused_code(asks(case, act, title="doctor", **foreign)) == "license_state"
    assert not Dossier.objects.exists()
    assert state(holder, TODAY) == State.SUSPENDED


@pytest.mark.parametrize(
    ("case", "title", "code"),
    [
        ("first", "doctor", "license_held"),
        ("foreign", "doctor", "license_held"),
        ("revoked", "nurse", "license_state"),
        ("title", "nurse", "title_unchanged"),
    ],
)
def test_a_licence_in_force_lets_only_another_title_be_asked_for(case, title, code, asks):
    assert refused_code(asks(case, title=title)) == code
    assert not Dossier.objects.exists()


def test_another_title_replaces_the_licence(asks, granted, holder):
    granted(file(asks("title", title="midwife")))
    new = PracticeLicense.objects.current().get()
    assert (new.title, new.practitioner) == ("midwife", holder.practitioner)
    assert state(holder, TODAY) == State.SUPERSEDED


def test_another_title_needs_a_licence_the_register_knows(filing, law):
    assert refused_code(filing("new", "title", values=NEW)) == "license_none"
    assert refused_code(filing("new", "revoked", values=NEW)) == "license_none"


def test_after_a_revocation_only_its_own_case_applies(asks, granted, holder):
    revoke(holder)
    assert refused_code(asks("first")) == "license_revoked"
    assert refused_code(asks("title", title="doctor")) == "license_revoked"
    granted(file(asks("revoked")))
    assert PracticeLicense.objects.current().get().practitioner == holder.practitioner


@pytest.mark.parametrize(("act", "case"), [("new", "revoked"), ("recognise", "recognise")])
def test_only_a_case_that_lists_an_examination_needs_one(act, case, asks, granted, holder, law):
    """The list of documents decides; a doctor of 2028 is licensed again, or recognised, without."""
    if case == "revoked":
        revoke(holder)
    else:
        PracticeLicense.objects.all().update(superseded_on=TODAY)
    foreign = {"foreign_number": "A-1", "foreign_country": "Lào"} if act == "recognise" else {}
    said = asks(case, act, on=date(2028, 3, 1), title="doctor", **foreign)
    assert acts.act_of(said.procedure).notices(said, holder.practitioner_id) == []
    granted(file(said))
    assert PracticeLicense.objects.current().get().title == "doctor"


def test_who_let_the_licence_expire_asks_for_a_first_one_again(asks, granted, holder):
    """A renewal sends them here (article 32): it must lead somewhere."""
    PracticeLicense.objects.update(issued_on=date(2021, 10, 1), valid_until=date(2026, 10, 1))
    assert refused_code(asks("in_time", "renew", **RENEW)) == "license_expired"
    granted(file(asks("first")))
    new = PracticeLicense.objects.current().get()
    assert (new.issued_on, new.practitioner) == (TODAY, holder.practitioner)


@pytest.mark.parametrize("case", ["first", "revoked"])
def test_a_ban_stands_against_a_new_licence(case, asks, holder):
    """Law 15/2023/QH15, article 20."""
    if case == "revoked":
        revoke(holder)
    else:
        PracticeLicense.objects.all().update(superseded_on=TODAY)
    bar(holder.practitioner, last=TODAY)
    assert refused_code(asks(case)) == "person_barred"
    assert not Dossier.objects.exists()
    assert file(asks(case, on=TODAY + DAY)).state == "received"


def test_a_ban_stands_against_giving_a_revoked_licence_back(filing, holder):
    revoke(holder)
    bar(holder.practitioner)
    assert refused_code(filing("reissue", "revoked", values=RENEW)) == "person_barred"
    assert state(holder, TODAY) == State.REVOKED


@pytest.mark.parametrize(
    ("meanwhile", "code"), [(bar, "person_barred"), (suspend, "license_state")]
)
def test_what_happened_while_the_dossier_lay_is_asked_again_at_the_signature(
    meanwhile, code, asks, granted, holder
):
    dossier = file(asks("title", title="midwife"))
    meanwhile(holder.practitioner if meanwhile is bar else holder)
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == code
    assert not Decision.objects.exists()
    assert PracticeLicense.objects.get() == holder
