"""A renewal, an adjustment, another copy: a licence gets another paper."""

from datetime import date

import pytest

from portal.dossiers import services
from portal.dossiers.models import Dossier
from practitioners.models import LicenseEvent, LicenseVersion, PracticeLicense, Practitioner
from practitioners.states import State
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import (
    BORN,
    DAY,
    EXPIRES,
    RENEW,
    TODAY,
    events,
    file,
    license_for,
    refused_code,
    state,
)

LAST_TO_FILE = EXPIRES - 60 * DAY


def test_the_last_day_to_file_a_renewal_is_sixty_days_before(filing, holder):
    dossier = file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW))
    assert dossier.due_on == EXPIRES - DAY
    assert dossier.silence_keeps_valid
    assert events(holder) == ["renewal_filed"]


def test_a_renewal_filed_in_time_and_undecided_keeps_the_licence_valid(filing, holder):
    file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW))
    assert state(holder, EXPIRES) == State.ACTIVE
    assert state(holder, EXPIRES + DAY) == State.RENEWING


def test_a_renewal_filed_late_without_excuse_is_refused_and_the_licence_expires(filing, holder):
    said = filing("renew", "in_time", on=LAST_TO_FILE + DAY, values=RENEW)
    assert refused_code(said) == "renewal_late"
    assert not LicenseEvent.objects.exists()
    assert state(holder, EXPIRES + DAY) == State.EXPIRED


def test_illness_excuses_a_late_renewal(filing, holder):
    late = LAST_TO_FILE + 20 * DAY
    assert refused_code(filing("renew", "excused", on=late, values=RENEW)) == "excuse_missing"
    values = {**RENEW, "excuse": "Nằm viện từ 02/01/2029 đến 25/01/2029."}
    dossier = file(filing("renew", "excused", on=late, values=values))
    assert "excuse" in set(dossier.documents.values_list("code", flat=True))
    assert state(holder, EXPIRES + DAY) == State.RENEWING


def test_a_renewal_gives_five_more_years_on_a_second_paper(filing, granted, holder):
    granted(file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW)))
    holder.refresh_from_db()
    assert holder.valid_until == date(2034, 3, 10)
    assert list(holder.versions.order_by("number").values_list("act", flat=True)) == [
        "issued",
        "renewed",
    ]
    assert events(holder) == ["renewal_filed", "renewed"]


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
def test_a_refusal_or_withdrawal_ends_the_silence(ending, filing, granted, holder):
    dossier = file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW))
    if ending == "refused":
        granted(dossier, proposal="refuse", reason="Thiếu 60 giờ cập nhật kiến thức.")
    else:
        services.withdraw(dossier=dossier, reason="Nghỉ hưu.", at=at(LAST_TO_FILE))
    assert state(holder, EXPIRES + DAY) == State.EXPIRED


def test_an_old_certificate_has_nothing_to_renew_before_its_term_begins(filing, holder):
    """Issued 15/08/2016: usable today, its term begins in 2030 and ends on 15/08/2035."""
    PracticeLicense.objects.all().update(superseded_on=TODAY)
    person = Practitioner.objects.create(name="Vừ A Dê", birth_date=BORN, sex="male")
    old = license_for(person, "001234/ĐB-CCHN", date(2016, 8, 15), None)
    said = {"applicant_name": "Vừ A Dê", "values": {"license_number": "001234/ĐB-CCHN"}}
    assert state(old, TODAY) == State.ACTIVE
    assert refused_code(filing("renew", "in_time", **said)) == "legacy_term_not_begun"
    dossier = file(filing("renew", "in_time", on=date(2035, 6, 16), **said))
    assert dossier.due_on == date(2035, 8, 14)


def test_an_adjustment_writes_another_paper_and_keeps_the_first(filing, granted, holder):
    scope = "Thực hiện kỹ thuật điều dưỡng; gây mê hồi sức"
    said = filing("adjust", "add", values={**RENEW, "scope": scope})
    granted(file(said), on=TODAY + 3 * DAY)
    holder.refresh_from_db()
    assert holder.scope == scope
    first, second = holder.versions.order_by("number")
    assert (first.scope, first.valid_until) == (
        "Thực hiện kỹ thuật điều dưỡng",
        TODAY + 2 * DAY,
    )
    assert (second.scope, second.valid_from, second.act) == (scope, TODAY + 3 * DAY, "adjusted")
    assert holder.valid_until == EXPIRES


def test_the_licence_the_register_has_need_not_be_copied(filing, holder):
    said = filing("adjust", "add", values={**RENEW, "scope": "x"})
    dossier = file(said)
    license = dossier.documents.get(code="license")
    assert license.state == "waived"
    assert "000476/ĐB-GPHN" in license.because


@pytest.mark.parametrize(
    "change",
    [
        {"birth_date": BORN + DAY},
        {"applicant_name": "Lò Văn Khác"},
        {"values": {"license_number": "000999/ĐB-GPHN", "scope": "x"}},
    ],
)
def test_number_name_and_birth_date_must_belong_together(change, filing, holder):
    values = {"values": {**RENEW, "scope": "x"}}
    assert refused_code(filing("adjust", "add", **{**values, **change})) == "license_not_found"
    assert not Dossier.objects.exists()


def test_who_has_a_name_put_right_is_known_by_birth_date_and_number(filing, granted, holder):
    holder.practitioner.identifiers.create(kind="personal", value="011090004321", is_verified=True)
    said = filing(
        "reissue",
        "changed",
        applicant_name="Lò Văn Thuận",
        identifier="011090004321",
        values={**RENEW, "correction": "Đổi tên theo quyết định của xã."},
    )
    granted(file(said), on=TODAY + DAY)
    paper = LicenseVersion.objects.get(act="reissued")
    assert (paper.holder, paper.reissue_case, paper.number_raw) == (
        "Lò Văn Thuận",
        "changed",
        "000476/ĐB-GPHN",
    )
