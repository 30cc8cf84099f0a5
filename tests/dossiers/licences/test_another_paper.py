"""A renewal, an adjustment, another copy: a licence gets another paper."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.codelists.models import Code
from portal.dossiers import services
from portal.dossiers.models import Dossier
from practitioners.models import (
    LicenseEvent,
    LicenseVersion,
    PracticeBan,
    PracticeLicense,
    Practitioner,
)
from practitioners.states import State
from tests.dossiers.conftest import at
from tests.dossiers.licences.conftest import (
    BORN,
    DAY,
    EXPIRES,
    ISSUED,
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


def test_a_renewal_loses_no_day_where_the_day_of_issue_counts_as_the_first(filing, granted, holder):
    """From 10/03/2024 until 09/03/2029, and from then until 09/03/2034."""
    rule = Code.objects.select_related("version").get(code="licence_last_day_counts")
    rule.attributes = {**rule.attributes, "value": "0"}
    rule.save()
    rule.version.digest = "another"  # what was read of it is in memory
    rule.version.save()
    PracticeLicense.objects.update(valid_until=EXPIRES - DAY)
    LicenseVersion.objects.update(expires_on=EXPIRES - DAY)
    granted(file(filing("renew", "in_time", on=LAST_TO_FILE - DAY, values=RENEW)))
    holder.refresh_from_db()
    assert holder.valid_until == date(2034, 3, 9)
    assert [paper.expires_on for paper in holder.versions.order_by("number")] == [
        date(2029, 3, 9),
        date(2034, 3, 9),
    ]


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
def test_a_refusal_or_withdrawal_ends_the_silence(ending, filing, granted, holder):
    dossier = file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW))
    if ending == "refused":
        granted(dossier, proposal="refuse", reason="Thiếu 60 giờ cập nhật kiến thức.")
    else:
        services.withdraw(dossier=dossier, reason="Nghỉ hưu.", at=at(LAST_TO_FILE))
    assert state(holder, EXPIRES + DAY) == State.EXPIRED


@pytest.mark.parametrize("ending", ["refused", "withdrawn"])
@pytest.mark.parametrize("meanwhile", ["replaced", "renamed"])
def test_a_renewal_can_be_closed_whatever_became_of_the_licence(
    meanwhile, ending, filing, granted, holder
):
    dossier = file(filing("renew", "in_time", on=LAST_TO_FILE, values=RENEW))
    if meanwhile == "replaced":
        PracticeLicense.objects.update(superseded_on=LAST_TO_FILE)
        license_for(holder.practitioner, "000999/ĐB-GPHN")
    else:
        Practitioner.objects.update(name="Lò Văn Thuận")
    if ending == "refused":
        granted(dossier, proposal="refuse", reason="Giấy phép đã được thay.")
    else:
        services.withdraw(dossier=dossier, reason="Đã có giấy phép mới.", at=at(LAST_TO_FILE))
    dossier.refresh_from_db()
    assert dossier.state == ending
    assert events(holder) == ["renewal_filed", "renewal_refused"]


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


CERTIFICATE = {"license_number": "001234/ĐB-CCHN"}


@pytest.fixture
def old(authority):
    """Return a certificate of 15/08/2016, never converted."""
    person = Practitioner.objects.create(
        name="Vừ A Dê", birth_date=BORN, sex="male", keeper=authority, verified_at=at(ISSUED)
    )
    return license_for(person, "001234/ĐB-CCHN", date(2016, 8, 15), None)


def test_an_old_certificate_is_converted_into_a_licence_of_five_years(filing, granted, old):
    """Law article 121, Decree 96/2023 article 143; the scope printed on it stays."""
    said = filing("convert", "early", applicant_name="Vừ A Dê", values=CERTIFICATE)
    needed = {one.rule.code: one for one in services.needed_documents(said, old.practitioner_id)}
    assert not any(one.rule.is_verified for one in needed.values())
    assert needed["license"].is_waived
    granted(file(said))
    new = PracticeLicense.objects.current().get(practitioner=old.practitioner)
    assert (new.kind, new.issued_on, new.valid_until) == ("gphn", TODAY, date(2031, 11, 5))
    assert (new.scope, new.title) == (old.scope, old.title)
    assert events(new) == ["converted"]
    assert (state(old, TODAY - DAY), state(old, TODAY)) == (State.ACTIVE, State.SUPERSEDED)


def bar(license):
    return PracticeBan.objects.create(
        practitioner=license.practitioner,
        ground_code="court",
        decision_no="7/2026/HS-ST",
        decided_on=TODAY,
        valid_from=TODAY,
        valid_until=TODAY,
    )


def test_a_ban_stands_against_a_conversion(filing, old):
    """A conversion issues a licence with a new number (Law 15/2023/QH15, article 20)."""
    bar(old)
    said = {"applicant_name": "Vừ A Dê", "values": CERTIFICATE}
    assert refused_code(filing("convert", "early", **said)) == "person_barred"
    assert not Dossier.objects.exists()
    assert file(filing("convert", "early", on=TODAY + DAY, **said)).state == "received"


def test_a_ban_that_came_while_the_dossier_lay_stops_the_conversion(filing, granted, old):
    dossier = file(filing("convert", "early", applicant_name="Vừ A Dê", values=CERTIFICATE))
    bar(old)
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "person_barred"
    assert PracticeLicense.objects.get() == old
    assert state(old, TODAY) == State.ACTIVE


def test_only_an_old_certificate_is_converted(filing, holder):
    said = filing("convert", "early", values={"license_number": "000476/ĐB-GPHN"})
    assert refused_code(said) == "not_a_certificate"
    assert not Dossier.objects.exists()


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


NUMBER, OTHER = "011090004321", "011090009999"


@pytest.fixture
def known(holder):
    """Return the holder, known by a verified personal number."""
    holder.practitioner.identifiers.create(kind="personal", value=NUMBER, is_verified=True)
    return holder.practitioner


@pytest.mark.parametrize(
    "said",
    [
        {"applicant_name": "Lò Văn Thuận", "identifier": NUMBER},
        {"birth_date": BORN + DAY, "identifier": NUMBER},
        {"identifier": OTHER},
    ],
)
def test_what_was_wrong_or_changed_is_put_right_in_the_register(said, filing, granted, known):
    decision = granted(file(filing("reissue", "changed", **said, values=RENEW)), on=TODAY + DAY)
    known.refresh_from_db()
    assert known.name == said.get("applicant_name", "Lò Văn Thoan")
    assert known.birth_date == said.get("birth_date", BORN)
    current = known.identifiers.filter(valid_until=None)
    assert list(current.values_list("value", "is_verified")) == [(said["identifier"], True)]
    own = known.sources.filter(source="decision", field__in=["name", "birth_date", "identifier"])
    changed = {"applicant_name": "name", "birth_date": "birth_date"}
    field = next((changed[name] for name in said if name in changed), "identifier")
    assert list(own.values_list("field", flat=True)) == [field]
    assert "→" in decision.content


def test_a_former_number_keeps_its_days(filing, granted, known):
    granted(file(filing("reissue", "changed", identifier=OTHER, values=RENEW)), on=TODAY + DAY)
    assert known.identifiers.get(value=NUMBER).valid_until == TODAY
    assert known.identifiers.get(value=OTHER).valid_from == TODAY + DAY


def test_a_number_of_somebody_else_undoes_the_re_issue(filing, granted, known):
    other = Practitioner.objects.create(name="Vừ A Dê", birth_date=BORN, sex="male")
    other.identifiers.create(kind="personal", value=OTHER, is_verified=True)
    dossier = file(filing("reissue", "changed", identifier=OTHER, values=RENEW))
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert "identifier_taken" in {error.code for error in refused.value.error_dict["__all__"]}
    assert not LicenseVersion.objects.filter(act="reissued").exists()
    assert known.identifiers.get(value=NUMBER).valid_until is None


@pytest.mark.parametrize("case", ["wrong", "changed"])
def test_a_re_issue_that_puts_nothing_right_is_sent_back_at_once(case, filing, known):
    assert refused_code(filing("reissue", case, values=RENEW)) == "correction_missing"
    assert not Dossier.objects.exists()
    said = {**RENEW, "correction": "Phạm vi in sai: điều dưỡng, không phải hộ sinh."}
    assert file(filing("reissue", case, values=said)).state == "received"


def test_a_lost_licence_puts_nothing_right(filing, granted, known):
    granted(file(filing("reissue", "lost", applicant_name="LÒ VĂN THOAN", values=RENEW)))
    known.refresh_from_db()
    assert known.name == "Lò Văn Thoan"
