"""Who asks for a first licence, with which diploma, under which title; and a foreign licence."""

import json
from datetime import date

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from portal.codelists.loader import shipped_versions
from portal.dossiers import acts, definitions
from portal.dossiers.models import Decision, Dossier
from practitioners.acts.forms import AdjustForm, ForeignForm, NewForm, RecogniseForm
from practitioners.models import Practitioner, ProfileSource
from practitioners.public.addresses import license_url, person_url
from tests.dossiers.licences.conftest import DAY, RENEW, TODAY, events, file, refused_code
from tests.dossiers.test_sign_a_decision import text_of
from tests.shipped import publish

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


def test_who_enters_by_a_dossier_is_known_by_its_decision(filing, granted, director):
    """Name, birth, sex, number and diploma were decided; the telephone is the person's own word."""
    said = filing(
        "new", "first", applicant_name="Cà Thị Pâng", identifier="011190004321", values=NEW
    )
    granted(file(said))
    person = Practitioner.objects.get(name="Cà Thị Pâng")
    words = ProfileSource.objects.filter(practitioner=person)
    told = {
        (row.field, row.row_id): (row.value, row.source, row.verified_by) for row in words.all()
    }
    number, diploma = person.identifiers.get(), person.qualifications.get()
    assert told["name", None] == ("Cà Thị Pâng", "decision", director)
    assert told["sex", None] == ("female", "decision", director)
    assert told["birth_date", None] == (person.birth.iso(), "decision", director)
    assert told["identifier", number.pk] == ("011190004321", "decision", director)
    assert told["diploma_number", diploma.pk] == ("2019/1013", "decision", director)
    assert told["phone", None] == (person.phone, "practitioner", None)


def test_a_scope_in_words_is_understood_by_its_codes(filing, granted, law):
    publish({row.key for row in shipped_versions() if row.key.startswith("practice_scopes")})
    values = {**NEW, "title": "doctor", "scope": "Nội tim mạch; Truyền nhiễm"}
    granted(file(filing("new", "first", applicant_name="Cà Thị Pâng", values=values)))
    license = Practitioner.objects.get(name="Cà Thị Pâng").licenses.get()
    assert license.versions.get().scope_codes == ["102.04", "102.11"]
    said = filing(
        "adjust",
        "add",
        on=TODAY + DAY,
        applicant_name="Cà Thị Pâng",
        values={"license_number": license.number_raw, "scope": "Nội tim mạch; Thần kinh; lạ"},
    )
    granted(file(said))
    assert license.versions.get(act="adjusted").scope_codes == ["102.04", "102.14"]


def test_a_scope_that_is_another_title_s_is_noticed(filing, holder, law):
    """The list of scopes says whose each is; when filed and at the desk it is said, not refused."""
    publish({row.key for row in shipped_versions() if row.key.startswith("practice_scopes")})
    act = acts.act_of("practice_license.new")
    said = filing("new", "first", values={**NEW, "scope": "Nội tim mạch"})
    [notice] = act.notices(said, None)
    assert "Nội tim mạch" in notice
    values = {**NEW, "title": "doctor", "scope": "Nội tim mạch"}
    assert act.notices(filing("new", "first", values=values), None) == []
    adjust = filing("adjust", "add", values={**RENEW, "scope": "Nội tim mạch"})
    [notice] = acts.act_of("practice_license.adjust").notices(adjust, holder.practitioner_id)
    assert "Nội tim mạch" in notice


def test_the_mark_on_the_paper_leads_to_the_licence_in_the_public_register(filing, granted, holder):
    said = filing("new", "first", applicant_name="Cà Thị Pâng", values=NEW)
    decision = granted(file(said))
    person = Practitioner.objects.get(name="Cà Thị Pâng")
    address = json.loads(decision.content)["shown_at"]
    assert address == settings.PUBLIC_ADDRESS + license_url(person.licenses.get())
    answer = Client().get(address.removeprefix(settings.PUBLIC_ADDRESS))
    assert answer["Location"] == person_url(person.pk)
    page = Client().get(answer["Location"])
    assert "000477/ĐB-GPHN" in page.content.decode()
    assert "Tra cứu giấy phép" in text_of(decision)


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


FOREIGN = {
    **NEW, "foreign_number": "A-123", "foreign_country": "Nhật Bản", "nationality": "JP",
    "passport_number": "tk 1234567", "language": "Tiếng Nhật", "language_way": "interpreter",
    "interpreter": "Trần Thị Phiên", "diploma_on": "15/07/2019",
}  # fmt: skip


def test_a_foreigner_enters_with_nationality_passport_and_language(filing, granted, law):
    publish({row.key for row in shipped_versions() if row.key.startswith("nationalities")})
    form = RecogniseForm(FOREIGN)
    assert form.is_valid(), form.errors
    said = filing("recognise", "recognise", applicant_name="Yamada Hanako", values=form.stored())
    granted(file(said))
    person = Practitioner.objects.get(name="Yamada Hanako")
    assert person.nationality == "JP"
    assert list(person.identifiers.values_list("kind", "value", "is_verified")) == [
        ("passport", "TK1234567", True)
    ]
    language = person.languages.get()
    assert (language.language, language.way, language.interpreter, language.valid_from) == (
        "Tiếng Nhật", "interpreter", "Trần Thị Phiên", TODAY,
    )  # fmt: skip
    assert acts.act_of(said.procedure).subject(said) == person.pk


def test_a_foreigner_without_passport_or_language_is_asked_for_them(law):
    publish({row.key for row in shipped_versions() if row.key.startswith("nationalities")})
    missing = dict.fromkeys(("passport_number", "language", "language_way", "interpreter"), "")
    form = RecogniseForm({**FOREIGN, **missing})
    assert not form.is_valid()
    assert set(form.errors) == {"passport_number", "language", "language_way"}
    assert RecogniseForm({**FOREIGN, **missing, "nationality": "VN"}).is_valid()
    assert acts.act_of("practice_license.new").form_of("foreign") is ForeignForm
    assert acts.act_of("practice_license.new").form_of("first") is NewForm


def test_every_listed_act_on_a_licence_is_carried_out(law):
    listed = {row.code for row in definitions.procedures_on(TODAY)}
    assert {code for code in listed if code.startswith("practice_license.")} <= acts.registered()
    assert {code for code in listed if code.startswith("operating_license.")} <= acts.registered()
