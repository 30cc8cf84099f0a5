"""Who asks for a first licence, with which diploma, under which title; and a foreign licence."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.dossiers import acts, definitions
from portal.dossiers.models import Decision, Dossier
from practitioners.acts.forms import AdjustForm, NewForm
from practitioners.models import Practitioner
from tests.dossiers.licences.conftest import TODAY, events, file, refused_code

NEW = {
    "sex": "female",
    "title": "nurse",
    "scope": "Thực hiện kỹ thuật điều dưỡng",
    "diploma_level": "college",
    "diploma_field": "Điều dưỡng",
    "diploma_number": "2019/1013",
    "diploma_on": "2019-07-15",
}


def test_a_new_licence_enters_the_person_and_the_licence(filing, granted, holder):
    said = filing(
        "new", "first", applicant_name="Cà Thị Pâng", identifier="011190004321", values=NEW
    )
    decision = granted(file(said))
    person = Practitioner.objects.get(name="Cà Thị Pâng")
    license = person.licenses.get()
    assert license.number_raw == "000477/ĐB-GPHN"  # after the highest that was ever printed
    assert (license.issued_on, license.valid_until) == (TODAY, date(2031, 11, 5))
    assert events(license) == ["issued"]
    event = license.events.get()
    assert (event.decision_no, event.case_id) == (decision.number, decision.dossier_id)
    assert license.versions.get().authority_code == "ĐB"
    assert person.identifiers.get().value == "011190004321"
    assert person.qualifications.get().diploma_number == "2019/1013"
    decision.dossier.refresh_from_db()
    assert decision.dossier.subject == person.pk


def test_who_has_a_licence_is_sent_to_its_other_acts(filing, holder):
    holder.practitioner.identifiers.create(kind="personal", value="011090004321", is_verified=True)
    said = filing("new", "first", identifier="011090004321", values=NEW)
    assert refused_code(said) == "license_held"
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("issued", "code"), [("2027-01-05", "intermediate_diploma_late"), ("2026-12-20", "")]
)
def test_an_intermediate_diploma_counts_only_until_the_end_of_2026(issued, code, filing, law):
    """Law 15/2023/QH15, article 121."""
    values = {**NEW, "title": "assistant_doctor", "diploma_level": "intermediate"}
    said = filing("new", "first", on=date(2027, 2, 1), values={**values, "diploma_on": issued})
    if code:
        assert refused_code(said) == code
    else:
        assert file(said).state == "received"


def test_a_doctor_s_first_application_in_2027_waits_for_guidance(filing, granted, law):
    """The examination is needed from 01/01/2027, its first sitting is in December 2027."""
    said = filing("new", "first", on=date(2027, 1, 15), values={**NEW, "title": "doctor"})
    act = acts.act_of(said.procedure)
    with translation.override("vi"):
        [notice] = act.notices(said, None)
    assert "chờ hướng dẫn" in notice.lower()
    assert act.notices(filing("new", "first", values={**NEW, "title": "doctor"}), None) == []
    dossier = file(said)
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "examination_missing"
    assert not Decision.objects.exists()


def test_a_pharmacist_s_certificate_is_no_licence(law):
    form = AdjustForm({"license_number": "012345/HNO-CCHND", "scope": "x"})
    assert not form.is_valid()
    assert form.errors.as_data()["license_number"][0].code == "is_pharmacist_certificate"


def test_the_titles_to_choose_are_those_of_the_day(law):
    assert ("nurse", "Điều dưỡng") in NewForm().fields["title"].choices


def test_a_foreign_licence_is_recognised_as_such(filing, granted, law):
    values = {**NEW, "foreign_number": "A-123", "foreign_country": "Nhật Bản"}
    said = filing("recognise", "recognise", applicant_name="Yamada Hanako", values=values)
    granted(file(said))
    license = Practitioner.objects.get(name="Yamada Hanako").licenses.get()
    assert events(license) == ["recognised"]


def test_every_listed_act_on_a_licence_is_carried_out(law):
    listed = {row.code for row in definitions.procedures_on(TODAY)}
    assert {code for code in listed if code.startswith("practice_license.")} <= acts.registered()
    assert {code for code in listed if code.startswith("operating_license.")} <= acts.registered()
