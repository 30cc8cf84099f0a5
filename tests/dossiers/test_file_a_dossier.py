"""An applicant files: only the case's documents are asked, what the register knows is not."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.codelists.models import Code
from portal.database.keys import uuid7
from portal.dossiers import definitions, services
from portal.dossiers.models import Authority, Dossier, DossierFile, Number
from tests.dossiers.conftest import NOON, PDF

TODAY = NOON.date()


def codes(filing):
    return [one.rule.code for one in services.needed_documents(filing, None)]


@pytest.mark.parametrize(
    ("procedure", "case", "needs", "spares"),
    [
        ("new", "first", {"diploma", "practice", "cv"}, {"foreign_diploma", "revocation"}),
        ("new", "foreign", {"foreign_diploma", "practice"}, {"diploma", "revocation"}),
        ("new", "revoked", {"revocation", "diploma"}, {"practice"}),
        ("reissue", "lost", {"application", "photo"}, {"license", "proof", "health"}),
        ("reissue", "changed", {"license", "proof"}, {"health", "revocation"}),
        ("renew", "in_time", {"training", "license"}, {"excuse"}),
        ("renew", "excused", {"training", "excuse"}, set()),
        ("adjust", "add", {"diploma", "license"}, {"photo", "cv"}),
    ],
)
def test_a_case_asks_for_its_own_documents_alone(procedure, case, needs, spares, filing, register):
    asked = set(codes(filing(procedure=f"practice_license.{procedure}", case=case)))
    assert needs <= asked
    assert not spares & asked


def test_a_dossier_gets_a_receipt_number_of_the_authority_and_the_year(file):
    first, second = file(), file(applicant_name="Cà Thị Pâng")
    assert (first.receipt_number, second.receipt_number) == ("00001/2026/TN-ĐB", "00002/2026/TN-ĐB")
    next_year = file(on=date(2027, 1, 4), applicant_name="Vừ A Dê")
    assert next_year.receipt_number == "00001/2027/TN-ĐB"
    assert first.tracking_code != second.tracking_code


def test_the_clock_waits_for_the_check_and_the_day_it_would_end_is_known(file):
    dossier = file()
    assert (dossier.state, dossier.clock) == ("received", "waiting")
    assert dossier.due_on == TODAY + timedelta(days=30)
    step = dossier.steps.get()
    assert (step.deed, step.actor, step.actor_name) == ("receive", None, "Lò Văn Thoan")


def test_sending_a_form_twice_files_once(filing, register):
    key = uuid7()
    for code in ("application", "diploma", "health", "practice", "cv", "photo"):
        services.keep_file(
            client_key=key, document_code=code, content=PDF + code.encode(), name="a.pdf", at=NOON
        )
    first = services.file_dossier(filing=filing(), client_key=key, at=NOON)
    second = services.file_dossier(filing=filing(), client_key=key, at=NOON)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.dossier == second.dossier
    assert Dossier.objects.count() == 1
    assert len(register.done) == 1


def test_every_missing_document_is_named_at_once_and_nothing_is_kept(filing, register):
    with pytest.raises(ValidationError) as refused:
        services.file_dossier(filing=filing(), client_key=uuid7(), at=NOON)
    assert {"document_diploma", "document_practice", "document_cv"} <= set(refused.value.error_dict)
    assert refused.value.error_dict["document_cv"][0].code == "document_missing"
    assert not Dossier.objects.exists()
    assert not Number.objects.exists()
    assert register.done == []


def test_one_of_a_group_is_enough(file):
    dossier = file(papers=("application", "diploma", "work_permit", "practice", "cv", "photo"))
    states = dict(dossier.documents.values_list("code", "state"))
    assert (states["work_permit"], states["health"]) == ("provided", "optional")


def test_what_the_register_knows_is_not_asked_for(file, register):
    register.known = {"diploma": "Bằng Điều dưỡng 2018/1013, đã xác thực"}
    papers = ("application", "health", "practice", "cv", "photo")
    dossier = file(papers=papers, identifier="011096004321")
    diploma = dossier.documents.get(code="diploma")
    assert diploma.state == "waived"
    assert diploma.because == "Bằng Điều dưỡng 2018/1013, đã xác thực"


def test_the_register_spares_nothing_to_somebody_it_does_not_know(filing, register):
    register.known = {"diploma": "Bằng Điều dưỡng"}
    needed = {one.rule.code: one for one in services.needed_documents(filing(), None)}
    assert not needed["diploma"].is_waived


def test_a_second_dossier_for_the_same_act_is_refused_while_one_is_open(file):
    file(identifier="011096004321")
    with pytest.raises(ValidationError) as refused:
        file(identifier="011096004321")
    assert refused.value.code == "filed_already"
    assert Dossier.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"procedure": "practice_license.revoke", "case": "own_request"}, "procedure_unknown"),
        ({"procedure": "no_such.act"}, "procedure_unknown"),
        ({"case": "no_such_case"}, "case_unknown"),
    ],
)
def test_what_the_lists_do_not_have_is_refused(change, code, filing, register):
    with pytest.raises(ValidationError) as refused:
        services.file_dossier(filing=filing(**change), client_key=uuid7(), at=NOON)
    assert refused.value.code == code
    assert not Dossier.objects.exists()


def test_the_day_of_the_filing_picks_the_authority(filing, register, ministry):
    """Since 01/07/2025 the departments issue what the Ministry issued (Decree 148/2025, article 7)."""
    Authority.objects.create(
        organisation=ministry,
        kind="ministry_of_health",
        letters="BYT",
        signer_title="Bộ trưởng",
        valid_from=date(2024, 1, 1),
        legal_basis="Luật 15/2023/QH15, Điều 28",
    )
    before, since = date(2025, 6, 30), date(2025, 7, 1)
    assert "ministry_of_health" in definitions.kinds_on("practice_license.new", before)
    assert "ministry_of_health" not in definitions.kinds_on("practice_license.new", since)
    with pytest.raises(ValidationError) as refused:
        services.file_dossier(filing=filing(authority=ministry), client_key=uuid7(), at=NOON)
    assert refused.value.code == "authority_not_competent"


def test_a_term_that_no_source_gives_stays_unknown(file, officer, register, filing):
    said = filing(procedure="practice_license.revoke", case="own_request")
    opened = services.open_by_authority(actor=officer, filing=said, client_key=uuid7(), at=NOON)
    assert opened.dossier.due_on is None
    assert opened.dossier.term_count is None


def test_a_term_that_was_not_compared_with_the_law_says_so(file, register):
    register.last_day = date(2027, 3, 9)
    papers = ("application", "license", "health", "training")
    dossier = file(procedure="practice_license.renew", case="in_time", papers=papers)
    assert dossier.due_on == date(2027, 3, 9)
    assert not dossier.term_is_verified
    assert dossier.silence_keeps_valid
    assert file(applicant_name="Vừ A Dê").term_is_verified


def test_a_new_version_of_the_list_leaves_filed_dossiers_as_they_were(file):
    dossier = file()
    Code.objects.filter(
        code="practice_license.new", version__code_list__key="procedure_terms"
    ).update(attributes={"procedure": "practice_license.new", "cases": "*", "count": "10"})
    dossier.refresh_from_db()
    assert dossier.term_count == 30


def test_a_file_that_is_no_picture_and_no_pdf_is_refused(register, law):
    key = uuid7()
    with pytest.raises(ValidationError) as refused:
        services.keep_file(
            client_key=key, document_code="cv", content=b"MZ\x90", name="cv.pdf", at=NOON
        )
    assert refused.value.code == "file_unknown_kind"
    assert not DossierFile.objects.exists()


def test_files_of_one_form_are_limited(register, law):
    key = uuid7()
    for number in range(30):
        services.keep_file(
            client_key=key, document_code="cv", content=PDF + bytes([number]), name="a", at=NOON
        )
    with pytest.raises(ValidationError) as refused:
        services.keep_file(
            client_key=key, document_code="cv", content=PDF + b"one more", name="a", at=NOON
        )
    assert refused.value.code == "too_many_files"
    assert DossierFile.objects.count() == 30


def test_an_applicant_needs_a_second_secret(file):
    with pytest.raises(ValidationError) as refused:
        file(birth_date=None, phone="")
    errors = refused.value.error_dict["__all__"]
    assert "secret_missing" in {error.code for error in errors}
    assert not Dossier.objects.exists()
