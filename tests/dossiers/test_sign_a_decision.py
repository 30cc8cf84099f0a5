"""A decision is numbered, printed, signed and takes effect, all in one or not at all."""

import json
import shutil
import subprocess
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from portal.accounts.roles import Role
from portal.dossiers import services
from portal.dossiers.models import Decision, Dossier, Number
from portal.dossiers.papers.marks import read_token, token_of
from portal.dossiers.services.deciding import paper_of
from portal.signing.models import Signature
from tests.conftest import make_user
from tests.dossiers.conftest import NOON, at, course, opened

TODAY = NOON.date()
DAY = timedelta(days=1)


@pytest.fixture
def proposed(file, officer):
    """Return a dossier that waits for its signature."""

    def do(proposal="grant", reason="", **changes):
        dossier = services.accept(actor=officer, dossier=file(**changes), at=at(TODAY))
        dossier = services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
        return services.propose(
            actor=officer, dossier=dossier, proposal=proposal, reason=reason, at=at(TODAY)
        )

    return do


def text_of(decision):
    """Return the words of a decision's paper."""
    reader = shutil.which("pdftotext")
    if not reader:
        pytest.skip("No pdftotext here: install poppler-utils to read what a paper says.")
    done = subprocess.run(
        [reader, "-layout", "-", "-"], input=paper_of(decision), capture_output=True, check=True
    )
    return done.stdout.decode()


def test_a_decision_gets_the_authority_s_next_number_of_the_year(proposed, director):
    numbers = [
        services.decide(actor=director, dossier=proposed(applicant_name=name), at=at(day)).number
        for name, day in (
            ("Lò Văn Thoan", TODAY),
            ("Cà Thị Pâng", TODAY),
            ("Vừ A Dê", date(2027, 1, 4)),
        )
    ]
    assert numbers == ["1/QĐ-ĐB", "2/QĐ-ĐB", "1/QĐ-ĐB"]


def test_a_licence_number_runs_on_over_the_years(proposed, director):
    for day in (TODAY, date(2027, 1, 4)):
        services.decide(actor=director, dossier=proposed(applicant_name=str(day)), at=at(day))
    texts = list(Number.objects.filter(series="practice_license").values_list("text", flat=True))
    assert sorted(texts) == ["000001/ĐB-GPHN", "000002/ĐB-GPHN"]


def test_the_effect_is_written_with_the_signature(proposed, director, register):
    dossier = proposed()
    decision = services.decide(actor=director, dossier=dossier, at=at(TODAY + DAY))
    dossier.refresh_from_db()
    assert (dossier.state, dossier.clock, dossier.ended_on) == ("granted", "ended", TODAY + DAY)
    assert register.done[-1] == f"granted {decision.number}"
    assert course(dossier)[-2:] == ["propose", "grant"]
    assert json.loads(decision.content)["articles"] == ["Cấp giấy phép số 000001/ĐB-GPHN."]


def test_what_the_register_refuses_undoes_the_signature(proposed, director, register):
    dossier = proposed()
    register.refuses = True
    before = Dossier.objects.filter(pk=dossier.pk).values().get()
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.decide(actor=director, dossier=dossier, at=at(TODAY))
    assert refused.value.code == "register_refuses"
    assert Dossier.objects.filter(pk=dossier.pk).values().get() == before
    assert not Decision.objects.exists()
    assert not Signature.objects.exists()
    assert not Number.objects.filter(series="decision").exists()


def test_a_refusal_is_in_writing(file, officer, proposed, director, register):
    dossier = services.accept(actor=officer, dossier=file(), at=at(TODAY))
    dossier = services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
    with pytest.raises(ValidationError) as refused:
        services.propose(
            actor=officer, dossier=dossier, proposal="refuse", reason="  ", at=at(TODAY)
        )
    codes = {e.code for errors in refused.value.error_dict.values() for e in errors}
    assert "refusal_without_reason" in codes
    dossier.refresh_from_db()
    assert (dossier.state, dossier.proposal) == ("appraisal", "")
    reason = "Văn bằng trung cấp y sỹ cấp sau ngày 31/12/2026 (Điều 121)."
    dossier = services.propose(
        actor=officer, dossier=dossier, proposal="refuse", reason=reason, at=at(TODAY)
    )
    decision = services.decide(actor=director, dossier=dossier, at=at(TODAY))
    assert (decision.outcome, decision.reason) == ("refused", reason)
    assert "31/12/2026" in text_of(decision)
    assert register.done[-1] == "closed refused"


def test_who_proposes_a_revocation_cannot_sign_it(filing, officer, director, register):
    said = filing(procedure="practice_license.revoke", case="own_request")
    dossier = opened(officer, said)
    assert (dossier.state, course(dossier)) == ("appraisal", ["open", "appraise"])
    dossier = services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(TODAY))
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.decide(actor=officer, dossier=dossier, at=at(TODAY))
    assert refused.value.code == "four_eyes"
    dossier.refresh_from_db()
    assert dossier.state == "signature"
    assert not Decision.objects.exists()
    assert services.decide(actor=director, dossier=dossier, at=at(TODAY)).signed_by == director


def test_the_database_itself_refuses_two_eyes(filing, officer, director, register):
    said = filing(procedure="practice_license.suspend", case="ethics")
    dossier = opened(officer, said)
    services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(TODAY))
    with pytest.raises(DatabaseError), transaction.atomic():
        Dossier.objects.filter(pk=dossier.pk).update(decided_by=officer)


def test_an_applicant_s_act_may_be_proposed_and_signed_by_one(proposed, officer):
    assert services.decide(actor=officer, dossier=proposed(), at=at(TODAY)).signed_by == officer


def test_only_who_may_sign_for_the_authority_signs(proposed, clerk, ministry):
    far = make_user("thong.ke", "Người Thống Kê", Role.STATISTICIAN, ministry)
    dossier = proposed()
    for person in (clerk, far):
        with pytest.raises(PermissionDenied), transaction.atomic():
            services.decide(actor=person, dossier=dossier, at=at(TODAY))
    assert not Decision.objects.exists()


def test_a_number_taken_for_what_was_sent_back_stays_with_the_dossier(proposed, officer, director):
    from portal.dossiers.services.deciding import lay_out

    dossier = proposed()
    first = lay_out(actor=director, dossier=dossier, at=at(TODAY)).number
    services.send_back(actor=director, dossier=dossier, reason="Xem lại.", at=at(TODAY))
    other = services.decide(
        actor=director, dossier=proposed(applicant_name="Vừ A Dê"), at=at(TODAY)
    )
    dossier = services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(TODAY))
    decision = services.decide(actor=director, dossier=dossier, at=at(TODAY))
    assert (first, other.number, decision.number) == ("1/QĐ-ĐB", "2/QĐ-ĐB", "1/QĐ-ĐB")


def test_the_paper_says_what_was_decided_and_its_mark_proves_it(proposed, director, client):
    decision = services.decide(actor=director, dossier=proposed(), at=at(TODAY))
    text = text_of(decision)
    for said in ("QUYẾT ĐỊNH", "1/QĐ-ĐB", "Lò Văn Thoan", "000001/ĐB-GPHN", "Trần Thị Lan"):
        assert said in text
    assert "Xác nhận điện tử, không phải chữ ký số" in text
    page = client.get(reverse("dossiers:check", args=[token_of(decision.dossier_id)]))
    body = page.content.decode()
    assert "1/QĐ-ĐB" in body
    assert "Thoan" not in body
    assert "0912345678" not in body


def test_a_mark_of_another_hand_proves_nothing(proposed, director, client):
    decision = services.decide(actor=director, dossier=proposed(), at=at(TODAY))
    token = token_of(decision.dossier_id)
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), "khong-co", token[:32]):
        assert read_token(forged) is None
        assert client.get(reverse("dossiers:check", args=[forged])).status_code == 404


def test_a_decision_cannot_be_changed(proposed, director):
    decision = services.decide(actor=director, dossier=proposed(), at=at(TODAY))
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(number="9/QĐ-ĐB")
    with pytest.raises(DatabaseError), transaction.atomic():
        Number.objects.all().delete()


def test_withdrawing_tells_the_act(file, register):
    dossier = services.withdraw(dossier=file(), reason="Nộp nhầm trường hợp.", at=at(TODAY))
    assert dossier.state == "withdrawn"
    assert register.done[-1] == "closed withdrawn"
