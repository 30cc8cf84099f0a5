"""A paper is waived only by a fact of the register that is the very one the filing must prove."""

from datetime import date

import pytest

from portal.dossiers import services
from practitioners.models import ExaminationResult, PracticeLicense, Practitioner
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import BORN, DAY, ISSUED, RENEW, TODAY, license_for
from tests.dossiers.licences.test_new_licence import NEW

NUMBER = "011090004321"


@pytest.fixture
def person(authority):
    """Return somebody verified who has no licence."""
    row = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=BORN, sex="male", keeper=authority, verified_at=at(ISSUED)
    )
    row.identifiers.create(kind="personal", value=NUMBER, is_verified=True)
    return row


@pytest.fixture
def waived(filing, person):
    def ask(document, act="new", case="first", **changes):
        values = {**NEW, "sex": "male", **changes.pop("values", {})}
        said = filing(act, case, **{"identifier": NUMBER, "values": values, **changes})
        needed = services.needed_documents(said, person.pk)
        return next(one.because for one in needed if one.rule.code == document)

    return ask


@pytest.mark.parametrize(("number", "is_known"), [("2019/ 1013", True), ("2019/1014", False)])
def test_only_the_diploma_the_filing_names_is_taken(number, is_known, waived, person):
    person.qualifications.create(
        level="college", diploma_number=number, issued_on=date(2019, 7, 15)
    )
    assert bool(waived("diploma")) is is_known
    assert not waived("diploma", values={"diploma_number": ""})


def test_only_an_examination_for_the_title_asked_for_is_taken(waived, person):
    row = ExaminationResult.objects.create(
        practitioner=person, title="nurse", sat_on=TODAY - DAY, result="passed"
    )
    assert waived("exam")
    assert not waived("exam", values={"title": "doctor"})
    for change in ({"result": "failed"}, {"result": "passed", "valid_until": TODAY - DAY}):
        ExaminationResult.objects.filter(pk=row.pk).update(**change)
        assert not waived("exam")


def test_a_completed_practical_training_needs_no_certificate_on_paper(waived, person, hospital):
    training = person.practical_trainings.create(
        facility=hospital, title="nurse", valid_from=date(2025, 10, 1)
    )
    assert not waived("practice")
    training.completed_on, training.certificate_no = TODAY - DAY, "7/XN"
    training.save()
    assert "7/XN" in waived("practice")
    assert not waived("practice", values={"title": "midwife"})
    assert not waived("practice", on=TODAY - 2 * DAY)


def test_a_specialist_s_diploma_is_taken_for_its_own_field(waived, person):
    person.qualifications.create(
        level="specialist_1",
        field="Nội tim mạch",
        diploma_number="CK/12",
        issued_on=date(2023, 7, 15),
    )
    assert "CK/12" in waived("speciality", values={"scope": "Chuyên khoa nội tim mạch"})
    assert not waived("speciality", values={"scope": "Chuyên khoa mắt"})
    person.qualifications.update(level="university")
    assert not waived("speciality", values={"scope": "Chuyên khoa nội tim mạch"})


def test_who_is_verified_as_the_licence_should_say_brings_no_proof_of_it(waived, person):
    ask = {"act": "reissue", "case": "wrong", "values": RENEW}
    assert waived("proof", **ask)
    assert not waived("proof", **ask, applicant_name="Lò Văn Thuận")
    assert not waived("proof", **ask, birth_date=BORN + DAY)
    assert not waived("proof", **ask, identifier="011090009999")
    Practitioner.objects.update(verified_at=None)
    assert not waived("proof", **ask)


@pytest.mark.parametrize("title", ["traditional_practitioner", "family_remedy_holder"])
def test_a_title_without_practical_training_or_training_hours_proves_neither(
    title, filing, waived, person
):
    """A lương y and the holder of a family remedy: the list of titles asks nothing of them."""
    said = filing("new", "first", values={**NEW, "title": title})
    because = {one.rule.code: one.because for one in services.needed_documents(said, None)}
    assert "chức danh" in because["practice"]
    assert not because["diploma"]
    license = license_for(person)
    assert not waived("training", act="renew", case="in_time", values=RENEW)
    PracticeLicense.objects.filter(pk=license.pk).update(title=title)
    assert "chức danh" in waived("training", act="renew", case="in_time", values=RENEW)


@pytest.mark.parametrize(
    ("level", "issued", "is_exempt"),
    [
        ("specialist_1", date(2024, 11, 5), True),
        ("resident", date(2026, 7, 1), True),
        ("specialist_1", date(2024, 11, 4), False),
        ("university", date(2026, 7, 1), False),
    ],
)
def test_a_specialist_within_24_months_of_the_diploma_needs_no_form_07(
    level, issued, is_exempt, filing, law
):
    values = {"title": "doctor", "diploma_level": level, "diploma_on": issued.isoformat()}
    said = filing("new", "first", values={**NEW, **values})
    because = {one.rule.code: one.because for one in services.needed_documents(said, None)}
    assert bool(because["practice"]) is is_exempt
    assert (f"{issued:%d/%m/%Y}" in because["practice"]) is is_exempt
