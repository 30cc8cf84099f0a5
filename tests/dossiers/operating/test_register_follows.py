"""What a signed decision says of a facility is what the register knows of it from that day."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from facilities import staff
from facilities.models import Facility, OperatingLicense, Readiness
from facilities.services import answer_readiness
from facilities.services.licensing import Decision, revoke_operating_license
from portal.accounts.roles import Role
from portal.dossiers import acts, services
from portal.dossiers.models import Dossier
from tests.conftest import make_user
from tests.dossiers.conftest import opened
from tests.dossiers.operating.conftest import DAY, NEW, OF, TODAY, code_of, file
from tests.facilities.conftest import publish_needed

HOURS = "Thứ 2 đến thứ 6: 7 giờ - 11 giờ 30"


def beds_of(place):
    rows = place.bedcount_rows.filter(kind="registered", valid_until=None)
    return rows.values_list("count", "valid_from", "decision_no").get()


def test_another_name_and_other_hours_are_those_of_the_register(filing, granted, license, hospital):
    former = hospital.name
    values = {**OF, "name": "Bệnh viện Đa khoa Tây Bắc", "hours": HOURS}
    granted(file(filing("adjust", "name", values=values)))
    hospital.refresh_from_db()
    assert hospital.name == "Bệnh viện Đa khoa Tây Bắc"
    names = hospital.facility.names.filter(kind="official").order_by("valid_from")
    assert [(row.name, row.valid_until) for row in names] == [
        (former, TODAY - DAY),
        ("Bệnh viện Đa khoa Tây Bắc", None),
    ]
    schedule = hospital.openingschedule_rows.get(valid_until=None)
    assert (schedule.text, schedule.valid_from, schedule.slots.count()) == (HOURS, TODAY, 5)


def test_the_beds_of_an_adjustment_are_registered_by_its_decision(
    filing, granted, license, hospital
):
    decision = granted(file(filing("adjust", "beds", values={**OF, "beds": "350"})))
    assert beds_of(hospital) == (350, TODAY, decision.number)


def test_each_act_on_a_licence_leads_to_the_dossier_it_came_from(
    filing, granted, license, hospital, client, officer
):
    dossier = file(filing("adjust", "beds", values={**OF, "beds": "350"}))
    decision = granted(dossier)
    page = reverse("admin:facilities_facility_change", args=[hospital.facility.pk])
    way = f'<a href="{reverse("dossiers:dossier", args=[dossier.pk])}">{decision.number}</a>'
    client.force_login(officer)
    assert way in client.get(page).content.decode()
    client.force_login(make_user("gs", "Người Giám Sát", Role.OVERSEER, hospital.parent))
    shown = client.get(page).content.decode()
    assert decision.number in shown
    assert way not in shown  # who deals with no dossiers is not led to one


def test_a_new_facility_begins_with_what_its_licence_says(filing, granted, license):
    granted(file(filing("new", "other", values={**NEW, "hours": HOURS})))
    facility = Facility.objects.get(organisation__name="Phòng khám Chuyên khoa Nhi Ban Mai")
    assert beds_of(facility.organisation)[0] == 4
    assert facility.organisation.openingschedule_rows.get().slots.count() == 5
    assert facility.address == NEW["place"]


def test_another_form_and_place_are_those_of_the_register(filing, granted, license, hospital):
    """A hospital that becomes a polyclinic is judged by what a polyclinic needs."""
    publish_needed()
    values = {**NEW, **OF, "form": "PKDK", "place": "Số 5, phường Mường Thanh"}
    granted(file(filing("new", "changed", applicant_name=hospital.name, values=values)))
    facility = Facility.objects.select_related("organisation").get(organisation=hospital)
    assert (facility.form, facility.address) == ("PKDK", "Số 5, phường Mường Thanh")
    assert facility.organisation.kind == "clinic"
    assert Facility.objects.count() == 1


def test_another_form_of_a_facility_that_is_not_found_is_refused(filing, license):
    values = {**NEW, "license_number": "00999/ĐB-GPHĐ"}
    assert code_of(filing("new", "changed", values=values)) == "license_not_found"
    assert code_of(filing("new", "changed", values=NEW)) == "license_not_found"
    assert not Dossier.objects.exists()


def test_what_is_known_from_a_later_day_stays(filing, granted, license, hospital):
    """A dossier signed late does not undo what was counted since."""
    from facilities.services import count_beds

    count_beds(facility=hospital, kind="registered", count=360, valid_from=TODAY + 3 * DAY)
    granted(file(filing("adjust", "beds", values={**OF, "beds": "350"})))
    assert beds_of(hospital)[0] == 360


def test_hours_that_are_no_sentence_stay_words_of_the_paper(filing, granted, license, hospital):
    granted(file(filing("adjust", "name", values={**OF, "hours": "Theo lịch trực"})))
    assert not hospital.openingschedule_rows.exists()
    assert license.versions.order_by("-number")[0].hours == "Theo lịch trực"


@pytest.mark.parametrize(
    ("case", "astray"),
    [("name", {"beds": "350"}), ("name", {"scope": "Đa khoa"}), ("beds", {"name": "Khác"})],
)
def test_a_case_changes_its_own_things_alone(case, astray, filing, license):
    """Beds and scope need an appraisal on the spot and 60 days; the 20 days of a name are no way round."""
    own = {"name": {"name": "Tên mới"}, "beds": {"beds": "310"}}[case]
    values = {**OF, **own, **astray}
    assert code_of(filing("adjust", case, values=values)) == "changes_of_another_case"
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("act", "case", "asks"),
    [
        ("adjust", "name", {"license_number", "name", "hours"}),
        ("adjust", "beds", {"license_number", "beds"}),
        ("adjust", "scope", {"license_number", "scope"}),
        ("reissue", "lost", {"license_number"}),
        ("reissue", "wrong", {"license_number", "name", "address", "responsible", "scope"}),
    ],
)
def test_a_case_asks_for_its_own_things_alone(act, case, asks, law):
    form = acts.act_of(f"operating_license.{act}").form_of(case)
    assert set(form().fields) == asks


def test_who_changes_form_or_place_names_the_licence_and_no_code(law):
    asked = set(acts.act_of("operating_license.new").form_of("changed")().fields)
    assert "license_number" in asked
    assert "code" not in asked
    first = set(acts.act_of("operating_license.new").form_of("other")().fields)
    assert "license_number" not in first


def test_what_was_wrong_on_a_licence_is_put_right(filing, granted, license, hospital):
    values = {**OF, "name": "Bệnh viện Đa khoa tỉnh Ðiện Biên", "responsible": "BS Lò Văn Thắng"}
    dossier = file(filing("reissue", "wrong", values=values))
    decision = granted(dossier)
    assert "BS Lò Văn Thắng" in decision.content
    version = license.versions.order_by("-number")[0]
    assert (version.change, version.responsible) == ("CL1", "BS Lò Văn Thắng")
    hospital.refresh_from_db()
    assert hospital.name == values["name"]


def test_a_wrong_licence_needs_to_say_what_is_wrong(filing, license):
    assert code_of(filing("reissue", "wrong", values=OF)) == "nothing_changes"


def test_a_facility_whose_licence_was_revoked_asks_for_a_new_one(
    filing, granted, license, officer, hospital
):
    revoke_operating_license(
        actor=officer,
        license=license,
        valid_from=TODAY - 90 * DAY,
        decision=Decision("9/QĐ-ĐB"),
        ground="Ngừng hoạt động 12 tháng",
    )
    values = {**NEW, "form": "BVDK", "code": "11001"}
    said = filing("new", "hospital", applicant_name=hospital.name, values=values)
    granted(file(said))
    current = OperatingLicense.objects.get(facility=hospital, superseded_on=None)
    assert (current.issued_on, current.state_on(TODAY)) == (TODAY, "active")


def test_a_suspension_that_ends_before_it_begins_is_refused_when_it_is_opened(
    filing, license, officer
):
    values = {**OF, "valid_from": "2026-11-20", "valid_until": "2026-11-10", "reasons": "Thiếu BS"}
    with pytest.raises(ValidationError) as refused:
        opened(officer, filing("suspend", "conditions", phone="", values=values))
    assert refused.value.error_dict["valid_until"][0].code == "suspension_reversed"
    assert not Dossier.objects.exists()


def test_a_suspension_that_is_over_before_it_is_signed_says_so(filing, license, officer, granted):
    values = {**OF, "valid_from": "2026-11-05", "valid_until": "2026-11-10", "reasons": "Thiếu BS"}
    dossier = opened(officer, filing("suspend", "conditions", phone="", values=values))
    with pytest.raises(ValidationError) as refused:
        granted(dossier, on=date(2026, 11, 12))
    assert refused.value.error_dict["valid_until"][0].code == "suspension_reversed"
    assert not license.events.filter(kind="suspended").exists()


@pytest.mark.parametrize(
    ("form", "name", "beds", "warned"),
    [
        ("BVDK", "Bệnh viện Đa khoa Tây Bắc", "29", True),
        ("BVDK", "Bệnh viện Đa khoa Tây Bắc", "30", False),
        ("BVDK", "Bệnh viện Đa khoa Tây Bắc", "", True),
        ("BVCK", "Bệnh viện Mắt Điện Biên", "10", False),
        ("BVCK", "Bệnh viện Phổi Điện Biên", "10", True),
        ("PKCK", "Phòng khám Nhi Ban Mai", "", False),
    ],
)
def test_who_asks_with_too_few_beds_is_told_and_not_refused(form, name, beds, warned, filing):
    """30 beds of a general hospital, 20 of a specialised one, 10 for eyes (Decree 96, article 41)."""
    publish_needed()
    said = filing(
        "new", "hospital", applicant_name=name, values={**NEW, "form": form, "beds": beds}
    )
    notices = acts.act_of(said.procedure).notices(said, None)
    assert bool(notices) == warned
    assert all("Nghị định 96/2023/NĐ-CP" in notice for notice in notices)
    assert file(said).state == "received"


def test_who_gives_up_beds_below_the_minimum_is_told(filing, license):
    publish_needed()
    said = filing("adjust", "beds", values={**OF, "beds": "20"})
    assert len(acts.act_of(said.procedure).notices(said, None)) == 1
    enough = filing("adjust", "beds", values={**OF, "beds": "350"})
    assert acts.act_of(enough.procedure).notices(enough, None) == []


def test_what_the_register_knows_of_a_facility_is_not_asked_for(
    filing, license, hospital, monkeypatch
):
    """Whoever is registered, in charge or connected brings no paper of it."""
    publish_needed()

    def waived(on=date(2027, 1, 5)):
        said = filing("new", "changed", on=on, values={**NEW, **OF})
        needed = services.needed_documents(said, hospital.pk)
        return {one.rule.code for one in needed if one.is_waived}

    def told(**said):
        monkeypatch.setattr(staff, "_tellers", [lambda _place, _on: staff.Staffing(**said)])

    told()
    assert waived() == {"license"}
    told(responsible="Lò Văn An", responsible_months=40, practitioners=6)
    assert waived() == {"license", "head", "staff"}
    told(responsible="Lò Văn An", responsible_months=35, practitioners=6, doubtful=1)
    assert waived() == {"license"}
    told(responsible="Lò Văn An", responsible_months=40, responsible_doubt="hết hạn")
    row = Readiness(
        facility=hospital,
        topic="hie_connection",
        answer="yes",
        evidence_text="Biên bản kiểm thử 12/2026",
        valid_from=date(2026, 12, 1),
    )
    answer_readiness(row=row)
    assert waived() == {"license", "connection"}
    assert waived(date(2026, 11, 30)) == {"license"}
