"""What speaks against a medicine is asked, its reason kept; what the law forbids is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords import services
from healthrecords.models import Allergy, Citizen, LongTermMedicine, Visit
from healthrecords.services import MedicineEntry, VisitEntry, VitalEntry
from healthrecords.services.medicines import completed, read_medicine, sentence
from healthrecords.services.weighing import Found, weigh
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from portal.dates import PartialDate
from portal.places.models import Area
from tests.healthrecords.conftest import AT, ON, entry_of, visit_of
from tests.healthrecords.pages import logged_in, text_of

NEXT_WEEK = AT + timedelta(days=7)


def left(entry: VisitEntry, **said: Any) -> Found:
    """Return what is still to be answered about the medicines of a visit."""
    return weigh(entry, **said).unanswered(entry.medicines)


def medicine(name: str, **said: Any) -> MedicineEntry:
    """A medicine of the station's list, once a day for five days, with changes."""
    return replace(read_medicine(name, on=ON), **{"morning": Decimal(1), "days": 5, **said})


def said_of(
    citizen: Citizen, *medicines: MedicineEntry, diagnosis: str = "J06.9", **said: Any
) -> Any:
    entry = visit_of(diagnosis, medicines=list(medicines), **said)
    found = left(entry, citizen=citizen, sees_sensitive=True)
    return {place: [error.code for error in errors] for place, errors in found.items()}


@pytest.fixture
def child(clerk: User, lists: None, communes: list[Area]) -> Citizen:
    entry = entry_of(communes[0], name="Lò Thị Bé", birth=PartialDate(2019, 3, 1), numbers=())
    return services.register_citizen(
        actor=clerk, place=clerk.place_of_work, entry=entry, client_key=uuid7(), at=AT
    ).row


def test_a_medicine_that_nothing_speaks_against_is_not_asked_about(citizen: Citizen) -> None:
    assert said_of(citizen, medicine("Paracetamol 500 mg")) == {}


def test_one_ingredient_in_two_rows_is_asked_about(citizen: Citizen) -> None:
    found = said_of(
        citizen, medicine("Amoxicilin 500 mg"), medicine("amoxicilin-clavulanic-625-tab")
    )
    assert found == {1: ["confirm_medicine"]}


def test_what_an_earlier_prescription_still_lasts_for_is_asked_about(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    record(citizen, medicines=[medicine("Amlodipin 5 mg", days=28)])
    again = visit_of(medicines=[medicine("Amlodipin 5 mg")], started_at=NEXT_WEEK)
    found = left(again, citizen=citizen, sees_sensitive=True)
    assert [e.code for e in found[0]] == ["confirm_medicine"]
    (message,) = found[0][0].messages
    assert "02/12/2026" in message
    last_days = visit_of(medicines=[medicine("Amlodipin 5 mg")], started_at=AT + timedelta(days=26))
    assert left(last_days, citizen=citizen, sees_sensitive=True) == {}


def test_what_a_protected_visit_prescribed_is_not_told_to_those_without_the_right(
    citizen: Citizen, record: Callable[..., Visit], clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    record(citizen, "B20", actor=clinician, medicines=[medicine("Cotrimoxazol 480 mg", days=28)])
    entry = visit_of(medicines=[medicine("Cotrimoxazol 480 mg")], started_at=NEXT_WEEK)
    assert left(entry, citizen=citizen, sees_sensitive=False) == {}
    assert list(left(entry, citizen=citizen, sees_sensitive=True)) == [0]


def allergic_to(citizen: Citizen, by: User, code: str, substance: str, **said: Any) -> Allergy:
    return Allergy.objects.create(
        citizen=citizen,
        facility=by.place_of_work,
        recorded_at=AT,
        recorded_by=by,
        category="medicine",
        code=code,
        substance=substance,
        **said,
    )


@pytest.mark.parametrize(
    ("code", "substance", "name", "asked"),
    [
        ("penicillin", "Nhóm penicillin", "Amoxicilin 500 mg", True),
        ("penicillin", "Nhóm penicillin", "amoxicilin-clavulanic-625-tab", True),
        ("penicillin", "Nhóm penicillin", "Azithromycin 500 mg", False),
        ("paracetamol", "Paracetamol", "Paracetamol 500 mg", True),
        ("", "ibuprofen", "Ibuprofen 400 mg", True),
        ("", "tôm", "Ibuprofen 400 mg", False),
    ],
)
def test_an_allergy_to_an_ingredient_or_its_group_is_asked_about(
    citizen: Citizen, clerk: User, code: str, substance: str, name: str, *, asked: bool
) -> None:
    allergic_to(citizen, clerk, code, substance, reaction="mày đay")
    found = left(
        visit_of("J06.9", medicines=[medicine(name)]), citizen=citizen, sees_sensitive=False
    )
    assert [[e.code for e in errors] for errors in found.values()] == (
        [["confirm_medicine"]] if asked else []
    )
    assert not asked or "mày đay" in found[0][0].messages[0]


FREE = MedicineEntry(name="", morning=Decimal(1), days=5)


def free(name: str, **said: Any) -> MedicineEntry:
    """A medicine as somebody wrote it; no list told its ingredients."""
    return replace(FREE, name=name, **said)


@pytest.mark.parametrize(
    ("code", "substance", "name", "asked"),
    [
        ("penicillin", "Nhóm penicillin", "Amoxicilin 500mg", True),
        ("penicillin", "Nhóm penicillin", "AMOXICILLIN500", True),
        ("penicillin", "Nhóm penicillin", "Augmentin 625mg", True),
        ("", "Penicillin", "Augmentin 625mg", True),
        ("", "isoniazid", "Rifampicin 150mg", False),
        ("penicillin", "Nhóm penicillin", "Azithromycine 500mg", False),
        ("sulfonamide", "Nhóm sulfonamid", "Biseptol 480", True),
        ("sulfonamide", "Nhóm sulfonamid", "Co-trimoxazole 480mg", True),
        ("cephalosporin", "Nhóm cephalosporin", "Cephalexin 500mg", True),
        ("chloramphenicol", "Cloramphenicol", "Chloramphenicol 0,4%", True),
        ("cosmetics", "Mỹ phẩm", "Betamethason kem bôi da", False),
    ],
)
def test_an_allergy_is_seen_in_a_name_however_it_is_spelt(
    citizen: Citizen, clerk: User, code: str, substance: str, name: str, *, asked: bool
) -> None:
    allergic_to(citizen, clerk, code, substance)
    assert said_of(citizen, free(name)) == ({0: ["confirm_medicine"]} if asked else {})


def test_an_allergy_that_ended_or_was_a_mistake_is_not_asked_about(
    citizen: Citizen, clerk: User
) -> None:
    allergic_to(citizen, clerk, "paracetamol", "Paracetamol", since="2001", ended="2010")
    allergic_to(
        citizen,
        clerk,
        "paracetamol",
        "Paracetamol",
        status="entered_in_error",
        voided_at=AT,
        voided_by=clerk,
        void_reason="nhầm người",
    )
    assert said_of(citizen, medicine("Paracetamol 500 mg")) == {}


def test_a_protected_allergy_tells_nothing_to_those_without_the_right(
    citizen: Citizen, clinician: User
) -> None:
    """Law 64/2006/QH11, Article 30, as amended by Law 71/2020/QH14 (read second-hand)."""
    allergic_to(citizen, clinician, "paracetamol", "Paracetamol", sensitivity="hiv")
    entry = visit_of("J06.9", medicines=[medicine("Paracetamol 500 mg")])
    assert left(entry, citizen=citizen, sees_sensitive=False) == {}
    assert list(left(entry, citizen=citizen, sees_sensitive=True)) == [0]


@pytest.mark.parametrize(
    "name", ["aspirin-81-tab", "ciprofloxacin-500-tab", "doxycyclin-100-cap", "terpin-codein-tab"]
)
def test_medicines_that_children_should_not_have_are_asked_about(
    child: Citizen, citizen: Citizen, name: str
) -> None:
    assert said_of(child, medicine(name)) == {0: ["confirm_medicine"]}
    assert said_of(citizen, medicine(name)) == {}


def test_medicines_that_harm_in_pregnancy_are_asked_about(citizen: Citizen) -> None:
    assert said_of(citizen, medicine("Enalapril 5 mg"), diagnosis="O10") == {
        0: ["confirm_medicine"]
    }
    assert said_of(citizen, medicine("Enalapril 5 mg"), diagnosis="I10") == {}


@pytest.mark.parametrize("name", ["Tetracyclin 500mg", "Codeine 30mg", "Aspirin 100mg"])
def test_a_rule_of_age_holds_for_a_name_that_no_list_has(
    child: Citizen, citizen: Citizen, name: str
) -> None:
    assert said_of(child, free(name), vitals=VitalEntry()) == {0: ["confirm_medicine"]}
    assert said_of(citizen, free(name)) == {}


@pytest.mark.parametrize("name", ["Warfarin 2mg", "Lisinopril 10mg"])
def test_a_rule_of_pregnancy_holds_for_a_name_that_no_list_has(citizen: Citizen, name: str) -> None:
    assert said_of(citizen, free(name), diagnosis="O10") == {0: ["confirm_medicine"]}
    assert said_of(citizen, free(name), diagnosis="I10") == {}


@pytest.mark.parametrize(("name", "most"), [("Morphin 30mg", 7), ("Diazepam", 10)])
def test_the_law_of_days_holds_for_a_name_that_no_list_has(
    citizen: Citizen, name: str, most: int
) -> None:
    """Circular 26/2025/TT-BYT, Articles 6 to 8 (not compared with the text)."""
    assert said_of(citizen, free(name, days=25), diagnosis="M54.5") == {0: ["days_over_law"]}
    assert said_of(citizen, free(name, days=most), diagnosis="M54.5") == {}


def test_two_names_that_no_list_has_are_seen_to_hold_the_same(citizen: Citizen) -> None:
    twice = (free("Paracetamol500"), free("Coldacmin paracetamol"))
    assert said_of(citizen, *twice) == {1: ["confirm_medicine"]}


def takes(citizen: Citizen, by: User, name: str, **said: Any) -> None:
    LongTermMedicine.objects.create(
        citizen=citizen,
        facility=by.place_of_work,
        recorded_at=AT,
        recorded_by=by,
        name=name,
        **said,
    )


def test_what_is_taken_over_time_is_asked_about_unless_it_goes_on(
    citizen: Citizen, clerk: User
) -> None:
    takes(citizen, clerk, "Amlodipin 5 mg")
    assert said_of(citizen, medicine("Amlodipin 5 mg")) == {}
    assert said_of(citizen, free("Amlodipine 5mg")) == {}
    assert said_of(citizen, free("Amlodipine 10mg")) == {0: ["confirm_medicine"]}
    LongTermMedicine.objects.update(ended="2026")
    assert said_of(citizen, free("Amlodipine 10mg")) == {}


def test_what_is_taken_over_time_and_protected_is_not_told_without_the_right(
    citizen: Citizen, clinician: User
) -> None:
    takes(citizen, clinician, "Efavirenz 600mg", sensitivity="hiv")
    entry = visit_of("J06.9", medicines=[free("Efavirenz 200mg")])
    assert left(entry, citizen=citizen, sees_sensitive=False) == {}
    assert list(left(entry, citizen=citizen, sees_sensitive=True)) == [0]


def test_a_name_that_no_list_knows_is_said_to_be_unchecked_before_signing(
    citizen: Citizen, record: Callable[..., Visit], clerk: User
) -> None:
    visit = record(citizen, medicines=[free("Hoạt huyết dưỡng não"), free("Aspirin 100mg")])
    url = reverse("admin:healthrecords_visit_change", args=[visit.pk])
    page = text_of(logged_in(clerk).get(url))
    assert page.count("Chưa đối chiếu") == 1
    assert page.index("Hoạt huyết") < page.index("Chưa đối chiếu") < page.index("Aspirin 100mg")


@pytest.mark.parametrize(
    ("diagnosis", "name", "days", "codes"),
    [
        ("J06.9", "Paracetamol 500 mg", 30, []),
        ("J06.9", "Paracetamol 500 mg", 31, ["days_over_law"]),
        ("I10", "Amlodipin 5 mg", 90, []),
        ("I10", "Amlodipin 5 mg", 91, ["days_over_law"]),
        ("G47.0", "phenobarbital-100-tab", 11, ["days_over_law"]),
        ("G40", "phenobarbital-100-tab", 60, []),
    ],
)
def test_nobody_prescribes_for_longer_than_the_law_allows(
    citizen: Citizen, diagnosis: str, name: str, days: int, codes: list[str]
) -> None:
    """Circular 26/2025/TT-BYT."""
    found = said_of(citizen, medicine(name, days=days), diagnosis=diagnosis)
    assert found == ({0: codes} if codes else {})


def test_a_reason_does_not_lift_what_the_law_forbids(citizen: Citizen) -> None:
    """Circular 26/2025/TT-BYT, Articles 6 to 8 (not compared with the text)."""
    long = medicine("Paracetamol 500 mg", days=40, reason="nhà ở xa")
    assert said_of(citizen, long) == {0: ["days_over_law"]}


def test_the_law_of_days_is_for_outpatients(citizen: Citizen) -> None:
    """Circular 26/2025/TT-BYT, Article 6 (not compared with the text)."""
    assert said_of(citizen, medicine("Paracetamol 500 mg", days=40), kind="03") == {}


def test_a_warning_refuses_the_visit_until_a_reason_stands_which_is_kept(
    child: Citizen, record: Callable[..., Visit]
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(child, "J06.9", vitals=VitalEntry(), medicines=[medicine("aspirin-81-tab")])
    errors = refused.value.error_dict["medicines-0-name"]
    assert [e.code for e in errors] == ["confirm_medicine"]
    assert not Visit.objects.exists()
    given = medicine("aspirin-81-tab", reason="bệnh Kawasaki, BV tỉnh kê")
    visit = record(child, "J06.9", vitals=VitalEntry(), medicines=[given])
    kept = visit.medication_rows.get().warnings
    assert kept["reason"] == "bệnh Kawasaki, BV tỉnh kê"
    assert "Reye" in kept["said"][0]


def test_a_reason_where_nothing_was_asked_is_not_kept(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    visit = record(citizen, medicines=[medicine("Paracetamol 500 mg", reason="đau nhiều")])
    assert visit.medication_rows.get().warnings is None


def test_ingredients_and_atc_are_kept_as_the_list_said_that_day(
    citizen: Citizen, record: Callable[..., Visit]
) -> None:
    row = record(
        citizen, medicines=[medicine("amoxicilin-clavulanic-625-tab")]
    ).medication_rows.get()
    assert (row.ingredients, row.atc) == (["amoxicilin", "acid clavulanic"], "J01CR02")


@pytest.mark.parametrize(
    ("said", "text", "quantity"),
    [
        (
            {"each": Decimal(1), "every_hours": 8, "days": 5},
            "1 viên mỗi lần, cách 8 giờ một lần, 5 ngày: 15 viên.",
            15,
        ),
        (
            {
                "each": Decimal(1),
                "as_needed": True,
                "every_hours": 6,
                "at_most": Decimal(3),
                "days": 3,
                "note": "khi sốt trên 38,5 °C",
            },
            (
                "Khi cần, 1 viên mỗi lần, cách nhau ít nhất 6 giờ, tối đa 3 viên một ngày,"
                " khi sốt trên 38,5 °C, 3 ngày: 9 viên."
            ),
            9,
        ),
        (
            {"morning": Decimal("0.5"), "days": 10, "route": "đặt dưới lưỡi"},
            "Đặt dưới lưỡi, sáng 0,5 viên, 10 ngày: 5 viên.",
            5,
        ),
    ],
)
def test_a_dose_composes_its_sentence_and_quantity(
    said: dict[str, Any], text: str, quantity: int
) -> None:
    """QĐ 4750/QĐ-BYT, table 2: LIEU_DUNG and SO_LUONG."""
    entry = completed(MedicineEntry(name="Paracetamol 500 mg", unit="viên", **said))
    assert (sentence(entry), entry.quantity) == (text, quantity)


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"morning": Decimal(1), "each": Decimal(1), "every_hours": 8}, "each", "dose_two_ways"),
        ({"every_hours": 8, "morning": None}, "each", "dose_missing"),
        ({"each": Decimal(1), "morning": None}, "every_hours", "hours_missing"),
        (
            {"each": Decimal(1), "every_hours": 200, "morning": None},
            "every_hours",
            "hours_impossible",
        ),
        (
            {"each": Decimal(2), "as_needed": True, "at_most": Decimal(1), "morning": None},
            "at_most",
            "most_below_dose",
        ),
    ],
)
def test_half_a_way_of_taking_or_two_at_once_is_refused(
    citizen: Citizen, record: Callable[..., Visit], said: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        record(citizen, medicines=[medicine("Paracetamol 500 mg", **said)])
    assert [e.code for e in refused.value.error_dict[f"medicines-0-{field}"]] == [code]
    assert not Visit.objects.exists()
