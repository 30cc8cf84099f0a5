"""Each act on an operating licence writes its effect by a signed dossier."""

from datetime import date

import pytest

from facilities.models import Facility, OperatingLicense
from portal.dossiers import services
from portal.dossiers.models import Dossier
from tests.dossiers.conftest import opened
from tests.dossiers.operating.conftest import DAY, NEW, OF, TODAY, code_of, file


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


@pytest.mark.parametrize(
    ("case", "changes", "days"),
    [
        ("beds", {"beds": "350"}, 60),
        ("scope", {"scope": "Đa khoa, lọc máu"}, 60),
        ("name", {"name": "Bệnh viện Đa khoa Tây Bắc"}, 20),
    ],
)
def test_an_adjustment_takes_as_long_as_its_case(case, changes, days, filing, license):
    dossier = file(filing("adjust", case, values={**OF, **changes}))
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
