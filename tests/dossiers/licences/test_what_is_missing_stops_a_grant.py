"""A grant, a suspension, a revocation is put up for signature with every paper it rests on."""

import pytest
from django.core.exceptions import ValidationError

from portal.database.keys import uuid7
from portal.dossiers import services
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import RENEW, TODAY, file


@pytest.fixture
def propose(officer):
    def do(dossier, proposal="grant", reason=""):
        return services.propose(
            actor=officer, dossier=dossier, proposal=proposal, reason=reason, at=at(TODAY)
        )

    return do


def missing(propose, dossier):
    with pytest.raises(ValidationError) as refused:
        propose(dossier)
    assert refused.value.code == "documents_missing"
    dossier.refresh_from_db()
    assert (dossier.state, dossier.proposal) == ("appraisal", "")
    return "".join(refused.value.messages)


def suspension(filing, officer):
    values = {**RENEW, "valid_from": "2026-11-05", "valid_until": "2027-03-04", "reasons": "x"}
    said = filing("suspend", "technical_error", birth_date=None, phone="", values=values)
    return services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(TODAY)
    ).dossier


@pytest.mark.parametrize("is_answered", [True, False])
def test_what_was_asked_for_and_never_came_stops_a_grant(
    is_answered, filing, holder, officer, propose
):
    """An answer without the paper, or none at all; the diploma is waived with a reason or refused."""
    dossier = file(filing("adjust", "add", values={**RENEW, "scope": "Ngoại khoa"}))
    services.accept(actor=officer, dossier=dossier, at=at(TODAY))
    services.appraise(actor=officer, dossier=dossier, at=at(TODAY))
    asked = [services.Asked(why="Bản chụp mờ.", code="diploma")]
    dossier = services.ask_supplement(actor=officer, dossier=dossier, asked=asked, at=at(TODAY))
    if is_answered:
        services.answer(dossier=dossier, text="Tôi không có.", client_key=uuid7(), at=at(TODAY))
    else:
        services.go_on(actor=officer, dossier=dossier, reason="Quá hạn.", at=at(TODAY))
    assert "Bản sao văn bằng" in missing(propose, dossier)
    services.waive(
        actor=officer, dossier=dossier, code="diploma", because="Đã xem bản chính.", at=at(TODAY)
    )
    assert propose(dossier).state == "signature"


def test_a_suspension_is_not_put_up_without_the_panel_s_conclusion(
    filing, holder, officer, propose
):
    dossier = suspension(filing, officer)
    assert "Kết luận của Hội đồng chuyên môn" in missing(propose, dossier)
    assert not holder.events.exists()


def test_a_procedure_of_the_authority_is_ended_though_its_evidence_never_came(
    filing, holder, officer, propose
):
    dossier = propose(suspension(filing, officer), "refuse", "Không đủ căn cứ.")
    assert dossier.state == "signature"
