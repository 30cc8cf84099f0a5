"""A suspension holds from its day to its last, a revocation from its signature; both end."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.dossiers import acts, services
from portal.dossiers.models import Decision, Dossier
from portal.dossiers.services.filing import filing_of
from practitioners.models import LicenseVersion
from practitioners.states import State
from tests.dossiers.conftest import at, opened
from tests.dossiers.licences.conftest import DAY, RENEW, TODAY, events, file, state


def suspension(filing, until, **changes):
    values = {
        **RENEW,
        "valid_from": TODAY.isoformat(),
        "valid_until": until.isoformat(),
        "duty": "24 giờ đào tạo",
        "reasons": "Kết luận của Hội đồng chuyên môn.",
        **changes,
    }
    return filing("suspend", "technical_error", birth_date=None, phone="", values=values)


def test_a_suspension_holds_from_its_day_until_its_last(filing, granted, holder, officer):
    until = date(2027, 2, 5)
    granted(opened(officer, suspension(filing, until, duty="")))
    assert state(holder, TODAY - DAY) == State.ACTIVE
    assert state(holder, TODAY) == State.SUSPENDED
    assert state(holder, until) == State.SUSPENDED
    assert state(holder, until + DAY) == State.ACTIVE
    event = holder.events.get()
    assert (event.ground_code, event.ground) == (
        "technical_error",
        "Kết luận của Hội đồng chuyên môn.",
    )


@pytest.mark.parametrize("until", [TODAY + 10 * DAY, date(2028, 11, 5), date(2029, 11, 6)])
def test_a_suspension_lasts_one_to_twenty_four_months(until, filing, holder, officer):
    """Law 15/2023/QH15, article 34."""
    with pytest.raises(ValidationError) as refused:
        opened(officer, suspension(filing, until))
    assert refused.value.error_dict["valid_until"][0].code == "suspension_length"
    assert not Dossier.objects.exists()


def test_a_suspension_signed_later_begins_with_the_signature(filing, granted, holder, officer):
    granted(opened(officer, suspension(filing, date(2027, 5, 5))), on=TODAY + 9 * DAY)
    assert holder.events.get().valid_from == TODAY + 9 * DAY
    assert state(holder, TODAY + 8 * DAY) == State.ACTIVE


@pytest.mark.parametrize(
    ("until", "signed", "last"),
    [
        (date(2026, 12, 4), TODAY + DAY, date(2026, 12, 5)),
        (date(2026, 12, 4), date(2027, 2, 1), date(2027, 2, 28)),
        (date(2028, 11, 4), TODAY + DAY, date(2028, 11, 5)),
        (date(2026, 12, 10), TODAY + DAY, date(2026, 12, 11)),
    ],
)
def test_a_suspension_signed_later_keeps_its_length(
    until, signed, last, filing, granted, holder, officer
):
    """One month, 24 months, one month and six days: counted from the signature, as it is printed."""
    decision = granted(opened(officer, suspension(filing, until)), on=signed)
    event = holder.events.get()
    assert (event.valid_from, event.valid_until) == (signed, last)
    assert f"{last:%d/%m/%Y}" in decision.content


LIFT = {**RENEW, "reasons": "Đủ sức khỏe theo giấy khám ngày 10/11/2026."}


def lifting(filing, on):
    return filing("lift", "fit_again", on=on, birth_date=None, phone="", values=LIFT)


def test_a_suspension_is_lifted_early_by_a_decision_two_people_make(
    filing, granted, holder, officer, director
):
    """The licence holds again from the signature; the decision and its number stay with it."""
    granted(opened(officer, suspension(filing, date(2027, 2, 5))))
    on = TODAY + 9 * DAY
    dossier = opened(officer, lifting(filing, on))
    with translation.override("vi"):
        said = acts.act_of("practice_license.lift").notices(filing_of(dossier), None)
    assert "24 giờ đào tạo" in said[1]
    dossier = services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(on))
    with pytest.raises(ValidationError) as refused:
        services.decide(actor=officer, dossier=dossier, at=at(on))
    assert refused.value.code == "four_eyes"
    assert events(holder) == ["suspended"]
    decision = services.decide(actor=director, dossier=dossier, at=at(on))
    assert state(holder, on - DAY) == State.SUSPENDED
    assert state(holder, on) == State.ACTIVE
    event = holder.events.get(kind="resumed")
    assert (event.decision_no, event.decided_on, event.ground) == (
        decision.number,
        on,
        LIFT["reasons"],
    )
    assert "Đủ sức khỏe" in decision.content


@pytest.mark.parametrize("is_over", [False, True])
def test_only_a_suspension_that_still_holds_can_be_lifted(
    is_over, filing, granted, holder, officer
):
    """Neither a licence in force nor one whose suspension ended while the dossier lay is changed."""
    if not is_over:
        with pytest.raises(ValidationError) as refused:
            opened(officer, lifting(filing, TODAY))
        assert refused.value.code == "license_state"
        assert not Dossier.objects.exists()
        return
    until = date(2026, 12, 5)
    granted(opened(officer, suspension(filing, until, duty="")))
    dossier = opened(officer, lifting(filing, until))
    with pytest.raises(ValidationError) as refused:
        granted(dossier, on=until + DAY)
    assert refused.value.code == "license_state"
    assert events(holder) == ["suspended"]


def test_a_revoked_licence_is_revoked_from_the_day_of_the_signature(
    filing, granted, holder, officer
):
    values = {**RENEW, "reasons": "Không hành nghề từ 01/02/2025 đến nay."}
    said = filing("revoke", "no_practice", birth_date=None, phone="", values=values)
    decision = granted(opened(officer, said), on=TODAY + 4 * DAY)
    assert state(holder, TODAY + 3 * DAY) == State.ACTIVE
    assert state(holder, TODAY + 4 * DAY) == State.REVOKED
    assert holder.events.get().decision_no == decision.number


@pytest.mark.parametrize(
    ("on", "is_ground"), [(date(2027, 1, 31), False), (date(2027, 2, 1), True)]
)
def test_two_years_without_practice_need_no_other_evidence(
    on, is_ground, filing, holder, hospital, officer
):
    """Last registration ended 01/02/2025: a ground from 01/02/2027 (article 35(1))."""
    holder.practitioner.registrations.create(
        facility=hospital, valid_from=date(2024, 4, 1), valid_until=date(2025, 2, 1)
    )
    values = {**RENEW, "reasons": "Không hành nghề."}
    said = filing("revoke", "no_practice", on=on, birth_date=None, phone="", values=values)
    act = acts.act_of(said.procedure)
    with translation.override("vi"):
        [notice] = act.notices(said, holder.practitioner_id)
    assert "01/02/2025" in notice
    assert "01/02/2027" in notice
    evidence = opened(officer, said, has_paper=False).documents.get(code="evidence")
    assert (evidence.state == "waived") is is_ground
    assert ("01/02/2025" in evidence.because) is is_ground


def test_only_the_ground_of_no_practice_is_proven_by_it(filing, holder, hospital, officer):
    """Forged documents stay to be proven though the person has not practised for years."""
    holder.practitioner.registrations.create(
        facility=hospital, valid_from=date(2024, 4, 1), valid_until=date(2024, 5, 1)
    )
    values = {**RENEW, "reasons": "Giả mạo văn bằng."}
    said = filing("revoke", "forged_documents", birth_date=None, phone="", values=values)
    evidence = opened(officer, said, has_paper=False).documents.get(code="evidence")
    assert (evidence.state, evidence.because) == ("required", "")


def test_what_was_revoked_meanwhile_cannot_be_adjusted_any_more(filing, granted, holder, officer):
    waiting = file(filing("adjust", "add", values={**RENEW, "scope": "x"}))
    said = filing(
        "revoke",
        "own_request",
        birth_date=None,
        phone="",
        values={**RENEW, "reasons": "Tự đề nghị."},
    )
    granted(opened(officer, said))
    with pytest.raises(ValidationError) as refused:
        granted(waiting, on=TODAY + DAY)
    assert refused.value.code == "license_state"
    assert not LicenseVersion.objects.exists()
    assert Decision.objects.count() == 1


def test_a_revoked_licence_comes_back_by_a_re_issue(filing, granted, holder, officer):
    said = filing(
        "revoke",
        "wrong_dossier",
        birth_date=None,
        phone="",
        values={**RENEW, "reasons": "Hồ sơ sai."},
    )
    granted(opened(officer, said))
    granted(file(filing("reissue", "revoked", on=TODAY + 30 * DAY, values=RENEW)))
    assert state(holder, TODAY + 30 * DAY) == State.ACTIVE
    assert events(holder) == ["revoked", "reinstated", "reissued"]
