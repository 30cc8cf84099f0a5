"""A suspension holds from its day to its last, a revocation from its signature; both end."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.database.keys import uuid7
from portal.dossiers import acts, services
from portal.dossiers.models import Decision, Dossier
from practitioners.models import LicenseVersion
from practitioners.states import State
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import DAY, RENEW, TODAY, events, file, state


def opened(officer, said):
    return services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(said.on)
    ).dossier


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


@pytest.mark.parametrize("until", [TODAY + 10 * DAY, date(2029, 11, 6)])
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
    evidence = opened(officer, said).documents.get(code="evidence")
    assert (evidence.state == "waived") is is_ground
    assert ("01/02/2025" in evidence.because) is is_ground


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
