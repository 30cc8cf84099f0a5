"""What makers call a medicine is known as far as the list of medicines that a department loads says it."""

from datetime import date

import pytest

from healthrecords.models import Allergy, Citizen
from healthrecords.services import MedicineEntry
from healthrecords.services.substances import unchecked
from portal.accounts.models import User
from portal.codelists.lookup import find_codes
from portal.codelists.models import CodeList, CodeListVersion
from portal.codelists.services import Edition, publish_version
from portal.codelists.tables import read_table
from tests.healthrecords.conftest import AT, ON
from tests.healthrecords.test_weighing_medicines import child, medicine, said_of

__all__ = ["child"]

pytestmark = pytest.mark.django_db
FILE = """Mã,Tên,Hoạt chất,Tên thương mại,unit,route
para-650,Paracetamol 650 mg,paracetamol,Hapacol 650;Zumadol,viên,uống
amoxi-500,Amoxicilin 500 mg,amoxicilin,Dimoxil,viên,uống
code-para,Paracetamol + codein,paracetamol;codein,Zufin Extra,viên,uống
"""


@pytest.fixture
def loaded(lists: None) -> None:
    """The department's own list of medicines holds since November."""
    table = read_table(FILE.encode(), "thuoc.csv")
    assert table.problems == []
    medicines = CodeList.objects.get(key="station_medicines")
    CodeListVersion.objects.filter(code_list=medicines).update(valid_until=date(2026, 10, 31))
    publish_version(
        code_list=medicines,
        rows=table.rows,
        edition=Edition(valid_from=date(2026, 11, 1), legal_basis="Danh mục thuốc của Sở"),
    )


def allergic(citizen: Citizen, by: User, substance: str) -> None:
    Allergy.objects.create(
        citizen=citizen,
        facility=by.place_of_work,
        substance=substance,
        category="medicine",
        recorded_at=AT,
        recorded_by=by,
    )


@pytest.mark.parametrize(
    ("substance", "given"),
    [
        ("Amoxicillin", "Dimoxil 500mg"),
        ("Dimoxil", "Amoxicilin 500mg"),
        ("Zumadol", "HAPACOL 650"),
        ("Nhóm penicillin", "dimoxil"),
    ],
)
def test_an_allergy_is_seen_through_a_makers_name(
    loaded: None, citizen: Citizen, clerk: User, substance: str, given: str
) -> None:
    allergic(citizen, clerk, substance)
    assert said_of(citizen, medicine(given)) == {0: ["confirm_medicine"]}
    assert said_of(citizen, medicine("Oresol")) == {}


def test_the_same_substance_under_two_makers_names_is_asked_about(
    loaded: None, citizen: Citizen
) -> None:
    found = said_of(citizen, medicine("Zumadol 500"), medicine("Zufin Extra"))
    assert found == {1: ["confirm_medicine"]}


def test_age_is_held_against_what_a_maker_mixes(loaded: None, child: Citizen) -> None:
    assert said_of(child, medicine("Zufin Extra"))[0] == ["confirm_medicine"]


def test_a_medicine_known_by_its_maker_alone_is_checked_and_found(loaded: None) -> None:
    known, unknown = MedicineEntry(name="Hapacol 650"), MedicineEntry(name="Xyzol 10")
    assert unchecked([known, unknown], ON) == [unknown]
    assert [row.code for row in find_codes("station_medicines", "hapacol", on=ON)] == ["para-650"]


def test_a_part_of_a_word_is_no_makers_name(loaded: None, citizen: Citizen) -> None:
    assert said_of(citizen, medicine("Zumadolin"), medicine("Zufin Extra")) == {}


def test_without_the_list_the_name_says_nothing(lists: None, citizen: Citizen, clerk: User) -> None:
    """The test above would pass as well if some other list knew the name."""
    allergic(citizen, clerk, "Amoxicillin")
    assert said_of(citizen, medicine("Dimoxil 500mg")) == {}
