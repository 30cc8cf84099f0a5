"""Each act on a licence asks, refuses and writes what the law says, by a signed dossier."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.database.keys import uuid7
from portal.dossiers import acts, definitions, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Need
from portal.dossiers.models import Decision, Dossier
from practitioners.acts.forms import AdjustForm, NewForm
from practitioners.models import LicenseEvent, LicenseVersion, PracticeLicense, Practitioner
from practitioners.states import State
from tests.dossiers.conftest import PDF, at

DAY = timedelta(days=1)
ISSUED, EXPIRES = date(2024, 3, 10), date(2029, 3, 10)
TODAY = date(2026, 11, 5)
BORN = date(1990, 4, 22)


@pytest.fixture
def holder(authority):
    """Return a nurse of the register with a licence of 10/03/2024."""
    person = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=BORN, sex="male", keeper=authority, verified_at=at(ISSUED)
    )
    return license_for(person)


def license_for(person, number="000476/ĐB-GPHN", issued=ISSUED, until=EXPIRES):
    serial, rest = number.split("/")
    letters, kind = rest.split("-")
    return PracticeLicense.objects.create(
        practitioner=person,
        number_raw=number,
        serial=int(serial),
        issuer_code=letters,
        kind=kind.lower(),
        title="nurse",
        scope="Thực hiện kỹ thuật điều dưỡng",
        issued_on=issued,
        valid_until=until,
    )


@pytest.fixture
def filing(authority):
    def make(act, case, on=TODAY, **changes):
        said = {
            "applicant_name": "Lò Văn Thoan",
            "birth_date": BORN,
            "phone": "0912345678",
            "values": {},
            **changes,
        }
        return Filing(
            procedure=f"practice_license.{act}", case=case, authority=authority, on=on, **said
        )

    return make


def file(said, papers=None):
    """File with every document that is needed and not known."""
    key = uuid7()
    subject = acts.act_of(said.procedure).subject(said)
    for one in services.needed_documents(said, subject) if papers is None else ():
        if (one.rule.need == Need.MUST and not one.is_waived) or one.rule.code == "health":
            services.keep_file(
                client_key=key,
                document_code=one.rule.code,
                content=PDF + one.rule.code.encode(),
                name="giay.pdf",
                at=at(said.on),
            )
    return services.file_dossier(filing=said, client_key=key, at=at(said.on)).dossier


@pytest.fixture
def granted(officer, director):
    """Lead a dossier to its signature."""

    def do(dossier, on=None, proposal="grant", reason=""):
        day = on or dossier.filed_on
        if dossier.state == "received":
            services.accept(actor=officer, dossier=dossier, at=at(dossier.filed_on))
            services.appraise(actor=officer, dossier=dossier, at=at(dossier.filed_on))
        dossier = services.propose(
            actor=officer, dossier=dossier, proposal=proposal, reason=reason, at=at(day)
        )
        return services.decide(actor=director, dossier=dossier, at=at(day))

    return do


def events(license):
    return list(license.events.order_by("valid_from", "id").values_list("kind", flat=True))


def state(license, day):
    return PracticeLicense.objects.with_acts().get(pk=license.pk).state_on(day)


def refused_code(said):
    with pytest.raises(ValidationError) as refused:
        file(said)
    error = refused.value
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict.values()))[0].code
    return error.code


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


RENEW = {"license_number": "000476/ĐB-GPHN"}
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
