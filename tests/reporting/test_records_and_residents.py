"""Rule F07: the records of a commune against the residents that the loaded list tells."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from healthrecords.models import Citizen
from portal.accounts.models import User
from portal.codelists.loader import load_lists
from portal.codelists.models import CodeList, CodeListVersion
from portal.codelists.population import LIST, residents_on
from portal.codelists.services import Edition, keep_list, publish_version
from portal.codelists.tables import Row, read_table
from portal.places.models import Area, Organisation
from reporting.models import QualityIssue, QualityMeasurement
from reporting.quality.loading import load_rules
from reporting.services.measuring import measure
from tests.reporting.growing import grow_commune

SINCE = date(2026, 1, 1)


@pytest.fixture
def commune(db: None, station: Organisation) -> Area:
    """A commune with ten people who have a record."""
    load_lists()
    load_rules()
    return grow_commune(station)


def say(commune: Area, residents: int, since: date = SINCE) -> None:
    rows = [Row(commune.code, commune.name, attributes={"residents": f"{residents}"})]
    said = Edition(valid_from=since, legal_basis="Niên giám thống kê", digest=f"{residents}")
    publish_version(code_list=keep_list(key=LIST, title="Dân số"), rows=rows, edition=said)


def found() -> list[list[str]]:
    measure(at=timezone.now())
    rows = QualityIssue.objects.open().filter(rule__code="F07")
    return list(rows.values_list("fields", flat=True))


def judged() -> int:
    rows = QualityMeasurement.objects.standing(timezone.localdate()).filter(rule__code="F07")
    return sum(rows.values_list("evaluated", flat=True))


@pytest.mark.parametrize(
    ("residents", "fields"),
    [(10, []), (11, []), (12, [["coverage"]]), (9, [["surplus"]]), (400, [["coverage"]])],
)
def test_records_that_differ_from_the_residents_by_more_than_a_tenth_are_found(
    commune: Area, residents: int, fields: list[list[str]]
) -> None:
    say(commune, residents)
    assert found() == fields
    assert judged() == 1


def test_the_dead_the_merged_and_the_withdrawn_have_no_record_to_count(commune: Area) -> None:
    say(commune, 10)
    assert found() == []
    some = Citizen.objects.filter(area=commune).order_by("pk")
    Citizen.objects.filter(pk=some[0].pk).update(died_on=date(2026, 5, 1))
    Citizen.objects.filter(pk=some[1].pk).update(withdrawn_at=timezone.now())
    assert found() == [["coverage"]]


def test_who_says_no_commune_counts_where_the_station_looks_after_them(commune: Area) -> None:
    say(commune, 10)
    station = Organisation.objects.get(area=commune)
    some = Citizen.objects.filter(area=commune).values_list("pk", flat=True)[:5]
    Citizen.objects.filter(pk__in=list(some)).update(area=None)
    assert found() == [["coverage"]]
    Citizen.objects.filter(area=None, name__startswith="Hờ").update(home_station=station)
    assert found() == []


def test_a_commune_that_the_list_does_not_name_or_without_a_station_is_not_judged(
    commune: Area,
) -> None:
    assert (found(), judged()) == ([], 0)
    say(commune, 400)
    Organisation.objects.filter(area=commune).update(valid_until=date(2026, 6, 30))
    assert (found(), judged()) == ([], 0)


def test_the_count_of_the_day_is_the_one_that_is_compared(commune: Area) -> None:
    say(commune, 10)
    say(commune, 40, since=date(2026, 7, 1))
    assert residents_on(date(2026, 6, 30)) == {commune.code: 10}
    assert found() == [["coverage"]]


def test_the_finding_tells_both_numbers_and_opens_the_page_of_the_commune(
    client: Client, commune: Area, administrator: User
) -> None:
    from reporting.quality.worklist import lines_of

    say(commune, 4_000)
    found()
    [line] = lines_of(list(QualityIssue.objects.open().filter(rule__code="F07")))
    assert line.who == commune.name
    assert [word for word in str(line.about).split() if word[0].isdigit()] == ["10", "4.000"]
    client.force_login(administrator)
    page = client.get(line.url).content.decode()
    assert "<b>4.000</b>" in page
    assert "0,3 %" in page


def test_the_page_of_a_commune_outside_the_list_says_why_it_is_not_judged(
    client: Client, commune: Area, administrator: User
) -> None:
    client.force_login(administrator)
    address = f"{reverse('reporting:quality-areas')}?ma={commune.pk}"
    page = client.get(address).content.decode()
    assert "F07" in page
    say(commune, 10)
    assert "F07" not in client.get(address).content.decode()


def test_a_department_loads_the_list_of_residents_from_its_own_file(
    client: Client, commune: Area, administrator: User
) -> None:
    client.force_login(administrator)
    kept = CodeList.objects.get(key=LIST)
    assert not kept.versions.exists()
    url = reverse("admin:codelists_codelist_publish", args=[kept.pk])
    text = f"Mã,Tên,Dân số\n{commune.code},{commune.name},5.120\n"
    file = SimpleUploadedFile("dan-so.csv", text.encode())
    said = {"valid_from": "01/07/2026", "legal_basis": "Niên giám thống kê 2025"}
    looked = client.post(url, {**said, "file": file})
    assert looked.status_code == 200
    done = client.post(
        url, {**said, "kept": looked.context["form"]["kept"].value(), "confirm": "1"}
    )
    assert done.status_code == 302
    assert residents_on(date(2026, 7, 1)) == {commune.code: 5_120}
    # The next count of the same commune is told as another value, not as unchanged.
    again = SimpleUploadedFile("dan-so.csv", text.replace("5.120", "5.300").encode())
    looked = client.post(url, {**said, "valid_from": "01/10/2026", "file": again})
    assert [one["codes"] for one in looked.context["groups"] if one["number"]] == [(commune.code,)]
    assert looked.context["unchanged"] == 0


def test_a_number_of_residents_that_is_none_is_refused_by_row_and_nothing_is_loaded(
    client: Client, commune: Area, administrator: User
) -> None:
    client.force_login(administrator)
    url = reverse("admin:codelists_codelist_publish", args=[CodeList.objects.get(key=LIST).pk])
    file = SimpleUploadedFile("dan-so.csv", f"Mã,Tên,Dân số\n{commune.code},Xã,nhiều\n".encode())
    said = {"valid_from": "01/07/2026", "legal_basis": "Niên giám", "file": file}
    answer = client.post(url, said)
    assert [problem.column for problem in answer.context["table_problems"]] == ["residents"]
    assert not CodeListVersion.objects.filter(code_list__key=LIST).exists()


@pytest.mark.parametrize("text", ["", "0", "-5", "5.5x", "năm", "99999999999"])
def test_no_count_of_people_is_read_from(text: str) -> None:
    table = read_table(f"code,title,residents\n00001,Xã,{text}\n".encode(), "a.csv", key=LIST)
    assert [problem.column for problem in table.problems] == ["residents"]
