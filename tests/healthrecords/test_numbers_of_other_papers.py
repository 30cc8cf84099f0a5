"""A number the form has no box for is kept by a deed of its own, found by it, and told apart."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from healthrecords import services
from healthrecords.models import Citizen, CitizenIdentifier, TwinCase
from healthrecords.services import numbers
from healthrecords.services.entries import NumberEntry
from healthrecords.services.sweeps import sweep
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.places.models import Area, Organisation
from tests.healthrecords.conftest import AT, entry_of
from tests.healthrecords.merging import join, part
from tests.healthrecords.pages import logged_in
from tests.healthrecords.test_identity_pages import do, page_of

pytestmark = pytest.mark.usefixtures("lists", "station")


@pytest.fixture
def other(clerk: User, station: Organisation, communes: list[Area]) -> Citizen:
    """Vàng A Dơ, of the same commune."""
    number = NumberEntry("personal", "011070000001")
    saved = services.register_citizen(
        actor=clerk,
        place=station,
        entry=entry_of(communes[0], name="Vàng A Dơ", sex="male", numbers=[number]),
        client_key=uuid7(),
        at=AT,
    )
    return saved.row


@pytest.mark.parametrize(
    "kind", ["foreign_account", "origin_certificate", "birth_paper", "birth_registration"]
)
def test_the_number_of_a_paper_is_kept_and_finds_the_person(
    kind: str, citizen: Citizen, clerk: User
) -> None:
    """QĐ 4750/QĐ-BYT, table 1, SO_CCCD: what a person without a personal number goes by."""
    client = logged_in(clerk)
    answer = do(client, citizen, "add-number", kind=kind, value=" nn-2026/0417 ", issued_on="")
    assert answer.status_code == 302
    row = CitizenIdentifier.objects.get(kind=kind)
    assert (row.citizen, row.value, row.issuer, row.is_verified) == (
        citizen,
        "NN-2026/0417",
        None,
        False,
    )
    assert row.value in client.get(page_of(citizen)).content.decode()
    found = client.get("/tim/", {"q": "nn-2026/0417"})
    # A number that each office counts anew opens nothing by itself: who has it here is listed.
    is_local = kind in CitizenIdentifier.LOCAL
    assert str(citizen.pk) in (found.content.decode() if is_local else found.headers["Location"])
    again = do(client, citizen, "add-number", kind=kind, value="NN-2026/0417", issued_on="")
    assert again.status_code == 400
    assert again.context["refused"].has_error("value", "number_known")
    assert CitizenIdentifier.objects.filter(kind=kind).count() == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "personal", "value": "011162004137"}, ("kind", "required")),
        ({"kind": "birth_paper", "value": "12A"}, ("value", "number_unreadable")),
        ({"kind": "birth_paper", "value": "khong"}, ("value", "number_unreadable")),
    ],
)
def test_what_is_no_number_of_another_paper_is_refused(
    said: dict[str, str], code: tuple[str, str], citizen: Citizen, clerk: User
) -> None:
    before = list(citizen.identifiers.values_list("kind", "value"))
    with pytest.raises(ValidationError) as refused:
        numbers.add_number(actor=clerk, citizen=citizen, issued_on=None, at=AT, **said)
    name, expected = code
    assert [error.code for error in refused.value.error_dict[name]] == [expected]
    assert list(citizen.identifiers.values_list("kind", "value")) == before


def test_one_account_of_a_foreigner_in_two_records_is_a_question_of_twins(
    citizen: Citizen, other: Citizen, clerk: User
) -> None:
    for row in (citizen, other):
        numbers.add_number(
            actor=clerk,
            citizen=row,
            kind="foreign_account",
            value="NN123456",
            issued_on=None,
            at=AT,
        )
    case = TwinCase.objects.get()
    assert {case.older, case.newer} == {citizen, other}


@pytest.mark.parametrize("kind", ["facility_number", "birth_paper", "birth_registration"])
def test_a_number_that_each_office_counts_anew_makes_nobody_a_twin(
    kind: str, citizen: Citizen, other: Citizen, clerk: User
) -> None:
    for row in (citizen, other):
        kept = numbers.add_number(
            actor=clerk, citizen=row, kind=kind, value="12/2026", issued_on=None, at=AT
        )
        assert kept.issuer == (clerk.place_of_work if kind == "facility_number" else None)
    sweep(at=timezone.now())
    assert not TwinCase.objects.exists()


def test_two_facilities_may_give_a_person_the_same_patient_number(
    citizen: Citizen, clerk: User, station: Organisation, hospital: Organisation
) -> None:
    theirs = citizen.identifiers.create(kind="facility_number", value="12345", issuer=hospital)
    said = {"kind": "facility_number", "value": "12345", "issued_on": None, "at": AT}
    ours = numbers.add_number(actor=clerk, citizen=citizen, **said)  # type: ignore[arg-type]
    assert (ours.issuer, theirs.issuer) == (station, hospital)
    with pytest.raises(ValidationError) as refused:
        numbers.add_number(actor=clerk, citizen=citizen, **said)  # type: ignore[arg-type]
    assert [error.code for error in refused.value.error_dict["value"]] == ["number_known"]
    assert citizen.identifiers.filter(value="12345").count() == 2


def test_patient_numbers_of_two_facilities_stand_together_while_two_records_are_one(
    clerk: User, clinician: User, citizen: Citizen, other: Citizen, hospital: Organisation
) -> None:
    for one, issuer in ((citizen, hospital), (other, clerk.place_of_work)):
        one.identifiers.create(kind="facility_number", value="12345", issuer=issuer)
    before = set(CitizenIdentifier.objects.values_list("pk", "citizen"))
    merge = join(clerk, citizen, other)
    assert citizen.identifiers.filter(value="12345").count() == 2
    part(clinician, merge)
    assert set(CitizenIdentifier.objects.values_list("pk", "citizen")) == before
