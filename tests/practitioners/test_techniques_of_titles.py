"""Techniques that the law lists for a title (Circular 32/2023/TT-BYT, annexes), once they are uploaded."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.codelists.loader import awaited_lists
from portal.codelists.models import CodeList
from portal.codelists.services import Edition, keep_list, publish_version
from portal.codelists.tables import Row
from portal.places.models import Organisation
from practitioners import services
from practitioners.practising import may_practise
from practitioners.scopes import told_titles
from tests.practitioners.given import THURSDAY, World, scoped
from tests.practitioners.law import AT, day, load_law, when

NURSES = [
    ["Mã", "Tên", "Chức danh"],
    ["14.0203", "Cắt chỉ khâu da", "Điều dưỡng; Hộ sinh"],
    ["03.2387", "Tiêm trong da", "nurse"],
]


@pytest.fixture
def world(hospital: Organisation, station: Organisation) -> World:
    load_law()
    return World(hospital, station)


@pytest.fixture
def portal(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def awaited(world: World) -> CodeList:
    (row,) = [one for one in awaited_lists() if one.key == "technique_titles"]
    return keep_list(key=row.key, title=row.title, standard=row.standard)


def upload(portal: Client, code_list: CodeList, rows: list[list[str]], **said: str) -> object:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = SimpleUploadedFile("phu-luc-xii.csv", text.getvalue().encode())
    address = reverse("admin:codelists_codelist_publish", args=[code_list.pk])
    told = {"valid_from": "01/01/2024", "legal_basis": "Thông tư 32/2023/TT-BYT", **said}
    return portal.post(address, {**told, "file": file, "confirm": "1"})


def answer_of(world: World, technique: str, at: str = THURSDAY) -> tuple[str, tuple[str, ...]]:
    answer = may_practise(
        practitioner=world.who, facility=world.here, moments=[when(at)], technique=technique
    )
    return answer.verdict, answer.reasons


def test_a_nurse_has_the_techniques_of_the_list_and_no_others(
    world: World, awaited: CodeList, portal: Client
) -> None:
    scoped(("301",), "nurse", scope="Điều dưỡng")(world)
    form = portal.get(reverse("admin:codelists_codelist_publish", args=[awaited.pk]))
    assert "“Chức danh chuyên môn”" in form.content.decode()
    assert answer_of(world, "14.0203") == ("not_proven", ("technique_unknown",))
    assert upload(portal, awaited, NURSES).status_code == 302
    assert answer_of(world, "14.0203") == ("yes", ())
    assert answer_of(world, "03.2387.0212") == ("yes", ())
    assert answer_of(world, "18.0001") == ("no", ("technique_outside",))
    assert told_titles(day("05/11/2026")) == "Bác sỹ, Điều dưỡng, Hộ sinh"


def test_a_list_may_write_its_codes_in_full_and_says_nothing_of_what_is_no_code(
    world: World, awaited: CodeList, portal: Client
) -> None:
    scoped(("301",), "nurse", scope="Điều dưỡng")(world)
    upload(portal, awaited, [*NURSES, ["14.0204.0778", "Rửa vết thương", "Điều dưỡng"]])
    assert answer_of(world, "14.0204") == ("yes", ())
    assert answer_of(world, "14.0204.0778") == ("yes", ())
    assert answer_of(world, "thay băng") == ("not_proven", ("technique_unknown",))


def test_a_title_called_otherwise_later_is_still_the_one_of_the_list(
    world: World, awaited: CodeList, portal: Client
) -> None:
    scoped(("301",), "nurse", scope="Điều dưỡng")(world)
    upload(portal, awaited, NURSES)
    publish_version(
        code_list=CodeList.objects.get(key="professional_titles"),
        rows=[Row("nurse", "Điều dưỡng viên"), Row("doctor", "Bác sĩ")],
        edition=Edition(day("01/11/2026"), "Luật 15/2023/QH15"),
    )
    assert answer_of(world, "14.0203") == ("yes", ())
    assert answer_of(world, "03.2387") == ("yes", ())
    assert answer_of(world, "18.0001") == ("no", ("technique_outside",))


def test_what_was_assigned_in_writing_stands_beside_the_list(
    world: World, awaited: CodeList, portal: Client
) -> None:
    scoped(("301",), "nurse", scope="Điều dưỡng")(world)
    upload(portal, awaited, NURSES)
    services.assign_technique(
        actor=None,
        registration=world.who.registrations.get(),
        assignment=services.Assignment(
            code="18.0001", decision_no="07/QĐ-BV", decided_on=day("01/09/2026")
        ),
        at=AT,
    )
    assert answer_of(world, "18.0001") == ("yes", ())


def test_the_list_says_nothing_of_days_before_it_nor_of_other_titles(
    world: World, awaited: CodeList, portal: Client
) -> None:
    upload(portal, awaited, NURSES, valid_from="06/11/2026")
    scoped(("301",), "nurse", scope="Điều dưỡng")(world)
    assert answer_of(world, "18.0001") == ("not_proven", ("technique_unknown",))
    assert answer_of(world, "18.0001", "06/11/2026 09:00") == ("no", ("technique_outside",))


def test_a_doctor_s_scope_is_judged_by_chapters_as_before(
    world: World, awaited: CodeList, portal: Client
) -> None:
    world.doctor()
    before = [answer_of(world, code) for code in ("02.0085", "18.0001")]
    upload(portal, awaited, NURSES)
    assert [answer_of(world, code) for code in ("02.0085", "18.0001")] == before
    assert [verdict for verdict, _reasons in before] == ["yes", "no"]


@pytest.mark.parametrize("said", ["Điều dưỡng trưởng", "", " ; "])
def test_a_title_that_is_none_is_named_with_its_row_and_nothing_is_loaded(
    said: str, awaited: CodeList, portal: Client
) -> None:
    answer = upload(portal, awaited, [*NURSES, ["14.0204", "Rửa vết thương", said]])
    (problem,) = answer.context["table_problems"]
    assert (problem.row, problem.column, problem.code) == (4, "titles", "reference_unknown")
    assert "Chức danh chuyên môn" in str(problem.message)
    assert not awaited.versions.exists()
