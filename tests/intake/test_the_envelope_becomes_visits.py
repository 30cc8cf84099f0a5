"""The official envelope, in all the ways hospital software writes it, becomes visits."""

import os
from pathlib import Path

import pytest

from healthrecords.models import Citizen, Diagnosis, Medication, Visit, VitalSigns
from portal.accounts.models import User
from portal.intake.models import StagedRow
from portal.places import services as places
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.intake.envelopes import whole, written
from tests.intake.sending import (
    confirm,
    counts,
    element,
    envelope,
    errors,
    found,
    medicines,
    notes,
    part,
    record,
    send,
    summary,
)

pytestmark = pytest.mark.usefixtures("lists", "registers")
SAMPLE = Path(os.environ.get("REFERENCE_DIR", "")) / "sample_giamdinhhs_synthetic.xml"


def sent(content: bytes, officer: User, hospital: Organisation):
    return send(content, by=officer, organisation=hospital, kind="envelope", name="hoso.xml")


def test_a_record_becomes_a_visit_with_medicines_and_vital_signs(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(envelope(written(whole())), data_officer, hospital)
    assert found(batch) == []
    confirm(batch, data_officer)
    seen = Visit.objects.get()
    assert (seen.kind, seen.outcome, str(seen.next_visit_on)) == ("03", "2", "2026-11-30")
    assert seen.citizen.name == "Lò Thị Thử"
    taken = Medication.objects.get()
    assert (taken.name, taken.days, str(taken.quantity)) == ("Amlodipin 5mg", 28, "28.000")
    measured = VitalSigns.objects.get()
    assert (measured.pulse, measured.systolic, str(measured.weight)) == (75, 138, "55.00")
    assert Diagnosis.objects.filter(rank="other").get().code == "E78.5"


@pytest.mark.parametrize("how", ["base64", "bom", "cdata", "nested"])
def test_a_part_is_read_however_it_is_wrapped(
    data_officer: User, hospital: Organisation, how: str
) -> None:
    batch = sent(envelope(written(whole(), how)), data_officer, hospital)
    assert found(batch) == []
    assert counts(batch) == {"new": 1}
    assert len(StagedRow.objects.get(batch=batch).tables["XML2"]) == 1


@pytest.mark.parametrize(
    "before",
    ["", '<?xml version="1.0" encoding="utf-8"?>\n', "\ufeff", '\n \n<?xml version="1.0"?>'],
)
def test_declaration_mark_and_blank_beginning_do_not_matter(
    data_officer: User, hospital: Organisation, before: str
) -> None:
    batch = sent(envelope(record(), declaration=before), data_officer, hospital)
    assert counts(batch) == {"new": 1}


def test_roots_of_older_exports_are_read_by_the_names_of_their_items(
    data_officer: User, hospital: Organisation
) -> None:
    line = element("CHI_TIET_THUOC", {"MA_THUOC": "1", "TEN_THUOC": "Thuốc cũ", "SO_LUONG": "2"})
    content = part("XML1", summary(T_TONGCHI_BV="", T_TONGCHI_BH="", T_BHTT="")) + part(
        "XML2", f"<DSACH_CHI_TIET_THUOC>{line}</DSACH_CHI_TIET_THUOC>"
    )
    confirm(sent(envelope(content), data_officer, hospital), data_officer)
    assert Medication.objects.get().name == "Thuốc cũ"


def test_many_records_and_one_broken_one_leave_the_others_good(
    data_officer: User, hospital: Organisation
) -> None:
    broken = "<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>%%%</NOIDUNGFILE></FILEHOSO>"
    batch = sent(
        envelope(record(), broken, record(MA_LK="E-0003", SO_CCCD="011160000003")),
        data_officer,
        hospital,
    )
    assert counts(batch) == {"new": 2, "wrong": 1}
    assert {code for cell, code in errors(batch) if cell.startswith("HOSO 2")} == {
        "part_unreadable"
    }


def test_a_wrong_line_is_named_by_record_table_and_place(
    data_officer: User, hospital: Organisation
) -> None:
    content = part("XML1", summary()) + part("XML2", medicines({}, {"SO_LUONG": "hai"}))
    batch = sent(envelope(content), data_officer, hospital)
    assert ("HOSO 1/XML2[2]/SO_LUONG", "not_a_number") in errors(batch)


def test_sums_that_do_not_add_up_only_warn(data_officer: User, hospital: Organisation) -> None:
    content = part("XML1", summary(T_TONGCHI_BV="43000")) + part(
        "XML2", medicines({"T_BHTT": "40000", "T_BNCCT": "2000"})
    )
    batch = sent(envelope(content), data_officer, hospital)
    assert counts(batch) == {"new": 1}
    assert [place for place in found(batch) if place[1] == "money_disagrees"] == [
        ("HOSO 1/XML1/T_BNCCT", "money_disagrees", "warning"),
        ("HOSO 1/XML1/T_TONGCHI_BV", "money_disagrees", "warning"),
        ("HOSO 1/XML2[1]/T_BHTT", "money_disagrees", "warning"),
        ("HOSO 1/XML2[1]/T_BNCCT", "money_disagrees", "warning"),
    ]


def test_a_facility_outside_the_senders_is_refused_by_name(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(envelope(record(MA_CSKCB="01999")), data_officer, hospital)
    assert errors(batch) == [("HOSO 1/XML1/MA_CSKCB", "facility_not_yours")]


def test_a_department_may_send_for_a_facility_below_it(
    licensing_officer: User, department: Organisation, hospital: Organisation
) -> None:
    batch = sent(envelope(record()), licensing_officer, department)
    confirm(batch, licensing_officer)
    assert Visit.objects.get().facility == hospital


def test_the_envelopes_own_facility_stands_in_for_a_record_without_one(
    data_officer: User, hospital: Organisation
) -> None:
    batch = sent(envelope(record(MA_CSKCB="")), data_officer, hospital)
    assert counts(batch) == {"new": 1}


def test_a_record_sent_again_without_its_medicine_takes_the_medicine_away(
    data_officer: User, hospital: Organisation
) -> None:
    confirm(sent(envelope(record()), data_officer, hospital), data_officer)
    content = part("XML1", summary()) + part("XML5", notes())
    batch = sent(envelope(content), data_officer, hospital)
    assert counts(batch) == {"changed": 1}
    confirm(batch, data_officer)
    assert not Medication.objects.exists()
    assert Citizen.objects.count() == 1


@pytest.mark.parametrize(("table", "compartment"), [("XML6", "hiv"), ("XML15", "tb")])
def test_tables_of_a_compartment_make_the_row_and_the_visit_sensitive(
    data_officer: User, hospital: Organisation, table: str, compartment: str
) -> None:
    item = {
        "XML6": "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
        "XML15": "CHITIET_DIEUTRI_BENHLAO",
    }
    extra = part(table, f"<R><D>{element(item[table], {'MA_LK': 'E-0001'})}</D></R>")
    batch = sent(envelope(record() + extra), data_officer, hospital)
    assert StagedRow.objects.get(batch=batch).sensitivity == compartment
    assert batch.has_sensitive
    confirm(batch, data_officer)
    assert Visit.objects.get().sensitivity == compartment
    assert set(Medication.objects.values_list("sensitivity", flat=True)) == {compartment}


ENTITY = b'<!DOCTYPE a [<!ENTITY x "y">]>'
HARMFUL = {
    "entities": ("xml_forbidden", ENTITY + envelope(record())),
    "another root": ("file_is_no_envelope", b"<KHAMSUCKHOE><A/></KHAMSUCKHOE>"),
    "no record": ("no_rows", envelope()),
    "a text": ("file_is_not_xml", b"MA_LK;HO_TEN\n1;A\n"),
}


@pytest.mark.parametrize("case", HARMFUL)
def test_a_file_that_is_no_envelope_is_refused_as_a_whole(
    data_officer: User, hospital: Organisation, case: str
) -> None:
    code, content = HARMFUL[case]
    batch = sent(content, data_officer, hospital)
    assert (batch.state, batch.error_code) == ("refused", code)
    assert not StagedRow.objects.exists()


def test_entities_inside_a_part_are_refused_with_their_record(
    data_officer: User, hospital: Organisation
) -> None:
    import base64

    inner = base64.b64encode(ENTITY + b"<TONG_HOP><MA_LK>&x;</MA_LK></TONG_HOP>").decode()
    content = f"<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{inner}</NOIDUNGFILE></FILEHOSO>"
    batch = sent(envelope(content, record()), data_officer, hospital)
    assert counts(batch) == {"new": 1, "wrong": 1}


@pytest.mark.skipif(not SAMPLE.is_file(), reason="needs REFERENCE_DIR with the sample envelope")
def test_the_sample_of_the_standard_is_read_whole(
    data_officer: User, hospital: Organisation
) -> None:
    places.give_code(organisation=hospital, scheme="insurance", value="01999", valid_from=SINCE)
    batch = sent(SAMPLE.read_bytes(), data_officer, hospital)
    assert errors(batch) == []
    confirm(batch, data_officer)
    seen = Visit.objects.get()
    assert seen.citizen.name == "Nguyễn Thị Thử"
    assert seen.medication_rows.get().name == "Amlodipin 5mg (mẫu)"
    assert seen.vitalsigns_rows.get().systolic == 138
    assert set(StagedRow.objects.get().tables) >= {"XML2", "XML3", "XML4", "XML5", "XML14"}
