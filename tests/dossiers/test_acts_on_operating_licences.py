"""Each act on an operating licence writes its effect by a signed dossier."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Facility, OperatingLicense
from facilities.services.licensing import Decision, Printed, issue_operating_license
from portal.database.keys import uuid7
from portal.dossiers import acts, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Need
from portal.dossiers.models import Dossier
from tests.dossiers.conftest import PDF, at

TODAY, DAY = date(2026, 11, 5), timedelta(days=1)
NEW = {
    "form": "PKCK",
    "place": "Số 12, phường Điện Biên Phủ",
    "responsible": "BS Trần Thị Ban Mai, 000123/ĐB-GPHN",
    "scope": "Khám bệnh, chữa bệnh nhi khoa",
    "beds": "4",
}


@pytest.fixture
def filing(authority):
    def make(act, case, on=TODAY, **changes):
        said = {
            "applicant_name": "Phòng khám Chuyên khoa Nhi Ban Mai",
            "phone": "0912345678",
            "values": {},
            **changes,
        }
        return Filing(
            procedure=f"operating_license.{act}", case=case, authority=authority, on=on, **said
        )

    return make


@pytest.fixture
def license(hospital, authority, officer):
    """Return the hospital's licence of 2025."""
    Facility.objects.create(organisation=hospital, form="BVDK")
    return issue_operating_license(
        actor=officer,
        facility=hospital,
        number="00012/ĐB-GPHĐ",
        printed=Printed(name=hospital.name, scope="Đa khoa", beds=300, hours="Cả ngày"),
        valid_from=date(2025, 7, 10),
        decision=Decision("1/QĐ-ĐB", date(2025, 7, 10), authority.name),
    )


def file(said):
    """File with every document that is needed and not known."""
    key = uuid7()
    subject = acts.act_of(said.procedure).subject(said)
    for one in services.needed_documents(said, subject):
        if one.rule.need == Need.MUST and not one.is_waived:
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
    def do(dossier, on=None):
        day = on or dossier.filed_on
        if dossier.state == "received":
            services.accept(actor=officer, dossier=dossier, at=at(dossier.filed_on))
            services.appraise(actor=officer, dossier=dossier, at=at(dossier.filed_on))
        services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(day))
        return services.decide(actor=director, dossier=dossier, at=at(day))

    return do


def opened(officer, said):
    return services.open_by_authority(
        actor=officer, filing=said, client_key=uuid7(), at=at(said.on)
    ).dossier


def code_of(said):
    with pytest.raises(ValidationError) as refused:
        file(said)
    error = refused.value
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict.values()))[0].code
    return error.code


OF = {"license_number": "00012/ĐB-GPHĐ"}


def test_a_new_facility_enters_the_register_with_its_licence(filing, granted, authority, license):
    dossier = file(filing("new", "other", values=NEW))
    assert dossier.due_on == TODAY + 60 * DAY
    decision = granted(dossier)
    facility = Facility.objects.get(organisation__name="Phòng khám Chuyên khoa Nhi Ban Mai")
    assert (facility.form, facility.organisation.parent) == ("PKCK", authority)
    issued = OperatingLicense.objects.get(facility=facility.organisation)
    assert issued.number_raw == "00013/ĐB-GPHĐ"  # after the highest that was ever printed
    assert (issued.issued_on, issued.state_on(TODAY)) == (TODAY, "active")
    version = issued.versions.get()
    assert (version.beds, version.scope) == (4, "Khám bệnh, chữa bệnh nhi khoa")
    event = issued.events.get()
    assert (event.decision_no, event.dossier_id) == (decision.number, dossier.pk)


def test_a_facility_with_a_licence_asks_for_an_adjustment(filing, license):
    said = filing("new", "other", values={**NEW, "code": "11001"})
    assert code_of(said) == "license_held"
    assert code_of(filing("new", "other", values={**NEW, "code": "11999"})) == "facility_unknown"
    assert not Dossier.objects.exists()


def test_another_place_gives_another_licence_and_ends_the_first(filing, granted, license, hospital):
    said = filing("new", "changed", applicant_name=hospital.name, values={**NEW, "code": "11001"})
    dossier = file(said)
    assert dossier.documents.get(code="license").state == "waived"
    granted(dossier)
    license.refresh_from_db()
    assert license.superseded_on == TODAY
    assert OperatingLicense.objects.get(facility=hospital, superseded_on=None).issued_on == TODAY


@pytest.mark.parametrize(("case", "days"), [("beds", 60), ("scope", 60), ("name", 20)])
def test_an_adjustment_takes_as_long_as_its_case(case, days, filing, license):
    dossier = file(filing("adjust", case, values={**OF, "beds": "350"}))
    assert dossier.due_on == TODAY + days * DAY
    assert not dossier.term_is_verified


def test_an_adjustment_changes_what_is_written_and_leaves_the_rest(filing, granted, license):
    granted(file(filing("adjust", "beds", values={**OF, "beds": "350"})))
    first, second = license.versions.order_by("number")
    assert (first.beds, first.valid_until) == (300, TODAY - DAY)
    assert (second.beds, second.scope, second.hours, second.change) == (
        350,
        "Đa khoa",
        "Cả ngày",
        "ĐC1",
    )


def test_an_adjustment_of_nothing_is_refused(filing, license):
    assert code_of(filing("adjust", "name", values=OF)) == "nothing_changes"


def test_a_lost_licence_is_issued_again_with_its_mark(filing, granted, license):
    dossier = file(filing("reissue", "lost", values=OF))
    assert dossier.due_on == TODAY + 20 * DAY
    granted(dossier)
    assert license.versions.order_by("-number")[0].change == "CL1"


def test_a_licence_of_another_department_is_not_found(filing, license):
    values = {"license_number": "00012/HNO-GPHĐ"}
    assert code_of(filing("reissue", "lost", values=values)) == "license_not_found"


def test_a_suspension_and_a_revocation_need_a_second_person(filing, officer, license, granted):
    values = {**OF, "valid_from": TODAY.isoformat(), "reasons": "Không có bác sỹ trực cấp cứu."}
    dossier = opened(officer, filing("suspend", "conditions", phone="", values=values))
    assert dossier.needs_four_eyes
    granted(dossier, on=TODAY + 2 * DAY)
    license = OperatingLicense.objects.get(pk=license.pk)
    assert license.state_on(TODAY + DAY) == "active"
    assert license.state_on(TODAY + 2 * DAY) == "suspended"
    values = {**OF, "reasons": "Tự đề nghị."}
    granted(
        opened(officer, filing("revoke", "request", on=TODAY + 9 * DAY, phone="", values=values))
    )
    license = OperatingLicense.objects.get(pk=license.pk)
    assert license.state_on(TODAY + 9 * DAY) == "revoked"


def test_a_part_of_the_scope_is_suspended_alone(filing, officer, license, granted):
    values = {
        **OF,
        "valid_from": TODAY.isoformat(),
        "part": "Phẫu thuật",
        "reasons": "Phòng mổ chưa đạt.",
    }
    granted(opened(officer, filing("suspend", "conditions", phone="", values=values)))
    license = OperatingLicense.objects.get(pk=license.pk)
    assert license.state_on(TODAY) == "active"
    assert license.events.get(kind="suspended").part == "Phẫu thuật"


def test_the_connection_is_asked_for_from_2027(filing, license):
    """A condition of dossiers filed from 01/01/2027 (Law 15/2023/QH15, articles 52 and 120)."""
    late = filing("new", "other", on=date(2027, 1, 1), values=NEW)
    early = filing("new", "other", on=date(2026, 12, 31), values=NEW)
    asked = [
        {one.rule.code for one in services.needed_documents(said, None)} for said in (early, late)
    ]
    assert ["connection" in codes for codes in asked] == [False, True]
